"""A browser's camera on the server: steady readings, each stream its own, none left behind."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from serving import PHOTO, TEXT, film, opened, served
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from camcount.web.settings import Settings


def test_a_stream_becomes_stable_and_keeps_to_its_own(client: httpx.Client) -> None:
    url = str(client.base_url).replace("http", "ws") + "/v1/stream"
    other = Path("samples/shadow.jpg").read_bytes()
    with connect(url) as first, connect(url) as second:
        first.send(PHOTO)
        told = json.loads(first.recv())
        assert told["schema"] == 1 and told["stable"] in ([], [False]), "not at first sight"
        assert told["why"] == "", "though it does not stand there yet, something was read"
        assert film(first)["text"] == TEXT and film(second, other)["text"] == "9463"
        told = film(first)
        assert told["text"] == TEXT and opened(told["lines"][0]["digits"][0]["crop"]).shape == (28, 28)
        first.send('{"min_confidence": 0.99999}')
        first.send('{"reset": true}')
        first.send(PHOTO)
        assert json.loads(first.recv())["stable"] in ([], [False])
        for nonsense in ("{", '{"colour": 1}', '{"min_confidence": 7}', "[1]", "[" * 5000):
            first.send(nonsense)
            told = json.loads(first.recv())
            assert told["status"] == 400 and "Not understood" in told["error"]
        first.send(b"no picture")
        assert json.loads(first.recv())["status"] == 415
        assert film(second, other)["text"] == "9463", "the other one noticed nothing"
        first.send('{"reset": true}')
        first.send(cv2.imencode(".png", np.full((300, 400, 3), 200, np.uint8))[1].tobytes())
        assert json.loads(first.recv())["why"] == "no ink"


def test_the_example_of_a_camera_of_one_s_own_reads(client: httpx.Client) -> None:
    address = client.base_url.netloc.decode()
    told = Path("docs/serving.md").read_text(encoding="utf-8").replace("127.0.0.1:8000", address)
    code = re.search(r"^```py\n(.*?)^```$", told, re.MULTILINE | re.DOTALL)
    assert code
    done = subprocess.run([sys.executable, "-c", code[1]], capture_output=True, text=True, check=True)
    assert done.stdout == f"{TEXT}\n"


def test_streams_that_vanish_leave_nothing_behind() -> None:
    with served(Settings(rate=0, streams=4)) as address:
        url = f"ws://{address}/v1/stream"
        for _ in range(6):
            with suppress(ConnectionClosed, OSError), connect(url) as stream:
                stream.send(PHOTO)
                stream.socket.shutdown(socket.SHUT_RDWR)
        time.sleep(0.5)
        with connect(url) as first, connect(url) as second:
            assert film(first)["text"] == film(second)["text"] == TEXT
            with connect(url) as third:
                with pytest.raises(ConnectionClosed) as closed:
                    third.recv(timeout=5)
                assert closed.value.rcvd is not None and closed.value.rcvd.code == 1013
            figures = httpx.get(f"http://{address}/metrics").text
            assert "camcount_streams 2.0" in figures
        time.sleep(0.3)
        assert "camcount_streams 0.0" in httpx.get(f"http://{address}/metrics").text


def test_pages_of_other_origins_may_not_open_a_stream() -> None:
    with served(Settings(rate=0, origins=("https://friend.example",))) as address:
        url = f"ws://{address}/v1/stream"
        for origin in (f"http://{address}", "https://friend.example"):
            with connect(url, origin=origin) as stream:  # type: ignore[arg-type]
                assert film(stream)["text"] == TEXT
        for origin in ("https://evil.example", "null", f"http://{address}.evil.example"):
            with pytest.raises(InvalidStatus), connect(url, origin=origin):  # type: ignore[arg-type]
                pass


def test_a_stream_that_sends_nothing_is_closed() -> None:
    with served(Settings(rate=0, idle=0.3)) as address, connect(f"ws://{address}/v1/stream") as stream:
        with pytest.raises(ConnectionClosed) as closed:
            stream.recv(timeout=5)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001
