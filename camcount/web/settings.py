"""What a server allows."""

from __future__ import annotations

from dataclasses import dataclass

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
    max_pixels: int = 25_000_000
    """Of one picture, told by its header before it is decoded; each takes up to 18 bytes while it is read."""
    seconds: float = 10.0
    """That a body may take to arrive, and again that reading may take."""
    rate: float = 100.0
    """Requests a second from one client, twice as many in a burst; 0 for any."""
    streams: int = 8
    """Cameras of browsers at the same time, half as many of one client."""
    idle: float = 30.0
    """Seconds after which a stream that sends nothing is closed."""
    batch: int = 50
    """Pictures of one request."""
    local: bool = False
    """Whether it is asked for as this machine alone: by localhost, an address, or the host of one of the origins."""
