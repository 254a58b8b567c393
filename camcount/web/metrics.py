"""Figures for Prometheus: requests, latencies, digits, refusals, what is in flight, the model."""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from camcount import __version__
from camcount.types import UNSURE, Reading

SECONDS = 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0
"""Bounds of the latencies."""
METHODS = "GET", "HEAD", "POST", "OPTIONS"
"""Those that are counted by name: else a client could make up as many as it likes."""


class Metrics:
    """What a server counts; each server by itself."""

    def __init__(self, model: dict[str, Any]) -> None:
        """Begin with nothing.

        Args:
            model: what `tell_model` gives.
        """
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "camcount_requests", "Requests answered.", ["route", "method", "status"], registry=self._registry
        )
        self.latency = Histogram(
            "camcount_request_seconds", "From request to answer.", ["route"], buckets=SECONDS, registry=self._registry
        )
        self.reading = Histogram(
            "camcount_read_seconds", "Reading one picture, without decoding and waiting.", buckets=SECONDS,
            registry=self._registry,
        )
        self.in_flight = Gauge("camcount_in_flight", "Requests that are being answered.", registry=self._registry)
        self.streams = Gauge("camcount_streams", "Cameras of browsers that are being read.", registry=self._registry)
        self.digits = Counter("camcount_digits", "Digits read.", registry=self._registry)
        self.refusals = Counter(
            "camcount_refusals", "Digits shown as ?, since the reader was not sure.", registry=self._registry
        )
        names = ["file", "sha256", "camcount"]
        info = Gauge("camcount_model_info", "The model.", names, registry=self._registry)
        info.labels(model["file"], model["sha256"], __version__).set(1)

    def count_reading(self, reading: Reading) -> None:
        """Count what was read of one picture."""
        values = [digit.value for line in reading.lines for digit in line.digits]
        self.digits.inc(len(values) - values.count(UNSURE))
        self.refusals.inc(values.count(UNSURE))
        self.reading.observe(reading.elapsed_ms / 1e3)

    def page(self) -> bytes:
        """Give all figures in Prometheus's text format."""
        return generate_latest(self._registry)


class Meter:
    """Counts the requests that pass, and how long they take."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = "500"

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            with self._metrics.in_flight.track_inprogress():
                await self._app(scope, receive, note)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in METHODS else "other"
            self._metrics.requests.labels(route, method, status).inc()
            self._metrics.latency.labels(route).observe(time.perf_counter() - started)
