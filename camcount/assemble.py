"""Glyphs, probabilities -> lines: the likeliest digits, in rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from camcount.cells import find_cell_rows, holds_numbers, keep_numbers, part_cells
from camcount.evidence import share_digits
from camcount.expect import fit_count
from camcount.grid import Grid
from camcount.lattice import Lattice, build_lattices
from camcount.marks import Glyphs, overlaps
from camcount.path import choose_glyphs, find_ways, trust_glyphs
from camcount.rows import find_rows, find_spaces
from camcount.sift import drop_dirt
from camcount.types import UNSURE, Box, Crops, Digit, Line, Probabilities
from camcount.words import drop_words

MIN_CONFIDENCE = 0.6
SURE = 0.9
"""Where no digit of a page is so sure, there may be none on it: likely ones are shown as "?", others are left out."""
SAME = 0.55
"""Glyphs whose boxes overlap by more, as a share of both together, stand for one digit."""
TOP = 3
"""A digit tells its likeliest so many values."""


def assemble_lines(
    glyphs: Glyphs,
    crops: Crops,
    probabilities: Probabilities,
    potentials: npt.NDArray[np.float64],
    scale: float = 1.0,
    min_confidence: float = MIN_CONFIDENCE,
    grid: Grid | None = None,
    digits: range | None = None,
) -> tuple[Line, ...]:
    """Choose the best path of glyphs through each cluster, and gather the digits into rows.

    Args:
        glyphs: n hypotheses.
        crops: (n, 28, 28), handed on with the digits.
        probabilities: (n, 11).
        potentials: (n, 2), of a glyph as a digit, and of leaving it unread.
        scale: working pixels to one pixel of the frame.
        min_confidence: digits below it keep their place as "?".
        grid: the form that they stand in, working pixels.
        digits: how many a line should have; a likely reading of another length gives way to one of this length.

    Returns:
        Lines from the top, each with its digits left to right.
    """
    lattices = build_lattices(glyphs, probabilities, part_cells(grid, glyphs, potentials) if grid else potentials)
    ways = [find_ways(lattice) for lattice in lattices]
    chosen = np.array(choose_glyphs(ways), np.intp)
    if grid and not holds_numbers(grid, glyphs.boxes[chosen]):
        return assemble_lines(glyphs, crops, probabilities, potentials, scale, min_confidence, None, digits)
    trust = _trust(glyphs, lattices, chosen)
    rows = _arrange(glyphs, trust, chosen, scale, grid)
    if digits is not None:
        chosen = np.array(fit_count(glyphs, ways, rows, digits), np.intp)
        trust = _trust(glyphs, lattices, chosen)
        rows = _arrange(glyphs, trust, chosen, scale, grid)
    boxes = glyphs.boxes / scale
    told = trust[:, None] * share_digits(probabilities)
    confidences = [np.array([_values(glyphs, told, i) for i in row]) for row in rows]
    if min_confidence and max((float(row.max()) for row in confidences), default=1.0) < SURE:
        likely = [told.max(axis=1) >= min_confidence for told in confidences]
        rows = [[i for i, kept in zip(row, each) if kept] for row, each in zip(rows, likely) if each.any()]
        confidences = [told[each] for told, each in zip(confidences, likely) if each.any()]
        min_confidence = max(min_confidence, SURE)
    return tuple(_make_line(boxes[row], told, crops[row], min_confidence) for row, told in zip(rows, confidences))


def _arrange(
    glyphs: Glyphs, trust: npt.NDArray[np.float64], chosen: npt.NDArray[np.intp], scale: float, grid: Grid | None
) -> list[list[int]]:
    """Gather the glyphs that were chosen into rows, and drop dirt and what stands in words."""
    chosen = drop_dirt(glyphs, trust, chosen)
    if grid:
        chosen = np.array(keep_numbers(grid, glyphs, trust, chosen.tolist()), np.intp)
        return [chosen[row].tolist() for row in find_cell_rows(grid, glyphs.boxes[chosen].astype(np.float64))]
    chosen = drop_words(glyphs, trust, chosen)
    return [chosen[row].tolist() for row in find_rows(glyphs.boxes[chosen] / scale)]


def _trust(glyphs: Glyphs, lattices: list[Lattice], chosen: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Tell how likely each glyph of the clusters that are read is a digit, (n,); nobody asks about the others."""
    trust = np.zeros(len(glyphs))
    read = set(glyphs.cluster[chosen].tolist())
    for lattice in lattices:
        if int(glyphs.cluster[lattice.start]) in read:
            trust[lattice.start : lattice.start + len(lattice.digit)] = trust_glyphs(lattice)
    return trust


def _values(glyphs: Glyphs, told: npt.NDArray[np.float64], i: int) -> npt.NDArray[np.float64]:
    """Tell how likely each digit is at a glyph, (10,), with all ways of reading its cluster in view.

    Where a cut lies a little to the left or the right the digit is the same one: such glyphs speak for each other.

    Args:
        glyphs: n hypotheses.
        told: (n, 10) how likely each one by itself is each digit.
        i: index of the glyph.
    """
    first, after = np.searchsorted(glyphs.cluster, glyphs.cluster[i] + np.array([0, 1]))
    found: npt.NDArray[np.float64] = told[i]
    if after > first + 1:
        alike = overlaps(glyphs.boxes[i : i + 1], glyphs.boxes[first:after])[0] > SAME
        found = alike @ told[first:after]
    return found.clip(max=1.0)


def _make_line(
    boxes: npt.NDArray[np.float64], confidences: npt.NDArray[np.float64], crops: Crops, min_confidence: float
) -> Line:
    digits = tuple(_make_digit(*parts, min_confidence) for parts in zip(boxes, confidences, crops))
    return Line(digits, spaces=find_spaces(boxes))


def _make_digit(
    box: npt.NDArray[np.float64], confidences: npt.NDArray[np.float64], crop: npt.NDArray[np.uint8],
    min_confidence: float,
) -> Digit:
    values = np.argsort(-confidences, kind="stable")[:TOP]
    top = tuple((str(value), round(float(confidences[value]), 6)) for value in values)
    value, confidence = top[0]
    x0, y0, x1, y1 = (int(side) for side in np.rint(box))
    shown = value if confidence >= min_confidence else UNSURE
    return Digit(shown, confidence, Box(x0, y0, x1, y1), top, crop)
