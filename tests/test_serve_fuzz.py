"""Random bodies: whatever comes, the server answers with a word, lives on, and holds nothing back.

`CAMCOUNT_FUZZED=10000 pytest tests/test_serve_fuzz.py -s` sends more of them.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from serving import PHOTO, TEXT, started

COUNT = int(os.environ.get("CAMCOUNT_FUZZED", "500"))
SIZES = 1, 4, 40, 400
ROUTES = "/v1/read", "/v1/read", "/v1/read/batch", "/v1/explain"
QUERIES = "", "?min_confidence=0.5", "?digits=5", "?rotate=90&ink=light", "?min_confidence=x", "?%ff=1"
BOUNDARY = "mark"


def whole_pictures() -> list[bytes]:
    """A small picture of each kind that is read, and what is none."""
    image = cv2.imdecode(np.frombuffer(PHOTO, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    small = cv2.resize(image, None, fx=0.25, fy=0.25)
    packed = [cv2.imencode(suffix, small)[1].tobytes() for suffix in (".jpg", ".png", ".webp", ".bmp", ".gif", ".tif")]
    return [*packed, b"", b"RIFF\0\0\0\0WEBPVP8X", b"\0\0\0\x18ftypheic", b"P6\n9999 9999\n255\n"]


def form_of(content: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="a.jpg"\r\n\r\n'.encode()
    return head + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def broken(rng: np.random.Generator, content: bytes) -> bytes:
    """Change, drop, repeat or add bytes here and there."""
    data = bytearray(content)
    for _ in range(int(rng.integers(0, 4))):
        at, size = (int(rng.integers(len(data) + 1)) for _ in range(2))
        size = min(size, int(rng.choice(SIZES)))
        match int(rng.integers(4)):
            case 0:
                data[at : at + size] = rng.bytes(size)
            case 1:
                del data[at : at + size]
            case 2:
                data[at:at] = data[at : at + size]
            case _:
                data = data[:at]
    return bytes(data)


def requests() -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(7)
    pictures = whole_pictures()
    for _ in range(COUNT):
        content, headers = pictures[int(rng.integers(len(pictures)))], {}
        if rng.random() < 0.4:
            content = form_of(content)
            headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
        route = ROUTES[int(rng.integers(len(ROUTES)))]
        query = QUERIES[int(rng.integers(len(QUERIES)))]
        yield {"url": route + query, "content": broken(rng, content), "headers": headers}


def held(process: int) -> float:
    """Give what a process holds, MiB."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_random_bodies_break_nothing() -> None:
    with started("--rate", "0") as (process, address), httpx.Client(base_url=address, timeout=60) as client:

        def send(request: dict[str, Any]) -> int:
            answer = client.post(**request)
            assert answer.headers["content-type"] == "application/json" and isinstance(answer.json(), dict)
            return answer.status_code

        made = list(requests())
        with ThreadPoolExecutor(4) as people:
            codes = Counter(people.map(send, made[: COUNT // 5]))
            before = held(process.pid)
            codes += Counter(people.map(send, made[COUNT // 5 :]))
        after = held(process.pid)
        print(f"{COUNT} bodies: {dict(sorted(codes.items()))}; {before:.0f} MiB after a fifth, {after:.0f} at the end")
        assert set(codes) <= {200, 400, 415, 422} and min(codes[200], codes[415], codes[422]) > COUNT / 50
        assert after < before + 60
        assert client.post("/v1/read", content=PHOTO).json()["text"] == TEXT and process.poll() is None
