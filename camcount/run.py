"""The one loop: source, reader, tracker, sinks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import Protocol

from camcount.shot import Shot
from camcount.errors import CamcountError, SinkClosed
from camcount.events import Change, Event
from camcount.look import Look, look_at_image
from camcount.sinks.base import Sink
from camcount.sources.base import Source
from camcount.types import Frame, Reading


class Follows(Protocol):
    """What the loop needs of a Tracker."""

    changes: list[Change]

    def update(self, reading: Reading, look: Look | None = None) -> Reading:
        """Give the steady reading after one more frame."""
        ...


class ReadsFrames(Protocol):
    """What the loop needs of a Reader."""

    def read_each(self, frames: Iterable[Frame | None]) -> Iterator[tuple[Frame, Reading] | None]:
        """Read frames and give each with its reading, in their order; None where None comes."""
        ...


def run(
    source: Source, reader: ReadsFrames, sinks: Sequence[Sink], frames: int | None = None,
    tracker: Follows | None = None,
) -> None:
    """Read every frame and give it to every sink; then close all, or leave nothing half-written.

    All sinks are open before the first frame is read, so that an output that cannot be written costs no work. A sink
    that its user closed (a pipe, a window) ends the run like the source's own end. Sinks are told when the first frame
    came and when all is over; while a camera gives none, they are woken now and then.

    Args:
        source: yields the frames.
        reader: reads them.
        sinks: are given each shot, in this order.
        frames: how many to read at most; all by default.
        tracker: makes the readings steady; None leaves each as it is.

    Raises:
        CamcountError: what the source, the reader or a sink raises.
    """
    count, first, last = 0, 0.0, 0.0
    with suppress(SinkClosed), ExitStack() as stack:
        try:
            # The source first: one that cannot be opened must not cost a file that is to be replaced.
            stack.enter_context(source)
            for sink in sinks:
                stack.enter_context(sink)
            for read in reader.read_each(source):
                if read is None:
                    for sink in sinks:
                        sink.idle()
                    continue
                frame, reading = read
                if not count:
                    first = frame.time
                    rate = round(float(getattr(source, "rate", 0.0)), 2)
                    for sink in sinks:
                        sink.tell(Event("start", frame.source, {"size": list(frame.size), "rate": rate}))
                shot = _follow(frame, reading, tracker)
                count, last = count + 1, frame.time
                for sink in sinks:
                    sink.write(shot)
                if count == frames:
                    break
        except SinkClosed:
            pass
        finally:
            if count:
                rate = round((count - 1) / (last - first), 2) if last > first else 0.0
                told = {"frames": count, "seconds": round(last - first, 3), "rate": rate}
                for sink in sinks:
                    # Whatever ended the run is told by its own error, not by a sink that cannot write any more.
                    with suppress(CamcountError, SinkClosed):
                        sink.tell(Event("end", getattr(source, "name", ""), told))


def _follow(frame: Frame, reading: Reading, tracker: Follows | None) -> Shot:
    if tracker is None:
        return Shot(frame, reading)
    steady = tracker.update(reading, look_at_image(frame.image))
    return Shot(frame, steady, tuple(tracker.changes))
