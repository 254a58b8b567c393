"""Logits along a strip -> the digits that they spell: connectionist temporal classification."""

from __future__ import annotations

from dataclasses import dataclass

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
    raised = np.exp(logits - logits.max(axis=1, keepdims=True), dtype=np.float64)
    likely = raised / raised.sum(axis=1, keepdims=True)
    path = likely.argmax(axis=1)
    starts = np.flatnonzero((np.diff(path, prepend=BLANK) != 0) & (path != BLANK))
    ends = np.flatnonzero((np.diff(path, append=BLANK) != 0) & (path != BLANK)) + 1
    peaks = [start + int(likely[start:end, path[start]].argmax()) for start, end in zip(starts, ends)]
    digits = likely[peaks, :BLANK]
    shares = digits / digits.sum(axis=1, keepdims=True)
    return Spelling(shares, (starts + ends - 1) / 2, weigh_spelling(likely, path[starts].tolist()))


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
