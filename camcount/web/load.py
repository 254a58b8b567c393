"""A server of its own -> how fast it answers, and whether it holds anything back."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from camcount.errors import CamcountError
from camcount.reader import Reader
from camcount.sinks.pictures import encode_image
from camcount.sources.decode import decode_image
from camcount.types import Frame

TIMED = 60
"""Requests that are timed one after the other."""
TOGETHER = 16
"""Requests at a time, after that."""
WARM = 10


@dataclass(frozen=True, slots=True)
class Load:
    """What a server did."""

    own_ms: float
    """Decoding and reading the picture without a server, the median."""
    request_ms: float
    """A request alone, the median."""
    requests: int
    """Sent `TOGETHER` at a time, after that."""
    lost: int
    """Of those, without an answer, or with one that is not as the first."""
    per_second: float
    memory_mib: tuple[float, float]
    """What the server held after a tenth of the requests, and at the end; 0 where the system does not tell."""

    @property
    def ratio(self) -> float:
        """How many times what reading takes a request takes."""
        return self.request_ms / self.own_ms

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio}


def load_server(reader: Reader, frame: Frame, requests: int, options: Sequence[str] = ()) -> Load:
    """Start `camcount serve`, and send it a picture over and over.

    Args:
        reader: reads as the server does.
        frame: what is sent.
        requests: how often at least, `TOGETHER` at a time.
        options: of the command, so that it reads as the reader does.

    Raises:
        CamcountError: when it does not start.
    """
    picture = encode_image(frame.image, ".jpg")
    own = []
    for _ in range(WARM + TIMED):
        started = time.perf_counter()
        reader.read(Frame(decode_image(picture, "picture")))
        own.append(time.perf_counter() - started)
    with _serving(options) as (address, process):
        client = _Client(address, picture)
        wanted = client.post()
        if not wanted:
            raise CamcountError("camcount serve does not read the picture. Name a clip with a number in it.")
        alone = []
        for _ in range(WARM + TIMED):
            started = time.perf_counter()
            client.post()
            alone.append(time.perf_counter() - started)
        with ThreadPoolExecutor(TOGETHER) as people:
            clients = [_Client(address, picture) for _ in range(TOGETHER)]
            first = max(1, requests // 10 // TOGETHER)
            shares = [first, max(1, -(-requests // TOGETHER) - first)]
            lost, memory = 0, []
            started = time.perf_counter()
            for share in shares:
                lost += sum(people.map(lambda each: each.count_lost(share, wanted), clients))
                memory.append(_memory(process.pid))
            took = time.perf_counter() - started
        for each in (client, *clients):
            each.close()
    sent = sum(shares) * TOGETHER
    own_ms, request_ms = (float(np.median(each[WARM:])) * 1e3 for each in (own, alone))
    return Load(own_ms, request_ms, sent, lost, sent / took, (memory[0], memory[1]))


@contextmanager
def _serving(options: Sequence[str]) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the command on a free port, and give its address."""
    words = [sys.executable, "-m", "camcount", "serve", "--port", "0", "--rate", "0", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CAMCOUNT_")}
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        try:
            said = process.stderr.readline()
            found = re.search(r"http://(\S+)", said)
            if not found:
                raise CamcountError(f"camcount serve does not start: {said + process.stderr.read()}")
            yield found[1], process
        finally:
            process.terminate()


class _Client:
    """One connection that is kept."""

    def __init__(self, address: str, picture: bytes) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=60)
        self._picture = picture

    def post(self) -> str:
        """Send the picture, and give the text that was read; "" where there was no answer."""
        try:
            self._connection.request("POST", "/v1/read", self._picture)
            answer = self._connection.getresponse()
            found = re.search(rb'"text":"([^"]*)"', answer.read())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return ""
        return found[1].decode() if found and answer.status == 200 else ""

    def close(self) -> None:
        self._connection.close()

    def count_lost(self, times: int, wanted: str) -> int:
        return sum(self.post() != wanted for _ in range(times))


def _memory(process: int) -> float:
    """Give what a process holds now, MiB."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
