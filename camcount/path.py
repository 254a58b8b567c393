"""Glyphs, probabilities -> the digits among them: the likeliest way through each cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camcount.classify import NOT_A_DIGIT
from camcount.marks import Glyphs
from camcount.quantile import weighted_median
from camcount.types import Probabilities

PARTING = 0.7
"""What each digit costs that is cut from a mark or joined from several, as a negative logarithm of probability."""
UNREAD = 1.0
"""What it costs to leave a piece of a broken mark unread, and by its size more or less."""
UNCUT = 2.0
"""What it costs to leave a mark unread that could be cut into digits."""
SCRAP = 2.5
"""What it costs to leave a part of a cut mark unread: an underline that a digit runs into."""
SURE = 0.8
"""Marks that are digits as they stand with this probability tell how high their neighbours are."""
NEAR = 8.0
"""They tell it so many of their heights to either side."""
UNEVEN = 0.25, 3.0
"""Standard deviation of the logarithm of a row's heights; and what a height costs at most that does not fit."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Way:
    """A way through one cluster."""

    cost: float
    """Negative logarithm of its likelihood."""
    glyphs: tuple[int, ...]
    """The digits on it, left to right, as indices of the glyphs."""


def choose_glyphs(ways: list[dict[int, Way]]) -> list[int]:
    """Choose the digits of each cluster: those on the cheapest way through it."""
    return [i for options in ways for i in min(options.values(), key=lambda way: way.cost).glyphs]


def find_ways(glyphs: Glyphs, probabilities: Probabilities) -> list[dict[int, Way]]:
    """Find the cheapest way through each cluster for each number of digits that it may be read as.

    A glyph read as a digit costs the negative logarithm of its probability, and something for being cut or joined and
    for a height unlike that of its neighbours; what is left unread costs that of not being a digit, and something too,
    since parts of a digit look like none.
    """
    digit = -np.log(np.maximum(probabilities[:, :NOT_A_DIGIT].max(axis=1), 1e-9)).astype(np.float64)
    waste = -np.log(np.maximum(probabilities[:, NOT_A_DIGIT], 1e-9)).astype(np.float64)
    starts = np.flatnonzero(np.diff(glyphs.cluster, prepend=-1)).tolist()
    ways: list[dict[int, Way]] = []
    sure = np.flatnonzero(glyphs.whole & (digit < -np.log(SURE)))
    for start, end in zip(starts, [*starts[1:], len(glyphs)]):
        if end - start == 1:
            ways.append({0: Way(float(waste[start]), ()), 1: Way(float(digit[start]), (start,))})
            continue
        here = slice(start, end)
        whole, boxes = glyphs.whole[here], glyphs.boxes[here]
        spans = np.column_stack([glyphs.first[here], glyphs.last[here] + 1])
        size = (boxes[:, 2:] - boxes[:, :2]).max(axis=1).astype(np.float64)
        cut = bool((np.diff(spans[whole]) > 1).any())
        read = digit[here] + np.where(whole, 0.0, PARTING + _unlike(boxes, glyphs.boxes[sure]))
        single = (np.diff(spans)[:, 0] == 1) | whole
        # A mark that is wide enough for many digits costs as much as leaving all of them unread.
        extent = (boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1])
        left = np.where(whole, (UNCUT * np.maximum(1, extent) if cut else UNREAD) * size / size.max(), SCRAP)
        unread = np.where(single, waste[here] + left, np.inf)
        ways.append({count: Way(way.cost, tuple(start + i for i in way.glyphs))
                     for count, way in _best_ways(spans, read, unread).items()})
    return ways


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


def _best_ways(spans: npt.NDArray[np.int32], digit: Floats, waste: Floats) -> dict[int, Way]:
    """Find the cheapest way from the first piece to the last, for each number of digits on it.

    Args:
        spans: (n, 2), the pieces of each glyph, half-open.
        digit: (n,), what reading a glyph as a digit costs.
        waste: (n,), what leaving it unread costs; infinite where it must not be.
    """
    # reached[k] holds the best ways over the first k pieces, by their number of digits.
    reached: list[dict[int, Way]] = [{} for _ in range(int(spans[:, 1].max()) + 1)]
    reached[0][0] = Way(0.0, ())
    for i in np.lexsort((spans[:, 0], spans[:, 1])).tolist():
        first, after = spans[i].tolist()
        for count, way in list(reached[first].items()):
            _offer(reached[after], count + 1, way.cost + float(digit[i]), (*way.glyphs, i))
            if np.isfinite(waste[i]):
                _offer(reached[after], count, way.cost + float(waste[i]), way.glyphs)
    return reached[-1]


def _offer(ways: dict[int, Way], count: int, cost: float, glyphs: tuple[int, ...]) -> None:
    if count not in ways or cost < ways[count].cost:
        ways[count] = Way(cost, glyphs)
