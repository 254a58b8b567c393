"""Company: digits beside a glyph speak for it, letters against it; its own cluster says nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from byhand import Sides, alone, clustered

from camcount.company import SURROUNDINGS, Opinion, look_around
from camcount.marks import Glyphs

MIDDLE: Sides = (300, 300, 330, 350)
"""A mark to look at; others stand beside it or do not."""
NOBODY = Opinion(np.zeros(0, np.intp), 0, np.zeros(0, np.float32), np.zeros(0, np.float32))


def beside(x: float, y: float = 300, height: float = 50) -> Sides:
    return 300 + x, y, 330 + x, y + height


def seen(others: list[tuple[Sides, float]]) -> npt.NDArray[np.float32]:
    """Give what surrounds the middle mark, where the others are digits with such trust."""
    glyphs = alone([MIDDLE, *(box for box, _ in others)])
    trust = np.array([0.5, *(trust for _, trust in others)], np.float32)
    digits = np.flatnonzero(trust > 0.5)
    marks = np.concatenate([digits, np.flatnonzero(trust <= 0.5)])
    found: npt.NDArray[np.float32] = look_around(glyphs, Opinion(marks, len(digits), trust[marks], 0 * trust[marks]))[0]
    return found


def balance(others: list[tuple[Sides, float]]) -> float:
    """Tell how far digits outweigh others among those that stand beside the middle mark, as a logarithm."""
    return float(seen(others)[0])


@pytest.mark.parametrize(
    ("others", "low", "high"),
    [
        pytest.param([], 0, 0, id="nobody"),
        pytest.param([(beside(-50), 0.99)], 1, 2, id="a digit"),
        pytest.param([(beside(-50), 0.01)], -2, -1, id="a letter"),
        pytest.param([(beside(50), 0.5)], 0, 0, id="who knows"),
        pytest.param([(beside(-50), 0.97), (beside(50), 0.03)], 0, 0, id="a digit and a letter"),
        pytest.param([(beside(40 * i), 0.99) for i in (-4, -3, -2, 2, 3, 4)], 2, 4, id="many digits"),
        pytest.param([(beside(40 * i), 0.01) for i in (-4, -3, -2, 2, 3, 4)], -4, -2, id="a word"),
        pytest.param([(beside(-50, 340), 0.99)], 0, 0, id="another row"),
        pytest.param([(beside(-50, 275, 100), 0.99)], 0, 0, id="twice as high"),
        pytest.param([(beside(-50, 312, 25), 0.99)], 0, 0, id="half as high"),
        pytest.param([(beside(-250), 0.99)], 0, 0, id="far off"),
    ],
)
def test_the_marks_beside_it_tell_whether_digits_surround_a_mark(
    others: list[tuple[Sides, float]], low: float, high: float
) -> None:
    assert low - 0.01 <= balance(others) <= high + 0.01


def test_a_glyph_beside_digits_sees_more_digits_than_one_beside_letters() -> None:
    digits, letters = (seen([(beside(40 * i), trust) for i in (-2, -1, 1, 2)]) for trust in (0.95, 0.05))
    assert digits[0] > letters[0] + 1 and digits[1] > letters[1] and digits[2] < letters[2]


def test_other_hypotheses_of_its_own_cluster_are_no_company() -> None:
    boxes = [(300, 300, 330, 350), (300, 300, 370, 350), (340, 300, 370, 350)]
    glyphs = clustered(boxes, [(0, 0, 0), (0, 0, 1), (0, 1, 1)], whole=[False, True, False])
    told_of = Opinion(np.array([0, 2]), 2, np.full(2, 0.9, np.float32), np.zeros(2, np.float32))
    beside_it, of_page = np.split(look_around(glyphs, told_of), [-5], axis=1)
    assert np.array_equal(beside_it, look_around(glyphs, NOBODY)[:, :-5])
    assert not np.array_equal(of_page, look_around(glyphs, NOBODY)[:, -5:]), "but the page is that of all"


@pytest.mark.parametrize("count", [1, 4])
def test_where_nothing_was_read_there_is_no_company(count: int) -> None:
    glyphs: Glyphs = alone([beside(60 * i) for i in range(count)])
    around = look_around(glyphs, NOBODY)
    assert around.shape == (count, SURROUNDINGS) and np.isfinite(around).all()


def test_the_nearest_on_the_left_and_on_the_right_are_told_apart() -> None:
    digit, letter = (beside(-50), 0.99), (beside(50), 0.01)
    both, left, right = (seen(others)[24:32] for others in ([digit, letter], [digit], [letter]))
    assert both[0] == both[4] == left[0] == right[4] == 1 and left[4] == right[0] == 0, "whether there is one"
    assert np.array_equal(both[:4], left[:4]) and np.array_equal(both[4:], right[4:]), "each tells of itself"
    assert left[2] > 1 and right[6] < -1
    assert np.array_equal(both, seen([digit, letter, (beside(-130), 0.01), (beside(130), 0.99)])[24:32]), "not farther"
    assert np.array_equal(both, seen([letter, digit])[24:32]), "whoever is told first"
