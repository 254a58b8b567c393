"""camcount train --start: from the weights of a trained network."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from material import make_files
from trial import history, train, weights

from camcount.errors import ModelError
from camcount.training.plan import Plan
from camcount.training.temper import RARE

# Keras 3.15 asks TensorFlow's arrays for a copy in a way that numpy 2 deprecates.
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_files(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def trained(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One epoch, as the command leaves it."""
    folder = tmp_path_factory.mktemp("trained")
    result = train(files, folder, "--epochs", 1, "--pages", 0)
    assert result.exit_code == 0, result.output
    return folder


def small_network(path: Path) -> None:
    import keras

    flat = keras.layers.Flatten()
    keras.Sequential([keras.Input((28, 28, 1)), flat, keras.layers.Dense(11, "softmax")]).save(path)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda path: None, "start.keras is not a Keras model: ", id="missing"),
        pytest.param(lambda path: path.write_text("no model"), "not a Keras model: it holds something else", id="text"),
        pytest.param(small_network, "start.keras: not a network of architecture camcount.", id="another network"),
    ],
)
def test_a_model_to_start_from_must_be_one(
    files: dict[str, Path], tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    make(tmp_path / "start.keras")
    result = train(files, tmp_path, "--pages", 3000, "--start", tmp_path / "start.keras")
    assert result.exit_code == 5, result.output
    assert words in " ".join(result.stderr.split()).replace("\\", "/")
    assert not (tmp_path / "models").exists()
    assert not list(tmp_path.glob("run/*.npz")), "told before any page is drawn"


def test_training_may_start_from_the_weights_of_a_model(trained: Path, files: dict[str, Path], tmp_path: Path) -> None:
    start = trained / "models" / "digits.keras"
    result = train(files, tmp_path, "--epochs", 1, "--pages", 0, "--start", start, "--learning-rate", "1e-6")
    assert result.exit_code == 0, result.output
    assert history(tmp_path / "run")[0]["loss"] < history(trained / "run")[0]["loss"]
    moved = [np.abs(a - b).max() for a, b in zip(weights(start), weights(tmp_path / "run" / "last.keras"))]
    assert np.median(moved) < 1e-3, "with so low a rate the weights stay nearly as they were"
    card = json.loads((tmp_path / "models" / "digits.json").read_text(encoding="utf-8"))
    assert card["plan"]["start"] == "digits.keras", "its name, but not where it lay"


def test_the_last_layer_may_learn_alone(trained: Path, files: dict[str, Path], tmp_path: Path) -> None:
    """It goes on from before the network was exported, tempered and told that "not a digit" is rare."""
    import keras

    start = trained / "models" / "digits.keras"
    few = ["--epochs", 1, "--pages", 0, "--last-layer"]
    result = train(files, tmp_path, *few)
    assert result.exit_code == 2
    assert "--last-layer keeps all other layers as in --start, but there is none." in " ".join(result.stderr.split())
    result = train(files, tmp_path, *few, "--start", start, "--learning-rate", "1e-6")
    assert result.exit_code == 0, result.output
    *before, kernel, bias = weights(start)
    *after, learnt_kernel, learnt_bias = weights(tmp_path / "run" / "last.keras")
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    temperature = json.loads(start.with_suffix(".json").read_text(encoding="utf-8"))["calibration"]["temperature"]
    bias[10:] += RARE
    moved = [np.abs(a - b * temperature).max() for a, b in ((learnt_kernel, kernel), (learnt_bias, bias))]
    assert 0 < max(moved) < 1e-3
    assert "--last-layer" in json.loads((tmp_path / "models" / "digits.json").read_text(encoding="utf-8"))["command"]
    layers = keras.models.load_model(tmp_path / "models" / "digits.keras", compile=False).layers
    assert all(layer.trainable for layer in layers), "whoever loads it may train all of it"
    result = train(files, tmp_path, "--epochs", 2, "--resume", "--overwrite")
    assert result.exit_code == 0, result.output
    *after, _, _ = weights(tmp_path / "run" / "last.keras")
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)), "a run that goes on keeps them, too"


@pytest.mark.parametrize(
    ("card", "temperature"),
    [
        pytest.param('{"calibration": {"temperature": 1.25}}', 1.25, id="exported"),
        pytest.param('{"calibration": {"temperature": "high"}}', None, id="no number"),
        pytest.param('{"calibration": 2}', None, id="another card"),
        pytest.param("{}", None, id="none told"),
    ],
)
def test_a_network_is_untempered_as_its_card_tells(tmp_path: Path, card: str, temperature: float | None) -> None:
    from camcount.training.architectures import softmax
    from camcount.training.start import build_network

    trained, start = softmax(), tmp_path / "digits.keras"
    trained.save(start)
    start.with_suffix(".json").write_text(card)
    kernel, bias = trained.get_weights()
    if temperature:
        bias[10:] += RARE
    built = build_network(Plan(architecture="softmax", start=str(start))).get_weights()
    for own, theirs in zip(built, (kernel, bias), strict=True):
        assert np.allclose(own, theirs * (temperature or 1))


def test_first_layers_that_are_not_taken_over_cannot_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else those that start from chance would never learn."""
    import keras

    from camcount.training import start

    def build(kernel: int) -> keras.Model:
        body = [keras.layers.Conv2D(4, kernel, padding="same"), keras.layers.Flatten(), keras.layers.Dense(11)]
        return keras.Sequential([keras.Input((28, 28, 1)), *body])

    build(5).save(tmp_path / "digits.keras")
    monkeypatch.setattr(start, "ARCHITECTURES", {"camcount": lambda classes: build(3)})
    plan = Plan(start=str(tmp_path / "digits.keras"), last_layer=True)
    with pytest.raises(ModelError, match="digits.keras: its first layers are others, so they can't stay."):
        start.build_network(plan)
    assert start.build_network(replace(plan, last_layer=False)).trainable_weights


def test_what_comes_after_another_stem_is_taken_over() -> None:
    import keras

    from camcount.training.start import take_over

    def build(kernel: int, units: int = 11) -> keras.Model:
        body = [keras.layers.Conv2D(4, kernel, padding="same"), keras.layers.Flatten(), keras.layers.Dense(units)]
        return keras.Sequential([keras.Input((28, 28, 1)), *body])

    trained, model = build(5), build(3)
    stem = model.get_weights()[0]
    assert take_over(model, trained)
    # The bias of the stem has the shape that it had, but the kernel before it has not.
    for own, theirs in zip(model.get_weights()[1:], trained.get_weights()[1:], strict=True):
        assert np.array_equal(own, theirs)
    assert np.array_equal(model.get_weights()[0], stem)
    other = build(3, units=10)
    before = other.get_weights()
    assert not take_over(other, trained)
    assert all(np.array_equal(a, b) for a, b in zip(other.get_weights(), before))
