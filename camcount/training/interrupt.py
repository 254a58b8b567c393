"""Ctrl-C, held back while TensorFlow works."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

import keras
import numpy as np
import numpy.typing as npt


class Interrupt:
    """Holds Ctrl-C back while TensorFlow works: raised in the midst of it, it would come out as a SystemError.

    Within another, the outer one holds it.
    """

    def __init__(self) -> None:
        self._pressed = False
        self._before: Any = None

    def __enter__(self) -> Interrupt:
        held = isinstance(getattr(signal.getsignal(signal.SIGINT), "__self__", None), Interrupt)
        if not held and threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if error is None:
            self.check()

    def check(self) -> None:
        """Raise what was held back.

        Raises:
            KeyboardInterrupt: when Ctrl-C was pressed since.
        """
        if self._pressed:
            self._pressed = False
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._pressed = True


def ask(model: keras.Model, crops: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Ask a network about crops: (n, 28, 28) to (n, classes)."""
    with Interrupt():
        return np.asarray(model.predict(crops[..., None], batch_size=512, verbose=0))
