"""LiteRT models: arrays -> arrays."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt

from camcount.errors import ModelError

ROUNDING = 0.06
"""Weights of a byte each may move a probability of the shipped network by so much, against those of Keras."""


class LiteRTNetwork:
    """A LiteRT model of one input and one output; many threads may call it, one after the other."""

    def __init__(self, path: Path, threads: int = 2) -> None:
        """Load a model.

        Raises:
            ModelError: when it cannot be read.
        """
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
            self._input = self._interpreter.get_input_details()[0]
            self._output = self._interpreter.get_output_details()[0]
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{path} is not a LiteRT model: {str(error).splitlines()[0]}") from error
        self.given: tuple[int, ...] = tuple(self._input["shape_signature"].tolist())
        """The shape that it expects, -1 where any length will do."""
        self.told: tuple[int, ...] = tuple(self._output["shape_signature"].tolist())
        self._shape: tuple[int, ...] = ()
        self._lock = threading.Lock()

    def __call__(self, numbers: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        with self._lock:
            if numbers.shape != self._shape:
                self._interpreter.resize_tensor_input(self._input["index"], numbers.shape)
                self._interpreter.allocate_tensors()
                self._shape = numbers.shape
            self._interpreter.set_tensor(self._input["index"], numbers)
            self._interpreter.invoke()
            found: npt.NDArray[np.float32] = self._interpreter.get_tensor(self._output["index"])
            return found
