"""Crops are laid as MNIST lays its digits, wherever and however large a digit stands."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camcount.binarize import binarize
from camcount.crop import BESIDE, BODY, SIDE, THINNEST, crop_glyphs, cut_to_ink, lay_mark, stroke_width
from camcount.cut import find_glyphs
from camcount.marks import Glyphs
from camcount.synthesis import Hand
from camcount.synthesis.strokes import draw_strokes
from camcount.types import Crops, Image

Grey = npt.NDArray[np.uint8]
PHOTOS = Path(os.environ.get("CAMCOUNT_PHOTOS", Path(__file__).parents[2] / "shared" / "photos"))
MNIST = PHOTOS.parent / "data" / "mnist.npz"


def written(digit: str, seed: int = 1, height: float = 80, pen: float = 9) -> Grey:
    """Write one digit with a round pen: grey, ink 255."""
    strokes = [stroke * 1000 for stroke in Hand(seed)(digit, np.random.default_rng(seed))]
    return draw_strokes(strokes, np.eye(2, dtype=np.float32), height, pen)


def on_page(picture: Grey, zoom: float, at: tuple[int, int] = (60, 60), size: tuple[int, int] = (960, 540)) -> Image:
    """Lay an enlarged picture of ink on a sheet of paper."""
    large = cv2.resize(picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    page = np.full((size[1], size[0]), 225, np.uint8)
    x, y = at
    page[y : y + large.shape[0], x : x + large.shape[1]] -= (large * (185 / 255)).astype(np.uint8)
    return np.repeat(page[..., None], 3, axis=2)


def read_crops(image: Image) -> Crops:
    ink = binarize(image)
    return crop_glyphs(ink, find_glyphs(ink))


def difference(crops: Crops, wanted: Grey) -> float:
    """Give the mean absolute difference, of 255, of the crop that is most like the wanted one."""
    return float(np.abs(crops.astype(int) - wanted).mean(axis=(1, 2)).min())


@pytest.mark.photos
@pytest.mark.skipif(not MNIST.is_file(), reason=f"no MNIST beside the labelled photos, at {MNIST}")
def test_a_digit_of_mnist_on_a_page_comes_back_as_nearly_the_same_crop() -> None:
    with np.load(MNIST) as data:
        digits = data["x_test"][:100]
    for zoom, bound in ((1, 12), (2, 9), (8, 9)):
        differences = [difference(read_crops(on_page(digit, zoom)), digit) for digit in digits]
        # Half of it is the grey rim, that a threshold takes and shrinking gives back a little otherwise; the rest, a
        # centre of mass that falls on the next pixel. A digit and its neighbour in MNIST differ by about 40.
        assert np.mean(differences) < bound
        assert np.percentile(differences, 90) < 20


@pytest.mark.photos
@pytest.mark.skipif(not MNIST.is_file(), reason=f"no MNIST beside the labelled photos, at {MNIST}")
def test_a_digit_of_mnist_is_laid_as_mnist_laid_it() -> None:
    with np.load(MNIST) as data:
        digits = data["x_test"][:1000]
    assert all(np.array_equal(lay_mark(cut_to_ink(digit)), digit) for digit in digits)


@pytest.mark.parametrize(("zoom", "bound"), [(1.2, 12), (3, 7), (10, 5)])
def test_a_laid_digit_on_a_page_comes_back_as_nearly_the_same_crop(zoom: float, bound: float) -> None:
    differences = []
    for seed in range(3):
        for digit in "0123456789":
            crop = lay_mark(cut_to_ink(written(digit, seed)))
            differences.append(difference(read_crops(on_page(crop, zoom)), crop))
    assert np.mean(differences) < bound


marks = st.builds(
    lambda digit, seed, height, pen: cut_to_ink(written(digit, seed, height, height * pen)),
    st.sampled_from("0123456789"), st.integers(0, 99), st.floats(8, 300), st.floats(0.03, 0.18),
)


@settings(deadline=None, max_examples=60)
@given(marks)
def test_the_body_measures_twenty_pixels_and_its_mass_lies_in_the_middle(mark: Grey) -> None:
    crop = lay_mark(mark)
    assert crop.shape == (SIDE, SIDE) and crop.dtype == np.uint8
    body = cut_to_ink(crop)
    assert BODY - 1 <= max(body.shape) <= BODY
    ratio = mark.shape[1] / mark.shape[0]
    # Half a pixel more or less on the shorter side, and what thickening adds to both.
    if THINNEST <= stroke_width(mark) * BODY / max(mark.shape) and min(body.shape) > 4:
        assert body.shape[1] / body.shape[0] == pytest.approx(ratio, rel=1 / min(body.shape))
    for axis in (0, 1):
        along = crop.sum(axis=axis, dtype=float)
        at_the_rim = along[0] > 0 or along[-1] > 0
        assert at_the_rim or abs(along @ np.arange(SIDE) / along.sum() - SIDE / 2) <= 0.501


@settings(deadline=None, max_examples=30)
@given(marks)
def test_what_is_laid_already_stays_as_it_is(mark: Grey) -> None:
    crop = lay_mark(mark)
    if stroke_width(cut_to_ink(crop)) > THINNEST:
        assert np.array_equal(lay_mark(cut_to_ink(crop)), crop)


@settings(deadline=None, max_examples=25)
@given(st.sampled_from("0123456789"), st.integers(0, 99), st.integers(20, 560), st.integers(20, 400))
def test_a_crop_stays_the_same_when_the_ink_is_moved(digit: str, seed: int, x: int, y: int) -> None:
    picture = written(digit, seed, 70, 8)
    here = read_crops(on_page(picture, 1, (100, 100), (800, 600)))
    there = read_crops(on_page(picture, 1, (x, y), (800, 600)))
    assert len(here) and np.array_equal(here, there)


def test_thin_strokes_are_thickened_and_thick_ones_are_not() -> None:
    bodies = {}
    for pen in (2, 4, 12, 24):
        crop = lay_mark(cut_to_ink(written("3", 4, 200, pen)))
        bodies[pen] = (crop > 127).sum()
        assert crop.max() > 200, "no grey shadow of a stroke"
    assert bodies[2] > 0.6 * bodies[12] and abs(int(bodies[2]) - int(bodies[4])) < 0.25 * bodies[4]
    assert bodies[24] > 1.25 * bodies[12], "a thick pen stays thick"


def test_the_width_of_strokes_is_measured() -> None:
    for pen in (3, 7, 15, 31):
        corner = np.zeros((200, 200), np.uint8)
        corner[20:180, 20 : 20 + pen] = corner[180 - pen : 180, 20:180] = 255
        assert stroke_width(cut_to_ink(corner)) == pytest.approx(pen, rel=0.2)


def test_small_digits_in_a_large_picture_are_cut_from_its_full_resolution() -> None:
    coarse, fine = [], []
    for digit in "0123456789":
        ink = binarize(on_page(written(digit, 3, 30, 3), 1, (600, 500), (4000, 3000)))
        glyphs = find_glyphs(ink)
        assert ink.scale == 0.4 and len(glyphs)
        wanted = lay_mark(cut_to_ink(written(digit, 3, 240, 24)))
        fine.append(difference(crop_glyphs(ink, glyphs), wanted))
        coarse.append(difference(np.stack([lay_mark(mark) for mark in glyphs.marks]), wanted))
    assert np.mean(fine) < 0.85 * np.mean(coarse), "finer than the twelve working pixels that the digit is high"


@pytest.mark.parametrize("size", [(4000, 3000), (960, 540)], ids=["full resolution", "working resolution"])
def test_a_neighbour_in_the_box_is_not_in_the_crop(size: tuple[int, int]) -> None:
    corner = np.zeros((60, 60), np.uint8)
    corner[5:55, 5:11] = corner[49:55, 5:55] = 255
    alone = lay_mark(cut_to_ink(corner))
    corner[10:36, 26:52] = 255
    crops = read_crops(on_page(corner, 1, (300, 300), size))
    assert difference(crops, alone) < 6


def test_a_cut_shows_the_rest_of_its_ink_in_grey_where_it_lies() -> None:
    """Two zeros that touch: each half of the crop of one is as the page has it, the other zero paler."""
    pair = np.zeros((80, 120), np.uint8)
    for x in (30, 84):
        cv2.ellipse(pair, (x, 40), (26, 36), 0, 0, 360, 255, 6)
    ink = binarize(on_page(pair, 1))
    glyphs = find_glyphs(ink)
    crops = crop_glyphs(ink, glyphs)
    left = next(
        crop for crop, box in zip(crops, glyphs.boxes) if abs(box[0] - 60) < 6 and abs(box[2] - 60 - 58) < 6
    )
    whole = crops[int(np.argmax(glyphs.whole))]
    assert whole.max() == 255 and not np.any(np.abs(whole.astype(int) - BESIDE * 255) < 2)
    body = left > 1.2 * BESIDE * 255
    beside = (left > 0.5 * BESIDE * 255) & ~body
    columns = np.flatnonzero(body.any(axis=0))
    # The zero measures 20 pixels in height; beyond its right side there is the other one, and beyond the left nothing.
    assert beside[:, columns[-1] + 1 :].any() and not left[:, : columns[0] - 1].any()
    assert np.median(left[beside]) == pytest.approx(BESIDE * 255, abs=12)


def test_no_glyphs_give_no_crops() -> None:
    ink = binarize(np.full((100, 100, 3), 200, np.uint8))
    glyphs = find_glyphs(ink)
    assert isinstance(glyphs, Glyphs)
    assert crop_glyphs(ink, glyphs).shape == (0, SIDE, SIDE)


def test_an_empty_picture_is_cut_to_one_pixel_and_laid_empty() -> None:
    empty = cut_to_ink(np.zeros((40, 30), np.uint8))
    assert empty.shape == (1, 1)
    assert not lay_mark(empty).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 3)])
def test_odd_marks_are_laid(shape: tuple[int, int]) -> None:
    crop = lay_mark(np.full(shape, 255, np.uint8))
    assert crop.shape == (SIDE, SIDE) and crop.any()
