"""The API, by a real server on loopback: what it answers, and what it refuses."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from click.testing import CliRunner
from serving import PHOTO, TEXT, opened

from camcount.classify import shipped_model
from camcount.cli import main
from camcount.reader import Reader
from camcount.types import Reading
from camcount.web.app import create_app
from camcount.web.settings import Settings


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


def test_who_watches_asks_by_head(client: httpx.Client) -> None:
    for path in ("/", "/docs", "/healthz", "/readyz"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b""), path
        assert answer.headers["content-length"] == str(len(client.get(path).content)), path


def test_the_document_shows_how_to_ask(client: httpx.Client) -> None:
    told = client.get("/openapi.json").json()
    words = "/v1/stream", '{"min_confidence": 0.7}', '{"reset": true}', "token.", "`stable`", "`changed`", "`why`"
    for said in words:
        assert said in told["info"]["description"], said
    for path, methods in told["paths"].items():
        for method, route in methods.items():
            answer = route["responses"]["200"]["content"]
            assert path in ("/healthz", "/readyz", "/metrics") or answer["application/json"]["example"], path
            assert all(option["schema"]["examples"] for option in route.get("parameters", [])), path
    explained = {option["name"] for option in told["paths"]["/v1/explain"]["post"]["parameters"]}
    assert explained == {"ink", "min_confidence", "digits", "rotate"}, "nothing that it would not heed"
    assert told["components"]["securitySchemes"]["token"]["scheme"] == "bearer" and "security" not in told
    ways = create_app(Reader(threads=1), Settings(token="x")).openapi()
    assert ways["security"] == [{"token": []}] and ways["paths"]["/healthz"]["get"]["security"] == []
    assert "security" not in ways["paths"]["/v1/read"]["post"]


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
