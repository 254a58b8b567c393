"""Wide marks -> the parts that they fall into along seams of least ink."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from camcount.crop import stroke_width
from camcount.marks import Mark

SEAM_HEIGHT = 36
"""Marks are shrunk to this height before seams are looked for, pixels."""
INKED = 0.3
"""Share of a shrunk pixel that must be ink for it to be a stroke's."""
SLANT_COST = 0.15
"""What a step aside costs a seam, in ink pixels."""
ENTRY_COST = 3.0
"""What it costs to enter a stroke: a seam between two digits crosses the one place where they touch."""
MERGED = 0.1
"""What a pixel of ink costs in the middle of two strokes that run into one: a seam parts them lengthwise."""
HOLE_COST = 0.2
"""What a pixel of enclosed paper costs: a seam through a 0 crosses its hole, but two digits that touch twice enclose a
hole as well."""
NARROWEST = 0.09
"""Least distance of seams from each other where they cross ink, and from the sides, in heights of the mark."""
ANCHORS = [0, SEAM_HEIGHT // 2, SEAM_HEIGHT - 1]
"""Rows at which seams are told from each other."""
MOST_SEAMS = 4.0, 14
"""At most so many seams for each height that the mark is wide, and in all."""
BLOCKED = 0.8
"""A seam that costs more than this share of the mark's height runs through a blot, not between digits."""

Seam = npt.NDArray[np.intp]
"""(h,): a column for each row of the mark; what is left of it is one part."""
Steps = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float32]


def cut_marks(marks: Sequence[Mark]) -> list[list[Mark]]:
    """Cut marks from top to bottom where the least ink is in the way.

    A seam may lean and bend, one pixel aside per pixel down, as in seam carving (Avidan and Shamir 2007); so it follows
    the gap between slanted digits and crosses the bridge between touching ones at its thinnest. It pays for ink, for
    each stroke it enters, and for the holes of a digit. All marks are worked on together.

    Args:
        marks: n of them, each (h, w).

    Returns:
        For each mark its parts from left to right, each (h, w) with the rest blank; together they are the mark.
    """
    if not marks:
        return []
    widths = [_shrunk_width(mark) for mark in marks]
    ink = np.zeros((len(marks), SEAM_HEIGHT, max(widths)), np.float32)
    costs = np.full_like(ink, SEAM_HEIGHT)
    for i, (mark, width) in enumerate(zip(marks, widths)):
        small = cv2.resize(mark, (width, SEAM_HEIGHT), interpolation=cv2.INTER_AREA)
        ink[i, :, :width] = small
        ink[i] /= 255
        costs[i, :, :width] = _price(ink[i, :, :width])
    # From the top and from the bottom at once: what costs is the number of steps, not how much each works on.
    ways, steps = _spread(np.concatenate([costs, costs[:, ::-1]]))
    down, up = steps[: len(marks)], steps[len(marks) :, ::-1]
    through = ways[: len(marks)] + ways[len(marks) :, ::-1] - costs
    return [
        _part(mark, _choose(through[i, :, :width], down[i], up[i], ink[i, :, :width]))
        for i, (mark, width) in enumerate(zip(marks, widths))
    ]


def _shrunk_width(mark: Mark) -> int:
    """Give how wide a mark is at the height at which seams are looked for."""
    height, width = mark.shape
    return max(4, round(int(width) * SEAM_HEIGHT / int(height)))


def _price(ink: Floats) -> Floats:
    """Give what each pixel costs a seam that comes from above."""
    height, width = ink.shape
    paper = np.zeros((height + 2, width + 2), np.uint8)
    inked = np.asarray(ink > INKED, np.uint8)
    paper[1:-1, 1:-1] = inked
    cv2.floodFill(paper, None, (0, 0), 2)
    hole = paper[1:-1, 1:-1] == 0
    entered = np.diff(ink, axis=0, prepend=np.float32(0)).clip(0)
    depth = np.asarray(cv2.distanceTransform((paper == 1).astype(np.uint8), cv2.DIST_L2, 3), np.float32)[1:-1, 1:-1]
    usual = max(1.0, stroke_width(inked) / 2)
    resistance = np.clip(1.8 - 0.8 * depth / np.float32(usual), MERGED, 1)
    price: Floats = ink * resistance + np.float32(ENTRY_COST) * entered + np.float32(HOLE_COST) * hole
    return price


def _spread(costs: Floats) -> tuple[Floats, Steps]:
    """Find the cheapest way from the first row to each pixel.

    Args:
        costs: (n, h, w).

    Returns:
        (n, h, w) what the way to each pixel costs, with the pixel; and the step by which it comes there: -1 from the
        left, 0 straight, 1 from the right.
    """
    count, height, width = costs.shape
    steps = np.zeros((count, height, width), np.int8)
    # Nothing comes from beyond the sides.
    ways = np.full((count, height, width + 2), np.inf, np.float32)
    ways[:, 0, 1:-1] = costs[:, 0]
    for y in range(1, height):
        left, straight, right = ways[:, y - 1, :-2], ways[:, y - 1, 1:-1], ways[:, y - 1, 2:]
        aside = np.minimum(left, right) + np.float32(SLANT_COST)
        steps[:, y] = np.where(aside < straight, np.where(left < right, -1, 1), 0)
        ways[:, y, 1:-1] = np.minimum(aside, straight) + costs[:, y]
    return ways[:, :, 1:-1], steps


def _choose(through: Floats, down: Steps, up: Steps, ink: Floats) -> list[Seam]:
    """Choose the cheapest seams that go different ways, from left to right.

    Each is the cheapest through one pixel of an anchor row, since the cheapest of all are often much alike and cut off
    a corner of one digit.
    """
    height, width = through.shape
    margin = NARROWEST * height
    candidates: list[tuple[float, int, int]] = []
    padded = np.full((len(ANCHORS), width + 2), np.inf, np.float32)
    padded[:, 1:-1] = here = through[ANCHORS, :]
    lowest = (here <= padded[:, :-2]) & (here < padded[:, 2:]) & (here < BLOCKED * height)
    for row, x in np.argwhere(lowest).tolist():
        candidates.append((float(here[row, x]), ANCHORS[row], x))
    rows = np.arange(height)
    share, most = MOST_SEAMS
    most = min(most, 1 + round(share * width / height))
    chosen: list[Seam] = []
    for _, y, x in sorted(candidates):
        seam = _trace(down, up, y, x)
        crossed = ink[rows, seam]
        where = float((seam * crossed).sum() / max(crossed.sum(), 0.1))
        inner = margin <= where < width - margin
        if inner and (not chosen or np.abs(seam - np.stack(chosen)).mean(axis=1).min() >= margin):
            chosen.append(seam)
            if len(chosen) == most:
                break
    return sorted(chosen, key=lambda seam: float(seam.mean()))


def _trace(down: Steps, up: Steps, row: int, column: int) -> Seam:
    """Follow a seam from one of its pixels to the top and to the bottom."""
    seam = np.empty(len(down), np.intp)
    x = column
    for y in range(row, -1, -1):
        seam[y] = x
        x += down.item(y, x)
    x = column
    for y in range(row, len(down)):
        seam[y] = x
        x += up.item(y, x)
    return seam


def _part(mark: Mark, seams: list[Seam]) -> list[Mark]:
    height, width = mark.shape
    parts: list[Mark] = []
    left = np.zeros(height, np.intp)
    columns = np.arange(width)
    rows = (np.arange(height) * SEAM_HEIGHT) // height
    small_width = _shrunk_width(mark)
    for seam in [*seams, None]:
        right = np.full(height, width) if seam is None else ((seam[rows] + 0.5) * width / small_width).astype(int)
        right = np.maximum(right, left)
        inside = (columns >= left[:, None]) & (columns < right[:, None])
        part = np.where(inside, mark, np.uint8(0))
        left = right
        if part.any():
            parts.append(part)
    return parts
