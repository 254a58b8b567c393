"""A frame with its reading: what the sinks are given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from camcount.annotate import annotate
from camcount.events import Change
from camcount.look import tell_why
from camcount.overlay import draw_overlay
from camcount.types import Frame, Image, Reading


@dataclass(frozen=True, eq=False)
class Shot:
    """All that is known of one frame; the rest is worked out when a sink asks for it."""

    frame: Frame
    reading: Reading
    changes: tuple[Change, ...] = ()
    """What became of the lines of a stream since the shot before."""

    @cached_property
    def annotated(self) -> Image:
        """The frame with its reading drawn on it, on a copy; drawn at most once, and only if a sink looks."""
        return annotate(self.frame.image, self.reading)

    @cached_property
    def overlay(self) -> Image:
        """The frame with a steady reading drawn on it, the number large: for windows and recordings."""
        return draw_overlay(self.frame.image, self.reading)

    @cached_property
    def why(self) -> str:
        """Why nothing was read, in a few words; empty where something was."""
        return "" if self.reading.lines else tell_why(self.frame.image, self.reading.marks)
