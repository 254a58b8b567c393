"""Words: digits amid letters are letters, a number beside a word is none; running text, and hatching of strokes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from byhand import NEITHER, Sides, alone, clustered, row_of, sure, table, told

from camcount.assemble import assemble_lines
from camcount.classify import NOT_A_DIGIT
from camcount.sift import Candidates
from camcount.words import drop_words, find_letters

SIZE = (1200, 800)


def written(text: str, x: float = 60, y: float = 300, gap: float = 8) -> tuple[list[Sides], list[list[float]]]:
    """Give boxes and probabilities of a row in which all but 0 to 9 are letters, or signs, which are lower."""
    boxes = [
        (x0, y0 + 17, x1, y1 - 17) if sign in "+-=" else (x0, y0, x1, y1)
        for sign, (x0, y0, x1, y1) in zip(text.replace(" ", ""), row_of(text, x, y, gap=gap))
    ]
    return boxes, [told(int(c), 0.97) if c.isdigit() else NEITHER for c in text if c != " "]


def read(*rows: tuple[list[Sides], list[list[float]]]) -> list[str]:
    boxes, probabilities = (sum(parts, []) for parts in zip(*rows))
    glyphs = alone(boxes)
    lines = assemble_lines(glyphs, np.zeros((len(glyphs), 28, 28), np.uint8), table(probabilities), SIZE)
    return [line.text for line in lines]


@pytest.mark.parametrize("text", ["he11o", "1etter", "ca1l", "W0RD", "ab2cd"])
def test_digits_amid_the_letters_of_a_word_are_letters(text: str) -> None:
    assert read(written(text), written("4071", y=500)) == ["4071"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("TEL 4071", "4071"), ("4071 kg", "4071"), ("no 7", "7"), ("3+4=7", "347"), ("1-2-3", "123"), ("x=12", "12"),
        ("A4071", "4071"), ("407 ab 12", "407 12"),
    ],
)
def test_a_number_beside_a_word_or_among_signs_stays(text: str, number: str) -> None:
    read_as = read(written(text))
    assert [line.replace(" ", "") for line in read_as] == [number.replace(" ", "")]


def test_only_the_digits_of_the_word_are_dropped_from_a_row() -> None:
    assert [line.replace(" ", "") for line in read(written("he11o 4071"))] == ["4071"]


def test_a_word_is_what_stands_near_from_mark_to_mark() -> None:
    assert read(written("1etter", gap=8)) == read(written("1etter", gap=28)) == []
    assert read(written("1etter", gap=45)) == ["1"], "marks so far apart are no word"
    digit, letters = written("12"), written("ab")
    for x, y, text in ((120, 300, []), (160, 300, ["12"]), (120, 342, ["12"])):
        moved = [(x + x0 - 60, y + y0 - 300, x + x1 - 60, y + y1 - 300) for x0, y0, x1, y1 in letters[0]]
        assert read(digit, (moved, letters[1])) == text, "beside it, farther off, and below"


def test_which_letters_are_told_first_changes_nothing() -> None:
    boxes = row_of("12abcd345", 60, 300, gap=8)
    candidates = candidates_of([*boxes[:2], *boxes[6:]], "12345")
    letters = np.array(boxes[2:6])
    for order in ([0, 1, 2, 3], [3, 0, 2, 1], [2, 3, 1, 0]):
        assert drop_words(candidates, [[0, 1, 2, 3, 4]], letters[order]) == []
    assert drop_words(candidates, [[0, 1, 2, 3, 4]], letters[:2]) == [[2, 3, 4]], "nothing holds the others to them"


def test_in_running_text_only_long_sure_numbers_are_read() -> None:
    lines = written("some words", y=200), written("more words", y=600)
    for text, confidence, left in (("12", 0.99, []), ("123", 0.99, ["123"]), ("123", 0.85, [])):
        number = row_of(text, 60, 400), [told(int(digit), confidence) for digit in text]
        assert read(*lines, number) == left
        assert read(written("no", y=200), number) == [text], "one word is no running text"


def test_many_numbers_with_some_words_are_no_running_text() -> None:
    numbers = [written("407 12 35", y=100 + 90 * i) for i in range(3)]
    assert read(*numbers, written("total", y=600)) == ["407 12 35"] * 3


def test_where_many_words_have_digits_in_them_all_is_text() -> None:
    assert read(written("HE1 LL0"), written("4071", y=500)) == []
    numbers = [written(text, y=500 + 90 * i) for i, text in enumerate(("407 12 35 66 904", "2280 31 75 58"))]
    assert read(written("HE1 LL0"), *numbers) == ["407 12 35 66 904", "2280 31 75 58"], "but not for two of eleven"


@pytest.mark.parametrize("texts", [("4071kg", "2280kg"), ("a=123", "b=456"), ("A4071", "B225"), ("407m", "225m", "88")])
def test_numbers_with_a_unit_or_a_name_are_no_text_however_many(texts: tuple[str, ...]) -> None:
    wanted = ["".join(mark for mark in text if mark.isdigit()) for text in texts]
    found = read(*(written(text, y=200 + 120 * i) for i, text in enumerate(texts)))
    assert [line.replace(" ", "") for line in found] == wanted


@pytest.mark.parametrize(
    ("width", "confidence", "left"),
    [
        pytest.param(14, 0.99, [[0, 1]], id="fair"),
        pytest.param(14, 0.9, [], id="doubtful"),
        pytest.param(40, 0.99, [], id="slanted"),
    ],
)
def test_where_there_are_only_strokes_they_must_be_fair(
    width: float, confidence: float, left: list[list[int]]
) -> None:
    boxes: list[Sides] = [(100, 300, 112, 350), (130, 300, 130 + width, 350)]
    candidates = replace(candidates_of(boxes, "11"), probabilities=table([told(1, 0.99), told(1, confidence)]))
    assert drop_words(candidates, [[0, 1]], np.zeros((0, 4))) == left
    beside = replace(candidates, probabilities=table([told(4, 0.99), told(1, confidence)]))
    assert drop_words(beside, [[0, 1]], np.zeros((0, 4))) == [[0, 1]], "beside another digit any will do"


def test_a_long_line_of_text_has_no_lone_number() -> None:
    assert read(written("some words 1 more words"), written("4071", y=500)) == ["4071"]


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        pytest.param(["111111"], [], id="six strokes and nothing else"),
        pytest.param(["111", "111"], [], id="in two rows"),
        pytest.param(["11111"], ["11111"], id="five strokes"),
        pytest.param(["111111", "4071"], ["4071"], id="a row of strokes above a number"),
        pytest.param(["111", "111", "4071"], ["111", "111", "4071"], id="short rows of strokes above a number"),
        pytest.param(["1114111"], ["1114111"], id="a number with six strokes in it"),
    ],
)
def test_many_strokes_and_nothing_else_are_hatching(rows: list[str], left: list[str]) -> None:
    boxes = [row_of(row, 100, 100 + 120 * i) for i, row in enumerate(rows)]
    candidates = candidates_of(sum(boxes, []), "".join(rows))
    ends = np.cumsum([0, *map(len, rows)]).tolist()
    indices = [list(range(start, end)) for start, end in zip(ends, ends[1:])]
    kept = drop_words(candidates, indices, np.zeros((0, 4)))
    assert ["".join("".join(rows)[i] for i in row) for row in kept] == left


def test_letters_of_another_row_and_specks_are_not_amid_the_digits() -> None:
    rows = written("abcdefgh", y=200), written("4071"), written("ijklmnop", y=400)
    assert read(*rows) == ["4071"]
    boxes, probabilities = written("4071", gap=16)
    specks: list[Sides] = [(x1 + 3, 344, x1 + 9, 350) for _, _, x1, _ in boxes for _ in range(2)]
    assert read((boxes + specks, probabilities + [NEITHER] * 8)) == ["4071"]


def test_a_word_in_one_stroke_counts_as_its_letters() -> None:
    boxes, probabilities = written("10")
    left = boxes[-1][2]
    assert read((boxes, probabilities)) == ["10"]
    joined: Sides = (left + 6, 300, left + 250, 350)
    assert read(([*boxes, joined], [*probabilities, NEITHER])) == []
    sign: Sides = (left + 6, 310, left + 40, 345)
    assert read(([*boxes, sign], [*probabilities, NEITHER])) == ["10"]


def test_letters_are_whole_marks_that_are_rather_no_digits() -> None:
    spans = [(0, 0, 0), (1, 0, 0), (2, 0, 0), (2, 0, 1), (2, 1, 1), (3, 0, 0)]
    glyphs = clustered(row_of("123456", 50, 100), spans, whole=[True, True, False, True, False, True])
    rows = [told(4, 0.97), NEITHER, NEITHER, NEITHER, NEITHER, told(NOT_A_DIGIT, 0.4, 3)]
    assert find_letters(glyphs, table(rows), np.array([0])).tolist() == [1, 3]
    assert find_letters(glyphs, table(rows), np.array([0, 4])).tolist() == [1], "of what is read, nothing is a letter"


def test_pale_marks_and_marks_on_no_clean_paper_are_no_letters() -> None:
    glyphs = alone(row_of("41234", 50, 100), [200, 200, 125, 115, 200])
    glyphs.halo[4] = 0.2
    rows = [told(4, 0.97), *[NEITHER] * 4]
    assert find_letters(glyphs, table(rows), np.array([0])).tolist() == [1, 2]
    assert find_letters(glyphs, table(rows), np.zeros(0, np.intp)).tolist() == [], "where nothing is read, nothing is"


def candidates_of(boxes: list[Sides], digits: str) -> Candidates:
    count = len(boxes)
    darkness, halo = np.full(count, 200, np.float32), np.zeros(count, np.float32)
    return Candidates(np.arange(count), np.array(boxes), darkness, halo, table(sure(digits)))


def test_without_letters_rows_stay_as_they_are() -> None:
    boxes = np.array(row_of("4071", 100, 300))
    candidates = candidates_of(boxes.tolist(), "4071")
    assert drop_words(candidates, [[0, 1], [2, 3]], np.zeros((0, 4))) == [[0, 1], [2, 3]]
    letters = np.array([(left + 17, top, right + 14, bottom) for left, top, right, bottom in boxes])
    assert drop_words(candidates, [], letters) == []


def test_a_stroke_that_is_not_sure_leaves_no_empty_row() -> None:
    page = written("4071"), (row_of("1", 600, 600), [told(1, 0.65)])
    assert read(*page) == ["4071"]
    assert read(*page, written("a", y=700)) == ["4071"]
