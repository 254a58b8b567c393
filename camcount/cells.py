"""Grid, digits -> rows: the numbers in the cells of a form, read along its rows, without its printed names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from camcount.grid import Grid
from camcount.marks import Glyphs
from camcount.quantile import quantile
from camcount.rows import find_rows

WITHIN = 0.3
"""Of a digit in a cell the middle lies wholly in it, up to this share of its height from there."""
SURE = 0.6
"""A digit less sure may as well be a letter."""
FORBIDDEN = 100.0
"""Potential against which nothing else counts."""
LOW = 0.25
"""Marks lower than this share of the digits are stops, specks and dashes: no letters."""
DASH = 1.8
"""A mark wider than this, in its heights, that is no digit, is a dash or a line."""
DOUBTED = 0.3
"""A digit less sure is taken for a letter when letters are counted."""

Floats = npt.NDArray[np.float64]
Place = tuple[int, int] | None
"""A cell: the line above and that to its left; None is outside all cells."""


def holds_numbers(grid: Grid, boxes: npt.NDArray[np.int32]) -> bool:
    """Tell whether most digits stand within cells: on squared paper they reach from one into the next."""
    upper, lower = _ends(grid, boxes)
    within = sum(place is not None and place == other for place, other in zip(upper, lower))
    somewhere = sum(place is not None or other is not None for place, other in zip(upper, lower))
    return within > somewhere / 2


def part_cells(grid: Grid, glyphs: Glyphs, potentials: Floats) -> Floats:
    """Forbid to read as a digit what is joined from marks of two cells, one above the other."""
    upper, lower = _ends(grid, glyphs.boxes)
    joined = [one is not None and two is not None and one[0] != two[0] for one, two in zip(upper, lower)]
    parted: Floats = potentials.copy()
    parted[np.array(joined, bool) & ~glyphs.whole, 0] = -FORBIDDEN
    return parted


def keep_numbers(grid: Grid, glyphs: Glyphs, trust: Floats, chosen: list[int]) -> list[int]:
    """Drop the digits that belong to words: names of rows and columns, letters in boxes, captions around the form.

    A cell holds a word when it has as many letters as digits. Since some letters look like digits, and names may begin
    with digits, rows and columns with more letters than digits go as a whole.

    Args:
        trust: (n,), how likely each glyph is a digit.
        chosen: indices of the glyphs read as digits.

    Returns:
        Those that remain.
    """
    heights = glyphs.boxes[:, 3] - glyphs.boxes[:, 1]
    sure = [i for i in chosen if trust[i] >= SURE]
    if not sure:
        return chosen
    usual = quantile(heights[sure], 0.5)
    likely = [i for i in chosen if trust[i] >= DOUBTED]
    letters = [i for i in _letters(glyphs, likely) if heights[i] >= LOW * usual]
    digits = _by_place(grid, glyphs.boxes, likely)
    words, places = (_by_place(grid, glyphs.boxes, members) for members in (letters, chosen))
    outside_is_wordy = len(words[None]) >= max(1, len(digits[None]))
    cells = {place: (len(digits[place]), len(words[place])) for place in {*words, *places} if place is not None}
    for axis in (1, 0):
        for line in _lines_of_words(cells, axis):
            cells = {place: counts for place, counts in cells.items() if place[axis] != line}
    kept = []
    for place, members in places.items():
        if place is None and not outside_is_wordy or place in cells and len(words[place]) < max(2, len(digits[place])):
            kept += members
    return sorted(kept)


def find_cell_rows(grid: Grid, boxes: Floats) -> list[list[int]]:
    """Gather boxes into the rows of a form, from the top, each from left to right; what is in no cell, by itself.

    Args:
        boxes: (n, 4), x0 y0 x1 y1, working pixels.

    Returns:
        Indices of the boxes.
    """
    rows: dict[int | None, list[int]] = defaultdict(list)
    for i, place in enumerate(_places(grid, boxes)):
        rows[None if place is None else grid.row(place[0])].append(i)
    outside = rows.pop(None, [])
    found = [sorted(row, key=lambda i: float(boxes[i, 0])) for row in rows.values()]
    found += [[outside[i] for i in row] for row in find_rows(boxes[outside])]
    return sorted(found, key=lambda row: float(boxes[row][:, [1, 3]].mean()))


def _letters(glyphs: Glyphs, sure: list[int]) -> Iterator[int]:
    """Give the marks, as they stand, that were not read as digits, or not surely."""
    read: dict[int, set[int]] = defaultdict(set)
    for i in sure:
        read[int(glyphs.cluster[i])].update(range(int(glyphs.first[i]), int(glyphs.last[i]) + 1))
    size = glyphs.boxes[:, 2:] - glyphs.boxes[:, :2]
    for i in np.flatnonzero(glyphs.whole).tolist():
        pieces = range(int(glyphs.first[i]), int(glyphs.last[i]) + 1)
        if not read[int(glyphs.cluster[i])].intersection(pieces) and size[i, 0] < DASH * size[i, 1]:
            yield i


def _ends(grid: Grid, boxes: npt.NDArray[np.int32]) -> tuple[list[Place], list[Place]]:
    """Give the cells of a point in the upper half of each box, and of one in the lower."""
    x0, y0, x1, y1 = boxes.astype(float).T
    reach = (y1 - y0) * (0.5 - WITHIN)
    upper, lower = np.column_stack([x0, y0 + reach, x1, y0 + reach]), np.column_stack([x0, y1 - reach, x1, y1 - reach])
    return _places(grid, upper), _places(grid, lower)


def _places(grid: Grid, boxes: npt.NDArray[np.floating] | npt.NDArray[np.int32]) -> list[Place]:
    return [grid.cell((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in boxes.tolist()]


def _by_place(grid: Grid, boxes: npt.NDArray[np.int32], chosen: list[int]) -> dict[Place, list[int]]:
    """Gather glyphs by their cells; all that are in none share one place."""
    places: dict[Place, list[int]] = defaultdict(list)
    for i, place in zip(chosen, _places(grid, boxes[chosen])):
        places[place].append(i)
    return places


def _lines_of_words(cells: dict[tuple[int, int], tuple[int, int]], axis: int) -> list[int]:
    """Give the rows or columns that hold more letters than digits.

    Args:
        cells: by their place, how many digits and letters each holds.
        axis: 0 for rows, 1 for columns.
    """
    held: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for place, counts in cells.items():
        held[place[axis]].append(counts)
    sums = {line: tuple(map(sum, zip(*counts))) for line, counts in held.items()}
    return [line for line, (digits, letters) in sums.items() if letters > digits and len(held[line]) > 1]
