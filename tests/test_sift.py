"""What does not agree with the digits of a page is dirt."""

from __future__ import annotations

import numpy as np
import pytest
from byhand import Sides, alone, row_of

from camcount.sift import drop_dirt


def kept(boxes: list[Sides], darkness: list[float], trust: float = 0.9) -> list[int]:
    glyphs = alone(boxes, darkness)
    return drop_dirt(glyphs, np.full(len(boxes), trust), np.arange(len(boxes))).tolist()


def test_what_shows_through_is_dropped_and_pale_digits_alone_are_read() -> None:
    boxes = row_of("4071", 100, 300) + row_of("56", 100, 500)
    assert kept(boxes, [200, 200, 190, 200, 60, 70]) == [0, 1, 2, 3]
    assert kept(boxes, [60] * 6) == list(range(6))
    assert kept(boxes, [200, 200, 190, 200, 120, 110]) == list(range(6)), "another pen may be paler"


@pytest.mark.parametrize(("height", "read"), [(6, False), (25, True), (50, True)])
def test_a_speck_is_dropped_and_a_small_number_is_not(height: float, read: bool) -> None:
    boxes = [*row_of("4071", 100, 300), (600, 300, 600 + height / 3, 300 + height)]
    assert (4 in kept(boxes, [200] * 5)) == read


def test_the_likely_digits_tell_what_is_usual() -> None:
    boxes = [*row_of("40", 100, 300, height=80), *((400 + 20 * i, 300, 404 + 20 * i, 310) for i in range(6))]
    glyphs = alone(boxes, [200] * 8)
    trust = np.array([0.99] * 2 + [0.5] * 6)
    assert drop_dirt(glyphs, trust, np.arange(8)).tolist() == [0, 1]


def test_of_nothing_nothing_is_dropped() -> None:
    assert kept([], []) == []
