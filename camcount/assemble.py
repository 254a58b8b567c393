"""Glyphs, probabilities -> lines: the likeliest digits, in rows."""

from __future__ import annotations

import numpy as np

from camcount.cells import find_cell_rows, holds_numbers, keep_numbers, part_cells
from camcount.classify import NOT_A_DIGIT
from camcount.grid import Grid
from camcount.marks import Glyphs
from camcount.path import choose_glyphs
from camcount.rows import find_rows, find_spaces
from camcount.sift import Candidates, drop_dirt, drop_specks, drop_strangers
from camcount.types import UNSURE, Box, Crops, Digit, Line, Probabilities

MIN_CONFIDENCE = 0.6
TOP = 3
"""A digit tells its likeliest so many values."""


def assemble_lines(
    glyphs: Glyphs,
    crops: Crops,
    probabilities: Probabilities,
    size: tuple[int, int],
    scale: float = 1.0,
    min_confidence: float = MIN_CONFIDENCE,
    grid: Grid | None = None,
) -> tuple[Line, ...]:
    """Choose the best path of glyphs through each cluster, and gather the digits into rows.

    Args:
        glyphs: n hypotheses.
        crops: (n, 28, 28), handed on with the digits.
        probabilities: (n, 11).
        size: width and height of the frame, pixels.
        scale: working pixels to one pixel of the frame.
        min_confidence: digits below it keep their place as "?".
        grid: the form that they stand in, working pixels.

    Returns:
        Lines from the top, each with its digits left to right.
    """
    chosen = list(choose_glyphs(glyphs, part_cells(grid, glyphs, probabilities) if grid else probabilities))
    if grid and not holds_numbers(grid, glyphs.boxes[chosen]):
        grid = None
        chosen = list(choose_glyphs(glyphs, probabilities))
    elif grid:
        chosen = keep_numbers(grid, glyphs, probabilities, chosen)
    boxes = glyphs.boxes[chosen] / scale
    candidates = drop_dirt(
        Candidates(boxes, glyphs.darkness[chosen], glyphs.halo[chosen], probabilities[chosen], crops[chosen])
    )
    found = find_cell_rows(grid, candidates.boxes * scale) if grid else find_rows(candidates.boxes)
    rows = [row for row in (drop_specks(candidates, row) for row in found) if row]
    kept = drop_strangers(candidates, rows, size)
    return tuple(_make_line(candidates, row, min_confidence) for row in kept if row)


def _make_line(candidates: Candidates, row: list[int], min_confidence: float) -> Line:
    digits = tuple(_make_digit(candidates, i, min_confidence) for i in row)
    return Line(digits, spaces=find_spaces(candidates.boxes[row]))


def _make_digit(candidates: Candidates, i: int, min_confidence: float) -> Digit:
    probabilities = candidates.probabilities[i, :NOT_A_DIGIT]
    values = np.argsort(-probabilities, kind="stable")[:TOP]
    top = tuple((str(value), round(float(probabilities[value]), 6)) for value in values)
    value, confidence = top[0]
    x0, y0, x1, y1 = (int(side) for side in np.rint(candidates.boxes[i]))
    shown = value if confidence >= min_confidence else UNSURE
    return Digit(shown, confidence, Box(x0, y0, x1, y1), top, candidates.crops[i])
