"""The one loop: source, reader, sinks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Protocol

from camcount.annotate import Shot
from camcount.errors import SinkClosed
from camcount.sinks.base import Sink
from camcount.sources.base import Source
from camcount.types import Frame, Reading


class ReadsFrames(Protocol):
    """What the loop needs of a Reader."""

    def read(self, frame: Frame) -> Reading:
        """Read every line of digits in one frame."""
        ...


def run(source: Source, reader: ReadsFrames, sinks: Sequence[Sink], frames: int | None = None) -> None:
    """Read every frame and give it to every sink; then close all, or leave nothing half-written.

    All sinks are open before the first frame is read, so that an output that cannot be written costs no work. A sink
    that its user closed (a pipe, a window) ends the run like the source's own end.

    Args:
        source: yields the frames.
        reader: reads them.
        sinks: are given each shot, in this order.
        frames: how many to read at most; all by default.

    Raises:
        CamcountError: what the source, the reader or a sink raises.
    """
    with ExitStack() as stack:
        try:
            for sink in sinks:
                stack.enter_context(sink)
            stack.enter_context(source)
            for frame in islice(source, frames):
                shot = Shot(frame, reader.read(frame))
                for sink in sinks:
                    sink.write(shot)
        except SinkClosed:
            pass
