"""camcount live and video, as their users call them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from clips import page, read_clip, write_clip
from mjpeg import NetworkCamera

from camcount.cli import main

NUMBER = "synth:text=40723:size=640x480:seed=3"
WITHOUT_DISPLAY = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}


def call(*words: str) -> Result:
    return CliRunner().invoke(main, words, env=WITHOUT_DISPLAY)


def start(*words: str) -> subprocess.Popen[str]:
    """Start camcount as a process of its own."""
    environment = {**os.environ, **WITHOUT_DISPLAY}
    return subprocess.Popen(
        [sys.executable, "-m", "camcount", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_once_prints_the_first_stable_reading_and_nothing_else() -> None:
    result = call("live", NUMBER, "--once")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "40723\n", "")


def test_once_without_a_number_exits_with_7(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "blank.avi", [np.full((480, 640, 3), 210 + i % 3, np.uint8) for i in range(30)])
    result = call("live", str(clip), "--once")
    assert (result.exit_code, result.stdout) == (7, "") and "no stable reading" in result.stderr


@pytest.mark.parametrize(("demand", "code"), [(["--digits", "5"], 0), (["--digits", "4"], 1), (["--match", "40.*"], 0)])
def test_a_reading_that_does_not_look_as_it_must_is_none(demand: Sequence[str], code: int) -> None:
    result = call("live", NUMBER, "--once", "--duration", "2", *demand)
    assert result.exit_code == code, result.stderr
    assert result.stdout == ("40723\n" if not code else "")
    assert not code or 'read "40723", but --digits wants 4' in result.stderr


def test_without_a_display_it_goes_on_and_says_so() -> None:
    result = call("live", NUMBER, "--duration", "1.5")
    assert (result.exit_code, result.stdout) == (0, "40723\n")
    assert result.stderr.startswith("No window: there is no display")


def test_a_window_that_is_demanded_without_a_display_exits_with_4() -> None:
    result = call("live", NUMBER, "--window")
    assert result.exit_code == 4 and "there is no display" in result.stderr


def test_any_number_of_outputs_at_once(tmp_path: Path) -> None:
    names = ("out.jsonl", "out.csv", "out.vtt", "out.txt")
    outputs = [word for name in names for word in ("--output", str(tmp_path / name))]
    result = call(
        "live", NUMBER, "--headless", "--duration", "2", *outputs, "--record", str(tmp_path / "out.mp4"),
        "--record-raw", str(tmp_path / "raw.avi"),
    )
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    kinds = [row["event"] for row in events((tmp_path / "out.jsonl").read_text())]
    assert kinds == ["start", "reading", "end"]
    assert (tmp_path / "out.txt").read_text() == "40723\n"
    assert ",40723," in (tmp_path / "out.csv").read_text() and "40723" in (tmp_path / "out.vtt").read_text()
    for name in ("out.mp4", "raw.avi"):
        frames, rate = read_clip(tmp_path / name)
        assert len(frames) / rate == pytest.approx(2, abs=0.25)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"])
def test_a_signal_ends_it_with_everything_whole(number: int, code: int, tmp_path: Path) -> None:
    process = start(
        "live", NUMBER, "--headless", "--record", str(tmp_path / "out.mp4"), "--output", str(tmp_path / "out.jsonl")
    )
    time.sleep(4)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == code and "Traceback" not in err, err
    frames, rate = read_clip(tmp_path / "out.mp4")
    assert len(frames) > 30 and all(frame.shape == frames[0].shape for frame in frames)
    kinds = [row["event"] for row in events((tmp_path / "out.jsonl").read_text())]
    assert kinds == ["start", "reading", "end"]


def test_a_network_camera_that_vanishes_and_comes_back(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with NetworkCamera(lambda t: page("407", noise=int(t * 1000) % 50 + 1), rate=20) as camera:
        process = start("live", camera.url, "--headless", "--output", str(out), "--duration", "11")
        time.sleep(4)
        camera.stop()
        time.sleep(1)
        camera.start()
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    kinds = [row["event"] for row in events(out.read_text())]
    assert kinds[:3] == ["start", "reading", "camera_lost"] and "camera_found" in kinds and kinds[-1] == "end"
    assert "camera lost" in err and "camera found" in err


def test_a_lost_camera_without_reconnecting_exits_with_3(tmp_path: Path) -> None:
    with NetworkCamera(lambda t: page("407", noise=int(t * 1000) % 50 + 1), rate=20) as camera:
        process = start(
            "live", camera.url, "--headless", "--reconnect", "off", "--record", str(tmp_path / "out.mp4")
        )
        time.sleep(4)
        camera.stop()
        _, err = process.communicate(timeout=30)
    assert process.returncode == 3 and "the camera was lost" in err
    assert len(read_clip(tmp_path / "out.mp4")[0]) > 20


def test_the_command_line_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMCOUNT_CAMERA", "7")
    monkeypatch.setenv("CAMCOUNT_HEADLESS", "1")
    assert call("live", NUMBER, "--once").stdout == "40723\n"
    assert call("live", NUMBER, "--window").exit_code == 4


def test_a_picture_that_cannot_be_read_is_passed_over_and_the_exit_code_says_so(tmp_path: Path) -> None:
    for i in range(20):
        cv2.imwrite(str(tmp_path / f"{i:02d}.png"), page("407", noise=i + 1))
    (tmp_path / "07.png").write_bytes(b"broken")
    result = call("video", str(tmp_path), "--json")
    assert result.exit_code == 3 and "07.png" in result.stderr
    rows = events(result.stdout)
    assert [row["text"] for row in rows if row.get("event") == "reading"] == ["407"]
    assert "07.png" in str(next(row for row in rows if "error" in row)["source"])


def test_a_camera_that_is_not_there_costs_no_file(tmp_path: Path) -> None:
    kept = tmp_path / "kept.csv"
    kept.write_text("precious")
    assert call("live", "0", "--headless", "--output", str(kept), "--overwrite").exit_code == 3
    assert kept.read_text() == "precious"


def test_a_pipe_that_is_closed_ends_it_quietly() -> None:
    code = f"{sys.executable} -m camcount video {NUMBER}:frames=40 --format vtt | head -1"
    done = subprocess.run(code, shell=True, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("WEBVTT\n", "")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["live", "synth:", "--headless", "--output", "out.mp4"], 2, "To film: --record out.mp4"),
        (["live", "0"], 3, "no camera found"),
        (["live", "Some Webcam"], 3, "Some Webcam: no such file, and no camera is called so"),
        (["live", "none.mp4"], 3, "none.mp4: no such file"),
        (["live", "synth:", "--camera", "0"], 2, "SOURCE and --camera"),
        (["live", "synth:", "--headless", "--window"], 2, "exclude each other"),
        (["live", "synth:", "--headless", "--record", "out.gif"], 6, "not a kind of video"),
        (["live", "synth:", "--headless", "--record", "nowhere/out.mp4"], 6, "its folder does not exist"),
        (["live", "synth:", "--headless", "--record", "a.mp4", "--record-raw", "a.mp4"], 6, "both recordings"),
        (["live", "synth:", "--headless", "--output", "-", "--output", "-"], 2, "--output - twice"),
        (["live", "synth:", "--headless", "--on-reading", "no-such-program"], 6, "no such program"),
        (["live", "synth:", "--size", "large"], 2, "not a size"),
        (["video", "none.mp4"], 3, "none.mp4: no such file"),
        (["video", "synth:frames=5", "--start", "2", "--end", "1"], 2, "is not after --start"),
    ],
)
def test_bad_input_is_told_with_its_exit_code(
    words: Sequence[str], code: int, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call(*words)
    assert result.exit_code == code and told in result.stderr, result.stderr
    assert not list(tmp_path.iterdir())


def test_video_reads_every_frame(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", [page("407", noise=i + 1) for i in range(45)])
    result = call("video", str(clip), "--json", "--events", "frame")
    assert result.exit_code == 0, result.stderr
    rows = events(result.stdout)
    assert [row["event"] for row in rows] == ["start", *["frame"] * 45, "end"]
    assert rows[-2]["text"] == "407" and rows[-1]["frames"] == 45


def test_video_records_what_it_read_at_the_rate_of_the_clip(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", [page("407", noise=i + 1) for i in range(50)], rate=25)
    result = call("video", str(clip), "--record", str(tmp_path / "out.avi"), "--output", str(tmp_path / "out.vtt"))
    assert result.exit_code == 0, result.stderr
    frames, rate = read_clip(tmp_path / "out.avi")
    assert (len(frames), rate) == (50, 25) and frames[0].shape[0] > 480
    assert "407" in (tmp_path / "out.vtt").read_text()


def test_video_takes_a_part_of_a_clip_and_tells_of_damaged_frames(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", [page("407", noise=i + 1) for i in range(60)])
    data = bytearray(clip.read_bytes())
    starts = [i for i in range(len(data) - 3) if data[i : i + 3] == b"\xff\xd8\xff"]
    data[starts[40] : starts[40] + 3000] = bytes(3000)
    clip.write_bytes(bytes(data))
    words = ("--start", "1", "--end", "1.9", "--every", "2", "--json", "--events", "frame")
    result = call("video", str(clip), *words)
    rows = [row for row in events(result.stdout) if row["event"] == "frame"]
    assert [row["index"] for row in rows] == [i for i in range(30, 57, 2) if i != 40]
    assert "1 damaged frames were passed over" in result.stderr


def test_a_clip_that_was_cut_short_is_told(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.avi", [page("407", noise=i + 1) for i in range(20)])
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    told = [call("video", str(clip), "--jobs", "1").stderr for clip in (whole, cut)]
    assert "too soon" not in told[0] and re.search(r"cut.avi: it ends \d+ frames too soon", told[1])


def test_numbered_pictures_that_are_not_there_are_told(tmp_path: Path) -> None:
    result = call("video", str(tmp_path / "%04d.png"))
    assert result.exit_code == 3 and "no pictures are named so" in result.stderr


def test_a_single_picture_is_told_where_it_is_read(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), page("407"))
    result = call("video", str(photo))
    assert result.exit_code == 0 and f"Try: camcount image {photo}" in result.stderr


def test_what_keeps_a_number_from_being_stable_is_told() -> None:
    result = call("live", "synth:text=407:size=640x480:frames=60", "--headless", "--once", "--min-confidence", "1")
    assert result.exit_code == 7 and "Last seen: ???; a ? is less sure than --min-confidence" in result.stderr


def test_raw_readings_come_at_once_and_change_with_every_frame(tmp_path: Path) -> None:
    images = [page("407" if i % 2 else "402", noise=i + 1) for i in range(10)]
    clip = write_clip(tmp_path / "clip.avi", images)
    assert call("video", str(clip), "--raw").stdout == "402\n407\n" * 5
    assert call("video", str(clip)).stdout == ""


def test_a_number_that_changes_is_printed_anew(tmp_path: Path) -> None:
    images = [page("129" if i < 30 else "130", noise=i + 1) for i in range(60)]
    clip = write_clip(tmp_path / "clip.avi", images)
    assert call("video", str(clip), "--once").stdout == "129\n"
    assert call("video", str(clip)).stdout == "129\n130\n"


def test_help_of_live_tells_its_source_and_options() -> None:
    told = call("live", "--help").stdout
    assert all(word in told for word in ("SOURCE", "--once", "--record", "--on-reading", "synth:"))
