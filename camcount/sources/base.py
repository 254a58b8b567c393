"""What a source is, and the options that all sources share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from camcount.errors import SourceError
from camcount.events import OnEvent, ignore
from camcount.types import Frame

MAX_PIXELS = 120_000_000
"""Larger pictures are refused by their header; the 108 megapixels of a telephone still pass."""

OnError = Callable[[str, SourceError], None]
"""Told the name of a picture that cannot be read, and why; the source goes on with the next when it returns."""


def fail(source: str, error: SourceError) -> None:
    """End at the first picture that cannot be read: the default `on_error`."""
    raise error


@dataclass(frozen=True)
class SourceOptions:
    """What a user may ask of any source; each takes what concerns it."""

    max_pixels: int = MAX_PIXELS
    on_error: OnError = fail
    on_event: OnEvent = ignore
    """Told when a camera is lost and found again."""
    size: tuple[int, int] | None = None
    """Width and height that a camera is asked for, pixels."""
    rate: float | None = None
    """Frames a second that a camera is asked for, or at which pictures follow each other."""
    reconnect: bool = True
    """Whether a camera that was lost is looked for again."""
    start: float = 0.0
    """Seconds of a clip that are passed over,"""
    end: float | None = None
    """and where it ends; None at its own end."""
    every: int = 1
    """Of a clip, only every so manyth frame."""


class Source(Protocol):
    """A context manager that yields frames, once."""

    def __init__(self, targets: Sequence[str], options: SourceOptions) -> None:
        """Look at the targets, but open nothing that would have to be closed."""

    @classmethod
    def accepts(cls, target: str) -> bool:
        """Tell whether `target` looks like this source's; it need not exist."""
        ...

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    def __iter__(self) -> Iterator[Frame | None]:
        """Yield each frame; a camera yields None now and then while there is none, so that its user can do else.

        Raises:
            SourceError: when the source cannot be opened or decoded, or is lost for good.
        """
        ...


class Part(Source):
    """A part of another source: from `start` to `end` of the options, every so manyth frame."""

    def __init__(self, source: Source, options: SourceOptions) -> None:
        self._source = source
        self._options = options
        self.name = str(getattr(source, "name", ""))
        self.rate = float(getattr(source, "rate", 0.0) or options.rate or 0.0)

    @classmethod
    def accepts(cls, target: str) -> bool:
        """Take nothing: others take their targets."""
        return False

    def __enter__(self) -> Source:
        self._source.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._source.__exit__(kind, error, traceback)

    def __iter__(self) -> Iterator[Frame | None]:
        count = 0
        for frame in self._source:
            if frame is None or frame.time < self._options.start - 1e-6:
                continue
            if self._options.end is not None and frame.time >= self._options.end:
                return
            count += 1
            if (count - 1) % self._options.every == 0:
                yield frame
