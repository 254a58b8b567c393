"""Scribes: recorded people write a page, each in their own hand."""

from __future__ import annotations

import numpy as np
import pytest
from material import recorded

from camcount.synthesis import Scene, Scribes, Strokes, make_empty, make_page
from camcount.synthesis.shapes import DIGITS
from camcount.synthesis.strokes import StrokeSet


RECORDED = DIGITS.replace("1", "")
"""Of these everybody has a form of their own; some borrow their 1."""


def bars(heights: dict[tuple[str, int], int]) -> StrokeSet:
    """Characters of one upright stroke each: the height tells which was taken."""
    strokes = [np.array([[0, 0], [0, height]], np.int16) for height in heights.values()]
    starts = np.arange(len(strokes) + 1, dtype=np.int32)
    labels, writers = zip(*heights)
    return StrokeSet(np.concatenate(strokes), 2 * starts, starts, labels, np.array(writers, np.int32))


def height_of(strokes: Strokes) -> float:
    return float(np.ptp(np.concatenate(strokes)[:, 1]))


DIGITS_OF_TEN = recorded([(digit, writer) for writer in range(10) for digit in DIGITS])
LETTERS = recorded([(letter, writer) for writer in range(4) for letter in "ACEFHKMNPRTXY"])
TALL_AND_LOW = bars({(digit, writer): 1000 if writer else 500 for writer in (0, 1) for digit in DIGITS})


def test_a_digit_stands_on_the_baseline_in_heights_of_a_digit() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        writer = Scribes(DIGITS_OF_TEN).draw(rng)
        for digit in RECORDED:
            strokes = writer(digit, rng)
            points = np.concatenate(strokes)
            assert all(stroke.dtype == np.float32 and stroke.shape[1] == 2 for stroke in strokes)
            assert points[:, 1].max() == pytest.approx(1.0, abs=0.02)
            assert 0.7 < height_of(strokes) < 1.2
            steps = np.concatenate([np.hypot(*np.diff(stroke, axis=0).T) for stroke in strokes])
            assert np.percentile(steps, 99) < 0.05, "evenly sampled"


def test_all_digits_of_a_page_are_of_one_writer() -> None:
    rng = np.random.default_rng(0)
    scribes = Scribes(TALL_AND_LOW)
    writers = [scribes.draw(rng) for _ in range(12)]
    heights = [[height_of(writer(digit, rng)) for digit in RECORDED] for writer in writers]

    assert all(max(row) < 0.75 or min(row) > 0.75 for row in heights)
    assert len({max(row) < 0.75 for row in heights}) == 2, "not always the same one"


def test_some_people_write_1_with_a_flag_as_in_europe() -> None:
    rng = np.random.default_rng(0)
    scribes = Scribes(bars({(digit, 0): 1000 for digit in DIGITS}))
    wide = [np.ptp(np.concatenate(scribes.draw(rng)("1", rng))[:, 0]) > 0.2 for _ in range(60)]
    assert 0.05 < np.mean(wide) < 0.4


def test_only_allowed_writers_and_usable_digits_are_taken() -> None:
    rng = np.random.default_rng(0)
    for scribes in (Scribes(TALL_AND_LOW, writers=[1]), Scribes(TALL_AND_LOW, usable=TALL_AND_LOW.writers == 1)):
        assert min(height_of(scribes.draw(rng)(digit, rng)) for digit in DIGITS for _ in range(3)) > 0.75


def test_a_digit_that_a_writer_never_wrote_comes_from_another() -> None:
    wrote_seven_only = bars({**{(digit, 0): 1000 for digit in DIGITS}, ("7", 1): 500})
    rng = np.random.default_rng(0)
    for _ in range(8):
        assert height_of(Scribes(wrote_seven_only).draw(rng)("3", rng)) > 0.75


def test_a_digit_that_nobody_wrote_is_told() -> None:
    with pytest.raises(ValueError, match="nobody who may write wrote a 0, a 8$"):
        Scribes(recorded([(digit, 0) for digit in "12345679"]))
    with pytest.raises(ValueError, match="nobody is left who may write"):
        Scribes(DIGITS_OF_TEN, writers=[77])


def test_a_bar_that_was_cut_off_is_no_digit() -> None:
    whole = bars({(digit, 0): 1000 for digit in DIGITS})
    points = np.concatenate([whole.points, np.array([[0, 0], [1000, 90]], np.int16)])
    starts = np.arange(12, dtype=np.int32)
    strokes = StrokeSet(points, 2 * starts, starts, (*whole.labels, "5"), np.zeros(11, np.int32))
    rng = np.random.default_rng(0)
    writer = Scribes(strokes).draw(rng)

    assert min(height_of(writer("5", rng)) for _ in range(12)) > 0.75


def test_letters_and_signs_are_written_too() -> None:
    rng = np.random.default_rng(0)
    without, with_letters = Scribes(DIGITS_OF_TEN), Scribes(DIGITS_OF_TEN, LETTERS)

    assert set("ACEFHKMNPRTXYx") == set(without.alphabet) == set(with_letters.alphabet)
    for character in "ACEx+-=/:.":
        assert with_letters.draw(rng)(character, rng)
    with pytest.raises(KeyError):
        with_letters.draw(rng)("ß", rng)


def test_a_page_of_scribes_tells_what_is_written() -> None:
    scribes = Scribes(DIGITS_OF_TEN, LETTERS)
    page, again = (make_page(3, "40 71\n225", (480, 360), Scene(), scribes=scribes) for _ in range(2))

    assert page.text == "40 71\n225"
    assert np.array_equal(page.image, again.image)
    assert not np.array_equal(page.image, make_page(3, "40 71\n225", (480, 360), Scene()).image)
    assert make_empty(1, (320, 240), scribes).lines == ()
