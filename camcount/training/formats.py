"""A Keras network -> files that run elsewhere: LiteRT, ONNX, SavedModel; weights as they are, or rounded."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from camcount.classify import Classifier, NetworkClassifier, eleven
from camcount.errors import MissingExtraError
from camcount.types import Crops, Probabilities

Floats = npt.NDArray[np.float32]

CALIBRATION = 100
"""Crops to a batch of those by which int8 learns the range of what flows through the network."""
LITERT: Mapping[str, Mapping[str, Any]] = {
    "none": {},
    "fp16": {"optimizations": [tf.lite.Optimize.DEFAULT], "target_spec": {"supported_types": [tf.float16]}},
    "dynamic": {"optimizations": [tf.lite.Optimize.DEFAULT]},
    "int8": {"optimizations": [tf.lite.Optimize.DEFAULT]},
}
"""What the converter is told for each way of rounding the weights."""


def write_litert(model: keras.Model, path: Path, quantize: str = "none", crops: Crops | None = None) -> None:
    """Write a network for LiteRT.

    Args:
        model: as trained.
        path: where it goes; it ends in .tflite.
        quantize: "none"; "fp16", weights of two bytes; "dynamic", weights of a byte each, a scale a filter, and what
            flows through the network rounded while it runs, each crop by its own range; "int8", that by a range
            learnt beforehand (Jacob et al. 2018).
        crops: (n, 28, 28), for "int8": by them the range is learnt.
    """
    settings = dict(LITERT[quantize])
    if quantize == "int8" and crops is not None:
        settings["representative_dataset"] = lambda: ([_batch(crop[None])] for crop in crops)
    model.export(path, format="litert", verbose=False, **settings)


def write_onnx(model: keras.Model, path: Path, quantize: str = "none", crops: Crops | None = None) -> None:
    """Write a network for ONNX Runtime; see `write_litert`.

    Raises:
        MissingExtraError: when what writes ONNX is not installed.
    """
    require_onnx()
    with _quiet():
        import onnx
        from onnxruntime import quantization
        from onnxruntime.transformers.float16 import convert_float_to_float16
    model(np.zeros((1, *model.input_shape[1:]), np.float32))  # Keras exports none that was never called.
    with _quiet(), tempfile.TemporaryDirectory() as scratch:
        exact, prepared = (Path(scratch) / name for name in ("exact.onnx", "prepared.onnx"))
        model.export(exact, format="onnx", verbose=False)
        if quantize == "none":
            onnx.save(onnx.load(exact), path)
        elif quantize == "fp16":
            onnx.save(convert_float_to_float16(onnx.load(exact), keep_io_types=True), path)
        else:
            quantization.quant_pre_process(exact, prepared, skip_symbolic_shape=True)
            if quantize == "dynamic":
                quantization.quantize_dynamic(prepared, path)
            else:
                name = onnx.load(exact).graph.input[0].name
                reader = _Calibration(name, np.zeros((0, 28, 28), np.uint8) if crops is None else crops)
                quantization.quantize_static(prepared, path, reader, per_channel=True)


def require_onnx() -> None:
    """Raise MissingExtraError unless what writes ONNX is installed."""
    try:
        with _quiet():
            import onnx  # noqa: F401
            import onnxruntime  # noqa: F401
            import tf2onnx  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(f'Writing ONNX needs {error.name}. Run: pip install "camcount[train,onnx]"') from error


def write_saved_model(model: keras.Model, path: Path, quantize: str = "none", crops: Crops | None = None) -> None:
    """Write a network as TensorFlow's SavedModel, a folder; its weights stay as they are."""
    model.export(path, format="tf_saved_model", verbose=False)


WRITERS = {"tflite": write_litert, "onnx": write_onnx, "saved_model": write_saved_model}
"""By the name of the format."""


class SavedModelClassifier:
    """A SavedModel that reads crops."""

    def __init__(self, path: Path) -> None:
        self._model: Any = tf.saved_model.load(str(path))

    def __call__(self, crops: Crops) -> Probabilities:
        return eleven(np.asarray(self._model.serve(tf.constant(_batch(crops)))))


CLASSIFIERS: dict[str, Callable[[Path], Classifier]] = {
    "tflite": NetworkClassifier, "onnx": NetworkClassifier, "saved_model": SavedModelClassifier,
}
"""What reads crops with each format."""


class _Calibration:
    """Hands crops to ONNX Runtime's quantization, a batch at a time."""

    def __init__(self, name: str, crops: Crops) -> None:
        batches = (crops[start : start + CALIBRATION] for start in range(0, len(crops), CALIBRATION))
        self._batches: Iterator[dict[str, Floats]] = ({name: _batch(batch)} for batch in batches)

    def get_next(self) -> dict[str, Floats] | None:
        return next(self._batches, None)


def _batch(crops: Crops) -> Floats:
    return crops[..., None].astype(np.float32)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep to themselves what the converters log, and warn of in each other."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
