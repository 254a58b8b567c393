"""What happens in a stream, written as it happens: JSON lines, CSV, plain text, subtitles."""

from __future__ import annotations

import json
from datetime import datetime

from camcount.errors import CamcountError
from camcount.events import Event
from camcount.shot import Shot
from camcount.sinks.base import SinkOptions
from camcount.sinks.lines import LinesSink
from camcount.sinks.rows import csv_row
from camcount.sinks.table import COLUMNS
from camcount.types import SCHEMA, Reading


class _EventSink(LinesSink):
    """Writes to the file itself, line by line, so that it can be watched and nothing is lost however it ends."""

    def __init__(self, path: str, options: SinkOptions = SinkOptions()) -> None:
        super().__init__(path, options, whole=False)
        self._each_frame = options.each_frame

    def abort(self) -> None:
        """Keep what happened so far."""
        self.close()


class JsonEventsSink(_EventSink):
    """One object an event, or one a frame with all that it shows."""

    kind = "events-jsonl"

    def tell(self, event: Event) -> None:
        self._file.write(json.dumps(event.to_dict()) + "\n")

    def write(self, shot: Shot) -> None:
        frame = shot.frame
        if self._each_frame:
            lines = shot.reading.lines
            told = {"stable": bool(lines) and all(line.stable for line in lines), "why": shot.why}
            self._write("frame", shot, shot.reading, told)
            return
        for change in shot.changes:
            reading = Reading(change.lines, frame.size, frame.index, frame.time, frame.source, shot.reading.elapsed_ms)
            self._write(change.kind, shot, reading, {})

    def skip(self, source: str, error: CamcountError) -> None:
        self._file.write(json.dumps({"schema": SCHEMA, "source": source, "error": str(error)}) + "\n")

    def _write(self, kind: str, shot: Shot, reading: Reading, more: dict[str, object]) -> None:
        told = reading.to_dict()
        self.tell(Event(kind, told.pop("source"), {**told, **more}))


class CsvEventsSink(_EventSink):
    """A row for each line of each reading, and one for every other event, whose text is its name in brackets."""

    kind = "events-csv"

    def open(self) -> None:
        self._file.write(csv_row(COLUMNS))

    def tell(self, event: Event) -> None:
        self._row(event.at, "", "", event.source, f"[{event.kind}]", "")

    def write(self, shot: Shot) -> None:
        frame, now = shot.frame, datetime.now().astimezone()
        place = f"{frame.time:.3f}", frame.index, frame.source
        if self._each_frame:
            for line in shot.reading.lines:
                self._row(now, *place, line.text, f"{line.confidence:.4f}")
            return
        for change in shot.changes:
            for line in change.lines:
                gone = change.kind == "gone"
                self._row(now, *place, "[gone]" if gone else line.text, "" if gone else f"{line.confidence:.4f}")

    def _row(self, at: datetime, *values: object) -> None:
        self._file.write(csv_row((at.isoformat(timespec="milliseconds"), *values)))


class TextEventsSink(_EventSink):
    """The text of each stable reading, and nothing else; or one line a frame."""

    kind = "events-text"

    def write(self, shot: Shot) -> None:
        if self._each_frame:
            self._file.write(shot.reading.text.replace("\n", "  ") + "\n")
            return
        for change in shot.changes:
            if change.kind == "reading":
                self._file.write("".join(line.text + "\n" for line in change.lines))


class SubtitleSink(_EventSink):
    """WebVTT: the stable text, from when it stood until it changed."""

    kind = "vtt"
    suffixes = (".vtt",)

    def open(self) -> None:
        self._file.write("WEBVTT\n")
        self._text, self._since, self._time, self._first = "", 0.0, 0.0, -1.0

    def write(self, shot: Shot) -> None:
        if self._first < 0:
            self._first = shot.frame.time
        self._time = shot.frame.time - self._first
        text = "\n".join(line.text for line in shot.reading.lines if line.stable)
        if text != self._text:
            self._end_cue()
            self._text, self._since = text, self._time

    def close(self) -> None:
        try:
            self._end_cue()
        finally:
            super().close()

    def _end_cue(self) -> None:
        if self._text and self._time > self._since:
            self._file.write(f"\n{_stamp(self._since)} --> {_stamp(self._time)}\n{self._text}\n")
        self._text = ""


def _stamp(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3600000:02d}:{whole // 60000 % 60:02d}:{whole // 1000 % 60:02d}.{whole % 1000:03d}"
