"""Glyphs, a first opinion -> the company that each glyph keeps: digits stand among digits, letters among letters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from camcount.marks import Glyphs
from camcount.quantile import quantile, weighted_median

FAR = 6.0
"""What stands farther than so many sizes is no neighbour."""

Floats = npt.NDArray[np.float32]
Relation = npt.NDArray[np.bool_]
"""(n, m), whether a neighbour stands to a glyph as the name says."""


class Opinion(NamedTuple):
    """What was thought of the page at first sight."""

    marks: npt.NDArray[np.intp]
    """(m,), glyphs: first those read as digits, then the whole marks that were left unread."""
    digits: int
    """How many of them were read."""
    trust: Floats
    """(m,), how likely each is a digit, 0 to 1."""
    ones: Floats
    """(m,), how likely each is a 1, a stroke like many that are none."""


def look_around(glyphs: Glyphs, opinion: Opinion) -> Floats:
    """Gather what the neighbours of each glyph speak for and against it, (n, `SURROUNDINGS`).

    Args:
        glyphs: n hypotheses.
        opinion: which of them were taken for digits, and which marks for none.
    """
    near = _Neighbours(glyphs, opinion)
    return np.column_stack([near.counts(), near.nearest(), near.page(glyphs)]).astype(np.float32)


SURROUNDINGS = 37
"""Numbers that `look_around` gives of each glyph."""


class _Neighbours:
    """How n glyphs and the m marks of an opinion stand to each other: gaps, heights, levels, as (n, m) arrays."""

    def __init__(self, glyphs: Glyphs, opinion: Opinion) -> None:
        self.opinion = opinion
        x0, y0, x1, y1 = glyphs.boxes.T.astype(np.float32)[..., None]
        left, top, right, bottom = glyphs.boxes[opinion.marks].T.astype(np.float32)
        high, other = y1 - y0, bottom - top
        self.height, self.others = high[:, 0], other
        self.ratio = np.log(high / other)
        self.larger, self.smaller = np.maximum(high, other), np.minimum(high, other)
        self.gap_x = np.maximum(x0, left) - np.minimum(x1, right)
        self.gap_y = np.maximum(y0, top) - np.minimum(y1, bottom)
        self.level = np.abs((y0 + y1) - (top + bottom)) / (high + other)
        self.later = left + right > x0 + x1
        self.foreign = glyphs.cluster[:, None] != glyphs.cluster[opinion.marks]

    def relations(self) -> list[Relation]:
        """Give who is whose neighbour: beside, near, in a word, in a line, in a column, of a size, on the page."""
        size = np.abs(self.ratio)
        shared = -self.gap_y / self.smaller
        wordlike = (shared > 0.25) & (self.gap_x < 0.9 * self.larger) & (self.smaller > 0.3 * self.larger)
        found = [
            (self.level < 0.18) & (size < 0.3) & (self.gap_x < 4 * self.others),
            (self.level < 0.3) & (size < 0.6) & (self.gap_x < 1.2 * self.larger),
            wordlike,
            (shared > 0.4) & (self.gap_x < 8 * self.larger) & (size < 0.7),
            (self.gap_x < 0) & (size < 0.5) & (shared < 0.2) & (self.gap_y < 2.5 * self.larger),
            size < 0.5,
            np.ones_like(self.foreign),
        ]
        return [relation & self.foreign for relation in found]

    def counts(self) -> Floats:
        """Count the neighbours of each kind that are digits, and those that are none; of some, the share of 1s."""
        trust, ones = self.opinion.trust, self.opinion.ones
        columns = []
        for kind, relation in enumerate(self.relations()):
            digits, others, strokes = (relation @ np.column_stack([trust, 1 - trust, trust * ones])).T
            columns += [np.log((0.3 + digits) / (0.3 + others)), np.log1p(digits), np.log1p(others)]
            if kind in (0, 3, 5):
                columns.append((strokes + 0.2) / (digits + 0.4))
        return np.column_stack(columns)

    def nearest(self) -> Floats:
        """Tell of the nearest neighbour in the row, on the left and on the right: how far, what, and how high it is."""
        columns: list[npt.NDArray[np.floating]] = []
        each = np.arange(len(self.height))
        odds = np.log((self.opinion.trust + 1e-3) / (1 - self.opinion.trust + 1e-3))
        row = (-self.gap_y > 0.3 * self.smaller) & (self.smaller > 0.3 * self.larger) & self.foreign
        for side in (~self.later, self.later):
            if not len(odds):
                columns += [np.zeros(len(each))] * 4
                continue
            gaps = np.where(row & side, np.maximum(self.gap_x, -self.larger) / self.larger, np.inf)
            place = gaps.argmin(axis=1)
            gap = gaps[each, place]
            known = gap < FAR
            seen = np.where(known, gap, 0), np.where(known, odds[place], 0), np.where(known, self.ratio[each, place], 0)
            columns += [known.astype(np.float32), *seen]
        return np.column_stack(columns)

    def page(self, glyphs: Glyphs) -> Floats:
        """Tell how a glyph differs from what was taken for digits on the whole page, in height, darkness and halo."""
        read = self.opinion.marks[: self.opinion.digits]
        trust = self.opinion.trust[: self.opinion.digits]
        if len(read):
            others = self.others[: len(read)]
            height = weighted_median(others, trust * others)
            darkness, halo = weighted_median(glyphs.darkness[read], trust), weighted_median(glyphs.halo[read], trust)
        else:
            height, darkness, halo = quantile(self.height, 0.5), quantile(glyphs.darkness, 0.5), 0.1
        own = np.log(self.height / height), np.log((glyphs.darkness + 1) / (darkness + 1))
        whole = halo, np.log1p(len(self.opinion.marks)), np.log1p(trust.sum())
        return np.column_stack([*own, *(np.full(len(self.height), value) for value in whole)])
