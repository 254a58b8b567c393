"""Words: in running text only what is very sure is a number; letters are the marks that look as if they were."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from byhand import alone, clustered, row_of

from camcount.marks import Glyphs
from camcount.words import drop_words, find_letters


def page(letters: int, digits: int) -> tuple[Glyphs, list[int]]:
    """Give a page of a row of letters above one of digits, and which glyphs are the digits."""
    boxes = row_of("8" * letters, 60, 200) + row_of("8" * digits, 60, 400)
    return alone(boxes), list(range(letters, letters + digits))


def kept(glyphs: Glyphs, trust: Sequence[float], chosen: list[int]) -> list[int]:
    everything = np.zeros(len(glyphs))
    everything[chosen] = trust
    found: list[int] = drop_words(glyphs, everything, np.array(chosen, np.intp)).tolist()
    return found


def test_in_running_text_only_very_sure_digits_are_kept() -> None:
    glyphs, chosen = page(letters=8, digits=3)
    assert kept(glyphs, [0.99, 0.9, 0.6], chosen) == chosen[:1]
    assert kept(glyphs, [0.9, 0.9, 0.6], chosen) == []


@pytest.mark.parametrize(
    ("letters", "digits"),
    [
        pytest.param(0, 3, id="no letter"),
        pytest.param(3, 1, id="a short word"),
        pytest.param(8, 8, id="as many digits"),
        pytest.param(5, 3, id="a unit or a name"),
    ],
)
def test_numbers_with_some_letters_are_no_running_text(letters: int, digits: int) -> None:
    glyphs, chosen = page(letters, digits)
    assert kept(glyphs, [0.6] * digits, chosen) == chosen


def test_where_nothing_is_read_nothing_is_dropped() -> None:
    glyphs, _ = page(letters=8, digits=0)
    assert kept(glyphs, [], []) == []


def test_letters_are_whole_marks_that_are_left_unread() -> None:
    spans = [(0, 0, 0), (1, 0, 0), (2, 0, 0), (2, 0, 1), (2, 1, 1), (3, 0, 0)]
    glyphs = clustered(row_of("423456", 50, 100), spans, whole=[True, True, False, True, False, True])
    assert find_letters(glyphs, np.array([0])).tolist() == [1, 3, 5]
    assert find_letters(glyphs, np.array([0, 4])).tolist() == [1, 5], "of what is read, nothing is a letter"


def test_letters_are_about_as_high_and_as_dark_as_the_digits_and_stand_on_clean_paper() -> None:
    boxes = row_of("42345678", 50, 100)
    sides = {2: (0, 0, 8, 8), 3: (0, 0, 30, 140), 4: (0, 0, 160, 50)}
    for i, (x0, y0, x1, y1) in sides.items():
        boxes[i] = (100 + 200 * i + x0, 400 + y0, 100 + 200 * i + x1, 400 + y1)
    glyphs = alone(boxes, [200, 200, 200, 200, 200, 125, 110, 200])
    glyphs.halo[7] = 0.2
    letters = find_letters(glyphs, np.array([0])).tolist()
    assert letters == [1, 5], "no speck, no edge, no line, nothing pale, and no texture"
