"""Boxes -> rows: which digits stand in one line, in which order, and where a space is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from camcount.quantile import quantile, weighted_median
from camcount.types import Line

OVERLAP = 0.45
"""Digits of a row overlap in height by this share of the lower one."""
STEEPEST = 35.0
"""Rows that lean more than this are not followed, degrees."""
AGREE = 0.12
"""Neighbours agree on the slope of their rows when theirs differ by less."""
SPACE = 1.8
"""A space is wider than so many usual gaps of its row."""

Floats = npt.NDArray[np.float64]


def find_rows(boxes: Floats) -> list[list[int]]:
    """Gather boxes into rows, from the top, each from left to right.

    The page is first turned so that its rows lie level, by the median slope between near neighbours; then each digit,
    from the left, goes to the row whose last digit it overlaps most in height.

    Args:
        boxes: (n, 4), x0 y0 x1 y1.

    Returns:
        Indices of the boxes.
    """
    if not len(boxes):
        return []
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    heights = boxes[:, 3] - boxes[:, 1]
    slope = _page_slope(centres, heights)
    level = centres[:, 1] - slope * centres[:, 0]
    along = centres[:, 0] + slope * centres[:, 1]
    rows: list[list[int]] = []
    spans: list[list[float]] = np.column_stack([level - heights / 2, level + heights / 2]).tolist()
    for i in np.argsort(along, kind="stable").tolist():
        shares = [_overlap(spans[i], *(spans[j] for j in row[-2:])) for row in rows]
        best = max(range(len(rows)), key=shares.__getitem__, default=-1)
        if best >= 0 and shares[best] >= OVERLAP:
            rows[best].append(i)
        else:
            rows.append([i])
    return sorted(rows, key=lambda row: float(np.mean(level[row])))


def tell_slant(lines: Sequence[Line]) -> float:
    """Tell by how many degrees, clockwise, the rows of a page lean; 0 where they disagree or are too short to tell."""
    boxes = np.array([digit.box for line in lines for digit in line.digits], np.float64).reshape(-1, 4)
    centres, heights = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 3] - boxes[:, 1]
    return float(np.rad2deg(np.arctan(_page_slope(centres, heights)))) if len(boxes) else 0.0


def _page_slope(centres: Floats, heights: Floats) -> float:
    """Give the slope of the rows: that from most digits to the nearest on the right; 0 where they differ."""
    steps = centres[None] - centres[:, None]
    size = np.maximum(heights[:, None], heights)
    right = (steps[..., 0] > 0.2 * size) & (np.abs(steps[..., 1]) < np.tan(np.deg2rad(STEEPEST)) * steps[..., 0])
    length = np.hypot(steps[..., 0], steps[..., 1])
    distance = np.where(right & (length < 3 * size), length, np.inf)
    known = np.flatnonzero(np.isfinite(distance.min(axis=1)))
    if len(known) < 2:
        return 0.0
    step = steps[known, distance.argmin(axis=1)[known]]
    slopes, weights = step[:, 1] / step[:, 0], heights[known]
    slope = weighted_median(slopes, weights)
    agreeing = weights[np.abs(slopes - slope) < AGREE].sum()
    return slope if agreeing > weights.sum() / 2 else 0.0


def _overlap(own: list[float], *last: list[float]) -> float:
    """Give by how much of the lower one's height a digit overlaps the end of a row.

    Args:
        own: top and bottom of the digit.
        last: those of the row's last digits.
    """
    top, bottom = (sum(span[side] for span in last) / len(last) for side in (0, 1))
    return (min(own[1], bottom) - max(own[0], top)) / min(own[1] - own[0], bottom - top)


def find_spaces(boxes: Floats) -> tuple[int, ...]:
    """Tell before which digits of a row a person sees a new number begin."""
    gaps = boxes[1:, 0] - boxes[:-1, 2]
    height = quantile(boxes[:, 3] - boxes[:, 1], 0.5)
    usual = max(quantile(gaps, 0.5), 0.0) if len(gaps) > 2 else 0.3 * height
    least = max(SPACE * usual + 0.2 * height, 0.6 * height)
    return tuple(int(i) + 1 for i in np.flatnonzero(gaps > least))
