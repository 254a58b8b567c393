"""The network that reads touching digits: its loss, its batches, and that it learns."""

from __future__ import annotations

import numpy as np
import pytest

from camcount.ctc import weigh_spelling
from camcount.strip import HIGH, Strip
from camcount.training.dataset import Pictures
from camcount.training.strips import Strips

# Keras 3.15 asks TensorFlow's arrays for a copy in a way that numpy 2 deprecates.
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

NOBODY = Pictures(np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int64))


def blocks(text: str, seed: int = 0) -> Strip:
    """Give a strip in which each digit is a block as high as its value; a few pixels of dirt tell copies apart."""
    strip = np.zeros((HIGH, 4 + 10 * len(text) + 8, 2), np.uint8)
    for i, value in enumerate(text):
        strip[HIGH - 3 * int(value) - 2 : HIGH - 2, 4 + 10 * i : 10 + 10 * i] = 255
    strip[1, seed % strip.shape[1]] = 255
    return strip


def test_the_loss_is_how_unlikely_a_strip_spells_its_digits() -> None:
    from camcount.training.spelling import NOTHING, spelling_loss

    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4, 12, 11)).astype(np.float32)
    texts: list[list[int]] = [[1, 1], [], [7], [3, 0, 3]]
    digits = np.full((4, 6), NOTHING)
    for row, text in zip(digits, texts):
        row[: len(text)] = text
    found = np.asarray(spelling_loss(digits, logits))
    for told, numbers, text in zip(found, logits, texts):
        likely = np.exp(numbers) / np.exp(numbers).sum(axis=1, keepdims=True)
        assert told == pytest.approx(-np.log(weigh_spelling(likely.astype(float), text)), rel=1e-3)


def test_a_batch_holds_strips_of_like_width_and_blank_beside_them() -> None:
    from camcount.training.spelling import NOTHING, WIDTHS, make_batches, pack_batch

    batch = pack_batch([(blocks("4"), "4"), (blocks("12"), "12")], 48)
    assert batch.strips.shape == (2, HIGH, 48, 2) and not batch.strips[0, :, 22:].any()
    assert batch.digits.tolist() == [[4] + 5 * [NOTHING], [1, 2] + 4 * [NOTHING]]
    texts = ["4"] * 40 + ["12"] * 40 + ["123456"] * 30 + [""] * 10
    strips = Strips(tuple(blocks(text, i) for i, text in enumerate(texts)), tuple(texts))
    batches = make_batches(strips, NOBODY, np.random.default_rng(0))
    assert {each.strips.shape[2] for each in batches} <= set(WIDTHS)
    lengths = [int((row != NOTHING).sum()) for each in batches for row in each.digits]
    assert [lengths.count(n) for n in (0, 2, 6)] == [10, 40, 30] and 10 <= lengths.count(1) <= 30, "half of the singles"


def test_a_network_learns_to_spell() -> None:
    import keras

    from camcount.training.architectures import touching
    from camcount.training.spelling import measure_spelling, pack_batch, spell_with, spelling_loss

    keras.utils.set_random_seed(0)
    texts = ["18", "81", "1", "8", ""] * 6
    strips = Strips(tuple(blocks(text, i) for i, text in enumerate(texts)), tuple(texts))
    model = touching(dropout=0.0)
    assert model.count_params() < 65_000
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # So few steps would not move the means that it keeps.
            layer.momentum = 0.5
    model.compile(keras.optimizers.Adam(3e-3), spelling_loss)
    batch = pack_batch(list(zip(strips.strips, strips.texts)), 32)
    losses = [float(model.train_on_batch(*batch)) for _ in range(100)]
    assert losses[-1] < 0.1 * losses[0]
    assert measure_spelling(model, strips) == {"0": 1.0, "1": 1.0, "2": 1.0}
    assert [len(told.values) for told in spell_with(model, strips)] == [len(text) for text in texts]
