"""Glyphs, probabilities -> lines: the likeliest digits, in rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from camcount.cells import find_cell_rows, holds_numbers, keep_numbers, part_cells
from camcount.classify import NOT_A_DIGIT
from camcount.expect import fit_count
from camcount.grid import Grid
from camcount.lattice import LEAST, Lattice, build_lattices
from camcount.marks import Glyphs, overlaps
from camcount.path import choose_glyphs, find_ways, trust_glyphs
from camcount.rows import find_rows, find_spaces
from camcount.sift import Candidates, drop_dirt, drop_specks, drop_strangers
from camcount.types import UNSURE, Box, Crops, Digit, Line, Probabilities
from camcount.words import drop_words, find_letters

MIN_CONFIDENCE = 0.6
SAME = 0.55
"""Glyphs whose boxes overlap by more, as a share of both together, stand for one digit."""
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
    digits: range | None = None,
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
        digits: how many a line should have; a likely reading of another length gives way to one of this length.

    Returns:
        Lines from the top, each with its digits left to right.
    """
    lattices = build_lattices(glyphs, part_cells(grid, glyphs, probabilities) if grid else probabilities)
    ways = [find_ways(lattice) for lattice in lattices]
    chosen = np.array(choose_glyphs(ways), np.intp)
    if grid and not holds_numbers(grid, glyphs.boxes[chosen]):
        return assemble_lines(glyphs, crops, probabilities, size, scale, min_confidence, None, digits)
    rows = _arrange(glyphs, probabilities, chosen, size, scale, grid)
    if digits is not None:
        chosen = np.array(fit_count(glyphs, ways, rows, digits), np.intp)
        rows = _arrange(glyphs, probabilities, chosen, size, scale, grid)
    shown = {int(number) for row in rows for number in glyphs.cluster[row]}
    confidences = _trust(glyphs, [each for each in lattices if int(glyphs.cluster[each.start]) in shown], probabilities)
    boxes = glyphs.boxes / scale
    return tuple(_make_line(boxes[row], confidences[row], crops[row], min_confidence) for row in rows)


def _arrange(
    glyphs: Glyphs, probabilities: Probabilities, chosen: npt.NDArray[np.intp], size: tuple[int, int], scale: float,
    grid: Grid | None,
) -> list[list[int]]:
    """Gather the glyphs that were chosen into rows, and drop what is no number of the page."""
    if grid:
        chosen = np.array(keep_numbers(grid, glyphs, probabilities, chosen.tolist()), np.intp)
    candidates = drop_dirt(
        Candidates(
            chosen, glyphs.boxes[chosen] / scale, glyphs.darkness[chosen], glyphs.halo[chosen], probabilities[chosen]
        )
    )
    found = find_cell_rows(grid, candidates.boxes * scale) if grid else find_rows(candidates.boxes)
    rows = [row for row in (drop_specks(candidates, row) for row in found) if row]
    kept = drop_strangers(candidates, rows, size)
    if not grid:
        kept = drop_words(candidates, kept, glyphs.boxes[find_letters(glyphs, probabilities, chosen)] / scale)
    return [candidates.glyphs[row].tolist() for row in kept if row]


def _trust(glyphs: Glyphs, lattices: list[Lattice], probabilities: Probabilities) -> npt.NDArray[np.float64]:
    """Tell how likely each digit is at each glyph of some clusters, (n, 10), with all ways of reading them in view.

    Where a cut lies a little to the left or the right the digit is the same one: such glyphs speak for each other.
    """
    digits = probabilities[:, :NOT_A_DIGIT].astype(np.float64)
    digits /= np.maximum(digits.sum(axis=1, keepdims=True), LEAST)
    for lattice in lattices:
        trust = trust_glyphs(lattice)
        here = slice(lattice.start, lattice.start + len(trust))
        alike = overlaps(glyphs.boxes[here], glyphs.boxes[here]) > SAME if len(trust) > 1 else np.ones((1, 1))
        digits[here] = np.minimum(alike @ (digits[here] * trust[:, None]), 1.0)
    return digits


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
