"""What a request is refused for: a status, and the error shape of camcount."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

from camcount.types import SCHEMA


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
        return JSONResponse(error_shape(str(self)), self.status, self.headers)


def error_shape(said: str, source: str = "request") -> dict[str, Any]:
    """Give the one shape of an error."""
    return {"schema": SCHEMA, "source": source, "error": said}
