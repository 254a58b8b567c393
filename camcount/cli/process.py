"""What the command line does to its own process: how it ends, and who may speak on standard error."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from camcount.files import cannot_write, silence_stdout


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind like an exception, so that everything is closed; signals reach the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(143)


@contextmanager
def told_when_full() -> Iterator[None]:
    """Raise OutputError where standard output cannot take more: the disk behind it is full."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT) or error.filename:
            raise
        silence_stdout()
        raise cannot_write("standard output", error) from None


@contextmanager
def silenced_libraries(silent: bool = True) -> Iterator[None]:
    """Keep the lines that C libraries write to standard error from the user: camcount tells what matters itself.

    OpenCV has a switch for its own; libpng, libjpeg and LiteRT ("Created XNNPACK delegate") have none that Python can
    reach. So their file descriptor 2 is led to nothing, and `sys.stderr` to where 2 led before.
    """
    if not silent or sys.stderr is not sys.__stderr__ or sys.stderr is None:
        yield
        return
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    original = sys.stderr
    original.flush()
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    os.close(nothing)
    sys.stderr = open(kept, "w", encoding=original.encoding, errors="backslashreplace", buffering=1, closefd=False)
    try:
        yield
    finally:
        sys.stderr.flush()
        sys.stderr = original
        os.dup2(kept, 2)
        os.close(kept)
