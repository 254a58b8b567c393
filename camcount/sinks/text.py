"""Readings as plain text, for people and for `grep`."""

from __future__ import annotations

from camcount.shot import Shot
from camcount.sinks.base import SinkOptions
from camcount.sinks.lines import LinesSink


class TextSink(LinesSink):
    """The text of one picture as it is; of several, each line behind its picture's name, as `grep` does.

    A picture without digits gives its bare name where there are several, and nothing where it is alone.
    """

    kind = "text"
    suffixes = (".txt",)

    def __init__(self, path: str, options: SinkOptions = SinkOptions()) -> None:
        super().__init__(path, options)
        self._named = options.many

    def write(self, shot: Shot) -> None:
        texts = [line.text for line in shot.reading.lines]
        if self._named:
            texts = [f"{shot.frame.source}: {text}" for text in texts] or [f"{shot.frame.source}:"]
        self._file.write("".join(text + "\n" for text in texts))
