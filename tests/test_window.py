"""The window, on a real X server, driven by real keys and a real mouse."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import read_clip
from Xlib import X
from Xlib.display import Display
from Xlib.protocol.event import ClientMessage

from camcount.sinks.window import missing_display
from camcount.types import Image

TOOLS = ("Xvfb", "openbox", "xdotool", "xwd")
pytestmark = [
    pytest.mark.window,
    pytest.mark.skipif(
        not all(map(shutil.which, TOOLS)), reason="Run: apt-get install xvfb openbox xdotool x11-apps"
    ),
]
NUMBER = "synth:text=40723:size=640x480:seed=3"
BLUE, VERMILLION = (178, 114, 0), (0, 94, 213)


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """Give the name of an X server of the tests' own; it must not begin anew when its only user looks in and leaves.

    It has a window manager, as every desktop does: without one Qt leaves one window in ten black.
    """
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-noreset", "-screen", "0", "1400x1000x24"], pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    number = os.read(reading, 16).decode().strip()
    manager = subprocess.Popen(["openbox"], env={**os.environ, "DISPLAY": f":{number}"}, stderr=subprocess.DEVNULL)
    yield f":{number}"
    for process in (manager, server):
        process.terminate()
        process.wait()


class Session:
    """camcount live in a window."""

    def __init__(self, display: str, folder: Path, *words: str, flags: Sequence[str] = ()) -> None:
        self.folder = folder
        self._environment = {**os.environ, "DISPLAY": display, "WAYLAND_DISPLAY": "", "QT_LOGGING_RULES": "*=false"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "camcount", *flags, "live", *words, "--events", "frame", "--output", "events.jsonl"],
            cwd=folder, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        self.window = self._find()
        self.tool("windowfocus", self.window)
        self.until(lambda: any(frame["stable"] and frame["text"] for frame in self.frames()))

    def _find(self) -> str:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            found = self.tool("search", "--name", "^camcount$").split()
            if found:
                return found[-1]
            time.sleep(0.1)
        self.process.kill()
        raise AssertionError(f"no window: {self.process.communicate()[1]}")

    def tool(self, *words: str) -> str:
        return subprocess.run(
            ["xdotool", *words], env=self._environment, capture_output=True, text=True, check=False
        ).stdout

    def press(self, key: str) -> None:
        """Press a key, and give the window time to answer; one that was not yet shown took no focus before."""
        self.tool("windowfocus", self.window)
        self.tool("key", key)
        time.sleep(0.5)

    def press_until(self, key: str, holds: Callable[[], bool], times: int = 40) -> None:
        """Press a key until something holds: of several in one frame, OpenCV hears the last, and some it loses."""
        for _ in range(times):
            self.press(key)
            ends = time.monotonic() + 1
            while time.monotonic() < ends:
                if holds():
                    return
                time.sleep(0.05)
        raise AssertionError(key)

    def ask_to_close(self) -> None:
        """Do what a window manager does when its X is pressed."""
        screen = Display(self._environment["DISPLAY"])
        window = screen.create_resource_object("window", int(self.window))
        protocols, delete = screen.intern_atom("WM_PROTOCOLS"), screen.intern_atom("WM_DELETE_WINDOW")
        data = 32, [delete, X.CurrentTime, 0, 0, 0]
        window.send_event(ClientMessage(window=window, client_type=protocols, data=data))
        screen.flush()
        screen.close()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag the mouse between two places, shares of the window."""
        told = dict(line.split("=") for line in self.tool("getwindowgeometry", "--shell", self.window).splitlines())
        width, height = int(told["WIDTH"]), int(told["HEIGHT"])
        (x0, y0), (x1, y1) = ((round(x * width), round(y * height)) for x, y in (start, end))
        for words in (
            ("mousemove", "--window", self.window, str(x0), str(y0)), ("mousedown", "1"),
            ("mousemove", "--window", self.window, str((x0 + x1) // 2), str((y0 + y1) // 2)),
            ("mousemove", "--window", self.window, str(x1), str(y1)), ("mouseup", "1"),
        ):
            self.tool(*words)
            time.sleep(0.15)
        time.sleep(0.5)

    def screen(self) -> Image:
        """Give what the screen shows."""
        data = subprocess.run(
            ["xwd", "-root", "-silent"], env=self._environment, capture_output=True, check=True
        ).stdout
        header, width, height, stride, colours = (struct.unpack_from(">I", data, i)[0] for i in (0, 16, 20, 48, 76))
        start = header + 12 * colours
        rows = np.frombuffer(data, np.uint8, stride * height, start).reshape(height, stride)
        return rows[:, : 4 * width].reshape(height, width, 4)[..., :3].copy()

    def share(self, colour: tuple[int, int, int]) -> float:
        """Give the share of the screen that is of a colour."""
        return float((np.abs(self.screen().astype(int) - colour).max(axis=2) < 12).mean())

    def frames(self) -> list[dict[str, object]]:
        """Give what was told of each frame so far."""
        path = self.folder / "events.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines(True) if line.endswith("\n")]
        return [row for row in rows if row["event"] == "frame"]

    def text(self) -> object:
        return self.frames()[-1]["text"]

    def until(self, holds: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until something holds."""
        ends = time.monotonic() + seconds
        while not ((self.folder / "events.jsonl").exists() and holds()):
            assert time.monotonic() < ends and self.process.poll() is None, self.process.poll()
            time.sleep(0.05)

    def end(self) -> tuple[int, str]:
        """Wait for the end; give the exit code and what stood on standard error."""
        try:
            _, err = self.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, err


@contextmanager
def opened(display: str, folder: Path, *words: str) -> Iterator[Session]:
    """Open a window, and leave no process of it behind."""
    made = Session(display, folder, *words)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.communicate()


@pytest.fixture
def session(display: str, tmp_path: Path) -> Iterator[Session]:
    with opened(display, tmp_path, NUMBER) as made:
        yield made


def test_the_number_stands_in_the_window(session: Session) -> None:
    session.until(lambda: session.share(BLUE) > 0.001)
    assert session.text() == "40723" and session.share((255, 255, 255)) > 0.001
    session.press("q")
    code, err = session.end()
    assert code == 0 and "Traceback" not in err


def test_frames_are_young_when_they_are_seen(display: str, tmp_path: Path) -> None:
    made = Session(display, tmp_path, NUMBER, "--duration", "4", flags=["-v"])
    code, err = made.end()
    told = re.search(r"frames were (\d+) ms old when they had been shown, (\d+) ms at the 95th percentile", err)
    assert code == 0 and told, err
    assert 0 < int(told[1]) < 60 and int(told[1]) <= int(told[2]) < 250, "30 frames a second, on a busy machine"


@pytest.mark.parametrize("key", ["q", "Escape"])
def test_a_key_ends_it_and_the_recording_is_whole(key: str, display: str, tmp_path: Path) -> None:
    made = Session(display, tmp_path, NUMBER, "--record", "out.mp4")
    time.sleep(1)
    made.press(key)
    assert made.end()[0] == 0
    assert len(read_clip(tmp_path / "out.mp4")[0]) > 20


def test_closing_the_window_ends_it(session: Session) -> None:
    for _ in range(5):  # a window that is just being made may miss it
        session.ask_to_close()
        with suppress(subprocess.TimeoutExpired):
            session.process.wait(3)
            break
    assert session.end()[0] == 0


def test_pause_holds_the_picture_and_a_point_steps_on(session: Session) -> None:
    session.press("space")
    count, picture = len(session.frames()), session.screen()
    time.sleep(0.7)
    assert len(session.frames()) == count and np.array_equal(session.screen()[:460], picture[:460])
    session.press("period")
    assert len(session.frames()) == count + 1
    session.press("period")
    assert len(session.frames()) == count + 2
    session.press("space")
    assert len(session.frames()) > count + 5


def test_a_snapshot_keeps_frame_crops_and_reading(session: Session) -> None:
    session.press("s")
    session.until(lambda: bool(list(session.folder.glob("snapshots/*.json"))))
    (told,) = session.folder.glob("snapshots/*.json")
    assert json.loads(told.read_text())["text"] == "40723"
    assert cv2.imread(str(told.with_suffix(".png"))).shape == (480, 640, 3)
    assert len(list(told.with_name(told.stem + "-crops").glob("*.png"))) == 5


def test_recording_is_switched_on_and_off(session: Session) -> None:
    session.press("r")
    time.sleep(1)
    session.press("r")
    (clip,) = session.folder.glob("camcount-*.mp4")
    assert len(read_clip(clip)[0]) > 15


def test_the_stages_the_list_of_keys_and_the_mirror_are_shown(session: Session) -> None:
    session.press("space")
    plain = session.screen().astype(int)

    def changed() -> float:
        """Give the share of the screen that looks otherwise than before."""
        return float((np.abs(session.screen().astype(int) - plain).max(axis=2) > 25).mean())

    for key in ("d", "h", "m"):
        session.press_until(key, lambda: changed() > 0.012)
        session.press_until(key, lambda: changed() < 0.008)
    session.press("space")
    session.press("m")
    time.sleep(0.3)
    assert session.text() == "40723", "the picture is mirrored, not what is read"


def test_more_confidence_can_be_demanded_and_less(session: Session) -> None:
    session.press_until("bracketright", lambda: session.share(VERMILLION) > 0.0005)
    session.press_until("bracketleft", lambda: session.text() == "40723" and session.share(VERMILLION) < 0.0002)


def test_ink_can_be_said_to_be_light(session: Session) -> None:
    session.press("i")
    assert session.text() == "40723", "dark ink it is"
    session.press("i")
    session.until(lambda: session.text() != "40723")
    session.press("i")
    session.until(lambda: session.text() == "40723")


def test_a_region_is_chosen_with_the_mouse_and_given_up(session: Session) -> None:
    boxes = [line["box"] for line in session.frames()[-1]["lines"]]  # type: ignore[index, attr-defined]
    digits = [digit["box"] for digit in session.frames()[-1]["lines"][0]["digits"]]  # type: ignore[index]
    half = (digits[1][2] + digits[2][0]) / 2 / 640
    session.press("z")
    # The window is the picture, 480 pixels high, above the bar and the line of status.
    high = 480 / (480 + 72 + 25)
    session.drag((0.01, max(0.01, boxes[0][1] / 480 - 0.1) * high), (half, min(1.0, boxes[0][3] / 480 + 0.1) * high))
    session.until(lambda: session.text() == "40")
    session.tool("keydown", "shift")
    time.sleep(0.3)
    session.press("z")
    session.tool("keyup", "shift")
    session.until(lambda: session.text() == "40723")


def test_without_another_camera_the_key_says_so_and_goes_on(session: Session) -> None:
    session.press("n")
    count = len(session.frames())
    time.sleep(0.5)
    assert len(session.frames()) > count


def test_ctrl_c_ends_the_window_too(session: Session) -> None:
    session.process.send_signal(signal.SIGTERM)
    assert session.end()[0] == 143


@pytest.mark.parametrize("size", ["640x480", "3840x2160"])
def test_the_overlay_can_be_read_small_and_large(size: str, display: str, tmp_path: Path) -> None:
    with opened(display, tmp_path, f"synth:text=40723:seed=3:size={size}") as made:
        made.until(lambda: made.share(BLUE) > 0.001)
        made.press_until("q", lambda: made.process.poll() is not None)
        assert made.end()[0] == 0


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "DISPLAY is not set"),
        ({"DISPLAY": ":987"}, "the display :987 does not answer"),
        ({"DISPLAY": "127.0.0.1:987"}, "does not answer"),
    ],
)
def test_a_display_that_is_missing_is_told_before_opencv_would_end_the_process(
    environment: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert told in missing_display()
