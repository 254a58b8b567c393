"""How a network in training is judged: what is right, and which epoch is best."""

from __future__ import annotations

import numpy as np
import pytest

from camcount.classify import NOT_A_DIGIT

pytestmark = pytest.mark.keras


@pytest.mark.parametrize(
    ("digit", "label", "of_page", "single"),
    [
        pytest.param(0.3, 0, 0, 1, id="a digit taken for none"),
        pytest.param(0.3, NOT_A_DIGIT, 1, 1, id="a letter taken for none"),
        pytest.param(0.85, NOT_A_DIGIT, 1, 0, id="a letter taken for a digit"),
        pytest.param(0.85, 0, 1, 1, id="a digit"),
        pytest.param(0.99, 1, 0, 0, id="another digit"),
    ],
)
def test_single_crops_are_judged_as_the_exported_network_tells_them(
    digit: float, label: int, of_page: float, single: float
) -> None:
    from camcount.training.judge import share_right

    told, labels = np.array([[digit, *[0.0] * 9, 1 - digit]] * 3, np.float32), np.full(3, label)
    assert share_right(told, labels, False) == of_page
    assert share_right(told, labels, True) == single


def test_halving_errors_counts_alike_in_every_set() -> None:
    from camcount.training.judge import rate

    assert rate([(0.99, 1000)]) == pytest.approx(0.99), "of a single set it is what is right there"
    assert rate([(0.98, 100), (0.9, 100)]) == pytest.approx(rate([(0.96, 100), (0.95, 100)]))
    assert rate([(1.0, 100)]) == pytest.approx(0.995)
    # Epochs 1 and 12 of a run: at first it was sure of little, and so took few other things for digits.
    unsure = [(0.9913, 6003), (0.9757, 6003), (0.9592, 2450), (0.9669, 5001), (0.9773, 10_000)]
    trained = [(0.9953, 6003), (0.9850, 6003), (0.9731, 2450), (0.9413, 5001), (0.9722, 10_000)]
    assert rate(trained) > rate(unsure)
