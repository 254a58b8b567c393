"""The channels of the first layers are made alike: the same network, of which rounding moves less."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from material import DIGITS, picture

from camcount.classify import NetworkClassifier
from camcount.types import Crops

# Keras 3.15 asks TensorFlow's arrays for a copy in a way that numpy 2 deprecates.
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]


@pytest.fixture(scope="module")
def crops() -> Crops:
    return np.stack([picture(digit, hand) for digit in DIGITS for hand in range(5)])


@pytest.mark.parametrize("block", [0, 1, 3])
def test_an_uneven_layer_is_evened_out_and_tells_the_same(block: int, crops: Crops, tmp_path: Path) -> None:
    import keras

    from camcount.training.architectures import camcount
    from camcount.training.even import even_out
    from camcount.training.formats import write_litert
    from camcount.training.interrupt import ask

    keras.utils.set_random_seed(1)
    model = camcount()
    starts = [i for i, layer in enumerate(model.layers) if isinstance(layer, keras.layers.Conv2D)]
    normalization, relu = model.layers[starts[block] + 1 : starts[block] + 3]
    second = model.layers[starts[block + 1]]
    channels = relu.output.shape[-1]
    spread = np.geomspace(1, 200, channels).astype(np.float32)
    gamma, *others = normalization.get_weights()
    normalization.set_weights([gamma * spread, *others])
    second.set_weights([second.get_weights()[0] / spread[:, None]])

    def moved_by_rounding() -> float:
        write_litert(model, tmp_path / "rounded.tflite", "dynamic")
        return float(np.abs(NetworkClassifier(tmp_path / "rounded.tflite")(crops) - ask(model, crops)).max())

    before, uneven = ask(model, crops), moved_by_rounding()
    even_out(model, crops)
    assert ask(model, crops) == pytest.approx(before, abs=1e-5)
    values = keras.Model(model.inputs, relu.output).predict(crops[..., None], verbose=0)
    tops = np.quantile(values.reshape(-1, channels), 0.9999, axis=0)
    assert tops[tops > 0] == pytest.approx(1, rel=1e-3)
    assert moved_by_rounding() < uneven / 2
