"""Lines from glyphs: rows on slanted pages, spaces, doubt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from byhand import NEITHER, alone, fair, row_of, sure, table, told
from hypothesis import given, settings
from hypothesis import strategies as st

from camcount.assemble import assemble_lines
from camcount.marks import Glyphs
from camcount.rows import find_rows
from camcount.types import Box, Line


def assemble(glyphs: Glyphs, rows: Sequence[Sequence[float]], **options: float) -> tuple[Line, ...]:
    crops = np.zeros((len(glyphs), 28, 28), np.uint8)
    crops[:, 0, 0] = np.arange(len(glyphs))
    return assemble_lines(glyphs, crops, table(rows), fair(glyphs, rows), **options)


def texts(lines: tuple[Line, ...]) -> list[str]:
    return [line.text for line in lines]


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


@pytest.mark.parametrize("text", ["12 34", "4071 225 9", "7 7", "111 11", "2073588"])
def test_a_space_stands_where_a_person_sees_one(text: str) -> None:
    for gap in (8, 16):
        assert texts(assemble(alone(row_of(text, 60, 300, gap=gap)), sure(text))) == [text]


@pytest.mark.parametrize("gap", [26, 38])
def test_wide_writing_has_no_spaces(gap: float) -> None:
    assert texts(assemble(alone(row_of("40715", 60, 300, gap=gap)), sure("40715"))) == ["40715"]


def test_a_doubtful_digit_keeps_its_place_as_a_question_mark() -> None:
    rows = [told(4, 0.9999), told(7, 0.55, second=1), told(2, 0.9)]
    (line,) = assemble(alone(row_of("472", 100, 300)), rows, min_confidence=0.6)
    assert line.text == "4?2"
    doubtful = line.digits[1]
    assert [value for value, _ in doubtful.top[:2]] == ["7", "1"]
    assert doubtful.confidence == doubtful.top[0][1] == pytest.approx(0.55, abs=0.01)
    assert line.confidence == doubtful.confidence
    assert assemble(alone(row_of("472", 100, 300)), rows, min_confidence=0.5)[0].text == "472"
    assert assemble(alone(row_of("472", 100, 300)), rows, min_confidence=0.999)[0].text == "4??"


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


def test_where_no_digit_of_a_page_is_sure_none_is_shown() -> None:
    glyphs, doubtful = alone(row_of("472", 100, 300)), [told(4, 0.85), told(7, 0.8), told(2, 0.7)]
    assert texts(assemble(glyphs, doubtful)) == ["???"]
    assert texts(assemble(glyphs, doubtful, min_confidence=0)) == ["472"], "unless all are asked for"
    assert texts(assemble(glyphs, [told(4, 0.97), *doubtful[1:]])) == ["472"]
