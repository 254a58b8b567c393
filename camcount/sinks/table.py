"""Readings as CSV: one row a line of digits."""

from __future__ import annotations

from datetime import datetime

from camcount.shot import Shot
from camcount.sinks.lines import LinesSink
from camcount.sinks.rows import csv_row

COLUMNS = ("at", "time", "index", "source", "text", "confidence")


class CsvSink(LinesSink):
    """A header, then a row for each line read; `at` is the wall clock, `time` the source's seconds."""

    kind = "csv"
    suffixes = (".csv",)

    def open(self) -> None:
        self._file.write(csv_row(COLUMNS))

    def write(self, shot: Shot) -> None:
        at = datetime.now().astimezone().isoformat(timespec="milliseconds")
        frame = shot.frame
        for line in shot.reading.lines:
            row = (at, f"{frame.time:.3f}", frame.index, frame.source, line.text, f"{line.confidence:.4f}")
            self._file.write(csv_row(row))
