"""What a run came to: told on standard error as it happens, and by the exit code at the end."""

from __future__ import annotations

import sys

from camcount.shot import Shot
from camcount.cli.options import Expected
from camcount.errors import CamcountError, MismatchError, NothingReadError, SourceError
from camcount.sinks import Sink, SinkOptions


class Outcome(Sink):
    """A sink that only watches."""

    kind = "outcome"

    def __init__(
        self, path: str = "", options: SinkOptions = SinkOptions(), expected: Expected = Expected(),
        fail_empty: bool = False, verbose: bool = False,
    ) -> None:
        self._many = options.many
        self._expected = expected
        self._fail_empty = fail_empty
        self._verbose = verbose
        self._codes: set[int] = set()
        self._failed = self._seen = 0

    def write(self, shot: Shot) -> None:
        reading = shot.reading
        self._seen += 1
        if self._verbose:
            width, height = reading.size
            _tell(f"{shot.frame.source}: {width}x{height}, {len(reading.lines)} lines, {reading.elapsed_ms:.1f} ms")
        if complaint := self._expected.complaint(reading):
            self._codes.add(MismatchError.exit_code)
            _tell(f"{shot.frame.source}: {complaint}")
        if not reading.lines:
            self._codes.update([NothingReadError.exit_code] if self._fail_empty else [])
            if not complaint and (self._fail_empty or not self._many):
                _tell(f"{shot.frame.source}: nothing recognised.")

    def skip(self, source: str, error: CamcountError) -> None:
        self._seen += 1
        self._failed += 1
        self._codes.add(error.exit_code)
        _tell(f"Error: {error}")

    def exit_code(self) -> int:
        """Give the gravest: a source that failed, then nothing read, then a mismatch."""
        if self._failed and self._seen > 1:
            _tell(f"{self._failed} of {self._seen} pictures could not be read.")
        order = (SourceError.exit_code, NothingReadError.exit_code, MismatchError.exit_code)
        return next((code for code in order if code in self._codes), 0)


def _tell(words: str) -> None:
    # Not click.echo: a progress bar catches what goes to sys.stderr and prints it above itself.
    print(words, file=sys.stderr)
