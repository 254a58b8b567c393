"""Lattices: potentials become costs, of reading a glyph and of leaving it."""

from __future__ import annotations

import numpy as np
import pytest
from byhand import NEITHER, alone, clustered, table, told

from camcount.lattice import build_lattices

TRIPLE = [(0, 0, 0), (0, 0, 1), (0, 1, 1)]
"""Left part, both together, right part."""


def test_a_digit_costs_what_its_potential_and_its_likeliest_value_say() -> None:
    row = [0.0] * 11
    row[4], row[9], row[10] = 0.3, 0.1, 0.6
    (lattice,) = build_lattices(alone([(0, 0, 30, 50)]), table([row]), np.array([[2.5, 0.0]]))
    assert lattice.value == pytest.approx(-np.log(0.75)), "whether it is one at all is not asked here"
    assert lattice.digit == pytest.approx(-np.log(0.75) - 2.5)


def test_a_mark_alone_is_left_for_nothing() -> None:
    potentials = np.array([[1.0, -5.0], [1.0, 7.0]])
    lattices = build_lattices(alone([(0, 0, 30, 50), (90, 0, 120, 50)]), table([NEITHER, told(4, 0.9)]), potentials)
    assert [lattice.waste.tolist() for lattice in lattices] == [[0], [0]]


def test_of_a_cluster_only_single_parts_are_left() -> None:
    spans = [(0, 0, 0), *[(3, first, last) for _, first, last in TRIPLE], (4, 0, 0)]
    boxes = [(90.0 * i, 0.0, 90.0 * i + 30, 50.0) for i in range(5)]
    potentials = np.column_stack([np.arange(5), [9, -1.5, 8, 0.5, 9]]).astype(np.float64)
    first, several, last = build_lattices(clustered(boxes, spans), table([told(4, 0.999)] * 5), potentials)
    assert several.waste.tolist() == [1.5, np.inf, -0.5]
    assert several.digit == pytest.approx([-1, -2, -3], abs=0.01)
    assert [lattice.start for lattice in (first, several, last)] == [0, 1, 4]
    assert several.spans.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert first.waste.tolist() == last.waste.tolist() == [0]


def test_no_glyphs_have_no_lattices() -> None:
    assert build_lattices(alone([]), table([]), np.zeros((0, 2))) == []


def test_what_the_classifier_is_sure_of_costs_a_finite_amount() -> None:
    rows = table([[0.0] * 10 + [1.0], [1.0] + [0.0] * 10])
    lattices = build_lattices(alone([(0, 0, 30, 50), (90, 0, 120, 50)]), rows, np.zeros((2, 2)))
    assert all(np.isfinite(lattice.digit).all() and (lattice.value >= 0).all() for lattice in lattices)
