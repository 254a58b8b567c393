"""Glyphs, potentials -> lattices: what every way through a cluster costs, as digits and as what is left unread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camcount.evidence import LEAST, cluster_starts, share_digits
from camcount.marks import Glyphs
from camcount.types import Probabilities

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """The hypotheses of one cluster; costs are negative potentials."""

    start: int
    """Index of its first glyph; the others follow."""
    spans: npt.NDArray[np.int32]
    """(n, 2), the parts of each glyph, half-open."""
    digit: Floats
    """(n,) what it costs to read a glyph as its likeliest digit."""
    value: Floats
    """(n,) of that, what it costs to be that digit rather than another one."""
    waste: Floats
    """(n,) what it costs to leave a glyph unread; infinite where its parts are left one by one."""


def build_lattices(glyphs: Glyphs, probabilities: Probabilities, potentials: Floats) -> list[Lattice]:
    """Tell what the glyphs of each cluster cost.

    A mark that stands alone is left unread for nothing: of it, only the first potential counts.

    Args:
        glyphs: n hypotheses.
        probabilities: (n, 11).
        potentials: (n, 2), of a glyph as a digit, and of leaving it unread.
    """
    value = -np.log(np.maximum(share_digits(probabilities).max(axis=1, initial=0), LEAST))
    digit = value - potentials[:, 0]
    spans = np.column_stack([glyphs.first, glyphs.last + 1])
    waste = np.where(np.diff(spans)[:, 0] == 1, -potentials[:, 1], np.inf)
    starts = cluster_starts(glyphs)
    alone = starts[np.diff(starts, append=len(glyphs)) == 1]
    waste[alone] = 0.0
    lattices = []
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(glyphs)]):
        here = slice(start, end)
        lattices.append(Lattice(start, spans[here], digit[here], value[here], waste[here]))
    return lattices
