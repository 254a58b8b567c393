"""A live source: the newest frame only, a watch over its camera, and a thread that always ends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import page, write_clip
from mjpeg import NetworkCamera

from camcount.errors import SourceError
from camcount.events import Event
from camcount.reader import Reader
from camcount.run import run
from camcount.shot import Shot
from camcount.sinks import Sink, SinkOptions, open_sink
from camcount.sinks.ages import Ages
from camcount.sources import SourceOptions, live, open_live
from camcount.sources.devices import Device
from camcount.sources.live import LiveSource
from camcount.track import Tracker
from camcount.types import Frame, Image, Reading


DEBIANS_PYTHON = "/usr/bin/python3"


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "camcount-capture"]


def noisy(seconds: float) -> Image:
    grain = np.random.default_rng(int(seconds * 1000)).integers(0, 6, (240, 320, 1), np.uint8)
    return np.repeat(200 + grain, 3, axis=2).astype(np.uint8)


class Script:
    """A feed that does what it is told, picture by picture: a picture, None, or an error."""

    name = "script"
    lasting = True

    def __init__(self, steps: Callable[[int], Image | None], opens: Callable[[int], bool] = lambda n: True) -> None:
        self._steps, self._opens = steps, opens
        self.reads = self.opened = self.closed = 0

    def open(self) -> float:
        self.opened += 1
        if not self._opens(self.opened):
            raise SourceError("script: does not open")
        return 30.0

    def read(self) -> Image | None:
        self.reads += 1
        time.sleep(0.005)
        return self._steps(self.reads)

    def close(self) -> None:
        self.closed += 1


def take(source: LiveSource, seconds: float) -> list[Frame]:
    """Take frames for some seconds."""
    frames, ends = [], time.perf_counter() + seconds
    for frame in source:
        frames += [frame] if frame else []
        if time.perf_counter() > ends:
            break
    return frames


def told_to(events: list[Event], **more: object) -> SourceOptions:
    return SourceOptions(on_event=events.append, **more)  # type: ignore[arg-type]


def test_a_slow_reader_gets_the_newest_frame() -> None:
    source = LiveSource(["0"], feed=Script(lambda n: noisy(n)))
    ages = []
    with source:
        for frame in source:
            if frame:
                ages.append(time.perf_counter() - source.started - frame.time)
                assert frame.time == round(frame.time, 6), "microseconds are enough for anybody who reads the events"
                time.sleep(0.1)
            if len(ages) == 10:
                break
    assert max(ages) < 0.05 and frame is not None and frame.index > 60


class SlowReader:
    """A reader that takes so many seconds for a frame."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def read(self, frame: Frame) -> Reading:
        time.sleep(self._seconds)
        return Reading((), frame.size, frame.index, frame.time, frame.source)

    read_each = Reader.read_each


def test_what_a_slow_reader_has_shown_is_young_all_the_same() -> None:
    source = open_live("synth:text=407:size=320x240")
    assert isinstance(source, LiveSource)
    ages = Ages(source)
    assert ages.told == "", "before the first frame"
    run(source, SlowReader(0.2), [ages], frames=12)
    assert len(ages.seconds) == 12 and 0.2 <= min(ages.seconds) and max(ages.seconds) < 0.3
    assert re.fullmatch(r"frames were 2\d\d ms old when .* shown, 2\d\d ms at the 95th percentile", ages.told)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_long_run_takes_no_more_memory_and_no_more_threads(tmp_path: Path) -> None:
    """Minutes of a camera in seconds: numbers that change, read, followed and written as fast as they come."""
    pages = [page(str(100 + number), (320, 240), 60, noise=number) for number in range(40)]
    source = LiveSource(["0"], feed=Script(lambda n: pages[n // 100 % 40]))
    held: list[tuple[int, int]] = []

    class Held(Sink):
        kind = "held"

        def write(self, shot: Shot) -> None:
            resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            held.append((resident, threading.active_count()))

    written = [open_sink(f"{kind}:{tmp_path / name}") for kind, name in (("events-jsonl", "a.jsonl"), ("vtt", "a.vtt"))]
    watching = [Ages(source), Held("", SinkOptions())]
    run(source, Reader(), [*written, *watching], frames=1000, tracker=Tracker(stable_after=0.05))
    memory, threads = zip(*held)
    assert max(memory[800:]) - max(memory[200:500]) < 4 * 2**20 and len(set(threads[100:])) == 1
    assert (tmp_path / "a.jsonl").read_text().count("reading") > 10


def test_none_comes_while_there_is_no_frame() -> None:
    feed = Script(lambda n: time.sleep(0.3) or noisy(n))
    with LiveSource(["0"], feed=feed) as source:
        came = [frame is None for frame, _ in zip(source, range(10))]
    assert any(came) and not all(came), "between two frames, and frames all the same"


def test_an_error_of_the_thread_is_raised_where_frames_are_taken() -> None:
    def fail(number: int) -> Image | None:
        if number > 3:
            raise ValueError("a bug")
        return noisy(number)

    feed = Script(fail)
    with pytest.raises(ValueError, match="a bug"), LiveSource(["0"], feed=feed) as source:
        take(source, 5)  # type: ignore[arg-type]
    assert feed.closed


def test_the_thread_ends_whatever_happens_to_its_user() -> None:
    feed = Script(lambda n: noisy(n))
    with pytest.raises(KeyboardInterrupt), LiveSource(["0"], feed=feed):
        raise KeyboardInterrupt
    assert feed.closed == 1


def test_a_camera_that_gives_nothing_more_is_opened_again_with_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE", (0.05, 0.1))
    monkeypatch.setattr(live, "FROZEN", 0.3)
    feed = Script(lambda n: None if n >= 20 and feed.opened == 1 else noisy(n), opens=lambda n: n == 1 or n >= 4)
    events: list[Event] = []
    with LiveSource(["0"], told_to(events), feed) as source:
        frames = take(source, 2.0)  # type: ignore[arg-type]
    assert [event.kind for event in events] == ["camera_lost", "camera_found"] and feed.opened == 4
    assert len(frames) > 30 and [frame.index for frame in frames] == sorted(frame.index for frame in frames)
    assert events[1].at - events[0].at >= __import__("datetime").timedelta(seconds=0.2)


def test_one_picture_that_is_missing_is_no_loss() -> None:
    events: list[Event] = []
    with LiveSource(["0"], told_to(events), Script(lambda n: None if n % 10 == 0 else noisy(n))) as source:
        assert len(take(source, 0.7)) > 20  # type: ignore[arg-type]
    assert not events


def test_a_camera_that_opens_but_shows_nothing_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE", (0.05, 0.4))
    monkeypatch.setattr(live, "FROZEN", 0.2)
    feed = Script(lambda n: noisy(n) if n < 20 else None)
    events: list[Event] = []
    with LiveSource(["0"], told_to(events), feed) as source:
        take(source, 2.0)  # type: ignore[arg-type]
    assert [event.kind for event in events] == ["camera_lost"] and 3 <= feed.opened <= 7


def test_a_camera_that_shows_always_the_same_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE", (0.05,))
    monkeypatch.setattr(live, "FROZEN", 0.3)
    feed = Script(lambda n: noisy(1) if 20 < n < 200 and feed.opened == 1 else noisy(n))
    events: list[Event] = []
    with LiveSource(["0"], told_to(events), feed) as source:
        take(source, 1.5)  # type: ignore[arg-type]
    assert [event.kind for event in events] == ["camera_lost", "camera_found"]
    assert events[0].details == {"why": "always the same picture"}


def test_without_reconnecting_a_lost_camera_is_an_error() -> None:
    feed = Script(lambda n: None if n > 5 else noisy(n))
    with pytest.raises(SourceError, match="script|0: the camera was lost: no picture comes"):
        with LiveSource(["0"], SourceOptions(reconnect=False), feed) as source:
            take(source, 5)  # type: ignore[arg-type]


def test_a_camera_that_does_not_open_is_an_error_at_once() -> None:
    with pytest.raises(SourceError, match="does not open"):
        LiveSource(["0"], feed=Script(lambda n: None, opens=lambda n: False)).__enter__()


def test_a_clip_is_played_at_its_own_pace_and_ends(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", [page("407", noise=i + 1) for i in range(45)])
    started = time.perf_counter()
    with open_live(str(clip)) as source:
        frames = [frame for frame in source if frame]
    assert time.perf_counter() - started == pytest.approx(1.5, abs=0.25)
    assert frames[-1].index >= 42 and isinstance(source, LiveSource)


def test_a_clip_that_is_held_stands_still(tmp_path: Path) -> None:
    with open_live("synth:text=407:size=320x240") as source:
        assert isinstance(source, LiveSource)
        take(source, 0.3)
        source.pause(True)
        time.sleep(0.1)
        before = take(source, 0.1)
        assert len(before) <= 1 and not take(source, 0.3)
        source.pause(False)
        assert take(source, 0.4)


@pytest.mark.parametrize("silent", [False, True], ids=["vanishes", "falls silent"])
def test_a_network_camera_is_read_lost_and_found(silent: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE", (0.2,))
    events: list[Event] = []
    with NetworkCamera(lambda t: page("407", (320, 240), 60, noise=int(t * 1000) + 1)) as camera:
        with open_live(camera.url, told_to(events)) as source:
            assert isinstance(source, LiveSource)
            frames = take(source, 1.5)
            assert len(frames) > 15 and frames[0].size == (320, 240) and 10 < source.rate < 60
            (camera.silent.set if silent else camera.stop)()
            take(source, 4.0)
            assert [event.kind for event in events] == ["camera_lost"]
            (camera.silent.clear if silent else camera.start)()
            again = take(source, 4.0)
    assert [event.kind for event in events] == ["camera_lost", "camera_found"] and len(again) > 15


def test_a_slow_network_camera_gives_each_frame_soon_after_it_came() -> None:
    with NetworkCamera(lambda t: page("407", (320, 240), 60, noise=int(t * 1000) + 1), rate=5) as camera:
        with open_live(camera.url) as source:
            assert isinstance(source, LiveSource)
            frames = take(source, 3.0)
    assert 8 <= len(frames) <= 20


def has_rtsp() -> bool:
    """Tell whether Debian's Python has GStreamer's RTSP server."""
    if not os.path.exists(DEBIANS_PYTHON):
        return False
    code = "import gi; gi.require_version('GstRtspServer', '1.0')"
    return subprocess.run([DEBIANS_PYTHON, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("target", ["/dev/video", "/dev/videofoo", "²", "99999999999"])
def test_what_is_no_number_of_a_camera_is_an_error(target: str) -> None:
    with pytest.raises(SourceError, match=target), open_live(target) as source:
        list(source)


@pytest.mark.parametrize("name", ["UVC Camera (046d:0825)", "USB2.0 HD UVC WebCam"])
def test_a_camera_may_be_called_like_a_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("camcount.sources.devices.list_devices", lambda: [Device(3, name)])
    assert open_live(name).name == "3"


@pytest.mark.skipif(not has_rtsp(), reason="no RTSP server. Run: apt-get install gir1.2-gst-rtsp-server-1.0 python3-gi")
def test_an_rtsp_camera_is_read(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "page.jpg"), page("407", (320, 240), 60))
    script = Path(__file__).with_name("rtsp_server.py")
    server = subprocess.Popen([DEBIANS_PYTHON, script, tmp_path / "page.jpg"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        with open_live(f"rtsp://127.0.0.1:{server.stdout.readline().strip()}/camera") as source:
            assert isinstance(source, LiveSource)
            frames = take(source, 1.5)
        assert len(frames) > 15 and frames[0].size == (320, 240)
    finally:
        server.kill()
        server.communicate()


def test_nobody_at_an_address_is_an_error() -> None:
    with pytest.raises(SourceError, match="no camera answers there"):
        open_live("http://127.0.0.1:9/").__enter__()


def test_no_camera_is_an_error_that_tells_what_to_do() -> None:
    with pytest.raises(SourceError, match="no camera found.*camcount live synth:"):
        open_live("0").__enter__()
