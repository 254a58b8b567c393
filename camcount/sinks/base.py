"""What a sink is, and the options that all sinks share."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar, Protocol

from camcount.shot import Shot
from camcount.errors import CamcountError
from camcount.events import Event

KINDS = ("text", "jsonl", "csv", "annotated", "crops")
STREAM_KINDS = ("events-text", "events-jsonl", "events-csv", "vtt", "video", "raw-video")


@dataclass(frozen=True)
class SinkOptions:
    """What a user may ask of any sink; each takes what concerns it."""

    overwrite: bool = False
    """Whether a file that exists may be replaced."""
    many: bool = True
    """Whether several pictures are to come."""
    each_frame: bool = False
    """Whether every frame of a stream is written, not only what changes."""
    rate: float = 0.0
    """Frames a second of a recording; 0 for 30."""


class Sink(Protocol):
    """A context manager that is given shots, one after another."""

    kind: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, path: str, options: SinkOptions) -> None:
        """Remember where to write; nothing is opened before `__enter__`."""

    @classmethod
    def accepts(cls, target: str) -> bool:
        """Tell whether `target` is of this kind, by its word ("csv:-") or else by its suffix ("out.csv")."""
        kind, path = split_target(target)
        return kind == cls.kind or (not kind and path.lower().endswith(cls.suffixes))

    def __enter__(self) -> Sink:
        """Open the output.

        Raises:
            OutputError: when it cannot be written, or stands there already and may not be replaced.
        """
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abort()

    def write(self, shot: Shot) -> None:
        """Take one shot.

        Raises:
            OutputError: when it cannot be written.
            SinkClosed: when nobody looks any more.
        """
        ...

    def tell(self, event: Event) -> None:
        """Take note of something that happened."""
        return None

    def idle(self) -> None:
        """Do what has to be done though no frame came: a camera may give none for long.

        Raises:
            SinkClosed: when nobody looks any more.
        """
        return None

    def skip(self, source: str, error: CamcountError) -> None:
        """Take note of a picture that could not be read."""
        return None

    def close(self) -> None:
        """Finish the output: what stands there now is whole."""
        return None

    def abort(self) -> None:
        """Leave nothing half-written."""
        return None


def split_target(target: str) -> tuple[str, str]:
    """Split "csv:out.txt" into kind and path; the kind is empty where none is named."""
    kind, colon, path = target.partition(":")
    return (kind, path) if colon and kind in (*KINDS, *STREAM_KINDS) else ("", target)
