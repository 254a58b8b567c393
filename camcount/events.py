"""What happens in a stream, as data: Event, Change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from camcount.types import Line

KINDS = ("start", "frame", "reading", "gone", "camera_lost", "camera_found", "end")
"""Of what a sink is told besides shots: see `Event.kind`."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened."""

    kind: str
    """One of `KINDS`."""
    source: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    """What else there is to tell, as it stands in JSON."""
    at: datetime = field(default_factory=lambda: datetime.now().astimezone())
    """By the wall clock."""

    def to_dict(self) -> dict[str, Any]:
        """Give it as one JSON object."""
        at = self.at.isoformat(timespec="milliseconds")
        return {"event": self.kind, "at": at, "source": self.source, **self.details}


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one line of a stream."""

    kind: str
    """"reading" when lines became stable or changed, "gone" when one was lost."""
    lines: tuple[Line, ...]
    """All stable lines now, from the top; or the one that is gone."""


OnEvent = Callable[[Event], None]
"""Told what happens."""


def ignore(event: Event) -> None:
    """Tell nobody: the default `OnEvent`."""
