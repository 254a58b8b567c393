"""What a server does not let through: too much, too slow, too often, strangers."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from serving import PHOTO, TEXT, film, served
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from camcount.web.desk import Desk
from camcount.web.guard import SAFETY, Buckets, client_of
from camcount.web.problems import Problem
from camcount.web.settings import Settings


def test_every_answer_is_safe(client: httpx.Client) -> None:
    for path in ("/", "/docs", "/static/main.js", "/v1/model", "/nothing", "/openapi.json"):
        answer = client.get(path)
        for name, value in SAFETY.items():
            assert answer.headers[name] == value, path
    assert client.get("/v1/model").headers["cache-control"] == "no-store"
    page = client.get("/").text + client.get("/docs").text
    assert not re.findall(r'(?:src|href)="(?!/)[^"]*"', page), "all of it comes from here"
    assert "<style" not in page and "onclick" not in page


def test_too_much_is_refused_while_it_comes() -> None:
    with served(Settings(rate=0, max_upload=5000, max_pixels=100_000)) as address:
        url = f"http://{address}/v1/read"

        def pieces() -> Iterator[bytes]:
            for _ in range(6):
                yield bytes(1000)

        for content in (bytes(5001), pieces()):
            answer = httpx.post(url, content=content)
            assert answer.status_code == 413 and "More than 0.00476" in answer.json()["error"]
        small = cv2.imencode(".png", np.zeros((400, 400, 3), np.uint8))[1].tobytes()
        answer = httpx.post(url, content=small)
        assert answer.status_code == 422 and "more than the 100,000 allowed" in answer.json()["error"]


def test_who_sends_too_much_gets_to_know_it(client: httpx.Client) -> None:
    """A connection that is closed on what was sent is reset: the answer would be lost."""
    large = bytes(12 * 2**20)
    for _ in range(5):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{client.base_url}/v1/read", large)
        assert refused.value.code == 413 and "More than 10 MB" in json.load(refused.value)["error"]
        assert httpx.post(f"{client.base_url}/v1/read", content=large).status_code == 413


def test_who_is_refused_at_the_door_gets_to_know_it() -> None:
    with served(Settings(rate=0, token="x")) as address:
        for _ in range(5):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"http://{address}/v1/read", bytes(12 * 2**20))
            assert refused.value.code == 401 and "The token is missing" in json.load(refused.value)["error"]


def test_who_never_stops_sending_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("camcount.web.problems.DISCARDED", 2**20)
    with served(Settings(rate=0, max_upload=5000)) as address:
        host, port = address.split(":")
        with socket.create_connection((host, int(port))) as endless:
            endless.sendall(b"POST /v1/read HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n")
            with pytest.raises(OSError):
                for _ in range(1000):
                    endless.sendall(bytes(2**20))


def test_a_slow_body_is_given_up() -> None:
    with served(Settings(rate=0, seconds=0.4)) as address:
        host, port = address.split(":")
        with socket.create_connection((host, int(port))) as slow:
            slow.sendall(b"POST /v1/read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
            slow.settimeout(5)
            answer = b"".join(iter(lambda: slow.recv(4096), b""))
        assert b"408" in answer.splitlines()[0] and b"did not arrive within 0.4 seconds" in answer
        with socket.create_connection((host, int(port))) as gone:
            gone.sendall(b"POST /v1/read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
        assert httpx.get(f"http://{address}/healthz").status_code == 200


def test_many_at_once_are_read_or_told_to_come_again() -> None:
    with served(Settings(rate=0, workers=1, queue=3)) as address:
        url = f"http://{address}/v1/read"
        with httpx.Client(limits=httpx.Limits(max_connections=60), timeout=60) as client:
            with ThreadPoolExecutor(60) as people:
                answers = list(people.map(lambda _: client.post(url, content=PHOTO), range(200)))
        codes = [answer.status_code for answer in answers]
        assert set(codes) == {200, 503} and codes.count(200) >= 4
        for answer in answers:
            if answer.status_code == 503:
                assert answer.headers["retry-after"] == "1" and "Try again" in answer.json()["error"]
            else:
                assert answer.json()["text"] == TEXT
        assert httpx.get(f"http://{address}/readyz").status_code == 200, "there is room again"


def test_who_waited_behind_others_in_vain_is_told_to_come_again() -> None:
    async def ask() -> list[Problem]:
        desk = Desk(workers=1, queue=1, seconds=0.2)
        both = await asyncio.gather(*(desk.do(lambda: time.sleep(0.5)) for _ in range(2)), return_exceptions=True)
        desk.close()
        return [problem for problem in both if isinstance(problem, Problem)]

    slow, waiting = asyncio.run(ask())
    assert slow.status == 504 and "Send a smaller picture" in str(slow)
    assert waiting.status == 503 and "Others came first" in str(waiting) and waiting.headers["Retry-After"] == "1"


def test_a_client_that_asks_too_often_is_slowed_down() -> None:
    with served(Settings(rate=5)) as address:
        with ThreadPoolExecutor(20) as people:
            asked = list(people.map(lambda _: httpx.get(f"http://{address}/v1/model"), range(60)))
        codes = [answer.status_code for answer in asked]
        assert set(codes) == {200, 429} and codes.count(200) >= 10
        refused = next(answer for answer in asked if answer.status_code == 429)
        assert refused.headers["retry-after"] == "1" and "More than 5 requests a second" in refused.json()["error"]
        assert all(httpx.get(f"http://{address}/healthz").status_code == 200 for _ in range(20)), "never refused"
        time.sleep(0.5)
        assert httpx.get(f"http://{address}/v1/model").status_code == 200


def test_buckets_fill_at_their_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("camcount.web.guard.time.monotonic", lambda: now[0])
    buckets = Buckets(2, 3)
    assert [buckets.take("a") for _ in range(4)] == [True, True, True, False]
    assert buckets.take("b"), "each client has its own"
    now[0] += 0.5
    assert [buckets.take("a") for _ in range(2)] == [True, False]
    now[0] += 100
    assert [buckets.take("a") for _ in range(4)] == [True, True, True, False]


def test_clients_are_told_apart_by_their_address_or_network() -> None:
    def told(host: str) -> str:
        return client_of({"client": (host, 5)})

    assert told("192.0.2.1") != told("192.0.2.2")
    assert told("2001:db8::1") == told("2001:db8::ffff") != told("2001:db8:0:1::1")
    assert told("testclient") == "testclient" and client_of({"client": None}) == ""


def test_who_does_not_tell_the_token_is_sent_away() -> None:
    with served(Settings(rate=0, token="s3cret/+?")) as address:
        url = f"http://{address}"
        told = b"s3cret/+?"
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": b"Basic " + told}):
            answer = httpx.post(f"{url}/v1/read", content=PHOTO, headers=headers)
            assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
            assert "Bearer TOKEN" in answer.json()["error"]
        for path in ("/v1/model", "/metrics", "/v1/nothing"):
            assert httpx.get(url + path).status_code == 401
        for path in ("/", "/static/main.js", "/healthz", "/readyz", "/docs"):
            assert httpx.get(url + path).status_code == 200
        right = {"Authorization": b"Bearer " + told}
        assert httpx.post(f"{url}/v1/read", content=PHOTO, headers=right).json()["text"] == TEXT
        with pytest.raises(InvalidStatus), connect(f"ws://{address}/v1/stream"):
            pass
        packed = base64.urlsafe_b64encode(told).decode().rstrip("=")
        words: Any = ["camcount", f"token.{packed}"]
        with connect(f"ws://{address}/v1/stream", subprotocols=words) as stream:
            assert stream.subprotocol == "camcount" and film(stream)["text"] == TEXT
        words = ["camcount", "token.!!!"]
        with pytest.raises(InvalidStatus), connect(f"ws://{address}/v1/stream", subprotocols=words):
            pass


def test_this_machine_alone_is_asked_by_its_own_names() -> None:
    with served(Settings(rate=0, local=True, origins=("https://friend.example",))) as address:
        url, port = f"http://{address}/v1/model", address.split(":")[1]
        for host in (address, f"localhost:{port}", f"[::1]:{port}", "friend.example"):
            assert httpx.get(url, headers={"Host": host}).status_code == 200, host
        for host in ("evil.example", f"evil.example:{port}", ""):
            assert httpx.get(url, headers={"Host": host}).status_code == 403, host
        evil = httpx.post(f"http://{address}/v1/read", content=PHOTO, headers={"Origin": "https://evil.example"})
        assert evil.status_code == 403 and "may not use this server" in evil.json()["error"]
