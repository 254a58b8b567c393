"""Engines: what is no model of theirs is told in their own words, and numbers that are no probabilities too."""

from __future__ import annotations

from pathlib import Path

import pytest

from camcount.engines import ENGINES, find_engine, load_keras
from camcount.errors import ModelError

# Keras 3.15 asks TensorFlow's arrays for a copy in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.mark.keras
@pytest.mark.parametrize("suffix", ENGINES)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file:UserWarning")
def test_a_network_without_softmax_is_refused(tmp_path: Path, suffix: str) -> None:
    import keras

    from camcount.training.formats import WRITERS

    keras.utils.set_random_seed(3)
    path = tmp_path / f"logits{suffix}"
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(10)]
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    if suffix[1:] in WRITERS:
        WRITERS[suffix[1:]](model, path)
    else:
        model.save(path)
    with pytest.raises(ModelError, match="gives numbers that are no probabilities: .* End it in softmax"):
        find_engine(path)(path, 2)


@pytest.mark.keras
def test_text_is_no_keras_model_but_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "bad.keras"
    path.write_text("no model")
    with pytest.raises(ModelError, match="bad.keras is not a Keras model: it holds something else"):
        load_keras(path)


def test_a_saved_model_is_for_other_programs(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"a model ends in .*\.h5\. A SavedModel is for other programs"):
        find_engine(tmp_path)
