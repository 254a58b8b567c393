"""Glyphs, probabilities -> lattices: what every way through a cluster costs, as digits and as what is left unread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camcount.classify import NOT_A_DIGIT
from camcount.marks import Glyphs
from camcount.quantile import weighted_median
from camcount.types import Probabilities

PARTING = 1.5
"""What each digit costs that is cut from a mark or joined from several; costs are negative logarithms of odds."""
UNREAD = 1.0
"""What it costs to leave a piece of a broken mark unread, and by its size more or less."""
UNCUT = 2.0
"""What it costs to leave a mark unread that could be cut into digits."""
SCRAP = 2.5
"""What it costs to leave a part of a cut mark unread: an underline that a digit runs into."""
LOW = 0.6, 6.0
"""A part lower than this share of its cluster is hardly a digit of its own: it costs so much to read it as one."""
SURE = 0.8
"""Marks that are digits as they stand with this probability tell how high their neighbours are."""
NEAR = 8.0
"""They tell it so many of their heights to either side."""
COMPANY, WEIGHT = 3.0, 2.5
"""A mark is so much likelier a digit among digits, and less among others, as a logarithm of its odds at most: so many
times the logarithm of the odds of its company,"""
LEVEL, ALIKE, CLOSE = 0.18, 0.3, 4.0
"""counting marks whose middles differ by less than this share of their heights, whose heights by less than this
logarithm, and that stand nearer than so many heights."""
UNEVEN = 0.25, 3.0
"""Standard deviation of the logarithm of a row's heights; and what a height costs at most that does not fit."""

LEAST = 1e-4
"""No probability counts for less."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """The hypotheses of one cluster; costs are negative logarithms of odds, against all of it being no digit."""

    start: int
    """Index of its first glyph; the others follow."""
    spans: npt.NDArray[np.int32]
    """(n, 2), the parts of each glyph, half-open."""
    digit: Floats
    """(n,) what it costs to read a glyph as its likeliest digit; less than 0 where it is rather that than none."""
    value: Floats
    """(n,) of that, what it costs to be that digit rather than another one."""
    waste: Floats
    """(n,) what it costs to leave a glyph unread, 0 or more; infinite where it must not be."""


def build_lattices(glyphs: Glyphs, probabilities: Probabilities) -> list[Lattice]:
    """Tell what the glyphs of each cluster cost.

    A glyph read as a digit costs the negative logarithm of its odds against being none, less beside digits and more
    beside others, and something for being cut or joined, for being low in its cluster and for a height unlike that of
    its neighbours. A mark alone is left unread for nothing; one of several glyphs for something, since parts of a digit
    look like none.
    """
    digits = probabilities[:, :NOT_A_DIGIT].astype(np.float64)
    none = np.log(np.maximum(probabilities[:, NOT_A_DIGIT].astype(np.float64), LEAST))
    digit = none - np.log(np.maximum(digits.max(axis=1), LEAST))
    value = np.log(np.maximum(digits.sum(axis=1), LEAST)) - np.log(np.maximum(digits.max(axis=1), LEAST))
    digit -= _company(glyphs, probabilities)
    sure = glyphs.boxes[glyphs.whole & (digits.max(axis=1) > SURE)]
    starts = np.flatnonzero(np.diff(glyphs.cluster, prepend=-1)).tolist()
    lattices = []
    for start, end in zip(starts, [*starts[1:], len(glyphs)]):
        here = slice(start, end)
        spans = np.column_stack([glyphs.first[here], glyphs.last[here] + 1])
        read, left = digit[here], np.zeros(end - start)
        if end - start > 1:
            whole, boxes = glyphs.whole[here], glyphs.boxes[here]
            leaving = _leaving(spans, whole, boxes)
            # Nor is a long mark rather one digit, for being dear to leave.
            parted = PARTING + _unlike(boxes, sure) + _lowness(boxes)
            read = read + np.where(whole, np.maximum(leaving - UNCUT, 0), parted)
            left = leaving
        lattices.append(Lattice(start, spans, read, value[here], left))
    return lattices


def _company(glyphs: Glyphs, probabilities: Probabilities) -> Floats:
    """Tell by how much a glyph is likelier a digit for the marks beside it, (n,): digits stand among digits.

    The marks beside it are those of its row that stand alone, are about as high, and not its own; each counts by the
    probability that it is a digit, and against it by that of being none.
    """
    _, place, size = np.unique(glyphs.cluster, return_inverse=True, return_counts=True)
    alone = np.flatnonzero(size[place] == 1)
    if not len(alone):
        return np.zeros(len(glyphs))
    (x0, y0, x1, y1), (left, top, right, bottom) = glyphs.boxes.T[..., None].astype(float), glyphs.boxes[alone].T
    high, other = y1 - y0, bottom - top
    ratio = np.log(high / other)
    level = np.abs((y0 + y1) - (top + bottom)) < LEVEL * (high + other)
    apart = np.maximum(left - x1, x0 - right)
    beside = level & (np.abs(ratio) < ALIKE) & (apart < CLOSE * other)
    beside &= glyphs.cluster[:, None] != glyphs.cluster[alone]
    none = probabilities[alone, NOT_A_DIGIT].astype(np.float64)
    odds = np.log((0.5 + beside @ (1 - none)) / (0.5 + beside @ none))
    company: Floats = np.clip(WEIGHT * odds, -COMPANY, COMPANY)
    return company


def _leaving(
    spans: npt.NDArray[np.int32], whole: npt.NDArray[np.bool_], boxes: npt.NDArray[np.int32]
) -> Floats:
    """Give what it costs to leave glyphs unread, (n,), beside being no digits."""
    size = (boxes[:, 2:] - boxes[:, :2]).max(axis=1).astype(np.float64)
    cut = bool((np.diff(spans[whole]) > 1).any())
    single = (np.diff(spans)[:, 0] == 1) | whole
    # A mark that is wide enough for many digits costs as much as leaving all of them unread.
    extent = np.maximum(1, (boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1]))
    costs = np.where(whole, (UNCUT * extent if cut else UNREAD) * size / size.max(), SCRAP)
    leaving: Floats = np.where(single, costs, np.inf)
    return leaving


def _lowness(boxes: npt.NDArray[np.int32]) -> Floats:
    """Give what it costs to be low beside the whole cluster, (n,): of a tick, that its pieces are no strokes."""
    share, cost = LOW
    heights = boxes[:, 3] - boxes[:, 1]
    return np.where(heights < share * (boxes[:, 3].max() - boxes[:, 1].min()), cost, 0.0)


def _unlike(boxes: npt.NDArray[np.int32], sure: npt.NDArray[np.int32]) -> Floats:
    """Give what heights cost that are unlike those of the sure digits beside them, (n,)."""
    x0, y0, x1, y1 = boxes[:, 0].min(), boxes[:, 1].min(), boxes[:, 2].max(), boxes[:, 3].max()
    heights = (sure[:, 3] - sure[:, 1]).astype(np.float64)
    level = np.minimum(sure[:, 3], y1) - np.maximum(sure[:, 1], y0) > 0.4 * np.minimum(heights, y1 - y0)
    apart = np.maximum(sure[:, 0] - x1, x0 - sure[:, 2])
    beside = level & (apart < NEAR * heights) & (apart > -0.5 * heights)
    if not beside.any():
        return np.zeros(len(boxes))
    usual = weighted_median(heights[beside], 1 / (1 + np.maximum(apart[beside], 0) / heights[beside]))
    deviation, most = UNEVEN
    ratio = np.log((boxes[:, 3] - boxes[:, 1]) / usual)
    unlike: Floats = np.minimum(0.5 * (ratio / deviation) ** 2, most)
    return unlike
