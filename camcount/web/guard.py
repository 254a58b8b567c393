"""Who may come in, how often, and what every answer says about safety."""

from __future__ import annotations

import base64
import hmac
import ipaddress
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from camcount.web.problems import Problem
from camcount.web.settings import Settings

SUBPROTOCOL = "camcount"
"""Of the stream."""
TOKEN_PREFIX = "token."
"""Of the subprotocol by which a page tells the token, in URL-safe base64: browsers let it set no header there."""
CLIENTS = 10_000
"""So many clients are remembered; who came last is."""
_LOG = logging.getLogger("uvicorn.error")
_BROKEN = Problem(500, "Something is broken in camcount; its log tells more. Please report it.")
OPEN = "/", "/healthz", "/readyz", "/docs", "/openapi.json"
"""What is shown to everybody, with the page's own files: nothing is read there."""
SAFETY: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Lets in who tells the token, not too often, and streams only to pages of the server's own."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._buckets = Buckets(settings.rate, max(1.0, 2 * settings.rate))
        self._hosts = {"localhost", *(urlsplit(origin).hostname for origin in settings.origins)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        problem = self._refuse(scope, headers)
        if scope["type"] == "websocket":
            if problem:
                await send({"type": "websocket.close", "code": 1008, "reason": str(problem)})
                return
            await self._app(scope, receive, send)
            return

        started = False

        async def send_safely(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                told = MutableHeaders(scope=message)
                for name, value in SAFETY.items():
                    told.setdefault(name, value)
                if scope["path"].startswith("/v1/"):
                    told.setdefault("Cache-Control", "no-store")
            await send(message)

        answer = problem.early() if problem else self._app
        try:
            await answer(scope, receive, send_safely)
        except Exception:
            _LOG.exception("%s %s", scope["method"], scope["path"])
            if started:
                raise
            await _BROKEN.response()(scope, receive, send_safely)

    def _refuse(self, scope: Scope, headers: Headers) -> Problem | None:
        path = scope["path"]
        if self._settings.local and not self._is_local(headers):
            said = f"This server is not {headers.get('host')}. Behind a proxy: --origin https://THAT.HOST, or --token."
            return Problem(403, said)
        if path in OPEN or path.startswith("/static/"):
            return None
        if self._settings.rate and not self._buckets.take(client_of(scope)):
            return Problem(429, f"More than {self._settings.rate:g} requests a second.", {"Retry-After": "1"})
        if self._settings.token and not self._knows_token(scope, headers):
            said = "The token is missing or wrong. Send it: Authorization: Bearer TOKEN"
            return Problem(401, said, {"WWW-Authenticate": "Bearer"})
        if not self._is_own(headers):
            return Problem(403, f"Pages of {headers.get('origin')} may not use this server. Allow it: --origin")
        return None

    def _is_local(self, headers: Headers) -> bool:
        """Tell whether it was asked for by a name that only this machine has: else a page may pose as its own."""
        name = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        return name in self._hosts or _is_address(name)

    def _knows_token(self, scope: Scope, headers: Headers) -> bool:
        kind, _, told = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and _same(told.strip(" ").encode("latin-1"), self._settings.token):
            return True
        offered = scope.get("subprotocols", []) if scope["type"] == "websocket" else []
        return any(_same(_unpack(word), self._settings.token) for word in offered if word.startswith(TOKEN_PREFIX))

    def _is_own(self, headers: Headers) -> bool:
        """Tell whether a page of this server asks, or no page at all."""
        origin = headers.get("origin")
        if origin is None or origin in self._settings.origins:
            return True
        return bool(urlsplit(origin).netloc) and urlsplit(origin).netloc == headers.get("host")


def client_of(scope: Scope) -> str:
    """Give who asks: an address, of IPv6 its network of 64 bits, which one person has."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _same(told: bytes, token: str) -> bool:
    """Compare in a time that does not tell how much of it was right."""
    return hmac.compare_digest(told, token.encode())


def _unpack(word: str) -> bytes:
    packed = word[len(TOKEN_PREFIX) :]
    try:
        return base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    except ValueError:
        return b""


class Buckets:
    """A bucket of tokens for each client, filled at a steady rate (token bucket)."""

    def __init__(self, rate: float, burst: float) -> None:
        """Begin with full ones.

        Args:
            rate: requests a second.
            burst: requests at once.
        """
        self._rate, self._burst = rate, burst
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> bool:
        """Tell whether a client may come in now."""
        now = time.monotonic()
        left, since = self._left.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._rate)
        self._left[client] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > CLIENTS:
            self._left.popitem(last=False)
        return left >= 1
