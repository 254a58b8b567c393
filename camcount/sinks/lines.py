"""What the sinks that write lines of text have in common."""

from __future__ import annotations

from camcount.sinks.base import Sink, SinkOptions
from camcount.sinks.files import TextFile


class LinesSink(Sink):
    """Holds the text file; what to write there is its heirs' part."""

    def __init__(self, path: str, options: SinkOptions = SinkOptions()) -> None:
        self._file = TextFile(path, options.overwrite)

    def __enter__(self) -> Sink:
        self._file.open()
        return self

    def close(self) -> None:
        self._file.close()

    def abort(self) -> None:
        self._file.abort()
