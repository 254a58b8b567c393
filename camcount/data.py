"""Data files: digits and marks as arrays in .npz files."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from camcount.crop import SIDE, cut_to_ink, lay_mark
from camcount.errors import SourceError
from camcount.types import Crops

Labels = npt.NDArray[np.int64]
"""(n,) the digit that each crop shows."""


def load_digits(path: Path, split: str = "test") -> tuple[Crops, Labels]:
    """Load labelled crops from a file with the keys of Keras's `mnist.npz`: `x_test`, `y_test`.

    Pictures of 28x28 are taken as they are, since they are laid already; those of another size are laid as MNIST does.

    Args:
        path: the .npz file; `x_<split>` is (n, h, w) uint8, 255 = ink, `y_<split>` (n,) 0 to 9.
        split: which of its splits.

    Raises:
        SourceError: when the file cannot be read, or does not hold such a split.
    """
    images = load_marks(path, f"x_{split}")
    labels = load_array(path, f"y_{split}").reshape(-1)
    if len(labels) != len(images):
        raise SourceError(f"{path}: x_{split} holds {len(images)} pictures, y_{split} {len(labels)} labels.")
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() > 9:
        raise SourceError(f"{path}: y_{split} must hold whole numbers 0 to 9. Marks that are no digits: --not-digits.")
    return images, labels.astype(np.int64)


def load_marks(path: Path, key: str = "x") -> Crops:
    """Load the pictures under `key`, (n, h, w) uint8, 255 = ink, laid to 28x28.

    Raises:
        SourceError: when the file cannot be read, or holds no such pictures there.
    """
    images = load_array(path, key)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim != 3 or images.dtype != np.uint8:
        found = f"{images.dtype} {images.shape}"
        raise SourceError(f"{path}: {key} must be (n, h, w) uint8, 0 to 255, not {found}.")
    if not images.size:
        raise SourceError(f"{path}: {key} holds no pictures.")
    if images.mean() > 127:
        raise SourceError(f"{path}: {key} looks black on white. Store 255 - {key}: ink is 255, paper 0.")
    if images.shape[1:] == (SIDE, SIDE):
        return images
    return np.stack([lay_mark(cut_to_ink(image)) for image in images])


def array_keys(path: Path) -> tuple[str, ...]:
    """Tell which arrays an .npz file holds.

    Raises:
        SourceError: when the file cannot be read.
    """
    with _opened(path) as data:
        return tuple(data.files)


def load_array(path: Path, key: str) -> npt.NDArray[Any]:
    """Load one array of an .npz file.

    Raises:
        SourceError: when the file cannot be read, or does not hold it.
    """
    with _opened(path) as data:
        if key in data.files:
            array: npt.NDArray[Any] = data[key]
            return array
        keys = ", ".join(data.files)
    raise SourceError(f"{path} holds no {key}, only {keys}. Choose a split with --split NAME: x_NAME and y_NAME.")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            yield data
    except OSError as error:
        raise SourceError(f"{path} cannot be opened: {error.strerror or error}. Check the path.") from error
    except (ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise SourceError(f"{path} is not a whole .npz file of numbers. Save it again with numpy.savez.") from error
