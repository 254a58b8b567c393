"""Readings as JSON lines: one object a picture."""

from __future__ import annotations

import json

from camcount.shot import Shot
from camcount.errors import CamcountError
from camcount.sinks.lines import LinesSink
from camcount.types import SCHEMA


class JsonLinesSink(LinesSink):
    """`Reading.to_dict()` a line, or an object with `error` for a picture that could not be read.

    Pure ASCII, so that any terminal, pipe and file name passes it unharmed.
    """

    kind = "jsonl"
    suffixes = (".jsonl", ".ndjson", ".json")

    def write(self, shot: Shot) -> None:
        self._file.write(json.dumps(shot.reading.to_dict()) + "\n")

    def skip(self, source: str, error: CamcountError) -> None:
        self._file.write(json.dumps({"schema": SCHEMA, "source": source, "error": str(error)}) + "\n")
