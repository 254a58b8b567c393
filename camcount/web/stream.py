"""A browser's camera: pictures come over a WebSocket, steady readings go back; one tracker a connection."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from camcount.look import look_at_image, tell_why
from camcount.reader import Reader
from camcount.track import Tracker
from camcount.types import Frame
from camcount.web.bodies import Upload, decode
from camcount.web.desk import Desk
from camcount.web.guard import SUBPROTOCOL, client_of
from camcount.web.metrics import Metrics
from camcount.web.problems import Problem, error_shape
from camcount.web.settings import Settings
from camcount.web.work import Options, tell_reading

FULL = 1013
"""Code that closes a stream which finds no place: try again later."""
IDLE = 1001
"""Code that closes one that sends nothing."""
LONGEST = 1000
"""Letters of a message that is no picture."""


class Wish(BaseModel):
    """What a page may ask for while it films."""

    model_config = ConfigDict(extra="forbid")

    min_confidence: float | None = Field(None, ge=0, le=1)
    reset: bool = False
    """Forget what was seen."""


class Stream:
    """One camera of one browser: its memory, and what it wants."""

    def __init__(self, reader: Reader, settings: Settings, metrics: Metrics) -> None:
        self._reader, self._settings, self._metrics = reader, settings, metrics
        self._options = Options(crops=True)
        self._tracker = Tracker(min_confidence=reader.min_confidence)
        self._began = time.monotonic()
        self._index = 0
        self._reading = threading.Lock()

    def wish(self, text: str) -> None:
        """Do as a page asks.

        Raises:
            Problem: when it asks for something else.
        """
        try:
            wish = Wish.model_validate(json.loads(text[:LONGEST]))
        except (ValueError, ValidationError, RecursionError):
            raise Problem(400, 'Not understood. Send {"min_confidence": 0.7}, {"reset": true}, or a picture.') from None
        if wish.min_confidence is not None:
            self._options = Options(crops=True, min_confidence=wish.min_confidence)
            self._tracker.min_confidence = wish.min_confidence
        if wish.reset:
            self._tracker.reset()

    def read(self, data: bytes) -> dict[str, Any]:
        """Read one picture of the camera, and tell what stands there steadily.

        Raises:
            Problem: when it cannot be decoded.
        """
        # One after the other: a picture that took too long may still be read when the next one comes.
        with self._reading:
            return self._read(data)

    def _read(self, data: bytes) -> dict[str, Any]:
        image = decode(Upload("camera", data), self._settings)
        frame = Frame(image, self._index, round(time.monotonic() - self._began, 3), "camera")
        self._index += 1
        reading = self._options.apply(self._reader).read(frame)
        self._metrics.count_reading(reading)
        steady = self._tracker.update(reading, look_at_image(image))
        told = tell_reading(steady, self._options.crops)
        told["stable"] = [line.stable for line in steady.lines]
        told["changed"] = bool(self._tracker.changes)
        # What was just read, but is not shown yet, needs no excuse.
        told["why"] = "" if steady.lines or reading.lines else tell_why(image, reading.marks)
        return told


async def serve_stream(
    socket: WebSocket, reader: Reader, settings: Settings, metrics: Metrics, desk: Desk, clients: list[str]
) -> None:
    """Answer a camera, picture by picture, until it leaves or sends nothing for long.

    Args:
        socket: to the browser.
        reader: that reads.
        settings: what is allowed.
        metrics: that count.
        desk: where reading is done.
        clients: who has a stream open now.
    """
    offered = SUBPROTOCOL if SUBPROTOCOL in socket.scope.get("subprotocols", []) else None
    await socket.accept(offered)
    client = client_of(socket.scope)
    if len(clients) >= settings.streams or clients.count(client) >= max(1, settings.streams // 2):
        await socket.close(FULL, "As many cameras are being read already as may be.")
        return
    clients.append(client)
    metrics.streams.inc()
    stream = Stream(reader, settings, metrics)
    try:
        while True:
            message = await asyncio.wait_for(socket.receive(), settings.idle)
            told = await _answer(message, stream, settings, desk)
            if told:
                await socket.send_text(json.dumps(told))
    except asyncio.TimeoutError:
        await socket.close(IDLE, "Nothing was sent for long.")
    except (WebSocketDisconnect, RuntimeError):
        return  # It left; RuntimeError is what sending to one that left raises.
    finally:
        clients.remove(client)
        metrics.streams.dec()


async def _answer(message: Any, stream: Stream, settings: Settings, desk: Desk) -> dict[str, Any] | None:
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    data = message.get("bytes")
    try:
        if data is None:
            stream.wish(message.get("text") or "")
            return None
        if len(data) > settings.max_upload:
            raise Problem(413, "The picture is too large. Send a smaller one.")
        return await desk.do(lambda: stream.read(data))
    except Problem as problem:
        return {**error_shape(str(problem), "camera"), "status": problem.status}
