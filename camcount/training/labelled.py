"""MNIST from the network, or a file of the same form -> labelled digits to learn from."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path

from camcount.data import Labels, array_keys, load_array, load_digits
from camcount.errors import SourceError
from camcount.types import Crops


def download_mnist() -> tuple[Crops, Labels]:
    """Give MNIST as Keras keeps it; the first time it is downloaded.

    Raises:
        SourceError: when that fails.
    """
    from keras.datasets import mnist

    try:
        with redirect_stdout(sys.stderr):  # Keras tells there how far it is.
            (crops, labels), _ = mnist.load_data()
    except Exception as error:
        # Keras raises whatever its parts raise, and of a network that is away a bare Exception.
        said = (str(error) or repr(error)).splitlines()[0]
        raise SourceError(f"MNIST cannot be downloaded: {said}. Train on a file of yours: --data FILE.npz") from error
    return crops, labels


def load_labelled(path: Path) -> tuple[Crops, Labels]:
    """Load the digits to learn from: `x_train`, `y_train`.

    Raises:
        SourceError: when the file cannot be read, or does not hold them.
    """
    require_arrays(path, "x_train", "y_train")
    labels = load_array(path, "y_train")
    if labels.dtype.kind not in "iu" or not 0 <= labels.min(initial=0) <= labels.max(initial=0) <= 9:
        raise SourceError(
            f"{path}: y_train must hold whole numbers 0 to 9. Pictures of what is no digit go into a file of their "
            "own, under x: --not-digits FILE.npz"
        )
    return load_digits(path, "train")


def require_arrays(path: Path, *keys: str) -> None:
    """Raise SourceError unless a file holds all these arrays."""
    held = array_keys(path)
    if missing := [key for key in keys if key not in held]:
        raise SourceError(
            f"{path} holds no {' and no '.join(missing)}, only {', '.join(held) or 'nothing'}. "
            f"It needs {' and '.join(keys)}: see \"Train your own model\" in README."
        )
