"""Options that live and video share, and what came of a stream."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from camcount.cli.options import Command, Expected, expected_options, option
from camcount.errors import CamcountError, MismatchError, NothingReadError, OutputError, SourceError
from camcount.events import Event
from camcount.shot import Shot
from camcount.sinks import Sink, SinkOptions, open_sink
from camcount.sinks.video import CODECS
from camcount.track import STABLE_AFTER, Tracker, Unsteady
from camcount.types import UNSURE

FORMATS = ("text", "jsonl", "csv", "vtt")
_KINDS = {"text": "events-text", "jsonl": "events-jsonl", "csv": "events-csv", "vtt": "vtt"}
_SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".vtt": "vtt"}
WHY_AFTER = 2.0
"""Seconds without a reading until standard error is told why."""


@dataclass(frozen=True)
class Wanted:
    """What a user wants of a stream."""

    outputs: tuple[str, ...]
    form: str | None
    record_raw: str | None
    on_reading: str | None
    events: str
    overwrite: bool
    once: bool
    fail_empty: bool
    stable_after: float
    unsteady: bool
    expected: Expected

    def tracker(self, min_confidence: float) -> Tracker | Unsteady:
        """Make what remembers the stream."""
        if self.unsteady:
            return Unsteady(self.expected.accepts)
        return Tracker(
            stable_after=self.stable_after, min_confidence=min_confidence, accepts=self.expected.accepts
        )

    def options(self, rate: float) -> SinkOptions:
        """Give the options of its sinks."""
        return SinkOptions(self.overwrite, each_frame=self.events == "frame", rate=rate)

    def sinks(self, rate: float) -> list[Sink]:
        """Open what is written besides recordings."""
        options = self.options(rate)
        targets = self.outputs or ("-",)
        if targets.count("-") > 1:
            raise click.UsageError("--output - twice: standard output takes one kind only.")
        if film := next((target for target in targets if Path(target).suffix.lower() in CODECS), None):
            raise click.UsageError(f"--output writes text. To film: --record {film}")
        sinks = [open_sink(f"{_KINDS[self._form(target)]}:{target}", options) for target in targets]
        if self.record_raw:
            sinks.append(open_sink(f"raw-video:{self.record_raw}", options))
        if self.on_reading:
            from camcount.sinks.command import CommandSink

            sinks.append(CommandSink(self.on_reading))
        return sinks

    def _form(self, target: str) -> str:
        form = _SUFFIXES.get(Path(target).suffix.lower())
        return self.form or form or "text" if target == "-" else form or self.form or "text"


def stream_options(command: Command) -> Command:
    """Add what live and video share, and hand it over as keyword `wanted`."""

    @option(
        "--output", "outputs", metavar="FILE|-", multiple=True,
        help="Write what happens there, by suffix .jsonl, .csv, .vtt or .txt; repeat.  [default: - (the readings)]",
    )
    @option("--format", "form", type=click.Choice(FORMATS), help="Of standard output, and where no suffix tells.")
    @option("--json", "as_json", is_flag=True, help="The same as --format jsonl.")
    @option(
        "--events", type=click.Choice(["change", "frame"]), default="change", show_default=True,
        help="Write what changes, or every frame.",
    )
    @option("--record-raw", metavar="FILE", help="Record the frames as they came.")
    @option("--on-reading", metavar="CMD", help="Run this with each reading as last argument, or in place of {}.")
    @option("--once", is_flag=True, help="End with the first stable reading; exit with 7 when there is none.")
    @option("--fail-empty", is_flag=True, help="Exit with 7 when no stable reading came.")
    @option(
        "--stable-after", type=click.FloatRange(0, 60), default=STABLE_AFTER, show_default=True, metavar="S",
        help="Seconds for which a reading must stay the same to count.",
    )
    @option("--raw", "unsteady", is_flag=True, help="Take every frame by itself: no smoothing.")
    @option("--overwrite", is_flag=True, help="Replace files that exist.")
    @expected_options
    @functools.wraps(command)
    def with_wanted(*args: Any, as_json: bool, form: str | None, **values: Any) -> Any:
        names = set(Wanted.__dataclass_fields__) - {"form"}
        own = {name: values.pop(name) for name in list(values) if name in names}
        return command(*args, wanted=Wanted(form="jsonl" if as_json else form, **own), **values)

    return with_wanted  # type: ignore[return-value]


def tell_what_came(sinks: Sequence[Sink]) -> None:
    """Say what sinks have to tell at the end: where a recording went and with which codec, how old frames were."""
    for sink in sinks:
        if told := str(getattr(sink, "told", "")):
            _say(told)


def check_video(*paths: str | None) -> None:
    """Refuse two recordings in one file.

    Raises:
        OutputError: when there are.
    """
    given = [str(Path(path).absolute()) for path in paths if path]
    if len(set(given)) < len(given):
        raise OutputError(f"{paths[-1]}: both recordings would go there. Name another file for one.")


class StreamOutcome(Sink):
    """Tells on standard error what a user should know of a stream, and at its end how it came out."""

    kind = "stream-outcome"

    def __init__(self, wanted: Wanted, verbose: bool = False) -> None:
        self._wanted = wanted
        self._verbose = verbose
        self._readings = 0
        self._failed = False
        self._objection: str | None = None
        self._why, self._empty_since = "", 0.0
        self._doubted = ""
        self._frames, self._source = 0, ""

    def write(self, shot: Shot) -> None:
        self._frames, self._source = self._frames + 1, shot.frame.source
        self._readings += sum(change.kind == "reading" for change in shot.changes)
        for line in shot.reading.lines:
            if not line.stable and not self._readings and UNSURE not in line.text:
                self._objection = self._wanted.expected.objection(line.text) or self._objection
            if UNSURE in line.text:
                self._doubted = line.text
        self._tell_why(shot)

    def skip(self, source: str, error: CamcountError) -> None:
        self._failed = True
        _say(f"Error: {error}")

    def tell(self, event: Event) -> None:
        if event.kind == "camera_lost":
            _say(f"{event.source}: camera lost: {event.details.get('why', '')}. Looking for it.")
        elif event.kind == "camera_found":
            _say(f"{event.source}: camera found.")
        elif self._verbose and event.kind == "start":
            width, height = event.details["size"]
            _say(f"{event.source}: {width}x{height}, {event.details['rate']:g} frames a second")
        elif self._verbose and event.kind == "end":
            told = event.details
            _say(f"{told['frames']} frames in {told['seconds']:g} s, {told['rate']:g} a second")

    def exit_code(self) -> int:
        """Give what the stream came to."""
        if self._failed:
            return SourceError.exit_code
        if self._readings:
            return 0
        if self._frames == 1:
            _say(f"one picture is no stream, in which a number could be steady. Try: camcount image {self._source}")
        if self._objection:
            _say(self._objection)
            return MismatchError.exit_code
        if self._wanted.once or self._wanted.fail_empty:
            _say(f"no stable reading came.{self._reason()}")
            return NothingReadError.exit_code
        return 0

    def _reason(self) -> str:
        """Say why no reading became stable, as far as that is known."""
        if self._why:
            return f" Nothing is read: {self._why}."
        if self._doubted:
            return f" Last seen: {self._doubted}; a ? is less sure than --min-confidence, and keeps a number tentative."
        return ""

    def _tell_why(self, shot: Shot) -> None:
        now = time.monotonic()
        if shot.reading.lines:
            self._empty_since, self._why = 0.0, ""
            return
        self._empty_since = self._empty_since or now
        if now - self._empty_since > WHY_AFTER and shot.why != self._why:
            self._why = shot.why
            _say(f"nothing is read: {self._why}")


def _say(words: str) -> None:
    # Not click.echo: a progress bar catches what goes to sys.stderr and prints it above itself.
    print(words, file=sys.stderr)
