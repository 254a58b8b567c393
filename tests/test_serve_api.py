"""The API, by a real server on loopback: what it answers, what it refuses, and that nothing is lost."""

from __future__ import annotations

import base64
import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from click.testing import CliRunner
from serving import served
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from camcount.classify import shipped_model
from camcount.cli import main
from camcount.types import Reading
from camcount.web.guard import SAFETY, Buckets, client_of
from camcount.web.settings import Settings

PHOTO = Path("samples/plain.jpg").read_bytes()
TEXT = "20735"


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with served() as address, httpx.Client(base_url=f"http://{address}", timeout=30) as client:
        yield client


def opened(url: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Decode a data: URL."""
    kind, _, packed = url.partition(",")
    assert kind == "data:image/png;base64"
    image = cv2.imdecode(np.frombuffer(base64.b64decode(packed), np.uint8), cv2.IMREAD_UNCHANGED)
    assert image is not None
    return np.asarray(image, np.uint8)


def without_times(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in ("elapsed_ms", "source")}


def test_a_picture_is_read_as_the_command_reads_it(client: httpx.Client) -> None:
    wanted = json.loads(CliRunner().invoke(main, ["image", "--json", "samples/plain.jpg"]).stdout)
    raw = client.post("/v1/read", content=PHOTO)
    form = client.post("/v1/read", files={"file": ("plain.jpg", PHOTO, "image/jpeg")})
    assert raw.status_code == form.status_code == 200
    assert raw.headers["content-type"] == "application/json"
    for answer in (raw, form):
        assert without_times(answer.json()) == without_times(wanted)
    assert (raw.json()["source"], form.json()["source"]) == ("request", "plain.jpg")
    assert Reading.from_dict(raw.json()).text == TEXT


@pytest.mark.parametrize("suffix", [".png", ".webp", ".bmp", ".gif"])
def test_other_kinds_of_pictures_are_read(client: httpx.Client, suffix: str) -> None:
    image = cv2.imdecode(np.frombuffer(PHOTO, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    packed = cv2.imencode(suffix, image)[1].tobytes()
    assert client.post("/v1/read", content=packed).json()["text"] == TEXT


def test_options_change_how_it_is_read(client: httpx.Client) -> None:
    def read(**options: object) -> dict[str, Any]:
        answer = client.post("/v1/read", params={key: str(value) for key, value in options.items()}, content=PHOTO)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    assert "?" in read(min_confidence=0.99999)["text"]
    assert read(ink="light")["text"] != TEXT
    assert read(rotate=180)["text"] != TEXT and read(rotate="auto", digits="4-6")["text"] == TEXT
    plain, more = read(), read(annotated="png", crops="true")
    assert "annotated" not in plain and "crop" not in plain["lines"][0]["digits"][0]
    assert opened(more["annotated"]).shape[:2] == tuple(reversed(more["size"]))
    crop = opened(more["lines"][0]["digits"][0]["crop"])
    assert crop.shape == (28, 28) and crop[0, 0] == 255 and crop.min() < 60


def test_why_nothing_is_read_is_told(client: httpx.Client) -> None:
    dark = cv2.imencode(".png", np.full((300, 400, 3), 8, np.uint8))[1].tobytes()
    told = client.post("/v1/read", content=dark).json()
    assert told["text"] == "" and told["lines"] == [] and told["why"] == "too dark"


def test_of_several_pictures_a_broken_one_loses_no_other(client: httpx.Client) -> None:
    files = [("files", ("a.jpg", PHOTO)), ("files", ("b.jpg", PHOTO[:2000])), ("files", ("c.jpg", PHOTO))]
    answer = client.post("/v1/read/batch", files=files)
    first, broken, last = answer.json()["readings"]
    assert answer.status_code == 200 and first["text"] == last["text"] == TEXT and first["source"] == "a.jpg"
    assert broken["source"] == "b.jpg" and "cut short" in broken["error"]
    bare = client.post("/v1/read/batch", content=PHOTO)
    assert bare.status_code == 415 and "multipart/form-data" in bare.json()["error"]
    alone = client.post("/v1/read", files=files)
    assert alone.status_code == 422 and "/v1/read/batch" in alone.json()["error"]


def test_a_reading_is_explained(client: httpx.Client) -> None:
    told = client.post("/v1/explain", content=PHOTO).json()
    assert "".join(mark["value"] for mark in told["marks"] if mark["read"]) == TEXT
    assert np.array(told["marks"][0]["heat"]).shape == (28, 28)
    assert opened(told["marks"][0]["picture"]).ndim == 3 and opened(told["picture"]).shape[1] >= 1280


def test_the_card_health_and_figures_are_told(client: httpx.Client) -> None:
    model = client.get("/v1/model").json()
    assert model["file"] == shipped_model().name and model["card"]["parameters"] <= 250_000
    assert model["sha256"] == model["card"]["files"]["digits.tflite"]["sha256"]
    assert client.get("/healthz").json() == client.get("/readyz").json() == {"status": "ok"}
    before = client.get("/metrics").text
    client.post("/v1/read", content=PHOTO)
    client.post("/v1/read", content=b"no picture")
    after = client.get("/metrics").text

    def figure(text: str, name: str) -> float:
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    for name, more in (
        ("camcount_digits_total", 5), ("camcount_read_seconds_count", 1), ("camcount_refusals_total", 0),
        ('camcount_requests_total{method="POST",route="/v1/read",status="200"}', 1),
        ('camcount_requests_total{method="POST",route="/v1/read",status="415"}', 1),
        ('camcount_request_seconds_count{route="/v1/read"}', 2),
    ):
        assert figure(after, name) - figure(before, name) == more, name
    assert figure(after, "camcount_in_flight") == 1, "this request itself"
    assert f'sha256="{model["sha256"]}"' in after


def test_every_answer_is_safe(client: httpx.Client) -> None:
    for path in ("/", "/docs", "/static/main.js", "/v1/model", "/nothing", "/openapi.json"):
        answer = client.get(path)
        for name, value in SAFETY.items():
            assert answer.headers[name] == value, path
    assert client.get("/v1/model").headers["cache-control"] == "no-store"
    page = client.get("/").text + client.get("/docs").text
    assert not re.findall(r'(?:src|href)="(?!/)[^"]*"', page), "all of it comes from here"
    assert "<style" not in page and "onclick" not in page


@pytest.mark.parametrize(
    ("request_", "status", "said"),
    [
        pytest.param({"content": b"hello"}, 415, "not a picture that camcount reads", id="no picture"),
        pytest.param({"content": b""}, 422, "empty (0 bytes)", id="empty"),
        pytest.param({"content": PHOTO[: len(PHOTO) // 2]}, 422, "cut short", id="cut short"),
        pytest.param({"content": b"\0\0\0\x18ftypheic" + bytes(50)}, 415, "cannot read HEIC", id="foreign"),
        pytest.param({"content": PHOTO, "params": {"rotate": "45"}}, 422, "rotate: Input should be", id="option"),
        pytest.param({"content": PHOTO, "params": {"digits": "6-4"}}, 422, "digits: '6-4' is not", id="digits"),
        pytest.param({"content": PHOTO, "params": {"min_confidence": "2"}}, 422, "min_confidence", id="confidence"),
        pytest.param({"data": {"a": "b"}}, 415, "not a picture", id="another kind of form"),
        pytest.param({"files": {"a": (None, "b")}}, 422, "The form holds no file", id="form without a file"),
        pytest.param(
            {"files": [(f"f{i}", (None, "b")) for i in range(101)]}, 422, "More than 100 fields", id="many fields",
        ),
        pytest.param(
            {"files": [("f", (f"{i}.jpg", b"x")) for i in range(51)]}, 422, "More than 50 pictures", id="many files",
        ),
        pytest.param(
            {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 422,
            "The form holds no file", id="broken form",
        ),
        pytest.param(
            {"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "The form cannot be read",
            id="no boundary",
        ),
        pytest.param(
            {"content": b"nothing", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 400,
            "The form cannot be read", id="another boundary",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_word(
    client: httpx.Client, request_: dict[str, Any], status: int, said: str
) -> None:
    answer = client.post("/v1/read", **request_)
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert set(told) == {"schema", "source", "error"} and said in told["error"]


def test_other_routes_and_methods_are_refused_in_the_same_shape(client: httpx.Client) -> None:
    for answer, status in ((client.get("/v1/nothing"), 404), (client.get("/v1/read"), 405)):
        assert answer.status_code == status and "/docs" in answer.json()["error"]


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


def test_a_stream_becomes_stable_and_keeps_to_its_own(client: httpx.Client) -> None:
    url = str(client.base_url).replace("http", "ws") + "/v1/stream"
    other = Path("samples/shadow.jpg").read_bytes()
    with connect(url) as first, connect(url) as second:
        first.send(PHOTO)
        told = json.loads(first.recv())
        assert told["schema"] == 1 and told["stable"] in ([], [False]), "not at first sight"
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


@pytest.mark.parametrize("size", [(1, 1), (2, 400), (400, 2), (1, 3000)])
def test_pictures_of_hardly_any_pixels_are_read(client: httpx.Client, size: tuple[int, int]) -> None:
    packed = cv2.imencode(".png", np.full((*size, 3), 200, np.uint8))[1].tobytes()
    told = client.post("/v1/read", content=packed, params={"annotated": "png"}).json()
    assert told["text"] == "" and told["why"]
    assert client.post("/v1/explain", content=packed).json()["marks"] == []


def test_a_bug_is_told_in_the_same_shape_and_logged(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("camcount.web.work.annotate", lambda *_: 1 / 0)
    answer = client.post("/v1/read", content=PHOTO, params={"annotated": "png"})
    assert answer.status_code == 500 and "Something is broken in camcount" in answer.json()["error"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert "ZeroDivisionError" in caplog.text


def test_methods_that_nobody_uses_are_counted_as_one(client: httpx.Client) -> None:
    for method in ("PROPFIND", "PURGE", "REPORT"):
        assert client.request(method, "/v1/read").status_code == 405
    figures = client.get("/metrics").text
    assert "PROPFIND" not in figures and 'method="other"' in figures


def test_a_stream_that_sends_nothing_is_closed() -> None:
    with served(Settings(rate=0, idle=0.3)) as address, connect(f"ws://{address}/v1/stream") as stream:
        with pytest.raises(ConnectionClosed) as closed:
            stream.recv(timeout=5)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001


def test_this_machine_alone_is_asked_by_its_own_names() -> None:
    with served(Settings(rate=0, local=True, origins=("https://friend.example",))) as address:
        url, port = f"http://{address}/v1/model", address.split(":")[1]
        for host in (address, f"localhost:{port}", f"[::1]:{port}", "friend.example"):
            assert httpx.get(url, headers={"Host": host}).status_code == 200, host
        for host in ("evil.example", f"evil.example:{port}", ""):
            assert httpx.get(url, headers={"Host": host}).status_code == 403, host
        evil = httpx.post(f"http://{address}/v1/read", content=PHOTO, headers={"Origin": "https://evil.example"})
        assert evil.status_code == 403 and "may not use this server" in evil.json()["error"]


def test_random_bodies_break_nothing(client: httpx.Client) -> None:
    rng = np.random.default_rng(7)
    heads = [b"", PHOTO[:30], b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"RIFF\0\0\0\0WEBPVP8 ", PHOTO]
    codes = set()
    for i in range(300):
        body = bytearray(heads[i % len(heads)] + rng.bytes(int(rng.integers(0, 3000))))
        if i % 3 == 0 and body:
            body[int(rng.integers(len(body)))] = int(rng.integers(256))
        codes.add(client.post("/v1/read", content=bytes(body)).status_code)
    assert codes <= {200, 415, 422}


def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Start the command, and give its address."""
    words = [sys.executable, "-m", "camcount", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    found = re.search(r"http://\S+", process.stderr.readline())
    assert found
    return process, found[0]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_the_command_ends_once_what_is_in_flight_is_answered() -> None:
    process, address = start("--workers", "1")
    httpx.get(f"{address}/healthz")
    try:
        with ThreadPoolExecutor(4) as people:
            answers = [people.submit(httpx.post, f"{address}/v1/explain", content=PHOTO, timeout=30) for _ in range(4)]
            while "camcount_in_flight 5" not in httpx.get(f"{address}/metrics").text:  # with this one
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            done = [answer.result() for answer in answers]
        assert all(answer.status_code == 200 and answer.json()["marks"] for answer in done)
        assert process.wait(20) == 143
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--host", "0.0.0.0"], 2, "lets others in. Add --token TOKEN, or --insecure"),
        (["--model", "gone.tflite"], 5, "no such model"),
        (["--host", "203.0.113.9"], 2, "Add --token"),
        (["--host", "203.0.113.9", "--token", "x"], 6, "203.0.113.9:8000: cannot listen there"),
        (["--port", "70000"], 2, "70000"),
        (["--max-upload", "nan"], 2, "nan is no number"), (["--time-limit", "inf"], 2, "inf is not in the range"),
        (["--host", "x" * 70, "--insecure"], 6, "Name an address of this machine"),
        (["--token", "se cret"], 2, "only ASCII without spaces"),
    ],
)
def test_what_cannot_be_served_is_told(arguments: list[str], code: int, said: str) -> None:
    result = CliRunner().invoke(main, ["serve", *arguments])
    assert result.exit_code == code and said in result.stderr


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(main, ["serve", "--port", str(port)])
    assert result.exit_code == 6 and "cannot listen there" in result.stderr
    assert "--port 0 finds a free one" in result.stderr


def test_many_threads_are_answered_alike(client: httpx.Client) -> None:
    told: list[str] = []
    threads = [
        threading.Thread(target=lambda: told.append(client.post("/v1/read", content=PHOTO).json()["text"]))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [TEXT] * 16


def test_the_examples_of_readme_read_a_picture(client: httpx.Client) -> None:
    readme = Path("README.md").read_text(encoding="utf-8").replace("http://127.0.0.1:8000", str(client.base_url))
    call = re.search(r"^curl .*/v1/read$", readme, re.MULTILINE)
    code = re.search(r"^```py\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert call and code
    done = subprocess.run(shlex.split(call[0]), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["text"] == TEXT
    done = subprocess.run([sys.executable, "-c", code[1]], capture_output=True, text=True, check=True)
    assert done.stdout == f"{TEXT}\n"


def test_the_server_is_measured_by_a_server_of_its_own() -> None:
    result = CliRunner().invoke(main, ["bench", "--serve", "160", "--json", "synth:text=407:size=640x480"])
    told = json.loads(result.stdout)
    assert told["lost"] == 0 and told["requests"] == 160 and told["per_second"] > 1
    assert min(told["own_ms"], told["request_ms"]) > 0 and told["ratio"] == told["request_ms"] / told["own_ms"]
    assert sys.platform != "linux" or all(50 < held < 1000 for held in told["memory_mib"])
