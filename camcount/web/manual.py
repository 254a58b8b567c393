"""What the OpenAPI document says besides the routes: how to use the API, its stream, and its token."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

DESCRIPTION = """\
Send a picture, get the numbers written on it. Errors come in one shape:
`{"schema": 1, "source": …, "error": …}`.

## Token

A server that was started with `--token` wants it with every request but those for the page, this description,
`/healthz` and `/readyz`:

    Authorization: Bearer TOKEN

## WS /v1/stream: a camera's pictures, steady readings

Open a WebSocket at `/v1/stream`, with the subprotocol `camcount`. Each connection is one camera, and remembers what it
saw.

Send:

- a binary message for each picture, a JPEG, PNG or WebP; best the next one once the last one is answered
- `{"min_confidence": 0.7}` as a text message: less sure digits read as `?` from now on; it is not answered
- `{"reset": true}`: forget what was seen; it is not answered either

Each picture is answered by a text message, in the shape of `/v1/read` with `crops`, and besides:

- `stable`: for each line, whether it has stood long enough to be believed
- `changed`: whether a stable number came, went or became another one with this picture
- `why`: why nothing is read, where nothing is

A picture that cannot be read, or a message that is not understood, is answered by the shape of an error with its
`status` beside; the stream goes on.

    {"schema": 1, "source": "camera", "index": 7, "time": 0.41, "size": [1280, 720], "text": "4071", "lines": […],
     "elapsed_ms": 6.1, "stable": [true], "changed": false, "why": ""}

The token goes into the header as above, or, since browsers set no header there, into a second subprotocol: `token.` and
the token in URL-safe base64 without `=`. The handshake is refused (403) where it is missing or wrong, to pages of other
origins, and to clients that ask too often. Code 1013 closes a stream for which there is no place, 1001 one that sends
nothing for long.
"""
"""In Markdown: paragraphs, `##`, `-`, code; the page that shows it knows no more."""
_OPEN = "/healthz", "/readyz"


def describe(app: FastAPI, token: bool) -> None:
    """Have an application's document tell how it is called.

    Args:
        app: with all its routes.
        token: whether it wants one.
    """

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            told = get_openapi(
                title=app.title, version=app.version, summary=app.summary, description=DESCRIPTION, routes=app.routes,
            )
            app.openapi_schema = _add_security(told, token)
        return app.openapi_schema

    # As FastAPI's documentation says it is extended.
    app.openapi = openapi  # type: ignore[method-assign]


def _add_security(told: dict[str, Any], token: bool) -> dict[str, Any]:
    """Tell of the token; that it is wanted, where it is."""
    said = "What the server was started with: --token TOKEN."
    told["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "description": said}}
    if token:
        told["security"] = [{"token": []}]
        for path in _OPEN:
            for route in told["paths"][path].values():
                route["security"] = []
    return told
