"""One wide mark -> the parts that it falls into along seams of least ink."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from camcount.marks import Mark

SEAM_HEIGHT = 40
"""Marks are shrunk to this height before seams are looked for, pixels."""
SLANT_COST = 0.15
"""What a step aside costs a seam, in ink pixels."""
NARROWEST = 0.22
"""Least distance between seams and from the sides, in heights of the mark."""
MOST_SEAMS = 4
BLOCKED = 0.6
"""A seam that costs more than this share of the mark's height runs through a blot, not between digits."""


def cut_mark(mark: Mark) -> list[Mark]:
    """Cut a mark from top to bottom where the least ink is in the way.

    A seam may lean and bend, one pixel aside per pixel down, as in seam carving (Avidan and Shamir 2007); so it follows
    the gap between slanted digits and crosses the bridge between touching ones at its thinnest.

    Args:
        mark: (h, w).

    Returns:
        The parts from left to right, each (h, w) with the rest blank; together they are the mark.
    """
    height, width = mark.shape
    small = cv2.resize(mark, (max(4, round(width * SEAM_HEIGHT / height)), SEAM_HEIGHT), interpolation=cv2.INTER_AREA)
    seams = _seams(np.asarray(small, np.float32) / np.float32(255))
    parts: list[Mark] = []
    left = np.zeros(height, np.int64)
    columns = np.arange(width)
    rows = (np.arange(height) * SEAM_HEIGHT) // height
    for seam in [*seams, None]:
        right = np.full(height, width) if seam is None else ((seam[rows] + 0.5) * width / small.shape[1]).astype(int)
        right = np.maximum(right, left)
        inside = (columns >= left[:, None]) & (columns < right[:, None])
        part = np.where(inside, mark, np.uint8(0))
        left = right
        if part.any():
            parts.append(part)
    return parts


def _seams(ink: npt.NDArray[np.float32]) -> list[npt.NDArray[np.int64]]:
    """Find the best seams, from left to right: each gives a column for each row."""
    height, width = ink.shape
    # cost[y, x + 1] is that of the best seam from the top to (x, y); nothing comes from beyond the sides.
    cost = np.full((height, width + 2), np.inf, np.float32)
    cost[0, 1:-1] = ink[0]
    for y in range(1, height):
        above = cost[y - 1]
        aside = np.minimum(above[:-2], above[2:]) + np.float32(SLANT_COST)
        cost[y, 1:-1] = np.minimum(aside, above[1:-1]) + ink[y]
    margin = NARROWEST * height
    total = cost[-1, 1:-1]
    paths = [_trace(cost, end) for end in _minima(total, margin) if total[end] < BLOCKED * height]
    inner = [path for path in paths if margin / 2 < path.mean() < width - margin / 2]
    return sorted(inner, key=lambda path: float(path.mean()))


def _minima(total: npt.NDArray[np.float32], margin: float) -> list[int]:
    """Give the ends of the cheapest seams, no two nearer than the margin."""
    chosen: list[int] = []
    for end in np.argsort(total, kind="stable"):
        if margin <= end < len(total) - margin and all(abs(end - other) >= margin for other in chosen):
            chosen.append(int(end))
            if len(chosen) == MOST_SEAMS:
                break
    return chosen


def _trace(cost: npt.NDArray[np.float32], end: int) -> npt.NDArray[np.int64]:
    """Go back from the end of a seam to the top, always to the cheapest of the three pixels above."""
    slant = np.array([SLANT_COST, 0, SLANT_COST], np.float32)
    path = np.empty(len(cost), np.int64)
    path[-1] = end
    for y in range(len(cost) - 1, 0, -1):
        x = path[y]
        path[y - 1] = x - 1 + int((cost[y - 1, x : x + 3] + slant).argmin())
    return path
