"""Where a live picture comes from: a camera, an address in the network, or a clip played at its own pace."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Protocol

import cv2
import numpy as np

from camcount.errors import SourceError
from camcount.sources.base import Source, SourceOptions
from camcount.sources.devices import REFUSED, Device, list_devices, tell_devices
from camcount.types import Frame, Image

OPEN_TIMEOUT, READ_TIMEOUT = 5000, 2000
"""Milliseconds for which a network camera may keep silent."""
HELD = 0.02
"""Seconds between two looks whether a clip that is held may go on."""


class Feed(Protocol):
    """Gives one picture after another, as they come; one thread at a time uses it."""

    name: str
    lasting: bool
    """Whether it should never end: where a camera stops it is lost, and where a clip does it is over."""

    def open(self) -> float:
        """Open it, and give the rate that it promises, frames a second; 0 where it promises none.

        Raises:
            SourceError: when it cannot be opened.
        """
        ...

    def read(self) -> Image | None:
        """Wait for the next picture; None when there is none any more."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class _OpenCVFeed:
    """What OpenCV takes pictures of; how it is opened is its heirs' part."""

    lasting = True

    def __init__(self, name: str) -> None:
        self.name = name
        self._camera: cv2.VideoCapture | None = None

    def read(self) -> Image | None:
        if self._camera is None:
            return None
        taken, image = self._camera.read()
        return np.asarray(image, np.uint8) if taken and image is not None and image.ndim == 3 else None

    def close(self) -> None:
        if self._camera is not None:
            self._camera.release()
            self._camera = None


class CameraFeed(_OpenCVFeed):
    """A camera at this machine."""

    def __init__(self, index: int, options: SourceOptions) -> None:
        super().__init__(str(index))
        self._index = index
        self._options = options

    def open(self) -> float:
        os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(READ_TIMEOUT // 1000))
        self._camera = cv2.VideoCapture(self._index)
        if not self._camera.isOpened():
            self.close()
            raise SourceError(_why_not(self._index, list_devices()))
        # In this order: raw pictures at full size come slowly over USB.
        self._camera.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        if self._options.size:
            self._camera.set(cv2.CAP_PROP_FRAME_WIDTH, self._options.size[0])
            self._camera.set(cv2.CAP_PROP_FRAME_HEIGHT, self._options.size[1])
        if self._options.rate:
            self._camera.set(cv2.CAP_PROP_FPS, self._options.rate)
        return float(self._camera.get(cv2.CAP_PROP_FPS))


class UrlFeed(_OpenCVFeed):
    """A network camera: MJPEG by HTTP, or RTSP."""

    def open(self) -> float:
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT]
        self._camera = cv2.VideoCapture(self.name, cv2.CAP_FFMPEG, limits)
        if not self._camera.isOpened():
            self.close()
            raise SourceError(
                f"{self.name}: no camera answers there. Does the address open in a browser or VLC? "
                "Is a password needed (http://user:password@host/...)?"
            )
        return float(self._camera.get(cv2.CAP_PROP_FPS))


class PlayedFeed:
    """Frames of another source, at their own times: a clip as a camera would give it."""

    lasting = False

    def __init__(self, source: Source, name: str) -> None:
        self.name = name
        self._source = source
        self._frames: Iterator[Frame | None] | None = None
        self._started = 0.0
        self._closed = threading.Event()
        self._held = 0.0

    def open(self) -> float:
        self._source.__enter__()
        self._frames = iter(self._source)
        return float(getattr(self._source, "rate", 0.0))

    def read(self) -> Image | None:
        frame = next(self._frames, None) if self._frames else None
        if frame is None:
            return None
        self._started = self._started or time.perf_counter() - frame.time
        while (wait := self._started + frame.time - time.perf_counter()) > 0 or self._held:
            if self._closed.wait(min(wait, HELD) if wait > 0 else HELD):
                return None
        return frame.image

    def pause(self, on: bool) -> None:
        """Hold the clip, or let it go on where it was held."""
        if on:
            self._held = self._held or time.perf_counter()
        elif self._held:
            self._started += time.perf_counter() - self._held
            self._held = 0.0

    def wake(self) -> None:
        """End a wait."""
        self._closed.set()

    def close(self) -> None:
        self._frames = None
        no_error: tuple[type[BaseException] | None, BaseException | None, TracebackType | None] = (None, None, None)
        self._source.__exit__(*no_error)


def _why_not(index: int, devices: list[Device]) -> str:
    own = next((device for device in devices if device.index == index), None)
    if own and not own.readable:
        return f"{own.path} exists but may not be read. {REFUSED}"
    if not devices:
        return "no camera found. Plugged in? Used by another program? Without a camera: camcount live synth:"
    others = [device for device in devices if device.index != index]
    if not others:
        return f"camera {index} could not be opened. Is another program using it?"
    return (
        f"camera {index} could not be opened. Cameras found: {tell_devices(devices)}. "
        f"Try: camcount live --camera {others[0].index}"
    )
