"""A program that is run at each stable reading."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from contextlib import suppress

from camcount.errors import OutputError
from camcount.shot import Shot
from camcount.sinks.base import Sink, SinkOptions

PLACE = "{}"
"""Where the text stands in the command; at its end where it is not named."""
MOST = 8
"""So many may run at once; then a reading waits for the oldest."""
LAST_WORD = 5.0
"""Seconds that those which still run are given at the end."""


class CommandSink(Sink):
    """Runs a program with each new stable reading, without a shell: the text is one argument, whatever is in it.

    Args:
        path: the command and its arguments, quoted as in a shell.
    """

    kind = "command"

    def __init__(self, path: str, options: SinkOptions = SinkOptions()) -> None:
        try:
            self._words = shlex.split(path)
        except ValueError as error:
            raise OutputError(f"{path}: not a command ({error}). Close its quotes.") from None
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Sink:
        if not self._words or not shutil.which(self._words[0]):
            named = self._words[0] if self._words else "nothing"
            raise OutputError(f"{named}: no such program. Check its name, or give its path.")
        return self

    def write(self, shot: Shot) -> None:
        for change in shot.changes:
            if change.kind == "reading":
                self._run("\n".join(line.text for line in change.lines))

    def close(self) -> None:
        ends = time.monotonic() + LAST_WORD
        for process in self._running:
            try:
                process.wait(max(0.0, ends - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running = []

    abort = close

    def _run(self, text: str) -> None:
        self._running = [process for process in self._running if process.poll() is None]
        if len(self._running) >= MOST:
            with suppress(subprocess.TimeoutExpired):
                self._running.pop(0).wait(LAST_WORD)
        named = any(PLACE in word for word in self._words)
        words = [word.replace(PLACE, text) for word in self._words] + ([] if named else [text])
        try:
            # What it prints would mix with the data on standard output; what it complains of should be seen.
            nothing = subprocess.DEVNULL
            self._running.append(subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=_standard_error()))
        except OSError as error:
            raise OutputError(f"{self._words[0]}: cannot be run ({error.strerror}). Check it.") from None


def _standard_error() -> int | None:
    """Give the file descriptor that the user sees: libraries are silenced by leading 2 to nothing."""
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        return None
