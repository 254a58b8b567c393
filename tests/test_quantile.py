"""Quantiles: what sorting gives, whatever the kind of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from camcount.quantile import quantile, weighted_median


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int32, np.float32])
@pytest.mark.parametrize("share", [0.0, 0.25, 0.4, 0.5, 1.0])
def test_a_quantile_is_what_sorting_gives(kind: type, share: float) -> None:
    rng = np.random.default_rng(3)
    for values in (rng.integers(0, 200, (30, 20)), np.zeros(9), rng.integers(0, 255, 1)):
        values = values.astype(kind)
        assert quantile(values, share) == np.sort(values.ravel())[round(share * (values.size - 1))]


def test_of_no_values_there_is_no_quantile() -> None:
    for kind in (np.uint16, np.float32):
        with pytest.raises(ValueError):
            quantile(np.zeros(0, kind), 0.5)
    with pytest.raises(ValueError):
        weighted_median(np.zeros(0), np.zeros(0))


def test_the_weighted_median_has_half_of_the_weight_on_each_side() -> None:
    assert weighted_median(np.array([5.0, 1.0, 3.0]), np.array([1.0, 1.0, 5.0])) == 3.0
