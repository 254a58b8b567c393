"""What ends a stream: the first stable reading, or a time."""

from __future__ import annotations

import time

from camcount.errors import SinkClosed
from camcount.shot import Shot
from camcount.sinks.base import Sink


class Once(Sink):
    """Ends the run after the shot that brought the first stable reading; it stands last, so that all others get it."""

    kind = "once"

    def __init__(self) -> None:
        """It writes nowhere."""

    def write(self, shot: Shot) -> None:
        if any(change.kind == "reading" for change in shot.changes):
            raise SinkClosed


class Duration(Sink):
    """Ends the run after so many seconds by the wall clock, from the first frame on, or from the start without one.

    Args:
        seconds: how many.
    """

    kind = "duration"

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since = 0.0
        self._seen = False

    def __enter__(self) -> Sink:
        self._since = time.monotonic()
        return self

    def write(self, shot: Shot) -> None:
        if not self._seen:
            self._since, self._seen = time.monotonic(), True
        self.idle()

    def idle(self) -> None:
        if time.monotonic() - self._since >= self._seconds:
            raise SinkClosed
