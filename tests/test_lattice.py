"""Lattices: what it costs to read a glyph or to leave it, alone, in its cluster and in its row."""

from __future__ import annotations

import numpy as np
import pytest
from byhand import NEITHER, Sides, alone, clustered, sure, table, told
from hypothesis import given
from hypothesis import strategies as st

from camcount.assemble import assemble_lines
from camcount.lattice import COMPANY, LOW, PARTING, SCRAP, UNCUT, build_lattices
from camcount.marks import Glyphs

MIDDLE: Sides = (300, 300, 330, 350)
"""A mark to look at; others stand beside it or do not."""


def odds(confidence: float) -> float:
    """Give the logarithm of the odds of a digit against none."""
    return float(np.log(confidence / (1 - confidence)))


def gain(others: list[tuple[Sides, list[float]]]) -> float:
    """Tell by how much cheaper the middle mark is for the others, each alone."""
    glyphs = alone([MIDDLE, *(box for box, _ in others)])
    lattices = build_lattices(glyphs, table([told(7, 0.6), *(row for _, row in others)]))
    return -odds(0.6) - float(lattices[0].digit[0])


def beside(x: float, y: float = 300, height: float = 50) -> Sides:
    return 300 + x, y, 330 + x, y + height


def test_a_likely_digit_costs_less_than_nothing_and_a_letter_more() -> None:
    for confidence in (0.99, 0.6, 0.4, 0.02):
        (lattice,) = build_lattices(alone([MIDDLE]), table([told(7, confidence)]))
        assert lattice.digit[0] == pytest.approx(-odds(confidence), abs=0.01)
        assert lattice.waste[0] == 0


@given(st.integers(0, 10**6))
def test_to_leave_something_unread_is_never_a_gain(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 5))
    spans = [(0, first, last) for first in range(count) for last in range(first, count)]
    boxes = [(20.0 * first, 0.0, 20.0 * last + 18, float(rng.integers(8, 60))) for _, first, last in spans]
    glyphs = clustered(boxes, spans, whole=[span == (0, 0, count - 1) for span in spans])
    (lattice,) = build_lattices(glyphs, rng.dirichlet(np.full(11, 0.3), len(spans)).astype(np.float32))
    assert (lattice.waste >= 0).all()
    assert np.isfinite(lattice.digit).all()


@pytest.mark.parametrize(
    ("others", "low", "high"),
    [
        pytest.param([], 0, 0, id="nobody"),
        pytest.param([(beside(-50), told(4, 0.99))], 0.5, COMPANY, id="a digit"),
        pytest.param([(beside(-50), NEITHER)], -COMPANY, -0.5, id="a letter"),
        pytest.param([(beside(50), told(4, 0.5))], -0.1, 0.1, id="who knows"),
        pytest.param([(beside(-50), told(4, 0.97)), (beside(50), NEITHER)], -0.1, 0.1, id="a digit and a letter"),
        pytest.param(
            [(beside(40 * i), told(4, 0.99)) for i in (-4, -3, -2, 2, 3, 4)], COMPANY, COMPANY, id="many digits"
        ),
        pytest.param([(beside(40 * i), NEITHER) for i in (-4, -3, -2, 2, 3, 4)], -COMPANY, -COMPANY, id="a word"),
        pytest.param([(beside(-50, 340), told(4, 0.99))], 0, 0, id="another row"),
        pytest.param([(beside(-50, 275, 100), told(4, 0.99))], 0, 0, id="twice as high"),
        pytest.param([(beside(-50, 312, 25), told(4, 0.99))], 0, 0, id="half as high"),
        pytest.param([(beside(-250), told(4, 0.99))], 0, 0, id="far off"),
    ],
)
def test_the_marks_beside_it_tell_whether_a_mark_is_a_digit(
    others: list[tuple[Sides, list[float]]], low: float, high: float
) -> None:
    assert low - 0.01 <= gain(others) <= high + 0.01


def test_a_doubtful_mark_is_read_among_digits_and_left_among_letters() -> None:
    for company, left in (("4 7", "477"), ("a b", "")):
        rows = [told(int(mark), 0.97) if mark.isdigit() else NEITHER for mark in company.replace(" ", "")]
        for confidence in (0.4, 0.6):
            glyphs = alone([beside(-40), MIDDLE, beside(40)])
            probabilities = table([rows[0], told(7, confidence), rows[1]])
            lines = assemble_lines(glyphs, np.zeros((3, 28, 28), np.uint8), probabilities, (800, 600), 1, 0)
            assert "".join(line.text for line in lines) == left


PAIR = [(0, 0, 0), (0, 0, 1), (0, 1, 1)]


def pair(lower: float = 50) -> Glyphs:
    """Give a mark that may be cut in two, and how high its right part is."""
    boxes: list[Sides] = [(0, 0, 22, 50), (0, 0, 48, 50), (26, 50 - lower, 48, 50)]
    return clustered(boxes, PAIR, whole=[False, True, False])


def test_each_part_of_a_cut_mark_costs_so_much_more() -> None:
    (lattice,) = build_lattices(pair(), table([told(4, 0.9), told(0, 0.9), told(7, 0.6)]))
    costs = [PARTING - odds(0.9), -odds(0.9), PARTING - odds(0.6)]
    assert lattice.digit == pytest.approx(costs, abs=0.01)
    assert lattice.waste == pytest.approx([SCRAP, UNCUT, SCRAP])


@pytest.mark.parametrize("height", [50, 26, 23, 21, 10])
def test_a_part_that_is_low_beside_its_cluster_is_hardly_a_digit(height: float) -> None:
    rows = table([told(1, 0.9), NEITHER, told(1, 0.9)])
    usual, low = (build_lattices(pair(lower), rows)[0].digit for lower in (50, height))
    assert low[0] == usual[0], "of the high part nothing is asked"
    assert low[2] - usual[2] == pytest.approx(LOW[1] if height < LOW[0] * 50 else 0)


def test_parts_of_a_mark_keep_it_no_company_and_nor_do_its_own() -> None:
    glyphs = clustered([*pair().boxes.tolist(), beside(-230, 0)], [*PAIR, (1, 0, 0)], whole=[False, True, False, True])
    lone = build_lattices(alone([beside(-230, 0)]), table([told(7, 0.6)]))[0].digit[0]
    both = build_lattices(glyphs, table([*sure("4"), NEITHER, *sure("7"), told(7, 0.6)]))
    assert both[1].digit[0] == pytest.approx(lone), "of parts it is not known what they are"
    without = build_lattices(pair(), table([*sure("4"), NEITHER, *sure("7")]))[0]
    beside_digit = build_lattices(glyphs, table([*sure("4"), NEITHER, *sure("7"), told(7, 0.97)]))[0]
    assert (beside_digit.digit < without.digit - 0.5).all(), "but a mark alone tells of parts"
