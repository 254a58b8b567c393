"""Temperature: as sure as it is right, and the same digit as before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from camcount.classify import NOT_A_DIGIT
from camcount.data import Labels

# Keras 3.15 asks TensorFlow's arrays for a copy in a way that numpy 2 deprecates.
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]


def softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def honest(count: int = 20_000) -> tuple[npt.NDArray[np.float64], Labels]:
    """Give logits, and labels drawn by the very probabilities that they tell."""
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 2, (count, 11))
    labels = (softmax(logits).cumsum(axis=1) < rng.random((count, 1))).sum(axis=1).clip(0, 10)
    return logits, labels


@pytest.mark.parametrize("temperature", [0.5, 0.8, 1.0, 1.5, 3.0])
def test_a_known_temperature_is_found(temperature: float) -> None:
    from camcount.training.temper import fit_temperature

    logits, labels = honest()
    assert fit_temperature(softmax(logits * temperature), labels) == pytest.approx(temperature, rel=0.05)


def test_it_stays_within_bounds_even_where_all_is_right_or_wrong() -> None:
    from camcount.training.temper import TEMPERATURES, fit_temperature

    logits, _ = honest(500)
    right, wrong = logits.argmax(axis=1), logits.argmin(axis=1)
    low, high = TEMPERATURES
    assert fit_temperature(softmax(logits), right) == pytest.approx(low, rel=0.01)
    assert fit_temperature(softmax(logits), wrong) == pytest.approx(high, rel=0.01)
    assert low <= fit_temperature(np.eye(11)[right], right) <= high, "not even zeros and ones are too much for it"


def test_a_tempered_network_tells_the_same_digits_as_surely_as_they_are_right() -> None:
    import keras

    from camcount.training.temper import RARE, fit_temperature, temper

    rng = np.random.default_rng(1)
    crops = rng.integers(0, 256, (3000, 28, 28)).astype(np.uint8)
    scale, flat, last = keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(11, "softmax")
    model = keras.Sequential([keras.Input((28, 28, 1)), scale, flat, last])
    last.set_weights([rng.normal(0, 0.25, (784, 11)), rng.normal(0, 1, 11)])
    before = np.asarray(model.predict(crops[..., None], verbose=0))
    # Labels by a network that is half as sure.
    half = softmax(np.log(np.maximum(before, 1e-12)) / 2)
    labels = (half.cumsum(axis=1) < rng.random((len(crops), 1))).sum(axis=1).clip(0, 10)

    assert temper(model, crops, labels) == pytest.approx(2, rel=0.1)
    single = np.asarray(model.predict(crops[..., None], verbose=0))
    after = single * np.where(np.arange(11) == NOT_A_DIGIT, np.exp(RARE), 1)
    after /= after.sum(axis=1, keepdims=True)
    assert (after.argmax(axis=1) == before.argmax(axis=1)).all()
    assert after.max(axis=1).mean() < before.max(axis=1).mean()
    assert fit_temperature(after, labels) == pytest.approx(1, rel=0.02), "once tempered there is nothing left to do"
    assert (single[:, NOT_A_DIGIT] < after[:, NOT_A_DIGIT]).all(), "of single crops fewer are none"
    assert (single[:, :NOT_A_DIGIT].argmax(axis=1) == before[:, :NOT_A_DIGIT].argmax(axis=1)).all()
