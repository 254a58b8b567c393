"""A progress bar, as a sink."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn,
)
from rich.text import Text

from camcount.shot import Shot
from camcount.errors import CamcountError
from camcount.sinks import Sink, SinkOptions


class _Rate(ProgressColumn):
    """How many a second."""

    def __init__(self, of: str) -> None:
        super().__init__()
        self._of = of

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.0f} {self._of}/s" if task.speed else "")


class ProgressSink(Sink):
    """Shows on standard error how many of `total` pictures or frames are done, how fast, and the time left."""

    kind = "progress"

    def __init__(
        self, path: str = "", options: SinkOptions = SinkOptions(), total: int | None = None, of: str = "pictures"
    ) -> None:
        columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), _Rate(of), TimeRemainingColumn())
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
