"""Classifiers: probabilities of crops, from any thread; models that will not do, and what is said of them."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from camcount.classify import (
    CLASS_NAMES, CLASSES, NOT_A_DIGIT, PREPROCESSING, Classifier, eleven, load_classifier, on_page, shipped_model,
)
from camcount.crop import cut_to_ink, lay_mark
from camcount.engines import ENGINES
from camcount.errors import ModelError
from camcount.litert import ROUNDING
from camcount.synthesis import Hand
from camcount.synthesis.strokes import draw_strokes
from camcount.types import Crops

# Keras 3.15 asks TensorFlow's arrays for a copy in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

DIGITS = "0123456789"
LETTERS = "AEFHKMNRX"


def written(characters: str, seed: int = 1) -> Crops:
    """Write characters with a round pen, and lay them."""
    crops = []
    for character in characters:
        strokes = [stroke * 1000 for stroke in Hand(seed, 0.9)(character, np.random.default_rng(seed))]
        crops.append(lay_mark(cut_to_ink(draw_strokes(strokes, np.eye(2, dtype=np.float32), 80, 8))))
    return np.array(crops, np.uint8).reshape(-1, 28, 28)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load_classifier()


def test_the_model_that_ships_knows_digits_from_each_other_and_from_letters(classifier: Classifier) -> None:
    right, letters = [], []
    for seed in range(5):
        right.extend(classifier(written(DIGITS, seed)).argmax(axis=1) == np.arange(10))
        letters.extend(on_page(classifier(written(LETTERS, seed))).argmax(axis=1) == NOT_A_DIGIT)
    assert np.mean(right) > 0.95
    assert np.mean(letters) > 0.9


@pytest.mark.parametrize("count", [0, 1, 2, 37, 250])
def test_rows_are_probabilities_of_eleven_classes(classifier: Classifier, count: int) -> None:
    crops = np.random.default_rng(count).integers(0, 256, (count, 28, 28)).astype(np.uint8)
    probabilities = classifier(crops)
    assert probabilities.shape == (count, CLASSES) and probabilities.dtype == np.float32
    assert (probabilities >= 0).all()
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(count), abs=1e-5)


def test_a_crop_is_told_the_same_alone_and_among_others(classifier: Classifier) -> None:
    crops = written(DIGITS + LETTERS)
    together = classifier(crops)
    alone = np.concatenate([classifier(crop[None]) for crop in crops])
    assert together == pytest.approx(alone, abs=1e-5)
    assert classifier(crops[::-1])[::-1] == pytest.approx(together, abs=1e-5)


def test_what_was_told_does_not_change_when_more_is_asked(classifier: Classifier) -> None:
    first = classifier(written("3"))
    copy = first.copy()
    classifier(written("8"))
    assert np.array_equal(first, copy)


def test_many_threads_may_ask_one_classifier(classifier: Classifier) -> None:
    batches = [written(DIGITS[:count], seed) for seed in range(6) for count in (1, 4, 10)]
    alone = [classifier(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            for wanted, told in zip(alone, pool.map(classifier, batches)):
                assert told == pytest.approx(wanted, abs=1e-6)


def test_ten_outputs_get_an_eleventh_that_is_never_likely() -> None:
    ten = np.full((3, 10), 0.1, np.float32)
    assert np.array_equal(eleven(ten), np.hstack([ten, np.zeros((3, 1), np.float32)]))
    whole = np.eye(11, dtype=np.float32)
    assert eleven(whole) is whole


def text_file(path: Path) -> None:
    path.write_text("no model\n")


def cut_short(path: Path) -> None:
    path.write_bytes(shipped_model().read_bytes()[:50_000])


def zip_of_something(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no model")


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        pytest.param("none.tflite", None, "none.tflite: no such model. Train one: camcount train", id="missing"),
        pytest.param("folder.tflite", Path.mkdir, "folder.tflite: no such model.", id="folder"),
        pytest.param("model.pt", text_file, "model.pt: a model ends in .tflite, .onnx, .keras, .h5.", id="suffix"),
        pytest.param("model", text_file, "model: a model ends in", id="no suffix"),
        pytest.param("text.tflite", text_file, "text.tflite is not a LiteRT model: ", id="text"),
        pytest.param("empty.tflite", Path.touch, "empty.tflite is not a LiteRT model: ", id="empty"),
        pytest.param("cut.tflite", cut_short, "cut.tflite is not a LiteRT model: ", id="cut short"),
        pytest.param("cut.onnx", cut_short, "cut.onnx is not an ONNX model: ", id="cut short, ONNX"),
    ],
)
def test_what_is_no_model_is_told(
    tmp_path: Path, name: str, make: Callable[[Path], object] | None, words: str
) -> None:
    path = tmp_path / name
    if make:
        make(path)
    with pytest.raises(ModelError) as caught:
        load_classifier(path)
    assert f"{tmp_path}/{words}".replace("/", "") in str(caught.value).replace("/", "").replace("\\", "")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 5


def good_card(path: Path) -> dict[str, Any]:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "classes": list(CLASS_NAMES),
        "preprocessing": PREPROCESSING,
        "files": {path.name: {"sha256": sha256}},
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            lambda card: card["files"]["mine.tflite"].update(sha256="0" * 64),
            r"mine.tflite is not the file that mine.json tells of. Install camcount anew.",
            id="another hash",
        ),
        pytest.param(
            lambda card: card.update(preprocessing=PREPROCESSING + 1),
            rf"mine.tflite was trained for preprocessing {PREPROCESSING + 1}; this camcount has {PREPROCESSING}.",
            id="another preprocessing",
        ),
        pytest.param(
            lambda card: card.update(classes=[*"0123456789ABC"]),
            r"mine.tflite tells the classes .*'C'\); camcount needs \('0', ",
            id="other classes",
        ),
        pytest.param(lambda card: card["classes"].reverse(), r"tells the classes \('not a digit', '9'", id="order"),
        pytest.param(lambda card: card.pop("classes"), r"mine.json: not the card of a model", id="no classes"),
        pytest.param(lambda card: card.pop("files"), r"mine.json: not the card of a model", id="no files"),
        pytest.param(lambda card: card.pop("preprocessing"), r"mine.json: not the card of a model", id="no version"),
        pytest.param(lambda card: card.update(files=[]), r"mine.json: not the card of a model", id="a list of files"),
        pytest.param(lambda card: card["files"]["mine.tflite"].clear(), r"mine.json: not the card", id="no hash"),
        pytest.param(lambda card: card["files"].update({"mine.tflite": 7}), r"mine.json: not the card", id="a number"),
    ],
)
def test_a_model_and_its_card_must_agree(tmp_path: Path, change: Callable[[Any], object], words: str) -> None:
    path = tmp_path / "mine.tflite"
    shutil.copy(shipped_model(), path)
    card = good_card(path)
    path.with_suffix(".json").write_text(json.dumps(card))
    assert load_classifier(path)(written("4")).argmax() == 4
    change(card)
    path.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match=words):
        load_classifier(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"null", b"\xff\xfe\x00"])
def test_a_broken_card_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.tflite"
    shutil.copy(shipped_model(), path)
    path.with_suffix(".json").write_bytes(content)
    with pytest.raises(ModelError, match="mine.json: not the card of a model .* Remove it, or train again."):
        load_classifier(path)


def test_a_model_needs_no_card_nor_one_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.tflite"
    shutil.copy(shipped_model(), path)
    assert load_classifier(path)(written("4")).argmax() == 4
    path.with_suffix(".json").write_text(json.dumps(good_card(path) | {"files": {}}))
    assert load_classifier(str(path))(written("4")).argmax() == 4


def make_model(path: Path, shape: tuple[int, ...], outputs: tuple[int, ...]) -> Path:
    """Make an untrained network with these outputs, and write it in the format that the suffix tells."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    picture = keras.Input(shape)
    flat = layers.Flatten()(layers.Rescaling(1 / 255)(picture))
    x = layers.Reshape(outputs)(layers.Dense(int(np.prod(outputs)))(flat))
    model = keras.Model(picture, layers.Softmax()(x))
    if path.suffix in (".keras", ".h5"):
        model.save(path)
        return path
    from camcount.training.formats import WRITERS

    WRITERS[path.suffix[1:]](model, path)
    return path


@pytest.mark.keras
@pytest.mark.parametrize("suffix", ENGINES)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file:UserWarning")
def test_a_network_of_ten_outputs_will_do(tmp_path: Path, suffix: str) -> None:
    model = load_classifier(make_model(tmp_path / f"ten{suffix}", (28, 28, 1), (10,)))
    probabilities = model(written(DIGITS))
    assert probabilities.shape == (10, 11) and not probabilities[:, NOT_A_DIGIT].any()
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(10), abs=1e-5)
    assert model(written("")).shape == (0, 11)
    elsewhere = pickle.loads(pickle.dumps(model))  # As it goes to another process.
    assert np.array_equal(elsewhere(written(DIGITS)), probabilities)


@pytest.mark.keras
@pytest.mark.parametrize("suffix", [".tflite", ".onnx", ".keras"])
@pytest.mark.parametrize(
    ("shape", "outputs", "words"),
    [
        pytest.param((28, 28, 3), (11,), "expects input (None, 28, 28, 3) and gives [11] outputs", id="colour"),
        pytest.param((32, 32, 1), (10,), "expects input (None, 32, 32, 1) and gives [10] outputs", id="larger"),
        pytest.param((784,), (10,), "expects input (None, 784) and gives [10] outputs", id="flat"),
        pytest.param((28, 28, 1), (26,), "gives [26] outputs", id="letters"),
        pytest.param((28, 28, 1), (7, 11), "gives [7, 11] outputs", id="a row of digits"),
    ],
)
def test_a_network_of_another_shape_is_told(
    tmp_path: Path, suffix: str, shape: tuple[int, ...], outputs: tuple[int, ...], words: str
) -> None:
    path = make_model(tmp_path / f"other{suffix}", shape, outputs)
    with pytest.raises(ModelError) as caught:
        load_classifier(path)
    assert words in str(caught.value)
    assert str(caught.value).endswith("camcount needs (None, 28, 28, 1) and 10 or 11 outputs.")


@pytest.mark.keras
@pytest.mark.parametrize("name", ["broken.keras", "broken.h5"])
@pytest.mark.parametrize("make", [text_file, Path.touch, cut_short, zip_of_something])
def test_what_is_no_keras_model_is_told(tmp_path: Path, name: str, make: Callable[[Path], object]) -> None:
    make(tmp_path / name)
    with pytest.raises(ModelError, match=f"{name} is not a Keras model: ") as caught:
        load_classifier(tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.keras
def test_litert_and_keras_tell_the_same() -> None:
    trained = shipped_model().with_suffix(".keras")
    if not trained.is_file():
        trained = Path(__file__).parents[1] / "models" / "digits.keras"
    golden = np.concatenate([written(DIGITS + LETTERS, seed) for seed in range(4)])
    golden = np.concatenate([golden, np.random.default_rng(0).integers(0, 256, (20, 28, 28)).astype(np.uint8)])
    heavy, light = load_classifier(trained)(golden), load_classifier()(golden)
    assert np.abs(heavy - light).max() < ROUNDING < 0.1, "weights of a byte each"
    shown = heavy.max(axis=1) >= 0.6
    assert shown.sum() > 80 and (heavy.argmax(axis=1) == light.argmax(axis=1))[shown].all()


def test_on_a_page_a_mark_is_less_likely_a_digit_and_the_digits_stand_to_each_other_as_before() -> None:
    told = np.random.default_rng(1).dirichlet(np.full(11, 0.5), 50).astype(np.float32)
    found = on_page(told)
    assert found.shape == told.shape and found.dtype == np.float32
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)
    assert (found[:, 10] >= told[:, 10]).all() and found[:, 10].mean() > told[:, 10].mean()
    digits, before = (part[:, :10] / part[:, :10].sum(axis=1, keepdims=True) for part in (found, told))
    assert np.allclose(digits, before, atol=1e-4)
    assert on_page(told[:0]).shape == (0, 11)
