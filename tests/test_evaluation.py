"""Scores, manifests, sheets of errors and single digits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from camcount.data import load_digits
from camcount.errors import SourceError
from camcount.evaluation.digits import classify, count_digits
from camcount.evaluation.letters import load_not_digits, share_called_digit
from camcount.evaluation.manifest import Page, load_manifest
from camcount.evaluation.scoring import edit_distance, judge, scores_by_group, unordered_distance
from camcount.evaluation.sheet import MOST_PAGES, ErrorSheet
from camcount.types import Crops, Probabilities

digits = st.text("0123456789", max_size=12)


@pytest.mark.parametrize(
    ("wanted", "read", "edits"),
    [
        pytest.param("", "", 0, id="nothing"),
        pytest.param("4071", "4071", 0, id="exact"),
        pytest.param("4071", "4011", 1, id="one changed"),
        pytest.param("4071", "471", 1, id="one missing"),
        pytest.param("4071", "40711", 1, id="one too many"),
        pytest.param("4071", "", 4, id="all missing"),
        pytest.param("", "12", 2, id="all made up"),
        pytest.param("1234", "2341", 2, id="moved"),
        pytest.param("12345", "54321", 4, id="reversed"),
    ],
)
def test_edit_distance(wanted: str, read: str, edits: int) -> None:
    assert edit_distance(wanted, read) == edits


@given(digits, digits, digits)
def test_edit_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert edit_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
    assert abs(len(a) - len(b)) <= edit_distance(a, b) <= max(len(a), len(b))


@given(digits, st.data())
def test_edit_distance_counts_the_digits_that_were_dropped(text: str, data: st.DataObject) -> None:
    kept = "".join(digit for digit in text if data.draw(st.booleans()))
    assert edit_distance(text, kept) == len(text) - len(kept)


@given(digits, digits, st.randoms())
def test_unordered_distance_never_looks_at_the_order(a: str, b: str, random: Any) -> None:
    shuffled = "".join(random.sample(a, len(a)))
    assert unordered_distance(a, b) == unordered_distance(shuffled, b) <= edit_distance(a, b)


def page(*lines: str, **options: Any) -> Page:
    return Page(Path("photo.jpg"), "photo.jpg", lines, **options)


@pytest.mark.parametrize(
    ("wanted", "read", "figures"),
    [
        pytest.param(page("4071", "225"), ["4071", "225"], (1.0, 1.0, 1.0, 0.0), id="exact"),
        pytest.param(page("40 71"), ["4071"], (1.0, 1.0, 1.0, 0.0), id="spaces do not count"),
        pytest.param(page("4071"), ["40?1"], (0.75, 0.0, 0.0, 0.0), id="unsure is not read"),
        pytest.param(page("4071", "225"), ["4071"], (4 / 7, 0.5, 0.0, 0.0), id="a line missing"),
        pytest.param(page("4071", "225"), ["225", "4071"], (1 - 6 / 7, 1.0, 0.0, 0.0), id="lines swapped"),
        pytest.param(page("12", "12"), ["12"], (0.5, 0.5, 0.0, 0.0), id="the same line twice"),
        pytest.param(page("7"), ["7", "11111"], (-4.0, 1.0, 0.0, 5.0), id="made up"),
        pytest.param(page("7"), [], (0.0, 0.0, 0.0, 0.0), id="nothing read"),
        pytest.param(page(), [], (1.0, 0.0, 1.0, 0.0), id="blank page"),
        pytest.param(page(), ["8"], (0.0, 0.0, 0.0, 1.0), id="blank page with a mark"),
        pytest.param(page("12", "34", layout="scattered"), ["43", "21"], (1.0, 0.0, 0.0, 0.0), id="scattered"),
        pytest.param(page("12", order_ambiguous=True), ["21"], (1.0, 0.0, 0.0, 0.0), id="order ambiguous"),
    ],
)
def test_figures_of_a_page(wanted: Page, read: list[str], figures: tuple[float, ...]) -> None:
    score = scores_by_group([judge(wanted, read)])["ALL"]
    assert (score.digit_accuracy, score.exact_lines, score.exact_pages, score.spurious) == pytest.approx(figures)


def test_figures_by_group_weigh_digits_and_lines_not_pages() -> None:
    long = judge(page("1234567890", core=True), ["1234567890"], 4.0)
    short = judge(page("11", category="scan"), ["11", "1"], 8.0)
    scores = scores_by_group([long, short])
    assert list(scores) == ["CORE", "ALL", "photo", "scan"]
    assert scores["CORE"].to_dict() == scores["photo"].to_dict()
    assert scores["ALL"].to_dict() == {
        "pages": 2,
        "digits": 12,
        "digit_accuracy": pytest.approx(11 / 12),
        "exact_lines": 1.0,
        "exact_pages": 0.5,
        "spurious": 0.5,
        "elapsed_ms": 6.0,
    }


def test_no_core_group_where_the_manifest_marks_none() -> None:
    assert list(scores_by_group([judge(page("1"), ["1"])])) == ["ALL", "photo"]


def write_manifest(folder: Path, content: object) -> Path:
    path = folder / "manifest.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_only_file_and_lines_are_demanded(tmp_path: Path) -> None:
    path = write_manifest(tmp_path, [{"file": "a/photo.jpg", "lines": ["4071", "2 25"], "mine": {"pen": "blue"}}])
    assert load_manifest(path) == (Page(tmp_path / "a/photo.jpg", "a/photo.jpg", ("4071", "2 25")),)


def test_a_manifest_as_windows_editors_save_it(tmp_path: Path) -> None:
    path = write_manifest(tmp_path, '\ufeff[{"file": "photo.jpg", "lines": []}]')
    assert load_manifest(path)[0].lines == ()


def test_clips_and_ambiguous_pages_are_left_out_and_splits_chosen(tmp_path: Path) -> None:
    records = [
        {"file": "clip.mp4", "category": "video", "lines": []},
        {"file": "blot.jpg", "ambiguous": True, "lines": ["1"]},
        {"file": "a.jpg", "split": "mine", "lines": ["1"]},
        {"file": "b.jpg", "lines": ["2"]},
    ]
    path = write_manifest(tmp_path, records)
    assert [kept.name for kept in load_manifest(path)] == ["a.jpg", "b.jpg"]
    assert [kept.name for kept in load_manifest(path, split="mine")] == ["a.jpg"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("", "is not JSON: Expecting value at line 1, column 1", id="empty"),
        pytest.param('[{"file": "a.jpg",]', "line 1, column 19", id="not JSON"),
        pytest.param("[" * 100_000, "is not JSON", id="nested beyond reason"),
        pytest.param({"file": "a.jpg", "lines": ["1"]}, "must hold a list", id="one record, no list"),
        pytest.param([], "lists no pictures", id="no records"),
        pytest.param(["a.jpg"], "record 1 must be an object", id="a record that is a name"),
        pytest.param([{"lines": ["1"]}], 'record 1: "file" must name a picture', id="no file"),
        pytest.param([{"file": 7, "lines": ["1"]}], 'record 1: "file" must name a picture', id="file a number"),
        pytest.param([{"file": "a.jpg"}], 'record 1 (a.jpg): "lines" must be a list', id="no lines"),
        pytest.param([{"file": "a.jpg", "lines": "4071"}], '"lines" must be a list', id="lines a text"),
        pytest.param([{"file": "a.jpg", "lines": [4071]}], '"lines" must be a list', id="lines numbers"),
        pytest.param([{"file": "a.jpg", "lines": ["1", "x"]}], 'the line "x" holds no digit', id="no digits"),
        pytest.param([{"file": "a.jpg", "lines": ["1"], "core": "no"}], '"core" must be true or false', id="core"),
        pytest.param([{"file": "a.jpg", "lines": ["1"], "category": None}], '"category" must be a text', id="category"),
        pytest.param([{"file": "a.mp4", "category": "clip"}], "none of its 1 records", id="clips only"),
        pytest.param(
            [{"file": "a.jpg", "lines": ["1"]}, {"file": "b.jpg", "lines": None}], "record 2 (b.jpg)", id="the second"
        ),
    ],
)
def test_a_manifest_that_lies_is_told_where(tmp_path: Path, content: object, told: str) -> None:
    path = write_manifest(tmp_path, content)
    with pytest.raises(SourceError) as error:
        load_manifest(path)
    assert told in str(error.value)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", ["gone.json", "."])
def test_a_manifest_that_cannot_be_opened(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="cannot be opened"):
        load_manifest(tmp_path / name)


def test_an_unknown_split_is_an_error_not_an_empty_table(tmp_path: Path) -> None:
    path = write_manifest(tmp_path, [{"file": "a.jpg", "lines": ["1"]}])
    with pytest.raises(SourceError, match='none of its 1 records has split "hidden"'):
        load_manifest(path, split="hidden")


def drawn_page() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    ink = np.zeros((90, 300), np.uint8)
    ink[20:70, 40:60] = 255
    image = np.full((90, 300, 3), (200, 220, 210), np.uint8)
    image[ink > 0] = (120, 30, 20)
    return image, ink


def test_the_sheet_shows_picture_ink_and_texts() -> None:
    image, ink = drawn_page()
    sheet = ErrorSheet()
    sheet.add(judge(page("4071"), ["40?"]), ["40?"], image, ink)
    drawn = sheet.draw()
    assert (drawn == (120, 30, 20)).all(axis=2).any(), "the picture is missing"
    second = drawn[:, drawn.shape[1] // 3 : 2 * drawn.shape[1] // 3]
    assert (second == 0).all(axis=2).any(), "the ink is missing"
    blue, green, red = (drawn[:, -460:, channel].astype(int) for channel in range(3))
    assert ((red - green > 80) & (red - blue > 80)).sum() > 50, "no line is marked as wrong"


def test_more_pages_make_a_longer_sheet_up_to_a_bound() -> None:
    image, ink = drawn_page()
    sheet = ErrorSheet()
    heights = []
    for _ in range(MOST_PAGES + 2):
        sheet.add(judge(page("1"), []), [], image, ink)
        heights.append(sheet.draw().shape[0] if len(heights) in (0, 1) else 0)
    whole = sheet.draw()
    tile = heights[1] - heights[0]
    assert tile > 0
    assert heights[0] + (MOST_PAGES - 1) * tile < whole.shape[0] < heights[0] + MOST_PAGES * tile


def test_a_sheet_without_errors_says_so() -> None:
    drawn = ErrorSheet().draw()
    assert drawn.shape[0] > 50
    assert (drawn < 200).any()


def by_brightness(crops: Crops) -> Probabilities:
    """Call a crop the digit that its first pixel numbers: surely enough to be told from what it is not."""
    probabilities = np.full((len(crops), 11), 0.005, np.float32)
    probabilities[np.arange(len(crops)), crops[:, 0, 0]] = 0.95
    return probabilities


def numbered(*values: int) -> Crops:
    crops = np.zeros((len(values), 28, 28), np.uint8)
    crops[:, 0, 0] = values
    return crops


def test_digits_are_counted_by_what_they_were_taken_for() -> None:
    score = count_digits(classify(by_brightness, numbered(3, 3, 8, 10, 7)), np.array([3, 3, 3, 3, 7]))
    assert score.confusion[3].tolist() == [0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 1]
    assert score.likeliest.tolist() == [0, 0, 0, 2, 0, 0, 0, 1, 0, 0]
    assert score.accuracy == pytest.approx(3 / 5)
    assert score.to_dict()["wrong"] == 2


def test_batches_leave_nothing_out() -> None:
    values = np.arange(1203) % 10
    assert count_digits(classify(by_brightness, numbered(*values)), values).accuracy == 1.0


def test_share_of_marks_called_a_digit() -> None:
    assert share_called_digit(by_brightness, numbered(10, 10, 10, 4)) == 0.25
    assert share_called_digit(by_brightness, numbered(10, 10, 10, 4), sure=0.97) == 0.0


def test_small_digits_are_laid_as_mnist_lays_them(tmp_path: Path) -> None:
    images = np.zeros((2, 16, 16), np.uint8)
    images[0, 0:16, 6:9] = 200
    np.savez(tmp_path / "small.npz", x_test=images, y_test=[1, 0])
    crops, labels = load_digits(tmp_path / "small.npz")
    assert crops.shape == (2, 28, 28)
    assert labels.tolist() == [1, 0]
    rows = crops[0].any(axis=1).nonzero()[0]
    assert rows[-1] - rows[0] + 1 == pytest.approx(20, abs=1)
    assert not crops[1].any()


def test_mnist_pictures_are_taken_as_they_are(tmp_path: Path) -> None:
    images = np.random.default_rng(1).integers(0, 200, (3, 28, 28)).astype(np.uint8)
    np.savez(tmp_path / "digits.npz", x_mine=images[..., None], y_mine=np.array([[1], [2], [3]], np.uint8))
    crops, labels = load_digits(tmp_path / "digits.npz", "mine")
    assert (crops == images).all()
    assert labels.tolist() == [1, 2, 3]


BLACK = np.zeros((2, 28, 28), np.uint8)


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        pytest.param({"x_train": BLACK}, "holds no x_test, only x_train", id="no such split"),
        pytest.param({"x_test": BLACK}, "holds no y_test", id="no labels"),
        pytest.param({"x_test": BLACK, "y_test": [1]}, "2 pictures, y_test 1 labels", id="labels missing"),
        pytest.param({"x_test": BLACK, "y_test": [1, 10]}, "whole numbers 0 to 9", id="label too large"),
        pytest.param({"x_test": BLACK, "y_test": [0.5, 1.0]}, "whole numbers 0 to 9", id="labels no whole numbers"),
        pytest.param({"x_test": BLACK[:0], "y_test": []}, "holds no pictures", id="empty"),
        pytest.param({"x_test": BLACK / 255, "y_test": [1, 2]}, "must be (n, h, w) uint8", id="fractions"),
        pytest.param({"x_test": BLACK[0], "y_test": [1, 2]}, "must be (n, h, w) uint8", id="one picture"),
        pytest.param({"x_test": 255 - BLACK, "y_test": [1, 2]}, "black on white", id="black on white"),
        pytest.param({"x_test": np.array([None]), "y_test": [1]}, "numpy.savez", id="objects"),
    ],
)
def test_digits_that_are_not_what_they_should_be(tmp_path: Path, arrays: dict[str, Any], told: str) -> None:
    path = tmp_path / "digits.npz"
    np.savez(path, **arrays)
    with pytest.raises(SourceError) as error:
        load_digits(path)
    assert told in str(error.value)


@pytest.mark.parametrize("content", [b"", b"photo", b"PK\x03\x04 cut short"], ids=["empty", "text", "cut short"])
def test_a_data_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "digits.npz"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="not a whole .npz file"):
        load_digits(path)


def test_marks_that_are_no_digits_come_from_pictures_or_strokes(tmp_path: Path) -> None:
    np.savez(tmp_path / "pictures.npz", x=BLACK)
    assert load_not_digits(tmp_path / "pictures.npz").shape == (2, 28, 28)
    strokes = {
        "pts": np.array([[0, 0], [500, 1000], [1000, 0], [0, 0], [0, 1000]], np.int16),
        "stroke_start": np.array([0, 3, 5], np.int32),
        "char_start": np.array([0, 1, 2], np.int32),
        "label": np.array([ord("V"), ord("l")], np.uint8),
        "writer": np.array([1, 1], np.int32),
    }
    np.savez(tmp_path / "strokes.npz", **strokes)
    (letter,) = load_not_digits(tmp_path / "strokes.npz")
    tip = cv2.boundingRect(letter[20:])
    assert letter.any()
    assert tip[2] < 12, "a V is narrow below; and an l, which looks like a 1, must be left out"
