"""Logits along a strip -> the digits that they spell: connectionist temporal classification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

BLANK = 10
"""The class that stands for no digit, after the ten."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Spelling:
    """The digits that a strip shows, from left to right."""

    shares: Floats
    """(k, 10) which digit each one is, rows sum to 1."""
    steps: Floats
    """(k,) where each one is seen best: steps along the strip."""
    likelihood: float
    """How likely exactly these digits stand there, 0 to 1."""

    @property
    def values(self) -> tuple[int, ...]:
        return tuple(self.shares.argmax(axis=1).tolist())

    @property
    def certainty(self) -> float:
        """How likely so many digits stand there, whichever they are, 0 to 1."""
        return float(min(1.0, self.likelihood / self.shares.max(axis=1).prod()))


def spell(logits: npt.NDArray[np.float32]) -> Spelling:
    """Read a strip along its likeliest path, and weigh all paths that spell the same (Graves et al. 2006).

    Args:
        logits: (steps, 11), of the ten digits and `BLANK`.
    """
    likely = _share(logits)
    path = likely.argmax(axis=1)
    starts = np.flatnonzero((np.diff(path, prepend=BLANK) != 0) & (path != BLANK))
    ends = np.flatnonzero((np.diff(path, append=BLANK) != 0) & (path != BLANK)) + 1
    peaks = [start + int(likely[start:end, path[start]].argmax()) for start, end in zip(starts, ends)]
    digits = likely[peaks, :BLANK]
    shares = digits / digits.sum(axis=1, keepdims=True)
    return Spelling(shares, (starts + ends - 1) / 2, weigh_spelling(likely, path[starts].tolist()))


def spell_views(views: Sequence[npt.NDArray[np.float32]]) -> tuple[Spelling, int]:
    """Read some views of one strip together: what all of them find likeliest, of that which each one spells.

    Args:
        views: the logits of each, (steps, 11).

    Returns:
        The spelling as the view saw it that is surest of it, but as likely as all views find it in the mean; and the
        number of that view.
    """
    told = [spell(logits) for logits in views]
    shares = [_share(logits) for logits in views]
    likelihood = {
        values: float(np.mean([weigh_spelling(likely, list(values)) for likely in shares]))
        for values in {spelling.values for spelling in told}
    }
    best = max(likelihood, key=likelihood.__getitem__)
    surest = max((i for i in range(len(told)) if told[i].values == best), key=lambda i: told[i].likelihood)
    return replace(told[surest], likelihood=likelihood[best]), surest


def _share(logits: npt.NDArray[np.float32]) -> Floats:
    """Give how likely each class is at each step, (steps, 11), rows sum to 1 (softmax)."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True), dtype=np.float64)
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def weigh_spelling(likely: Floats, values: list[int]) -> float:
    """Give how likely a strip spells these digits: the sum over all paths that do, by the forward recursion.

    Args:
        likely: (steps, 11), rows sum to 1.
        values: the digits, 0 to 9.
    """
    states = np.full(2 * len(values) + 1, BLANK)
    states[1::2] = values
    # From one digit to the next without a blank between; not where both are the same, which would be one.
    leap = (states[2:] != BLANK) & (states[2:] != states[:-2])
    seen = likely[:, states]
    reached = np.zeros(len(states))
    reached[:2] = seen[0, :2]
    for here in seen[1:]:
        coming = reached.copy()
        coming[1:] += reached[:-1]
        coming[2:] += leap * reached[:-2]
        reached = coming * here
    return float(reached[-2:].sum())
