"""A real server on loopback, for tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from camcount.reader import Reader
from camcount.web.app import create_app
from camcount.web.settings import Settings


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
