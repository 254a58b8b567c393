"""Model files -> networks: an engine for each kind of file; arrays -> arrays."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from camcount.crop import SIDE
from camcount.errors import MissingExtraError, ModelError
from camcount.litert import LiteRTNetwork

Floats = npt.NDArray[np.float32]
OFF = 0.03
"""So far the sum of eleven probabilities may be from 1: rounded to a byte each they come to 0.02."""


class Network(Protocol):
    """A network of one input and one output."""

    given: tuple[int, ...]
    """The shape that it expects, -1 where any length will do."""
    told: tuple[int, ...]
    """The shape that it gives."""

    def __call__(self, numbers: Floats) -> Floats:
        """Give what the network tells of some numbers."""

    def __reduce__(self) -> tuple[type, tuple[Path, int]]:
        """Go to another process as the path, to be loaded there."""


def load_keras(path: Path, compiled: bool = False) -> Any:
    """Load a Keras model; compiled, with what its training had come to.

    Raises:
        MissingExtraError: when Keras is not installed.
        ModelError: when the file cannot be read.
    """
    try:
        import keras
    except ImportError as error:
        raise MissingExtraError(f'{path} needs Keras. Run: pip install "camcount[train]"') from error
    if path.suffix == ".keras" and path.is_file() and not zipfile.is_zipfile(path):
        # Keras would say that there is no such file.
        raise ModelError(f"{path} is not a Keras model: it holds something else. Save one there with model.save().")
    try:
        return keras.models.load_model(path, compile=compiled)
    except Exception as error:
        # Of a file that is not its own, Keras raises whatever its parts raise.
        raise ModelError(f"{path} is not a Keras model: {_said(error)}") from error


class KerasNetwork:
    """A Keras model, as training leaves it; slow, and it takes TensorFlow along."""

    def __init__(self, path: Path, threads: int = 2) -> None:
        """Load a model.

        Raises:
            MissingExtraError: when Keras is not installed.
            ModelError: when it cannot be read.
        """
        self._given = path, threads
        self._model = load_keras(path)
        self.given = _shape(self._model.input_shape)
        self.told = _shape(self._model.output_shape)

    def __reduce__(self) -> tuple[type, tuple[Path, int]]:
        return type(self), self._given

    def __call__(self, numbers: Floats) -> Floats:
        return np.asarray(self._model(numbers, training=False))


class OnnxNetwork:
    """An ONNX model, run by ONNX Runtime; many threads may call it at once."""

    def __init__(self, path: Path, threads: int = 2) -> None:
        """Load a model.

        Raises:
            MissingExtraError: when ONNX Runtime is not installed.
            ModelError: when it cannot be read.
        """
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError(f'{path} needs ONNX Runtime. Run: pip install "camcount[onnx]"') from error
        self._given = path, threads
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session: Any = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            # Of a file that is not its own, it raises one of a dozen kinds that it does not export.
            raise ModelError(f"{path} is not an ONNX model: {_said(error)}") from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        kinds = [one.type for one in inputs]
        if kinds != ["tensor(float)"]:
            raise ModelError(f"{path} takes {', '.join(kinds)}; camcount needs one input, tensor(float).")
        self._name = inputs[0].name
        self.given, self.told = _shape(inputs[0].shape), _shape(outputs[0].shape)
        if self.given[:1] not in ((-1,), (1,)):
            raise ModelError(f"{path} takes {self.given[0]} crops at a time. Export it for any number of them.")

    def __reduce__(self) -> tuple[type, tuple[Path, int]]:
        return type(self), self._given

    def __call__(self, numbers: Floats) -> Floats:
        batches = [numbers] if self.given[0] == -1 else np.split(numbers, len(numbers))
        told = [self._session.run(None, {self._name: batch})[0] for batch in batches]
        return np.concatenate(told).astype(np.float32, copy=False)


ENGINES: dict[str, Callable[[Path, int], Network]] = {
    ".tflite": LiteRTNetwork,
    ".onnx": OnnxNetwork,
    ".keras": KerasNetwork,
    ".h5": KerasNetwork,
}
"""By the suffix of the model file."""


def find_engine(path: Path) -> Callable[[Path, int], Network]:
    """Give what loads a model file.

    Raises:
        ModelError: when there is no such file, or no engine for it; and when it is loaded, of one that gives numbers
            that are no probabilities.
    """
    if path.suffix not in ENGINES:
        folder = " A SavedModel is for other programs: camcount export --to tflite or onnx." if path.is_dir() else ""
        raise ModelError(f"{path}: a model ends in {', '.join(ENGINES)}.{folder}")
    if not path.is_file():
        raise ModelError(f"{path}: no such model. Train one: camcount train --output DIR")
    return partial(_load_checked, ENGINES[path.suffix])


def _load_checked(engine: Callable[[Path, int], Network], path: Path, threads: int) -> Network:
    """Load a network, and ask it about a blank picture and one of noise: each must be told with probabilities."""
    network = engine(path, threads)
    if network.given[1:] != (SIDE, SIDE, 1) or len(network.told) != 2:
        return network  # It reads no crops, and whoever wants it to will say so.
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 1))
    told = network(np.stack([np.zeros_like(noise), noise]).astype(np.float32))
    if not (told.min() >= -OFF and np.abs(told.sum(axis=1) - 1).max() <= OFF):
        raise ModelError(
            f"{path} gives numbers that are no probabilities: they must be 0 or more, and add up to 1. "
            "End it in softmax: keras.Sequential([model, keras.layers.Softmax()])"
        )
    return network


def _shape(sides: tuple[int | str | None, ...]) -> tuple[int, ...]:
    """Give a shape in one way: engines name what any length will do, or leave it out."""
    return tuple(side if isinstance(side, int) else -1 for side in sides)


def _said(error: Exception) -> str:
    return (str(error) or repr(error)).splitlines()[0]
