"""Seams: where touching digits are parted; and where a digit is left in peace."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pages import agreement
from shapes import digit, side_by_side

from camcount.marks import Mark
from camcount.seam import cut_marks

marks = arrays.arrays(
    np.uint8, st.tuples(st.integers(14, 60), st.integers(14, 200)), elements=st.sampled_from([0, 0, 255])
)


def cut(mark: Mark) -> list[Mark]:
    """Cut one mark."""
    (parts,) = cut_marks([mark])
    return parts


def best_cut(parts: list[Mark], first: Mark, second: Mark) -> float:
    """Give how well the best of the seams parts two digits, 0 to 1."""
    cuts = [(np.max(parts[:k], axis=0), np.max(parts[k:], axis=0)) for k in range(1, len(parts))]
    return max((min(agreement(left, first), agreement(right, second)) for left, right in cuts), default=0.0)


@given(marks)
def test_parts_are_the_mark_each_pixel_once_from_left_to_right(mark: Mark) -> None:
    parts = cut(mark)
    assert all(part.shape == mark.shape and part.any() for part in parts)
    total = np.sum([part > 0 for part in parts], axis=0) if parts else np.zeros(mark.shape)
    assert np.array_equal(total, mark > 0)
    assert all(np.nonzero(a[y])[0].max() < np.nonzero(b[y])[0].min()
               for a, b in zip(parts, parts[1:]) for y in range(len(mark)) if a[y].any() and b[y].any())
    assert len(parts) <= 20, "whatever the mark, it stays few"


@given(st.lists(marks, max_size=4))
def test_several_marks_at_once_are_cut_as_one_by_one(together: list[Mark]) -> None:
    all_parts = cut_marks(together)
    assert len(all_parts) == len(together)
    for parts, mark in zip(all_parts, together):
        assert np.array_equal(np.array(parts), np.array(cut(mark)))


def test_no_marks_give_no_parts() -> None:
    assert cut_marks([]) == []


def test_a_blank_mark_has_no_part() -> None:
    assert cut(np.zeros((30, 40), np.uint8)) == []


@pytest.mark.parametrize("height", [40, 80, 200])
@pytest.mark.parametrize("pair", ["06", "00", "60", "66", "40", "25", "99"])
def test_touching_digits_are_parted_where_they_touch(pair: str, height: int) -> None:
    first, second = side_by_side(*pair, height=height, pen=height // 10)
    assert best_cut(cut(np.maximum(first, second)), first, second) > 0.95


def test_most_pairs_are_parted_wherever_they_touch() -> None:
    pairs = [side_by_side(first, second) for first in "0123456789" for second in "0123456789"]
    parted = cut_marks([np.maximum(first, second) for first, second in pairs])
    assert np.mean([best_cut(parts, *pair) > 0.75 for parts, pair in zip(parted, pairs)]) > 0.7


@pytest.mark.parametrize("pen", [4, 8, 14])
@pytest.mark.parametrize("overlap", [0, 2, 5])
def test_rings_that_run_into_each_other_are_parted_between_them(pen: int, overlap: int) -> None:
    first, second = side_by_side("0", "6", -overlap, pen=pen)
    assert best_cut(cut(np.maximum(first, second)), first, second) > 0.9


def test_three_in_a_row_are_all_parted() -> None:
    six, zero = side_by_side("6", "0", -2)
    pair = np.maximum(six, zero)
    third = digit("8")
    mark = np.zeros((len(pair), pair.shape[1] + third.shape[1] - 2), np.uint8)
    mark[:, : pair.shape[1]] = pair
    mark[: len(third), -third.shape[1] :] |= third
    parts = cut(mark)
    middle = np.zeros_like(mark)
    middle[:, : pair.shape[1]] = zero
    spans = [np.max(parts[i:k], axis=0) for i in range(len(parts)) for k in range(i + 1, len(parts) + 1)]
    assert max(agreement(span, middle) for span in spans) > 0.9


@pytest.mark.parametrize("height", [40, 80, 200])
def test_a_lone_digit_is_cut_into_few_pieces_and_a_lone_ring_into_no_halves(height: int) -> None:
    for character in "0123456789":
        assert len(cut(digit(character, height, height // 10))) <= 5, character
    ring = digit("0", height, height // 10)
    halves = [ring.copy(), ring.copy()]
    halves[0][:, ring.shape[1] // 2 :] = 0
    halves[1][:, : ring.shape[1] // 2] = 0
    assert best_cut(cut(ring), halves[0], halves[1]) < 0.6


def test_a_blot_is_left_whole() -> None:
    assert len(cut(np.full((60, 90), 255, np.uint8))) == 1


def test_the_thinnest_bridge_is_cut() -> None:
    mark = np.zeros((60, 140), np.uint8)
    cv2.circle(mark, (30, 30), 27, 255, 7)
    cv2.circle(mark, (110, 30), 27, 255, 7)
    cv2.line(mark, (55, 34), (85, 30), 255, 3)
    edges = [int(np.flatnonzero(part.any(axis=0))[-1]) for part in cut(mark)[:-1]]
    assert any(58 <= edge <= 82 for edge in edges)


def test_slanted_digits_are_parted_along_their_slant() -> None:
    first, second = np.zeros((2, 100, 120), np.uint8)
    cv2.line(first, (50, 5), (10, 95), 255, 8)
    cv2.line(second, (85, 5), (45, 95), 255, 8)
    mark = np.maximum(first, second)
    cv2.line(mark, (30, 50), (65, 50), 255, 3)
    assert best_cut(cut(mark), first, second) > 0.9
