"""Crops -> probabilities: one network, all crops of a frame at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from camcount.crop import SIDE
from camcount.engines import find_engine
from camcount.errors import ModelError
from camcount.files import fingerprint
from camcount.types import Crops, Probabilities

CLASS_NAMES = (*"0123456789", "not a digit")
"""What the outputs of the network mean, in their order; some networks lack the last."""
CLASSES = len(CLASS_NAMES)
NOT_A_DIGIT = CLASSES - 1
"""The last class of the network."""
COMMON = 1.0
"""Marks that are no digits are commoner on a page than among single digits, by this logarithm of their odds."""
PREPROCESSING = 2
"""Version of what lays the crops; a model is of use only for the version that it was trained on."""


class Classifier(Protocol):
    """Anything that tells probabilities of crops."""

    def __call__(self, crops: Crops) -> Probabilities:
        """Give (n, 11) probabilities of (n, 28, 28) crops; n may be 0."""


class NetworkClassifier:
    """A network that reads crops, whatever its engine."""

    def __init__(self, path: Path, threads: int = 2) -> None:
        """Load a model.

        Raises:
            ModelError: when it cannot be read, is not of camcount's shape, or not the one its card describes.
            MissingExtraError: when its engine is not installed.
        """
        engine = find_engine(path)
        check_card(path)
        self._network = engine(path, threads)
        check_shape(path, self._network.given, self._network.told)

    def __call__(self, crops: Crops) -> Probabilities:
        if not len(crops):
            return np.zeros((0, CLASSES), np.float32)
        return eleven(self._network(crops[..., None].astype(np.float32)))


def load_classifier(model: str | Path | None = None, threads: int = 2) -> Classifier:
    """Load a model by its suffix; without one, the model that camcount ships.

    Raises:
        ModelError: when there is none, or it is not what camcount needs.
        MissingExtraError: when its engine is not installed.
    """
    return NetworkClassifier(Path(model) if model else shipped_model(), threads)


def shipped_model() -> Path:
    """Give the path of the model that camcount ships: inside the installed package, or at the top of the tree."""
    installed = Path(__file__).parent / "models" / "digits.tflite"
    return installed if installed.is_file() else installed.parents[2] / "models" / "digits.tflite"


def check_card(path: Path) -> None:
    """Check a model against the card beside it, where there is one that names it.

    Raises:
        ModelError: when the card is broken, or tells another hash, another preprocessing or other classes.
    """
    card = load_card(path)
    if card is None:
        return
    try:
        file = card["files"].get(path.name)
        told = None if file is None else file["sha256"]
        preprocessing, classes = card["preprocessing"], tuple(card["classes"])
    except (KeyError, TypeError, AttributeError) as error:
        raise _no_card(path, error) from error
    if told is not None and told != fingerprint(path.read_bytes())["sha256"]:
        raise ModelError(f"{path} is not the file that {path.stem}.json tells of. Install camcount anew.")
    if preprocessing != PREPROCESSING:
        raise ModelError(f"{path} was trained for preprocessing {preprocessing}; this camcount has {PREPROCESSING}.")
    if classes not in (CLASS_NAMES, CLASS_NAMES[:NOT_A_DIGIT]):
        raise ModelError(f"{path} tells the classes {classes}; camcount needs {CLASS_NAMES}, the last at will.")


def load_card(path: Path) -> dict[str, Any] | None:
    """Load the card beside a model; None where there is none.

    Raises:
        ModelError: when it is not a JSON object.
    """
    card_path = path.with_suffix(".json")
    if not card_path.is_file():
        return None
    try:
        card = json.loads(card_path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _no_card(path, error) from error
    if not isinstance(card, dict):
        raise _no_card(path, TypeError("not an object"))
    return card


def _no_card(path: Path, error: Exception) -> ModelError:
    card_path = path.with_suffix(".json")
    return ModelError(f"{card_path}: not the card of a model ({error!r}). Remove it, or train again.")


def check_shape(path: Path, given: tuple[int | None, ...], told: tuple[int | None, ...]) -> None:
    """Check what a model expects and gives.

    Raises:
        ModelError: when that is not (n, 28, 28, 1) and (n, 10) or (n, 11).
    """
    if tuple(given)[1:] != (SIDE, SIDE, 1) or len(told) != 2 or told[1] not in (CLASSES - 1, CLASSES):
        expects = tuple(None if side in (-1, None) else int(side) for side in given)
        outputs = [None if side in (-1, None) else int(side) for side in told][1:]
        raise ModelError(
            f"{path} expects input {expects} and gives {outputs} outputs; "
            f"camcount needs (None, {SIDE}, {SIDE}, 1) and {CLASSES - 1} or {CLASSES} outputs."
        )


def eleven(probabilities: npt.NDArray[np.float32]) -> Probabilities:
    """Give a network of ten outputs an eleventh, "not a digit", that is never likely."""
    missing = CLASSES - probabilities.shape[1]
    return np.pad(probabilities, ((0, 0), (0, missing))) if missing else probabilities


def on_page(probabilities: Probabilities) -> Probabilities:
    """Give the probabilities of marks that were found on a page.

    The network is balanced for single digits, among which hardly anything is none; of the marks of a page many are
    (adjusting to other priors: Saerens, Latinne and Decaestecker 2002).
    """
    adjusted = probabilities * np.where(np.arange(CLASSES) == NOT_A_DIGIT, np.exp(COMMON), 1).astype(np.float32)
    found: Probabilities = adjusted / adjusted.sum(axis=1, keepdims=True)
    return found
