"""Cells: what is joined from marks of two cells is no digit, whatever speaks for it."""

from __future__ import annotations

import numpy as np
import pytest
from byhand import Sides, clustered, table, told

from camcount.assemble import assemble_lines
from camcount.cells import part_cells
from camcount.grid import Grid
from camcount.marks import Glyphs
from camcount.ruling import Rule


def rule(place: float) -> Rule:
    return Rule(0, np.full(700, place), 0.0, 2.0, 150.0)


GRID = Grid(tuple(map(rule, (100, 200, 300))), tuple(map(rule, (100, 200, 300, 400))), 5.0)
"""Two rows of three cells, each 100 wide and high."""


def pair(upper: Sides, lower: Sides) -> Glyphs:
    """Give two marks one above the other, which may be one."""
    both = (min(upper[0], lower[0]), upper[1], max(upper[2], lower[2]), lower[3])
    return clustered([upper, both, lower], [(0, 0, 0), (0, 0, 1), (0, 1, 1)], whole=[True, False, True])


ACROSS = pair((130, 125, 170, 190), (130, 210, 170, 275))
WITHIN = pair((130, 110, 170, 140), (130, 142, 170, 190))


def test_a_glyph_joined_across_two_cells_is_forbidden_and_nothing_else_changes() -> None:
    potentials = np.array([[3.0, -1.0], [12.0, 0.0], [3.0, -1.0]])
    parted = part_cells(GRID, ACROSS, potentials)
    assert parted[1, 0] < -50
    assert np.array_equal(np.delete(parted.ravel(), 2), np.delete(potentials.ravel(), 2))
    assert potentials[1, 0] == 12, "what was given stays as it was"


def test_a_glyph_joined_within_a_cell_is_not() -> None:
    potentials = np.array([[3.0, -1.0], [12.0, 0.0], [3.0, -1.0]])
    assert np.array_equal(part_cells(GRID, WITHIN, potentials), potentials)


def test_a_whole_mark_may_reach_into_the_cell_below() -> None:
    glyphs = clustered([(130, 125, 170, 275)], [(0, 0, 0)])
    potentials = np.array([[3.0, 0.0]])
    assert np.array_equal(part_cells(GRID, glyphs, potentials), potentials)


@pytest.mark.parametrize(
    ("glyphs", "grid", "lines"),
    [
        pytest.param(ACROSS, GRID, ["1", "2"], id="across two cells"),
        pytest.param(WITHIN, GRID, ["8"], id="within one"),
        pytest.param(ACROSS, None, ["8"], id="on bare paper"),
    ],
)
def test_a_digit_is_joined_within_a_cell_alone(glyphs: Glyphs, grid: Grid | None, lines: list[str]) -> None:
    rows = table([told(1, 0.9999), told(8, 0.9999), told(2, 0.9999)])
    potentials = np.array([[3.0, -1.0], [12.0, 0.0], [3.0, -1.0]])
    crops = np.zeros((3, 28, 28), np.uint8)
    assert [line.text for line in assemble_lines(glyphs, crops, rows, potentials, grid=grid)] == lines
