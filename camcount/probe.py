"""What works on this machine: libraries, display, cameras, codecs, model."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from camcount import __version__
from camcount.classify import load_card, load_classifier, shipped_model
from camcount.errors import CamcountError
from camcount.litert import ROUNDING
from camcount.reader import Reader
from camcount.sinks.video import CODECS
from camcount.sinks.window import missing_display
from camcount.sources import open_source
from camcount.sources.devices import REFUSED, list_devices
from camcount.types import Frame

NEEDED = ("numpy", "imutils", "click", "rich", "ai-edge-litert")
EXTRAS = ("tensorflow", "keras", "matplotlib", "scikit-learn")
TIMED = "synth:text=40723 98265:size=1280x720:seed=1:frames=12"
FRAMES = 10
"""Frames that are taken of a camera to tell its rate, and written to try a codec."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    topic: str
    told: str
    fault: str = ""
    """What is wrong and how to mend it; empty where nothing is."""


def examine(cameras: bool = True) -> Iterator[Finding]:
    """Look at everything that camcount needs, one after another."""
    yield Finding("camcount", f"{__version__}, Python {platform.python_version()}, {platform.platform()}")
    yield Finding("processor", f"{os.cpu_count()} cores, {platform.machine()}")
    yield from _packages()
    yield Finding("OpenCV", _build())
    why = missing_display()
    yield Finding("display", why or "there is one")
    yield from _cameras() if cameras else ()
    yield from _codecs()
    yield from _model()


def _packages() -> Iterator[Finding]:
    yield Finding("opencv-python", cv2.__version__)
    for name in (*NEEDED, *EXTRAS):
        try:
            yield Finding(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            needed = name in NEEDED
            yield Finding(name, "not installed", f"Run: pip install {name}" if needed else "")


def _build() -> str:
    """Tell what OpenCV was built with: windows, video."""
    told = cv2.getBuildInformation()
    wanted = {name: re.search(rf"^\s*{name}:\s*(\S+)", told, re.MULTILINE) for name in ("GUI", "FFMPEG", "GStreamer")}
    return ", ".join(f"{name} {found[1] if found else 'no'}" for name, found in wanted.items())


def _cameras() -> Iterator[Finding]:
    devices = list_devices()
    if not devices:
        yield Finding("cameras", "none found")
    for device in devices:
        name = f"camera {device.index}"
        if not device.readable:
            yield Finding(name, f"{device.name} {device.path}", f"it may not be read. {REFUSED}")
            continue
        camera = cv2.VideoCapture(device.index)
        try:
            if not camera.isOpened():
                yield Finding(name, device.name, "it could not be opened. Is another program using it?")
                continue
            camera.read()
            started = time.perf_counter()
            sizes = [image.shape[1::-1] for taken, image in (camera.read() for _ in range(FRAMES)) if taken]
            rate = len(sizes) / (time.perf_counter() - started)
            told = f"{device.name}, {sizes[0][0]}x{sizes[0][1]}, {rate:.1f} frames a second" if sizes else device.name
            yield Finding(name, told, "" if sizes else "it gives no picture. Is another program using it?")
        finally:
            camera.release()


def _codecs() -> Iterator[Finding]:
    """Write a few frames with each codec, and read them back."""
    picture = np.full((240, 320, 3), 200, np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        for suffix, codecs in CODECS.items():
            working = [codec for codec in codecs if _try_codec(Path(folder) / f"{codec}{suffix}", codec, picture)]
            fault = "" if working else f"no codec writes {suffix}: record another kind."
            yield Finding(f"video {suffix}", ", ".join(working) or "none", fault)


def _try_codec(path: Path, codec: str, picture: np.typing.NDArray[np.uint8]) -> bool:
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), 30, (picture.shape[1], picture.shape[0]))
    if not video.isOpened():
        return False
    for _ in range(FRAMES):
        video.write(picture)
    video.release()
    clip = cv2.VideoCapture(str(path))
    frames = 0
    while clip.isOpened() and clip.read()[0]:
        frames += 1
    clip.release()
    return frames == FRAMES


def _model() -> Iterator[Finding]:
    path = shipped_model()
    try:
        reader = Reader()
    except CamcountError as error:
        yield Finding("model", str(path), str(error))
        return
    card = load_card(path) or {}
    yield Finding("model", f"{path.name}, {card.get('parameters', '?')} parameters, as its card tells")
    frames = [frame for frame in open_source(TIMED) if isinstance(frame, Frame)]
    crops = np.array([d.crop for line in reader.read(frames[0]).lines for d in line.digits if d.crop is not None])
    yield _parity(path, crops)
    took = sorted(reader.read(frame).elapsed_ms for frame in frames)
    read = reader.read(frames[-1]).text
    fault = "" if read == "40723 98265" else f"it read {read!r} instead of 40723 98265. Install camcount anew."
    yield Finding("one frame", f"1280x720, ten digits: {took[len(took) // 2]:.1f} ms", fault)


def _parity(path: Path, crops: np.typing.NDArray[np.uint8]) -> Finding:
    """Compare LiteRT with Keras on the digits of a frame."""
    other = path.with_suffix(".keras")
    if not other.is_file():
        return Finding("LiteRT, Keras", "not compared: the Keras model is not shipped")
    try:
        keras = load_classifier(other)
    except CamcountError as error:
        return Finding("LiteRT, Keras", f"not compared: {error}")
    apart = float(np.abs(load_classifier(path)(crops) - keras(crops)).max(initial=0))
    fault = "" if apart <= ROUNDING else "they differ. Train or export the model anew."
    return Finding("LiteRT, Keras", f"differ by {apart:.1e} at most", fault)
