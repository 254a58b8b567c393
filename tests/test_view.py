"""The part that is read, upright: regions, turns, and the way back to the whole image."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from conftest import always
from hypothesis import given
from hypothesis import strategies as st

from camcount.classify import NOT_A_DIGIT
from camcount.types import Box, Crops, Image, Probabilities
from camcount.view import tell_turn, view_image

fractions = st.floats(0, 1)
sides = st.integers(1, 60)


def numbered(width: int, height: int) -> Image:
    """Give an image of which each pixel is unlike all others."""
    numbers = np.arange(width * height, dtype=np.uint32).reshape(height, width)
    return np.stack([numbers & 255, numbers >> 8 & 255, numbers >> 16], axis=2).astype(np.uint8)


@given(sides, sides, st.one_of(st.none(), st.tuples(fractions, fractions, fractions, fractions)), st.integers(0, 3),
       st.data())
def test_a_box_of_the_view_holds_the_same_pixels_in_the_image(
    width: int, height: int, roi: tuple[float, float, float, float] | None, turn: int, data: st.DataObject
) -> None:
    image = numbered(width, height)
    view = view_image(image, roi, turn)
    wide, high = view.size
    x0, y0 = data.draw(st.integers(0, wide - 1)), data.draw(st.integers(0, high - 1))
    x1, y1 = data.draw(st.integers(x0 + 1, wide)), data.draw(st.integers(y0 + 1, high))
    box = view.restore(Box(x0, y0, x1, y1))
    assert 0 <= box.x0 < box.x1 <= width and 0 <= box.y0 < box.y1 <= height
    seen, there = view.image[y0:y1, x0:x1], image[box.y0 : box.y1, box.x0 : box.x1]
    assert np.array_equal(seen, np.rot90(there, -turn)), "turned clockwise by quarters"


@pytest.mark.parametrize(
    ("roi", "part"),
    [
        pytest.param(None, (0, 0, 80, 40), id="all"),
        pytest.param((10, 5, 30, 20), (10, 5, 40, 25), id="pixels"),
        pytest.param((0.25, 0.5, 0.5, 0.25), (20, 20, 60, 30), id="fractions"),
        pytest.param((0, 0, 1, 1), (0, 0, 80, 40), id="all in fractions"),
        pytest.param((60, 30, 500, 500), (60, 30, 80, 40), id="beyond the border"),
        pytest.param((0.9, 0.9, 0.9, 0.9), (72, 36, 80, 40), id="beyond in fractions"),
        pytest.param((1000, 1000, 5, 5), (79, 39, 80, 40), id="beside the image"),
        pytest.param((10, 10, 0.2, 0.2), (10, 10, 11, 11), id="less than a pixel"),
    ],
)
def test_a_region_is_cut_out(roi: tuple[float, float, float, float] | None, part: tuple[int, int, int, int]) -> None:
    image = numbered(80, 40)
    x0, y0, x1, y1 = part
    view = view_image(image, roi)
    assert np.array_equal(view.image, image[y0:y1, x0:x1])
    assert view.restore(Box(0, 0, 1, 1)) == (x0, y0, x0 + 1, y0 + 1)
    assert view.size == (x1 - x0, y1 - y0)


def test_turning_is_clockwise() -> None:
    image = np.zeros((20, 30, 3), np.uint8)
    cv2.rectangle(image, (0, 0), (5, 5), (255, 255, 255), -1)
    corners = {1: (-1, 0), 2: (-1, -1), 3: (0, -1)}
    for turn, (x, y) in corners.items():
        assert view_image(image, turn=turn).image[y, x].all()


def marked(digits: str, turn: int) -> Crops:
    """Make crops that tell their digit and, by a dot in the upper left, how they stand; then turn them clockwise."""
    crops = np.zeros((len(digits), 28, 28), np.uint8)
    crops[:, 2, 2] = 255
    crops[:, 13:15, 13:15] = np.array([int(digit) + 1 for digit in digits]).reshape(-1, 1, 1)
    return np.ascontiguousarray(np.rot90(crops, -turn, axes=(1, 2)))


def read_marked(crops: Crops) -> Probabilities:
    """Know the digit of each crop that stands upright; 0, 1, 6, 8 and 9 are digits upside down as well."""
    probabilities = np.full((len(crops), 11), 0.001, np.float32)
    for crop, row in zip(crops, probabilities):
        value = int(crop[13, 13]) - 1
        over = {0: 0, 1: 1, 6: 9, 8: 8, 9: 6}.get(value, NOT_A_DIGIT)
        row[value if crop[2, 2] else over if crop[25, 25] else NOT_A_DIGIT] = 0.99
    return probabilities


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
@pytest.mark.parametrize("digits", ["4725", "22", "401753"])
def test_a_turned_page_is_told_by_digits_that_look_so_in_one_turn_alone(digits: str, turn: int) -> None:
    crops = marked(digits, turn)
    told = tell_turn(read_marked, crops, read_marked(crops))
    assert (turn + told) % 4 == 0


@pytest.mark.parametrize("digits", ["0", "1", "88", "0180", "6919", "11111", "7", "2"])
@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_nothing_is_guessed_from_digits_that_may_stand_either_way_nor_from_one(digits: str, turn: int) -> None:
    crops = marked(digits, turn)
    assert tell_turn(read_marked, crops, read_marked(crops)) == 0


def test_a_page_that_reads_as_it_stands_is_not_turned() -> None:
    for standing, hanging in (("47253", "24"), ("0188", "247")):
        crops = np.concatenate([marked(standing, 0), marked(hanging, 2)])
        assert tell_turn(read_marked, crops, read_marked(crops)) == 0


def test_of_two_ways_to_stand_the_one_with_more_digits_counts() -> None:
    crops = np.concatenate([marked("333", 0), marked("24", 2), marked("5", 1), marked("5", 1), marked("5", 3)])
    assert tell_turn(read_marked, crops, read_marked(crops)) == 0


@pytest.mark.parametrize(("letters", "told"), [(0, 3), (2, 3), (3, 0), (8, 0)])
def test_a_page_of_letters_some_of_which_look_like_digits_when_turned_is_not_turned(letters: int, told: int) -> None:
    crops = np.concatenate([marked("4725", 1), np.zeros((letters, 28, 28), np.uint8)])
    assert tell_turn(read_marked, crops, read_marked(crops)) == told


def test_marks_that_are_never_digits_turn_nothing() -> None:
    crops = marked("4725", 1)
    assert tell_turn(always(NOT_A_DIGIT), crops, always(NOT_A_DIGIT)(crops)) == 0


def test_a_page_without_marks_is_not_turned() -> None:
    assert tell_turn(always(4), marked("", 0), always(4)(marked("", 0))) == 0
