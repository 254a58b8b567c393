"""Lines from glyphs: the likeliest way through each cluster, rows on slanted pages, spaces, doubt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camcount.assemble import assemble_lines
from camcount.classify import CLASSES, NOT_A_DIGIT
from camcount.marks import Glyphs
from camcount.path import choose_glyphs
from camcount.rows import find_rows
from camcount.types import Box, Line, Probabilities

SIZE = (1000, 800)
Sides = tuple[float, float, float, float]


def told(value: int, confidence: float, second: int | None = None) -> list[float]:
    """Give the probabilities of one glyph: a value, and a second that takes most of the rest."""
    row = [(1 - confidence) * 0.001] * CLASSES
    other = second if second is not None else NOT_A_DIGIT if value != NOT_A_DIGIT else 1
    row[other] = 1 - confidence
    row[value] = confidence
    return (np.array(row) / sum(row)).tolist()


def alone(boxes: Iterable[Sides], darkness: Sequence[float] | None = None) -> Glyphs:
    """Give a glyph for each box, every one a cluster of its own."""
    sides = np.array(list(boxes), float).reshape(-1, 4)
    spans = np.column_stack([np.arange(len(sides)), np.zeros((len(sides), 2))])
    return clustered(sides.tolist(), spans.tolist(), darkness)


def clustered(
    boxes: Sequence[Sides], spans: Sequence[Sequence[float]], darkness: Sequence[float] | None = None,
    whole: Sequence[bool] | None = None,
) -> Glyphs:
    """Give glyphs with cluster, first and last piece of each."""
    sides = np.rint(np.array(boxes, float).reshape(-1, 4)).astype(np.int32)
    table = np.array(spans, np.int32).reshape(-1, 3)
    return Glyphs(
        marks=tuple(np.full((y1 - y0, x1 - x0), 255, np.uint8) for x0, y0, x1, y1 in sides),
        boxes=sides,
        darkness=np.array(darkness if darkness is not None else [200] * len(sides), np.float32),
        halo=np.zeros(len(sides), np.float32),
        whole=np.array(whole if whole is not None else [True] * len(sides), bool),
        cluster=table[:, 0],
        first=table[:, 1],
        last=table[:, 2],
    )


def row_of(text: str, x: float, y: float, height: float = 50, gap: float = 16, slope: float = 0) -> list[Sides]:
    """Give boxes of digits in a row; a blank leaves the room of one and a half."""
    boxes = []
    left = x
    for character in text:
        if character == " ":
            left += 0.9 * height
        else:
            width = 0.25 * height if character == "1" else 0.6 * height
            top = y + slope * (left - x)
            boxes.append((left, top, left + width, top + height))
            left += width + gap
    return boxes


def assemble(glyphs: Glyphs, rows: Sequence[Sequence[float]], **options: float) -> tuple[Line, ...]:
    probabilities: Probabilities = np.array(rows, np.float32).reshape(-1, CLASSES)
    crops = np.zeros((len(glyphs), 28, 28), np.uint8)
    crops[:, 0, 0] = np.arange(len(glyphs))
    return assemble_lines(glyphs, crops, probabilities, size=SIZE, **options)


def sure(text: str, confidence: float = 0.97) -> list[list[float]]:
    return [told(int(character), confidence) for character in text if character.isdigit()]


def texts(lines: tuple[Line, ...]) -> list[str]:
    return [line.text for line in lines]


PAIR = [(0, 0, 0), (0, 0, 1), (0, 1, 1)]
"""Left piece, both together, right piece."""
NEITHER = told(NOT_A_DIGIT, 0.97)


@pytest.mark.parametrize(
    ("rows", "whole", "chosen"),
    [
        pytest.param([told(4, 0.95), NEITHER, told(0, 0.95)], "cut", [0, 2], id="touching digits are cut"),
        pytest.param([told(1, 0.6), told(0, 0.95), told(1, 0.6)], "cut", [1], id="a wide 0 is not cut into strokes"),
        pytest.param([told(1, 0.97), told(0, 0.9), told(1, 0.97)], "cut", [1], id="in doubt a mark stays whole"),
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
    assert list(choose_glyphs(glyphs, np.array(rows, np.float32))) == chosen


def test_a_scrap_is_hardly_a_digit_of_its_own() -> None:
    glyphs = clustered([(0, 0, 34, 50), (0, 0, 40, 50), (30, 40, 40, 50)], PAIR, whole=[True, False, True])
    rows = [told(5, 0.9), told(5, 0.6), told(1, 0.9)]
    assert list(choose_glyphs(glyphs, np.array(rows, np.float32))) == [1]


def test_of_three_pieces_two_may_be_one_digit() -> None:
    spans = [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 1), (0, 1, 2), (0, 2, 2)]
    boxes = [(0, 0, 30, 50), (0, 0, 66, 50), (0, 0, 90, 50), (36, 0, 66, 50), (36, 0, 90, 50), (70, 0, 90, 50)]
    glyphs = clustered(boxes, spans, whole=[False, False, True, False, False, False])
    rows = [told(4, 0.95), NEITHER, NEITHER, NEITHER, told(0, 0.95), NEITHER]
    assert list(choose_glyphs(glyphs, np.array(rows, np.float32))) == [0, 4]


def test_each_cluster_is_decided_for_itself() -> None:
    spans = [(0, 0, 0), *[(1, first, last) for _, first, last in PAIR], (2, 0, 0), (3, 0, 0)]
    glyphs = clustered(row_of("123456", 50, 100), spans, whole=[True, False, True, False, True, True])
    rows = [told(7, 0.9), told(4, 0.95), NEITHER, told(0, 0.95), NEITHER, told(2, 0.55)]
    assert list(choose_glyphs(glyphs, np.array(rows, np.float32))) == [0, 1, 3, 5]


@pytest.mark.parametrize("slope", [0, 0.1, -0.1, 0.3, -0.3], ids=lambda slope: f"slope {slope}")
def test_rows_are_found_on_slanted_pages(slope: float) -> None:
    rows = ["40712253", "9381", "620457"]
    boxes = [row_of(row, 100 + 5 * i, 250 + 80 * i, slope=slope) for i, row in enumerate(rows)]
    lines = assemble(alone(sum(boxes, [])), sure("".join(rows)))
    assert texts(lines) == rows


@pytest.mark.parametrize("slope", [0.25, -0.25], ids=["down", "up"])
def test_rows_are_followed_across_spaces_on_crowded_pages(slope: float) -> None:
    rows = ["40 712", "93 814", "62 045"]
    boxes = [row_of(row, 100, 300 + 62 * i, slope=slope) for i, row in enumerate(rows)]
    assert texts(assemble(alone(sum(boxes, [])), sure("".join(rows)))) == rows


def test_rows_that_bend_a_little_hold_together() -> None:
    boxes = [
        (x, y + 14 * np.sin(k / 2), x1, y1 + 14 * np.sin(k / 2))
        for k, (x, y, x1, y1) in enumerate(row_of("407122538", 80, 300))
    ]
    assert texts(assemble(alone(boxes), sure("407122538"))) == ["407122538"]


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(14)), st.sampled_from([0, 0.08, -0.15]))
def test_lines_do_not_depend_on_the_order_of_the_glyphs(order: list[int], slope: float) -> None:
    boxes = row_of("20 735", 80, 200, slope=slope) + row_of("46", 90, 300, slope=slope)
    boxes += row_of("188 9023", 75, 400, slope=slope)
    rows = sure("2073546188902" + "3")
    lines = assemble(alone([boxes[i] for i in order]), [rows[i] for i in order])
    assert texts(lines) == ["20 735", "46", "188 9023"]
    assert [digit.box for line in lines for digit in line.digits] == [Box(*np.rint(box).astype(int)) for box in boxes]


def test_rows_come_from_the_top_and_digits_from_the_left() -> None:
    boxes = row_of("34", 100, 500) + row_of("12", 400, 100) + row_of("5", 300, 700)
    assert texts(assemble(alone(boxes), sure("34125"))) == ["12", "34", "5"]


@pytest.mark.parametrize("text", ["12 34", "4071 225 9", "7 7", "111 111", "2073588"])
def test_a_space_stands_where_a_person_sees_one(text: str) -> None:
    for gap in (8, 16):
        assert texts(assemble(alone(row_of(text, 60, 300, gap=gap)), sure(text))) == [text]


@pytest.mark.parametrize("gap", [26, 38])
def test_wide_writing_has_no_spaces(gap: float) -> None:
    assert texts(assemble(alone(row_of("40715", 60, 300, gap=gap)), sure("40715"))) == ["40715"]


def test_a_speck_between_digits_is_dropped() -> None:
    boxes = [*row_of("4071", 100, 300), (200, 342, 208, 350)]
    assert texts(assemble(alone(boxes), [*sure("4071"), told(1, 0.7)])) == ["4071"]


def test_a_stroke_much_higher_than_its_row_is_dropped() -> None:
    boxes = [*row_of("4071", 100, 300), (330, 230, 340, 380)]
    assert texts(assemble(alone(boxes), [*sure("4071"), told(1, 0.97)])) == ["4071"]


def test_what_is_much_paler_than_the_digits_is_dropped() -> None:
    boxes = row_of("4071", 100, 300) + row_of("56", 100, 500)
    pale = [200, 200, 190, 200, 40, 45]
    assert texts(assemble(alone(boxes, pale), sure("407156"))) == ["4071"]
    assert texts(assemble(alone(boxes, [60] * 6), sure("407156"))) == ["4071", "56"], "pale digits alone are read"


def test_marks_on_no_clean_paper_are_a_texture() -> None:
    glyphs = alone(row_of("4071", 100, 300) + row_of("56", 100, 500))
    glyphs.halo[4:] = 0.6
    assert texts(assemble(glyphs, sure("407156"))) == ["4071"]


def test_a_lone_stroke_that_is_not_sure_is_no_line() -> None:
    boxes = row_of("4071", 100, 300) + [(600, 600, 612, 650)]
    assert texts(assemble(alone(boxes), [*sure("4071"), told(1, 0.65)])) == ["4071"]


def test_a_doubtful_digit_keeps_its_place_as_a_question_mark() -> None:
    rows = [told(4, 0.97), told(7, 0.55, second=1), told(2, 0.9)]
    (line,) = assemble(alone(row_of("472", 100, 300)), rows, min_confidence=0.6)
    assert line.text == "4?2"
    doubtful = line.digits[1]
    assert [value for value, _ in doubtful.top[:2]] == ["7", "1"]
    assert doubtful.confidence == doubtful.top[0][1] == pytest.approx(0.55, abs=0.01)
    assert line.confidence == doubtful.confidence
    assert assemble(alone(row_of("472", 100, 300)), rows, min_confidence=0.5)[0].text == "472"
    assert assemble(alone(row_of("472", 100, 300)), rows, min_confidence=0.95)[0].text == "4??"


def test_a_digit_tells_the_likeliest_values_best_first() -> None:
    (line,) = assemble(alone(row_of("4", 100, 300)), [told(4, 0.9, second=9)])
    top = line.digits[0].top
    assert [value for value, _ in top[:2]] == ["4", "9"] and len(top) == 3
    assert [p for _, p in top] == sorted((p for _, p in top), reverse=True)


def test_boxes_are_those_of_the_frame_and_crops_go_along() -> None:
    (line,) = assemble(alone([(100, 200, 130, 250), (140, 200, 170, 250)]), sure("42"), scale=0.5)
    assert [digit.box for digit in line.digits] == [Box(200, 400, 260, 500), Box(280, 400, 340, 500)]
    assert [int(digit.crop[0, 0]) for digit in line.digits if digit.crop is not None] == [0, 1]


def test_nothing_gives_nothing() -> None:
    assert assemble(alone([]), []) == ()
    assert find_rows(np.zeros((0, 4))) == []
    assert assemble(alone(row_of("44", 100, 100)), [NEITHER, NEITHER]) == ()
