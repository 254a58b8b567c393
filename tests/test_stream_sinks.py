"""What happens in a stream, written: events, subtitles, videos, programs."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import page, read_clip
from conftest import drawn, small_disk

from camcount.errors import OutputError, SinkClosed
from camcount.events import Change, Event
from camcount.shot import Shot
from camcount.sinks import STREAM_KINDS, STREAM_SINKS, SinkOptions, load_sink, open_sink, video
from camcount.sinks.command import CommandSink
from camcount.sinks.limits import Duration, Once
from camcount.sinks.recorder import Recorder
from camcount.types import Reading

PLACES = {
    "events-text": "out.txt", "events-jsonl": "out.jsonl", "events-csv": "out.csv", "vtt": "out.vtt",
    "video": "out.mp4", "raw-video": "out.avi",
}
KIND = pytest.mark.parametrize("kind", STREAM_KINDS)


def shot(text: str = "407 12\n225", at: float = 0.0, changes: Sequence[str] = (), stable: bool = True) -> Shot:
    """Give a shot of a page; `changes` names what became of its lines."""
    made = drawn(text, (320, 240), height=40)
    lines = tuple(replace(line, stable=stable, track=i + 1) for i, line in enumerate(made.reading.lines))
    reading = replace(made.reading, lines=lines, time=at, index=round(at * 30), source="cam")
    frame = replace(made.frame, time=at, index=round(at * 30), source="cam")
    return Shot(frame, reading, tuple(Change(kind, lines) for kind in changes))


EXACT = SinkOptions(rate=30.0)
"""A recording at a rate of its own waits for its encoder; a live one leaves out what comes too fast."""


def story() -> list[Shot]:
    """Give a second without a reading, two with one, and one with another."""
    first = [shot("407", i / 30, stable=False) for i in range(30)]
    second = [shot("407", 1 + i / 30, ["reading"] if i == 0 else []) for i in range(60)]
    third = [shot("408", 3 + i / 30, ["reading"] if i == 0 else []) for i in range(30)]
    return [*first, *second, *third, shot("408", 4, ["gone"])]


def told(kind: str, tmp_path: Path, options: SinkOptions = SinkOptions()) -> str:
    """Write the story to a sink; give the file's text."""
    with open_sink(f"{kind}:{tmp_path / PLACES[kind]}", options) as sink:
        sink.tell(Event("start", "cam", {"size": [320, 240], "rate": 30.0}))
        for each in story():
            sink.write(each)
        sink.tell(Event("end", "cam", {"frames": 121, "seconds": 4.0, "rate": 30.0}))
    return (tmp_path / PLACES[kind]).read_text(encoding="utf-8")


def test_every_stream_sink_is_a_kind_with_a_place() -> None:
    assert tuple(load_sink(row).kind for row in STREAM_SINKS) == STREAM_KINDS == tuple(PLACES)


@KIND
def test_what_stands_there_is_replaced_only_on_demand(kind: str, tmp_path: Path) -> None:
    place = tmp_path / PLACES[kind]
    place.write_text("precious")
    with pytest.raises(OutputError, match="--overwrite"), open_sink(f"{kind}:{place}"):
        pass
    assert place.read_text() == "precious"
    with open_sink(f"{kind}:{place}", SinkOptions(overwrite=True)) as sink:
        sink.write(shot(changes=["reading"]))
    assert place.read_bytes() != b"precious"


@KIND
def test_a_place_that_cannot_be_written_is_told_when_the_sink_opens(kind: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file.*(folder|file)"):
        with open_sink(f"{kind}:{tmp_path}/file/{PLACES[kind]}"):
            pass


@KIND
def test_what_was_written_before_an_error_stays(kind: str, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), open_sink(f"{kind}:{tmp_path / PLACES[kind]}", EXACT) as sink:
        for each in story()[:60]:
            sink.write(each)
        raise KeyboardInterrupt
    place = tmp_path / PLACES[kind]
    if "video" in kind:
        assert len(read_clip(place)[0]) == 60
    else:
        assert "407" in place.read_text()


def test_events_can_be_watched_while_they_are_written(tmp_path: Path) -> None:
    place = tmp_path / "out.jsonl"
    with open_sink(f"events-jsonl:{place}") as sink:
        sink.write(shot(changes=["reading"]))
        assert json.loads(place.read_text())["event"] == "reading"


def test_json_events_carry_the_reading(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in told("events-jsonl", tmp_path).splitlines()]
    assert [row["event"] for row in rows] == ["start", "reading", "reading", "gone", "end"]
    assert (rows[0]["size"], rows[0]["rate"], rows[-1]["frames"]) == ([320, 240], 30.0, 121)
    assert [row["text"] for row in rows[1:4]] == ["407", "408", "408"]
    assert (rows[1]["time"], rows[1]["index"], rows[1]["source"]) == (1.0, 30, "cam")
    assert Reading.from_dict(rows[1]).lines[0].track == 1
    assert all(row["at"].endswith(rows[0]["at"][-6:]) for row in rows)


def test_json_can_tell_of_every_frame(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in told("events-jsonl", tmp_path, SinkOptions(each_frame=True)).splitlines()]
    assert [row["event"] for row in rows] == ["start", *["frame"] * 121, "end"]
    assert [row["stable"] for row in rows[1:-1]] == [False] * 30 + [True] * 91


def test_csv_events_have_a_row_a_line(tmp_path: Path) -> None:
    rows = list(csv.reader(told("events-csv", tmp_path).splitlines()))
    assert rows[0] == ["at", "time", "index", "source", "text", "confidence"]
    assert [row[1:] for row in rows[1:]] == [
        ["", "", "cam", "[start]", ""],
        ["1.000", "30", "cam", "407", "0.9700"],
        ["3.000", "90", "cam", "408", "0.9700"],
        ["4.000", "120", "cam", "[gone]", ""],
        ["", "", "cam", "[end]", ""],
    ]


def test_text_is_the_stable_readings_alone(tmp_path: Path) -> None:
    assert told("events-text", tmp_path) == "407\n408\n"


def test_subtitles_stand_as_long_as_the_reading(tmp_path: Path) -> None:
    assert told("vtt", tmp_path) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n407\n\n00:00:03.000 --> 00:00:04.000\n408\n"
    )


def test_a_recording_lasts_as_long_as_what_it_shows_whatever_the_rate(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    times = np.concatenate([[0.0], np.cumsum(1 / rng.uniform(8, 30, 400))])
    times = times[times <= 20]
    place = tmp_path / "out.avi"
    with open_sink(f"raw-video:{place}", EXACT) as sink:
        for at in times.tolist():
            sink.write(shot("407", at))
    frames, rate = read_clip(place)
    assert len(frames) / rate == pytest.approx(20, rel=0.02)


def test_an_annotated_video_shows_the_overlay(tmp_path: Path) -> None:
    place = tmp_path / "out.avi"
    with open_sink(f"video:{place}", EXACT) as sink:
        for i in range(10):
            sink.write(shot("407", i / 30))
    frames, _ = read_clip(place)
    wanted = shot("407").overlay
    assert len(frames) == 10 and frames[0].shape == wanted.shape
    assert float(np.abs(frames[5].astype(int) - wanted).mean()) < 8


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".avi", ".mov", ".mkv"])
def test_each_suffix_has_a_codec_that_plays(suffix: str, tmp_path: Path) -> None:
    place = tmp_path / f"out{suffix}"
    with open_sink(f"raw-video:{place}", EXACT) as sink:
        for i in range(30):
            sink.write(shot("407", i / 30))
    frames, rate = read_clip(place)
    assert len(frames) == 30 and rate == pytest.approx(30)
    assert float(np.abs(frames[10].astype(int) - shot("407").frame.image).mean()) < 8


def test_odd_sizes_and_sizes_that_change_are_brought_to_one(tmp_path: Path) -> None:
    place = tmp_path / "out.mp4"
    images = [page("4", (321, 243), 40), page("4", (640, 480), 80)]
    with open_sink(f"raw-video:{place}", EXACT) as sink:
        for i, image in enumerate(images * 3):
            sink.write(Shot(replace(shot().frame, image=image, time=i / 30), shot().reading))
    frames, _ = read_clip(place)
    assert {frame.shape for frame in frames} == {(242, 320, 3)} and len(frames) == 6


def test_a_recording_never_replaces_the_clip_that_is_read(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"the only copy")
    seen = shot()
    with pytest.raises(OutputError, match="replace what is read"):
        with open_sink(f"video:{clip}", SinkOptions(overwrite=True, rate=30)) as sink:
            sink.write(replace(seen, frame=replace(seen.frame, source=str(clip))))
    assert clip.read_bytes() == b"the only copy"


def test_a_kind_of_video_that_nobody_writes_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="out.gif: not a kind of video.*.mp4"):
        open_sink(f"video:{tmp_path / 'out.gif'}").__enter__()


def test_a_disk_that_fills_ends_the_recording_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = iter([10**9] * 2 + [0] * 99)
    monkeypatch.setattr(video.shutil, "disk_usage", lambda path: type("Usage", (), {"free": next(free)}))
    place = tmp_path / "out.avi"
    with pytest.raises(OutputError, match="disk is nearly full"), open_sink(f"raw-video:{place}", EXACT) as sink:
        for i in range(500):
            sink.write(shot("407", i / 30))
            time.sleep(0.001)
    assert len(read_clip(place)[0]) == 2


def test_a_gap_that_is_too_long_is_cut_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "MOST_FILLED", 2.0)
    with open_sink(f"raw-video:{tmp_path / 'out.avi'}", EXACT) as sink:
        for at in (0.0, 100.0, 100.1, 100.2):
            sink.write(shot("407", at))
    frames, rate = read_clip(tmp_path / "out.avi")
    assert len(frames) / rate == pytest.approx(2.2, abs=0.1)


def test_a_disk_that_vanishes_is_an_error_and_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(path: Path) -> None:
        raise FileNotFoundError(2, "gone")

    monkeypatch.setattr(video.shutil, "disk_usage", gone)
    with pytest.raises(OutputError, match="Is the disk still there"):
        with open_sink(f"raw-video:{tmp_path / 'out.avi'}", EXACT) as sink:
            for i in range(100):
                sink.write(shot("407", i / 30))


def test_a_live_recording_never_waits_for_a_slow_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add = video.VideoWriter.add

    def slow(self: video.VideoWriter, image: np.ndarray, moment: float) -> None:
        time.sleep(0.1)
        add(self, image, moment)

    monkeypatch.setattr(video.VideoWriter, "add", slow)
    started = time.perf_counter()
    with open_sink(f"raw-video:{tmp_path / 'out.avi'}") as sink:
        for i in range(60):
            before = time.perf_counter()
            sink.write(shot("407", i / 30))
            assert i == 0 or time.perf_counter() - before < 0.05
            time.sleep(0.03)
    assert time.perf_counter() - started < 6
    frames, rate = read_clip(tmp_path / "out.avi")
    assert len(frames) / rate == pytest.approx(2, abs=0.6) and rate < 30


def test_a_recorder_is_switched_on_and_off(tmp_path: Path) -> None:
    place = tmp_path / "out.avi"
    with Recorder(str(place), EXACT) as recorder:
        assert isinstance(recorder, Recorder) and recorder.on
        for i in range(10):
            recorder.write(shot("407", i / 30))
        assert recorder.switch() == "recording ended" and not recorder.on
        recorder.write(shot("407", 1))
        assert recorder.switch() == f"recording {tmp_path / 'out-2.avi'}" and recorder.on
        for i in range(5):
            recorder.write(shot("407", 2 + i / 30))
    assert [len(read_clip(tmp_path / name)[0]) for name in ("out.avi", "out-2.avi")] == [10, 5]


def python(code: str) -> str:
    return f'{sys.executable} -c "{code}"'


def test_a_program_is_run_with_each_reading_and_no_shell(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = f"import sys; open(r'{log}', 'a').write(repr(sys.argv[1:]))"
    with CommandSink(python(code)) as sink:
        for each in story():
            sink.write(each)
            time.sleep(0.004)
    assert log.read_text() == "['407']['408']"


def test_the_text_stands_where_the_command_names_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = f"import sys; open(r'{log}', 'w').write(repr(sys.argv[1:]))"
    with CommandSink(python(code) + " --number={} last") as sink:
        sink.write(shot("407 12\n225", changes=["reading"]))
    assert log.read_text() == repr(["--number=407 12\n225", "last"])


@pytest.mark.parametrize("command", ["no-such-program-here {}", "", '"open'])
def test_a_program_that_is_not_there_is_told_at_once(command: str) -> None:
    with pytest.raises(OutputError, match="no such program|not a command"), CommandSink(command):
        pass


def test_once_ends_with_the_first_stable_reading() -> None:
    sink = Once()
    sink.write(shot(changes=["gone"]))
    with pytest.raises(SinkClosed):
        sink.write(shot(changes=["reading"]))


def test_a_duration_counts_from_the_first_frame_and_without_frames_too() -> None:
    with pytest.raises(SinkClosed), Duration(0.1) as sink:
        time.sleep(0.2)
        sink.write(shot())
        sink.write(shot())
        time.sleep(0.11)
        sink.idle()
    with pytest.raises(SinkClosed), Duration(0.05) as sink:
        sink.idle()
        time.sleep(0.06)
        sink.idle()


def test_a_disk_that_is_really_full_leaves_a_recording_that_plays(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "8m") as disk:
        rng = np.random.default_rng(1)
        with pytest.raises(OutputError, match="nearly full"), open_sink(f"raw-video:{disk / 'out.mp4'}", EXACT) as sink:
            for i in range(3000):
                grain = rng.integers(0, 256, (240, 320, 3), np.uint8)
                sink.write(Shot(replace(shot("").frame, image=grain, time=i / 30), shot("").reading))
        frames, _ = read_clip(disk / "out.mp4")
        assert len(frames) > 30
        assert cv2.VideoCapture(str(disk / "out.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == len(frames)
