"""LiteRT models: arrays -> arrays."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from camcount.errors import ModelError

ROUNDING = 0.06
"""Weights of a byte each may move a probability of the shipped network by so much, against those of Keras."""


class LiteRTNetwork:
    """A LiteRT model of one input and one output; each thread that calls it gets an interpreter of its own."""

    def __init__(self, path: Path, threads: int = 2) -> None:
        """Load a model.

        Raises:
            ModelError: when it cannot be read.
        """
        from ai_edge_litert.interpreter import Interpreter

        self._given = path, threads
        try:
            self._content = path.read_bytes()
            self._make = partial(Interpreter, model_content=self._content, num_threads=threads)
            self._own = threading.local()
            interpreter = self._own.interpreter = self._make()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{path} is not a LiteRT model: {str(error).splitlines()[0]}") from error
        self._input, self._output = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
        self.given: tuple[int, ...] = tuple(self._input["shape_signature"].tolist())
        """The shape that it expects, -1 where any length will do."""
        self.told: tuple[int, ...] = tuple(self._output["shape_signature"].tolist())

    def __reduce__(self) -> tuple[type, tuple[Path, int]]:
        return type(self), self._given

    def __call__(self, numbers: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        own = self._own
        if not hasattr(own, "interpreter"):
            own.interpreter = self._make()
        if getattr(own, "shape", None) != numbers.shape:
            own.interpreter.resize_tensor_input(self._input["index"], numbers.shape)
            own.interpreter.allocate_tensors()
            own.shape = numbers.shape
        own.interpreter.set_tensor(self._input["index"], numbers)
        own.interpreter.invoke()
        found: npt.NDArray[np.float32] = own.interpreter.get_tensor(self._output["index"])
        return found
