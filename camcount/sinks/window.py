"""A window that shows the stream, and hears keys and mouse."""

from __future__ import annotations

import os
import re
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from camcount.errors import CamcountError, DisplayError, SinkClosed
from camcount.events import Event
from camcount.overlay import draw_help, draw_overlay, status_strip
from camcount.shot import Shot
from camcount.sinks.base import Sink
from camcount.types import Box, Image, Line, Reading
from camcount.view import Roi, fit_roi

TITLE = "camcount"
NOTE = 2.5
"""Seconds for which a word about a key stays."""
SMALLEST_REGION = 8
"""Pixels that a region chosen by the mouse is wide and high at least."""
SHIFT, SHIFTED = (225, 226), 2.0
"""The last byte of the codes of both shift keys; and seconds for which one counts for the key after it."""
KEYS = (
    ("q Esc", "quit"),
    ("Space", "pause"),
    (".", "one frame on"),
    ("s", "snapshot"),
    ("r", "record on, off"),
    ("d", "show the stages"),
    ("m", "mirror"),
    ("z", "choose a region with the mouse"),
    ("Z, z z", "the whole picture again"),
    ("[ ]", "less, more confidence needed"),
    ("i", "ink: auto, dark, light"),
    ("n", "next camera"),
    ("h", "this list"),
)


class Controls(Protocol):
    """What keys act upon; each gives what it did, in words."""

    @property
    def recording(self) -> bool:
        """Whether the stream is recorded."""
        ...

    @property
    def region(self) -> Roi | None:
        """What is read of the picture; None for all."""
        ...

    def status(self, shot: Shot) -> str:
        """Tell rate, age of the frame and camera."""
        ...

    def pause(self, on: bool) -> None:
        """Hold the stream, or let it go on."""

    def snapshot(self, shot: Shot) -> str:
        """Keep a frame with its crops and its reading."""
        ...

    def record(self) -> str:
        """Begin a recording, or end it."""
        ...

    def stages(self, shot: Shot) -> Image:
        """Draw the stages of a frame."""
        ...

    def choose(self, roi: Roi | None) -> str:
        """Read only a region from now on."""
        ...

    def nudge(self, step: int) -> str:
        """Make digits need more or less confidence."""
        ...

    def turn_ink(self) -> str:
        """Take the next polarity of ink."""
        ...

    def next_camera(self) -> str:
        """Look through the next camera."""
        ...


class Window(Sink):
    """Shows each shot with its overlay; whether there is a display is to be asked before (`missing_display`).

    Raises:
        DisplayError: on entering, when this OpenCV cannot open windows.
    """

    kind = "window"

    def __init__(self, controls: Controls, mirror: bool = False) -> None:
        self._controls = controls
        self._mirror = mirror
        self._stages = self._help = self._paused = self._stepping = self._choosing = False
        self._note, self._noted = "", 0.0
        self._shifted = -SHIFTED
        self._shot: Shot | None = None
        self._shown_size: tuple[int, ...] = (0, 0)
        self._zoom = 1.0
        self._corner: tuple[int, int] | None = None
        self._pointer = (0, 0)
        self._lost = ""

    def __enter__(self) -> Sink:
        try:
            cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.setMouseCallback(TITLE, self._on_mouse)
        except cv2.error:
            raise DisplayError(
                "this OpenCV cannot open windows. Run: pip install opencv-python (not -headless), or use --headless."
            ) from None
        return self

    def write(self, shot: Shot) -> None:
        first = self._shot is None
        self._shot = shot
        if first:
            self._draw()
            height, width = self._shown_size
            zoom = min(1.0, 1280 / width, 860 / height)
            cv2.resizeWindow(TITLE, round(width * zoom), round(height * zoom))
        self._stepping = False
        self._draw()
        self._listen(1)
        if self._paused and not self._stepping:
            self._controls.pause(True)
        while self._paused and not self._stepping:
            self._draw()
            self._listen(30)

    def tell(self, event: Event) -> None:
        if event.kind in ("camera_lost", "camera_found"):
            self._lost = "camera lost, looking for it" if event.kind == "camera_lost" else ""

    def idle(self) -> None:
        self._draw()
        self._listen(1)

    def close(self) -> None:
        with suppress(cv2.error):
            cv2.destroyAllWindows()

    abort = close

    def _draw(self) -> None:
        """Show the last shot as it is to be seen now."""
        shot = self._shot
        if shot is None:
            return
        if self._stages:
            canvas = self._controls.stages(shot)
        elif self._mirror:
            canvas = draw_overlay(np.ascontiguousarray(shot.frame.image[:, ::-1]), mirrored(shot.reading))
        else:
            canvas = shot.overlay
        height, width = canvas.shape[:2]
        self._zoom = width / shot.frame.image.shape[1]
        # Stacking copies: what is drawn from here on is in no recording.
        canvas = np.vstack([canvas, status_strip(width, height, self._left(shot), self._right(shot))])
        if (region := self._controls.region) and not self._stages and not self._choosing:
            self._draw_region(canvas, region, shot)
        if self._choosing and self._corner:
            cv2.rectangle(canvas, self._corner, self._pointer, (255, 255, 255), 3)
            cv2.rectangle(canvas, self._corner, self._pointer, (178, 114, 0), 1)
        if self._help:
            draw_help(canvas, KEYS)
        self._shown_size = canvas.shape[:2]
        cv2.imshow(TITLE, canvas)

    def _draw_region(self, canvas: Image, region: Roi, shot: Shot) -> None:
        """Outline the region that is read, in place."""
        height, width = shot.frame.image.shape[:2]
        box = fit_roi(region, width, height)
        sides = (width - box.x1, width - box.x0) if self._mirror else (box.x0, box.x1)
        first, last = ([round(v * self._zoom) for v in point] for point in ((sides[0], box.y0), (sides[1], box.y1)))
        cv2.rectangle(canvas, first, last, (255, 255, 255), 3)
        cv2.rectangle(canvas, first, last, (40, 40, 40), 1)

    def _left(self, shot: Shot) -> str:
        if self._choosing:
            return "drag the mouse over the region to read"
        if self._note and time.monotonic() - self._noted < NOTE:
            return self._note
        return self._lost or shot.why or "h: keys"

    def _right(self, shot: Shot) -> str:
        parts = [self._controls.status(shot)]
        parts += ["PAUSED"] if self._paused else []
        parts += ["REC"] if self._controls.recording else []
        return "  ".join(parts)

    def _listen(self, wait: int) -> None:
        """Hear a key, or that the window was closed.

        Raises:
            SinkClosed: when the user wants to end.
        """
        pressed = cv2.waitKey(wait)
        key = chr(pressed & 0xFF)
        if not _is_open() or key in "q\x1b":
            raise SinkClosed
        if pressed & 0xFF in SHIFT:
            self._shifted = time.monotonic()
        elif pressed != -1 and self._shot is not None:
            # Windows made with Qt tell of the shift key, but then of a small letter.
            key = key.upper() if time.monotonic() - self._shifted < SHIFTED else key
            self._shifted = -SHIFTED
            try:
                self._press(key, self._shot)
            except CamcountError as error:
                self._say(str(error))

    def _press(self, key: str, shot: Shot) -> None:
        controls = self._controls
        acts: dict[str, Callable[[], str]] = {
            "s": lambda: controls.snapshot(shot),
            "r": controls.record,
            "Z": lambda: controls.choose(None),
            "[": lambda: controls.nudge(-1),
            "]": lambda: controls.nudge(1),
            "i": controls.turn_ink,
            "n": controls.next_camera,
        }
        if key in acts:
            self._say(acts[key]())
        elif key in " .":
            # After a step the next frame is held again.
            self._paused, self._stepping = key == "." or not self._paused, key == "."
            self._controls.pause(self._paused and not self._stepping)
        elif key == "d":
            self._stages = not self._stages
        elif key == "h":
            self._help = not self._help
        elif key == "m":
            self._mirror = not self._mirror
            self._say("mirrored" if self._mirror else "not mirrored")
        elif key == "z" and self._choosing:
            self._choosing = False
            self._say(controls.choose(None))
        elif key == "z":
            self._choosing, self._corner, self._stages = True, None, False

    def _say(self, words: str) -> None:
        self._note, self._noted = words, time.monotonic()

    def _on_mouse(self, event: int, x: int, y: int, flags: int, data: Any) -> None:
        if not self._choosing or self._shot is None:
            return
        self._pointer = (x, y)
        if event == cv2.EVENT_LBUTTONDOWN:
            self._corner = (x, y)
        elif event == cv2.EVENT_LBUTTONUP and self._corner:
            self._choosing = False
            self._say(self._controls.choose(roi) if (roi := self._region(x, y)) else "the region is too small")

    def _region(self, x: int, y: int) -> Roi | None:
        """Give the region between where the mouse was pressed and let go, pixels of the frame."""
        assert self._corner and self._shot
        height, width = self._shot.frame.image.shape[:2]
        xs = sorted(min(max(v / self._zoom, 0), width) for v in (self._corner[0], x))
        ys = sorted(min(max(v / self._zoom, 0), height) for v in (self._corner[1], y))
        if self._mirror:
            xs = [width - xs[1], width - xs[0]]
        if min(xs[1] - xs[0], ys[1] - ys[0]) < SMALLEST_REGION:
            return None
        return round(xs[0]), round(ys[0]), round(xs[1] - xs[0]), round(ys[1] - ys[0])


def _is_open() -> bool:
    """Tell whether the window is still there."""
    try:
        return bool(cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) >= 1)
    except cv2.error:  # Qt, once the last window was closed
        return False


def mirrored(reading: Reading) -> Reading:
    """Give a reading with its boxes where they lie in the mirrored picture."""
    width = reading.size[0]

    def turn(line: Line) -> Line:
        digits = (replace(d, box=Box(width - d.box.x1, d.box.y0, width - d.box.x0, d.box.y1)) for d in line.digits)
        return replace(line, digits=tuple(digits))

    return replace(reading, lines=tuple(turn(line) for line in reading.lines))


def missing_display() -> str:
    """Say why no window can be opened; empty where one can. OpenCV would end the whole process where it cannot."""
    if not sys.platform.startswith("linux"):
        return ""
    display, wayland = os.environ.get("DISPLAY", ""), os.environ.get("WAYLAND_DISPLAY", "")
    plugins = Path(cv2.__file__).parent / "qt" / "plugins" / "platforms"
    if plugins.is_dir() and not any(plugins.glob("libqwayland*")):
        wayland = ""  # this OpenCV speaks X alone
    if not display and not wayland:
        return "there is no display that this OpenCV can use (DISPLAY is not set)."
    if display and not _answers(display) and not wayland:
        return f"the display {display} does not answer."
    return ""


def _answers(display: str) -> bool:
    """Tell whether an X server listens there."""
    found = re.fullmatch(r"(?:unix)?([^:/]*):(\d+)(?:\.\d+)?", display)
    if not found:
        return os.path.exists(display.rsplit(":", 1)[0])  # a socket's path, as on a Mac
    host, number = found[1], int(found[2])
    try:
        if host:
            socket.create_connection((host, 6000 + number), 2).close()
            return True
        for path in (f"/tmp/.X11-unix/X{number}", f"\0/tmp/.X11-unix/X{number}"):
            with socket.socket(socket.AF_UNIX) as listener:
                if listener.connect_ex(path) == 0:
                    return True
    except OSError:
        return False
    return False
