"""Data files: digits, marks and pen strokes; and what is said of files that are something else."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from camcount.data import array_keys, load_array, load_digits, load_marks
from camcount.errors import SourceError
from camcount.synthesis.strokes import draw_strokes, load_strokes

Arrays = dict[str, Any]


def digits(count: int = 4, side: int = 28) -> Arrays:
    images = np.zeros((count, side, side), np.uint8)
    images[:, side // 4 : 3 * side // 4, side // 2] = 255
    return {"x_test": images, "y_test": np.arange(count) % 10}


def strokes() -> Arrays:
    """Give a 7 of one stroke and a T of two, by two writers."""
    points = np.array([(0, 0), (600, 0), (200, 1000), (0, 0), (700, 0), (350, 0), (350, 1000)], np.int16)
    return {
        "pts": points,
        "stroke_start": np.array([0, 3, 5, 7], np.int32),
        "char_start": np.array([0, 1, 3], np.int32),
        "label": np.array([ord("7"), ord("T")], np.int32),
        "writer": np.array([5, 6], np.int32),
    }


def save(path: Path, arrays: Arrays) -> Path:
    np.savez(path, **arrays)
    return path


def test_digits_of_mnist_s_size_are_taken_as_they_are(tmp_path: Path) -> None:
    arrays = digits()
    crops, labels = load_digits(save(tmp_path / "d.npz", arrays))
    assert np.array_equal(crops, arrays["x_test"]) and crops.dtype == np.uint8
    assert labels.tolist() == [0, 1, 2, 3] and labels.dtype == np.int64


@pytest.mark.parametrize("side", [8, 16, 64])
def test_digits_of_another_size_are_laid_as_mnist_does(tmp_path: Path, side: int) -> None:
    crops, _ = load_digits(save(tmp_path / "d.npz", digits(side=side)))
    rows = np.flatnonzero(crops[0].any(axis=1))
    assert crops.shape == (4, 28, 28)
    assert len(rows) == 20 and abs(rows.mean() - 13.5) <= 0.5


def test_a_split_and_a_last_axis_of_one_are_found(tmp_path: Path) -> None:
    arrays = digits()
    renamed = {"x_mine": arrays["x_test"][..., None], "y_mine": arrays["y_test"][:, None]}
    crops, labels = load_digits(save(tmp_path / "d.npz", renamed), "mine")
    assert crops.shape == (4, 28, 28) and labels.shape == (4,)
    assert array_keys(tmp_path / "d.npz") == ("x_mine", "y_mine")


def test_pictures_of_what_is_no_digit_need_no_labels(tmp_path: Path) -> None:
    assert load_marks(save(tmp_path / "doodles.npz", {"x": digits(3, 40)["x_test"]})).shape == (3, 28, 28)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"x_test": None}, "holds no x_test, only y_test. Choose a split with --split", id="no pictures"),
        pytest.param({"y_test": None}, "holds no y_test, only x_test", id="no labels"),
        pytest.param({"y_test": np.arange(3)}, "x_test holds 4 pictures, y_test 3 labels", id="too few labels"),
        pytest.param({"y_test": np.array([0, 1, 2, 10])}, "y_test must hold whole numbers 0 to 9", id="label 10"),
        pytest.param({"y_test": np.array([0, 1, 2, -1])}, "y_test must hold whole numbers 0 to 9", id="label -1"),
        pytest.param({"y_test": np.array(list("0123"))}, "y_test must hold whole numbers 0 to 9", id="words"),
        pytest.param({"y_test": np.array([0, 1, 2, 3.5])}, "y_test must hold whole numbers 0 to 9", id="halves"),
        pytest.param({"x_test": np.zeros((4, 784), np.uint8)}, r"not uint8 \(4, 784\)", id="flat"),
        pytest.param({"x_test": np.zeros((4, 28, 28, 3), np.uint8)}, r"not uint8 \(4, 28, 28, 3\)", id="colour"),
        pytest.param({"x_test": np.zeros((4, 28, 28))}, r"not float64 \(4, 28, 28\)", id="floats"),
        pytest.param({"x_test": np.zeros((0, 28, 28), np.uint8), "y_test": np.arange(0)}, "no pictures", id="none"),
        pytest.param({"x_test": np.zeros((4, 0, 28), np.uint8)}, "holds no pictures", id="no rows"),
        pytest.param(
            {"x_test": 255 - digits()["x_test"]}, r"looks black on white. Store 255 - x_test: ink is 255", id="negative"
        ),
    ],
)
def test_digits_that_are_not_as_they_should_be(tmp_path: Path, change: Arrays, words: str) -> None:
    arrays = {key: value for key, value in (digits() | change).items() if value is not None}
    with pytest.raises(SourceError, match=words) as caught:
        load_digits(save(tmp_path / "d.npz", arrays))
    assert "d.npz" in str(caught.value) and caught.value.exit_code == 3


def npy(path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(5))
    path.write_bytes(buffer.getvalue())


def cut_short(path: Path) -> None:
    save(path, digits(50) | strokes())
    path.write_bytes(path.read_bytes()[:3000])


def damaged(path: Path, savez: Callable[..., object] = np.savez) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 60, (50, 28, 28)).astype(np.uint8)
    arrays = digits(50) | strokes() | {"x_test": noise, "x": noise}
    savez(path, **{key: np.concatenate([value] * 40) for key, value in arrays.items()})
    content = bytearray(path.read_bytes())
    # The list of contents at the end stays.
    for place in range(300, len(content) - 2000, 97):
        content[place] ^= 0x55
    path.write_bytes(bytes(content))


def damaged_and_squeezed(path: Path) -> None:
    damaged(path, np.savez_compressed)


def objects(path: Path) -> None:
    thing = np.array([{"a": 1}], dtype=object)
    save(path, {key: thing for key in (*digits(), *strokes())})


FILES = [
    pytest.param(lambda path: None, id="missing"),
    pytest.param(Path.mkdir, id="folder"),
    pytest.param(Path.touch, id="empty"),
    pytest.param(lambda path: path.write_text("x_test,y_test\n"), id="text"),
    pytest.param(lambda path: path.write_bytes(b"PK\x03\x04 no archive"), id="no archive"),
    pytest.param(npy, id="npy"),
    pytest.param(cut_short, id="cut short"),
    pytest.param(damaged, id="damaged"),
    pytest.param(damaged_and_squeezed, id="damaged and squeezed"),
    pytest.param(objects, id="pickled objects"),
]


@pytest.mark.parametrize("make", FILES)
@pytest.mark.parametrize(
    "load", [load_digits, load_marks, load_strokes, lambda path: load_array(path, "x_test")],
    ids=["digits", "marks", "strokes", "array"],
)
def test_what_is_no_data_file_is_told(tmp_path: Path, make: Callable[[Path], object], load: Callable[..., Any]) -> None:
    path = tmp_path / "data.npz"
    make(path)
    with pytest.raises(SourceError, match="data.npz") as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_strokes_are_loaded_character_by_character(tmp_path: Path) -> None:
    loaded = load_strokes(save(tmp_path / "s.npz", strokes()))
    assert len(loaded) == 2 and loaded.labels == ("7", "T") and loaded.writers.tolist() == [5, 6]
    assert [stroke.tolist() for stroke in loaded.strokes(0)] == [[[0, 0], [600, 0], [200, 1000]]]
    assert [len(stroke) for stroke in loaded.strokes(1)] == [2, 2]


@pytest.mark.parametrize(
    "change",
    [
        *(pytest.param({key: None}, id=f"no {key}") for key in strokes()),
        pytest.param({"char_start": np.array([0, 1, 9], np.int32)}, id="strokes that are not there"),
        pytest.param({"stroke_start": np.array([0, 3, 5, 99], np.int32)}, id="points that are not there"),
        pytest.param({"stroke_start": np.array([0, 3, 3, 7], np.int32)}, id="a stroke without points"),
        pytest.param({"char_start": np.array([0, 1], np.int32)}, id="too few characters"),
        pytest.param({"writer": np.array([5], np.int32)}, id="too few writers"),
        pytest.param({"label": np.array([-1, 55], np.int32)}, id="a label that is no character"),
        pytest.param({"stroke_start": np.array([0, 3, 5, 7.5])}, id="a half point"),
        pytest.param({"stroke_start": np.array([0, 5, 3, 7], np.uint32)}, id="strokes that run backwards"),
        pytest.param({"pts": np.zeros(14, np.int16)}, id="flat points"),
    ],
)
def test_strokes_that_are_not_as_they_should_be(tmp_path: Path, change: Arrays) -> None:
    arrays = {key: value for key, value in (strokes() | change).items() if value is not None}
    with pytest.raises(SourceError, match="s.npz: not a file of pen strokes"):
        load_strokes(save(tmp_path / "s.npz", arrays))


@pytest.mark.parametrize("height", [12, 40, 200])
@pytest.mark.parametrize("pen", [1.0, 3.0, 9.0])
def test_strokes_are_drawn_as_high_and_as_wide_as_asked(tmp_path: Path, height: float, pen: float) -> None:
    seven = load_strokes(save(tmp_path / "s.npz", strokes())).strokes(0)
    picture = draw_strokes(seven, np.eye(2, dtype=np.float32), height, pen)
    rows = np.flatnonzero((picture > 100).any(axis=1))
    assert len(rows) == pytest.approx(height + pen, abs=2.5)
    assert picture.max() > 200 and not picture[0].any() and not picture[-1].any(), "with a margin"
    area = (600 + np.hypot(400, 1000)) * height / 1000 * pen + pen * pen
    assert 0.8 < picture.sum() / 255 / area < 1.45
