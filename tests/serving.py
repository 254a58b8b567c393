"""A real server on loopback, for tests, and what they send it."""

from __future__ import annotations

import base64
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import uvicorn
from websockets.sync.client import ClientConnection

from camcount.reader import Reader
from camcount.web.app import create_app
from camcount.web.settings import Settings


PHOTO = Path("samples/plain.jpg").read_bytes()
TEXT = "20735"
"""What stands there."""


@contextmanager
def served(settings: Settings = Settings(rate=0), reader: Reader | None = None, port: int = 0) -> Iterator[str]:
    """Serve a reader, and give the address without its scheme: 127.0.0.1:8000."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    app = create_app(reader or Reader(threads=1), settings)
    config = uvicorn.Config(app, log_level="error", ws_max_size=settings.max_upload, timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command in a process of its own, and give that and its address: http://127.0.0.1:8000."""
    words = [sys.executable, "-m", "camcount", "serve", "--port", "0", *arguments]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            found = re.search(r"http://\S+", process.stderr.readline())
            assert found
            yield process, found[0]
        finally:
            process.kill()
            process.communicate()


def opened(url: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Decode a data: URL."""
    kind, _, packed = url.partition(",")
    assert kind == "data:image/png;base64"
    image = cv2.imdecode(np.frombuffer(base64.b64decode(packed), np.uint8), cv2.IMREAD_UNCHANGED)
    assert image is not None
    return np.asarray(image, np.uint8)


def film(stream: ClientConnection, picture: bytes = PHOTO) -> dict[str, Any]:
    """Send a picture until it stands stable, and give the last answer."""
    told: dict[str, Any] = {}
    for _ in range(100):
        stream.send(picture)
        told = json.loads(stream.recv(timeout=10))
        if told.get("stable") == [True]:
            break
        time.sleep(0.03)
    return told
