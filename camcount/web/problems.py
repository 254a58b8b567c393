"""What a request is refused for: a status, and the error shape of camcount."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from camcount.types import SCHEMA

LINGER = 2.0
"""Seconds for which what still comes is taken in, before a connection ends,"""
DISCARDED = 64 * 2**20
"""and so many bytes of it."""


class Problem(Exception):
    """A request that is refused."""

    def __init__(self, status: int, said: str, headers: Mapping[str, str] | None = None) -> None:
        """Say why, and what to do.

        Args:
            status: of HTTP.
            said: in a sentence.
            headers: that the answer needs.
        """
        super().__init__(said)
        self.status = status
        self.headers = dict(headers or {})

    def response(self) -> JSONResponse:
        kind = Early if self.headers.get("Connection") == "close" else JSONResponse
        return kind(error_shape(str(self)), self.status, self.headers)

    def early(self) -> Early:
        """Give the answer to a request whose body was not read."""
        return Early(error_shape(str(self)), self.status, self.headers)


class Early(JSONResponse):
    """An answer that is given while the body may still come.

    What comes is taken in for a while and thrown away: a connection that is closed on unread bytes is reset, and
    whoever is still sending would never see the answer.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(_discard(receive), LINGER)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _discard(receive: Receive) -> None:
    taken, more = 0, True
    while more and taken < DISCARDED:
        message = await receive()
        taken += len(message.get("body", b""))
        more = message.get("more_body", False)


def error_shape(said: str, source: str = "request") -> dict[str, Any]:
    """Give the one shape of an error."""
    return {"schema": SCHEMA, "source": source, "error": said}
