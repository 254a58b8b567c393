"""A progress bar, as a sink."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from camcount.annotate import Shot
from camcount.errors import CamcountError
from camcount.sinks import Sink, SinkOptions


class ProgressSink(Sink):
    """Shows on standard error how many of `total` pictures are done."""

    kind = "progress"

    def __init__(self, path: str = "", options: SinkOptions = SinkOptions(), total: int = 0) -> None:
        columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("reading", total=total)

    def __enter__(self) -> Sink:
        self._progress.start()
        return self

    def write(self, shot: Shot) -> None:
        self._progress.advance(self._task)

    def skip(self, source: str, error: CamcountError) -> None:
        self._progress.advance(self._task)

    def close(self) -> None:
        self._progress.stop()

    def abort(self) -> None:
        self._progress.stop()
