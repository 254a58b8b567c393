"""What the sinks that write lines of text have in common."""

from __future__ import annotations

from camcount.sinks.base import Sink, SinkOptions
from camcount.sinks.files import TextFile


class LinesSink(Sink):
    """Holds the text file; what to write there is its heirs' part."""

    def __init__(self, path: str, options: SinkOptions = SinkOptions(), whole: bool = True) -> None:
        self._file = TextFile(path, options.overwrite, whole)

    def __enter__(self) -> Sink:
        self._file.open()
        self.open()
        return self

    def open(self) -> None:
        """Write what stands before all else."""

    def close(self) -> None:
        self._file.close()

    def abort(self) -> None:
        self._file.abort()
