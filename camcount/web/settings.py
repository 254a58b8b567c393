"""What a server allows."""

from __future__ import annotations

from dataclasses import dataclass

from camcount.sources.base import MAX_PIXELS

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Settings:
    """How much of what is let in."""

    token: str = ""
    """Who does not tell it is sent away; "" lets everybody in."""
    origins: tuple[str, ...] = ()
    """Pages of these origins, besides the server's own, may open a stream: https://example.org."""
    workers: int = 2
    """Pictures that are read at the same time."""
    queue: int = 32
    """Requests that wait for it; more are told to come again."""
    max_upload: int = 10 * MIB
    """Bytes of one request."""
    max_pixels: int = MAX_PIXELS
    """Of one picture, told by its header before it is decoded."""
    seconds: float = 10.0
    """That a body may take to arrive, and again that reading may take."""
    rate: float = 100.0
    """Requests a second from one client, twice as many in a burst; 0 for any."""
    streams: int = 8
    """Cameras of browsers at the same time."""
    batch: int = 50
    """Pictures of one request."""
