"""Ways through clusters: the likeliest for each number of digits, and the likeliest of all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from byhand import NEITHER, alone, clustered, fair, row_of, table, told
from hypothesis import given
from hypothesis import strategies as st

from camcount.classify import NOT_A_DIGIT
from camcount.lattice import Lattice, build_lattices
from camcount.marks import Glyphs
from camcount.path import Way, choose_glyphs, find_ways, trust_glyphs, weigh_ways
from camcount.types import Probabilities


def ways_of(glyphs: Glyphs, probabilities: Probabilities) -> list[dict[int, Way]]:
    lattices = build_lattices(glyphs, probabilities, fair(glyphs, probabilities.tolist()))
    return [find_ways(lattice) for lattice in lattices]


def choose(glyphs: Glyphs, rows: list[list[float]]) -> list[int]:
    return choose_glyphs(ways_of(glyphs, table(rows)))


def trusted(glyphs: Glyphs, rows: list[list[float]]) -> list[float]:
    """Give how likely each glyph is a digit of the truth."""
    lattices = build_lattices(glyphs, table(rows), fair(glyphs, rows))
    return [float(trust) for lattice in lattices for trust in trust_glyphs(lattice)]


PAIR = [(0, 0, 0), (0, 0, 1), (0, 1, 1)]
"""Left piece, both together, right piece."""


@pytest.mark.parametrize(
    ("rows", "whole", "chosen"),
    [
        pytest.param([told(4, 0.95), NEITHER, told(0, 0.95)], "cut", [0, 2], id="touching digits are cut"),
        pytest.param([told(1, 0.6), told(0, 0.95), told(1, 0.6)], "cut", [1], id="a wide 0 is not cut into strokes"),
        pytest.param([told(1, 0.9), told(0, 0.9), told(1, 0.9)], "cut", [1], id="in doubt a mark stays whole"),
        pytest.param([told(3, 0.7), told(5, 0.98), NEITHER], "joined", [1], id="a five and its bar are joined"),
        pytest.param([told(4, 0.97), NEITHER, told(7, 0.97)], "joined", [0, 2], id="two neighbours stay two"),
        pytest.param([told(8, 0.97), NEITHER, NEITHER], "joined", [0], id="a speck is left unread"),
        pytest.param([NEITHER, NEITHER, NEITHER], "joined", [], id="no digit at all"),
        pytest.param([NEITHER, NEITHER, NEITHER], "cut", [], id="no digit to cut"),
    ],
)
def test_the_likeliest_way_through_two_pieces(rows: list[list[float]], whole: str, chosen: list[int]) -> None:
    flags = [False, True, False] if whole == "cut" else [True, False, True]
    glyphs = clustered([(0, 0, 30, 50), (0, 0, 66, 50), (36, 0, 66, 50)], PAIR, whole=flags)
    assert choose(glyphs, rows) == chosen


def test_of_three_pieces_two_may_be_one_digit() -> None:
    spans = [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 1), (0, 1, 2), (0, 2, 2)]
    boxes = [(0, 0, 30, 50), (0, 0, 66, 50), (0, 0, 90, 50), (36, 0, 66, 50), (36, 0, 90, 50), (70, 0, 90, 50)]
    glyphs = clustered(boxes, spans, whole=[False, False, True, False, False, False])
    rows = [told(4, 0.95), NEITHER, NEITHER, NEITHER, told(0, 0.95), NEITHER]
    assert choose(glyphs, rows) == [0, 4]


def test_each_cluster_is_decided_for_itself() -> None:
    spans = [(0, 0, 0), *[(1, first, last) for _, first, last in PAIR], (2, 0, 0), (3, 0, 0)]
    glyphs = clustered(row_of("123456", 50, 100, gap=300), spans, whole=[True, False, True, False, True, True])
    rows = [told(7, 0.9), told(4, 0.95), NEITHER, told(0, 0.95), NEITHER, told(2, 0.55)]
    assert choose(glyphs, rows) == [0, 1, 3, 5]


def test_ways_tell_the_cheapest_for_each_number_of_digits() -> None:
    glyphs = clustered([(0, 0, 30, 50), (0, 0, 66, 50), (36, 0, 66, 50)], PAIR, whole=[False, True, False])
    ways = ways_of(glyphs, table([told(4, 0.95), told(0, 0.05), told(0, 0.95)]))
    assert len(ways) == 1 and set(ways[0]) == {0, 1, 2}
    assert ways[0][2].glyphs == (0, 2) and ways[0][0].glyphs == ()
    assert ways[0][2].cost < 0 < ways[0][0].cost, "likely digits are cheaper than nothing, and nothing is dear"
    assert ways[0][2].cost < ways[0][1].cost


def test_a_mark_alone_is_a_digit_or_none_by_its_probability() -> None:
    first, second, third = ways_of(alone(row_of("123", 0, 0, gap=300)), table([told(1, 0.9), told(2, 0.45), NEITHER]))
    assert [way.glyphs for way in (first[1], first[0], second[1])] == [(0,), (), (1,)]
    assert np.exp(-first[1].cost) == pytest.approx(0.9 / 0.1, rel=0.01), "its odds against being none"
    assert first[1].cost < 0 < second[1].cost < third[1].cost
    assert [way[0].cost for way in (first, second, third)] == [0] * 3


@given(st.integers(0, 10**6))
def test_no_way_is_cheaper_than_the_one_that_is_chosen(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 5))
    spans = [(0, first, last) for first in range(count) for last in range(first, count)]
    boxes = [(20.0 * first, 0.0, 20.0 * last + 18, 50.0) for _, first, last in spans]
    glyphs = clustered(boxes, spans, whole=[span == (0, 0, count - 1) for span in spans])
    probabilities = rng.dirichlet(np.full(11, 0.3), len(spans)).astype(np.float32)
    (ways,) = ways_of(glyphs, probabilities)
    chosen = choose_glyphs([ways])
    assert all(len(way.glyphs) == number for number, way in ways.items())
    assert min(ways.values(), key=lambda way: way.cost).glyphs == tuple(chosen)
    for way in ways.values():
        pieces = [piece for i in way.glyphs for piece in range(spans[i][1], spans[i][2] + 1)]
        assert pieces == sorted(set(pieces)), "no piece is read twice, and they are read from the left"


def test_a_part_of_a_cut_mark_may_be_left_unread() -> None:
    # A 4 runs into an underline: neither the whole nor the second part is a digit.
    glyphs = clustered([(0, 0, 30, 50), (0, 0, 60, 50), (30, 44, 60, 50)], PAIR, whole=[False, True, False])
    (ways,) = ways_of(glyphs, table([told(4, 0.98), told(NOT_A_DIGIT, 0.98, 2), told(NOT_A_DIGIT, 0.98, 2)]))
    assert ways[1].glyphs == (0,)
    (ways,) = ways_of(glyphs, table([told(4, 0.98), told(2, 0.98), told(NOT_A_DIGIT, 0.98, 2)]))
    assert ways[1].glyphs == (1,), "but not if it need not"


def test_no_glyphs_have_no_ways() -> None:
    assert ways_of(alone([]), table([])) == [] and choose_glyphs([]) == []


@pytest.mark.parametrize("count", [2, 3, 5, 8])
def test_a_row_in_one_stroke_is_read_digit_by_digit_where_each_is_plain(count: int) -> None:
    spans = [(0, first, last) for first in range(count) for last in range(first, count)]
    spans = [span for span in spans if span[2] - span[1] < 2 or span == (0, 0, count - 1)]
    boxes = [(40.0 * first, 0.0, 40.0 * last + 38, 50.0) for _, first, last in spans]
    glyphs = clustered(boxes, spans, whole=[span == (0, 0, count - 1) for span in spans])
    rows = [told(4, 0.95) if first == last else NEITHER for _, first, last in spans]
    assert [spans[i][1:] for i in choose(glyphs, rows)] == [(k, k) for k in range(count)]
    assert choose(glyphs, [NEITHER] * len(rows)) == [], "however long, it is no digit where nothing looks like one"


def test_a_digit_is_trusted_as_far_as_all_ways_agree_on_it() -> None:
    glyphs = clustered([(0, 0, 30, 50), (0, 0, 66, 50), (36, 0, 66, 50)], PAIR, whole=[False, True, False])
    clear = trusted(glyphs, [told(4, 0.9), NEITHER, told(0, 0.9)])
    open_ = trusted(glyphs, [told(4, 0.9), told(0, 0.6), told(0, 0.9)])
    assert clear[0] > 0.5 and clear[1] < 0.1
    assert open_[0] < clear[0] - 0.1, "that it may be one digit speaks against each half"
    assert open_[0] + open_[1] <= 1.001, "both cannot be true"
    assert trusted(alone(row_of("4", 0, 0)), [told(4, 0.9)]) == [pytest.approx(0.9, abs=0.01)]


@given(st.integers(0, 10**6))
def test_of_glyphs_over_the_same_part_at_most_one_is_true(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 5))
    spans = [(0, first, last) for first in range(count) for last in range(first, count)]
    boxes = [(20.0 * first, 0.0, 20.0 * last + 18, 50.0) for _, first, last in spans]
    glyphs = clustered(boxes, spans, whole=[span == (0, 0, count - 1) for span in spans])
    told_each = trusted(glyphs, rng.dirichlet(np.full(11, 0.3), len(spans)).tolist())
    for part in range(count):
        over = [trust for trust, (_, first, last) in zip(told_each, spans) if first <= part <= last]
        assert 0 <= sum(over) <= 1 + 1e-6


def chain(rng: np.random.Generator, count: int, longest: int, most: float) -> Lattice:
    """Give a cluster of so many parts, each glyph of at most so many, with costs by lot."""
    spans = [(k, end) for k in range(count) for end in range(k + 1, min(k + longest, count) + 1)]
    rng.shuffle(spans)
    single = np.array([end - first == 1 for first, end in spans])
    digit, waste = rng.uniform(-most, most, (2, len(spans)))
    table_of_spans = np.array(spans, np.int32)
    return Lattice(7, table_of_spans, digit, rng.uniform(0, 2, len(spans)), np.where(single, waste, np.inf))


def all_ways(lattice: Lattice, part: int = 0) -> Iterator[tuple[float, frozenset[int], frozenset[int]]]:
    """Give each way from a part on: the logarithm of its weight, and the glyphs that it reads and leaves."""
    if part == lattice.spans.max():
        yield 0.0, frozenset(), frozenset()
    for i in np.flatnonzero(lattice.spans[:, 0] == part).tolist():
        for weight, read, left in all_ways(lattice, int(lattice.spans[i, 1])):
            yield weight + float(lattice.value[i] - lattice.digit[i]), read | {i}, left
            yield weight - float(lattice.waste[i]), read, left | {i}


@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(1, 5))
def test_all_ways_are_weighed_as_if_one_looked_at_each(seed: int, count: int, longest: int) -> None:
    lattice = chain(np.random.default_rng(seed), count, longest, 4.0)
    ways = list(all_ways(lattice))
    weights = np.exp([weight for weight, _, _ in ways])
    whole, read, left = weigh_ways(lattice)
    assert whole == pytest.approx(np.log(weights.sum()), abs=1e-9)
    for found, on_ways in ((read, [way[1] for way in ways]), (left, [way[2] for way in ways])):
        shares = [sum(w for w, on_way in zip(weights, on_ways) if i in on_way) for i in range(len(lattice.digit))]
        assert found == pytest.approx(np.array(shares) / weights.sum(), abs=1e-9)
    assert np.array_equal(trust_glyphs(lattice), read)


@pytest.mark.parametrize("longest", [1, 3])
def test_long_clusters_with_large_potentials_are_weighed_too(longest: int) -> None:
    lattice = chain(np.random.default_rng(3), 300, longest, 12.0)
    whole, read, left = weigh_ways(lattice)
    assert whole > 800, "its exponential is more than a float holds"
    for part in range(300):
        over = (lattice.spans[:, 0] <= part) & (part < lattice.spans[:, 1])
        assert (read + left)[over].sum() == pytest.approx(1, abs=1e-6), "each part is read or left, and but once"
    cheapest = min(find_ways(lattice).values(), key=lambda way: way.cost)
    assert -cheapest.cost <= whole + lattice.value.sum()
    assert (read[[i - lattice.start for i in cheapest.glyphs]] > 0.001).all(), "what is chosen is not out of question"


def test_what_is_out_of_question_is_never_read_and_what_must_be_read_is_never_left() -> None:
    never, always = np.inf, -400.0
    spans = np.array([(0, 1), (0, 2), (1, 2)], np.int32)
    lattice = Lattice(0, spans, np.array([never, never, always]), np.zeros(3), np.array([1.0, np.inf, 1.0]))
    whole, read, left = weigh_ways(lattice)
    assert read == pytest.approx([0, 0, 1], abs=1e-100) and left == pytest.approx([1, 0, 0], abs=1e-100)
    assert whole == 399


def test_the_potentials_of_a_lone_mark_are_its_odds() -> None:
    for potential in (-12.0, -1.0, 0.0, 3.0, 12.0):
        glyphs, probabilities = alone(row_of("4", 0, 0)), table([told(4, 0.5)])
        (lattice,) = build_lattices(glyphs, probabilities, np.array([[potential, -5.0]]))
        trust = trust_glyphs(lattice)
        assert np.log(trust / (1 - trust)) == pytest.approx(potential)
