"""camcount serve: how it starts and ends, what cannot be served, and how it is measured."""

from __future__ import annotations

import ipaddress
import json
import shutil
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from serving import PHOTO, started

from camcount.classify import shipped_model
from camcount.cli import main
from camcount.cli.serve import _find_address
from camcount.web.load import Load, load_server


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_the_command_ends_once_what_is_in_flight_is_answered() -> None:
    with started("--workers", "1") as (process, address):
        httpx.get(f"{address}/healthz")
        with ThreadPoolExecutor(4) as people:
            answers = [people.submit(httpx.post, f"{address}/v1/explain", content=PHOTO, timeout=30) for _ in range(4)]
            while "camcount_in_flight 5" not in httpx.get(f"{address}/metrics").text:  # with this one
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            done = [answer.result() for answer in answers]
        assert all(answer.status_code == 200 and answer.json()["marks"] for answer in done)
        assert process.wait(20) == 143


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


def test_an_address_for_others_is_told() -> None:
    others = _find_address("0.0.0.0")
    assert _find_address("127.0.0.1") == "", "there is none"
    with started("--host", "0.0.0.0", "--insecure") as (process, address):
        assert address.startswith("http://localhost:")
        if not others:
            pytest.skip("this machine has no other address")
        assert process.stderr is not None
        told = process.stderr.readline().split()[-1]
        assert told == address.replace("localhost", others) and not ipaddress.ip_address(others).is_loopback
        assert httpx.get(f"{told}/healthz").status_code == 200


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(main, ["serve", "--port", str(port)])
    assert result.exit_code == 6 and "cannot listen there" in result.stderr
    assert "--port 0 finds a free one" in result.stderr


def test_the_server_is_measured_by_a_server_of_its_own() -> None:
    result = CliRunner().invoke(main, ["bench", "--serve", "160", "--json", "synth:text=407:size=640x480"])
    told = json.loads(result.stdout)
    assert told["lost"] == 0 and told["requests"] == 160 and told["per_second"] > 1
    assert min(told["own_ms"], told["request_ms"]) > 0 and told["ratio"] == told["request_ms"] / told["own_ms"]
    assert sys.platform != "linux" or all(50 < held < 1000 for held in told["memory_mib"])


def test_one_network_is_measured_with_its_views(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    measured = load_server

    def noted(*arguments: Any) -> Load:
        asked.extend(arguments[3])
        return measured(*arguments)

    monkeypatch.setattr("camcount.web.load.load_server", noted)
    call = ["bench", "--serve", "100", "--tta", "2", "--jobs", "1", "synth:text=407:size=640x480"]
    result = CliRunner().invoke(main, call)
    assert result.exit_code == 0 and "0 lost" in result.stdout
    assert asked[-4:] == ["--workers", "1", "--tta", "2"]
    other = shutil.copy(shipped_model(), tmp_path / "other.tflite")
    call = ["bench", "--serve", "100", "--model", str(shipped_model()), "--model", str(other)]
    several = CliRunner().invoke(main, call)
    assert several.exit_code == 2 and "one --model at a time" in several.stderr
