"""The ends where shots go: `open_sink` asks each row of SINKS in turn."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from camcount.errors import OutputError
from camcount.sinks.base import KINDS, STREAM_KINDS, Sink, SinkOptions, split_target

__all__ = ["KINDS", "SINKS", "STREAM_KINDS", "STREAM_SINKS", "Sink", "SinkOptions", "load_sink", "open_sink"]

SINKS = (
    "camcount.sinks.text:TextSink",
    "camcount.sinks.jsonl:JsonLinesSink",
    "camcount.sinks.table:CsvSink",
    "camcount.sinks.annotated:AnnotatedSink",
    "camcount.sinks.crops:CropsSink",
)
"""Where each class of the sinks for pictures is; a row is imported when it is asked."""

STREAM_SINKS = (
    "camcount.sinks.events:TextEventsSink",
    "camcount.sinks.events:JsonEventsSink",
    "camcount.sinks.events:CsvEventsSink",
    "camcount.sinks.events:SubtitleSink",
    "camcount.sinks.video:VideoSink",
    "camcount.sinks.video:RawVideoSink",
)
"""And those for streams."""


def load_sink(row: str) -> type[Sink]:
    """Import the class that a row names."""
    module, name = row.split(":")
    return cast("type[Sink]", getattr(import_module(module), name))


def open_sink(target: str, options: SinkOptions = SinkOptions()) -> Sink:
    """Give the sink for "out.csv", or for "csv:out.txt" with its kind named; it opens when it is entered.

    Raises:
        OutputError: when no sink accepts the target.
    """
    for row in (*SINKS, *STREAM_SINKS):
        sink = load_sink(row)
        if sink.accepts(target):
            return sink(split_target(target)[1], options)
    raise OutputError(f"{target}: what shall be written there? Name a kind before it: {', '.join(KINDS)}.")
