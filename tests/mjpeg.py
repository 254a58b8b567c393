"""A network camera for tests: MJPEG over HTTP on this machine, that can be slow, freeze, vanish and come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import cv2

from camcount.types import Image


class NetworkCamera:
    """Serves what `picture(seconds)` gives, at `http://127.0.0.1:PORT/`.

    Args:
        picture: gives the picture at a time, seconds since the camera began.
        rate: frames a second; may be changed while it runs.
    """

    def __init__(self, picture: Callable[[float], Image], rate: float = 30.0) -> None:
        self.picture = picture
        self.rate = rate
        self.frozen = threading.Event()
        """While it is set, always the same picture comes."""
        self.silent = threading.Event()
        """While it is set, the connection stands, but nothing comes."""
        self.port = 0
        self._began = time.perf_counter()
        self._server: ThreadingHTTPServer | None = None
        self._gone = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def __enter__(self) -> NetworkCamera:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to serve; again at the same port after a stop."""
        camera = self
        self._gone.clear()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                camera._serve(self.wfile.write)

            def log_message(self, format: str, *args: Any) -> None:
                return None

        class Server(ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                return None  # the reader hung up

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Hang up on everybody, and serve nobody any more."""
        self._gone.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _serve(self, write: Callable[[bytes], object]) -> None:
        data = b""
        while not self._gone.wait(1 / self.rate):
            if self.silent.is_set():
                continue
            if not (self.frozen.is_set() and data):
                picture = self.picture(time.perf_counter() - self._began)
                data = cv2.imencode(".jpg", picture)[1].tobytes()
            write(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data) + data + b"\r\n")
