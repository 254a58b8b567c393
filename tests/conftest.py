"""What many tests need: `drawn` pictures with known boxes, an `always` classifier, goldens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import httpx
import numpy as np
import pytest

from camcount.types import Boxes, Box, Crops, Digit, Frame, Line, Probabilities, Reading

STROKES = {
    "0": [[(0.5, 0), (0.1, 0.25), (0.05, 0.6), (0.3, 1), (0.7, 1), (0.95, 0.6), (0.9, 0.25), (0.5, 0)]],
    "1": [[(0.5, 0), (0.5, 1)]],
    "2": [[(0.05, 0.25), (0.3, 0), (0.7, 0), (0.9, 0.25), (0.8, 0.5), (0, 1), (1, 1)]],
    "3": [[(0.1, 0.1), (0.5, 0), (0.9, 0.2), (0.4, 0.45), (0.95, 0.7), (0.6, 1), (0.05, 0.9)]],
    "4": [[(0.35, 0), (0, 0.6), (1, 0.6)], [(0.7, 0.25), (0.7, 1)]],
    "5": [[(0.9, 0), (0.2, 0), (0.1, 0.45), (0.6, 0.4), (0.9, 0.65), (0.7, 0.95), (0.05, 0.95)]],
    "6": [[(0.7, 0), (0.2, 0.4), (0.1, 0.75), (0.4, 1), (0.8, 0.9), (0.85, 0.65), (0.5, 0.5), (0.15, 0.7)]],
    "7": [[(0, 0), (1, 0), (0.4, 1)]],
    "8": [[(0.9, 0.15), (0.4, 0), (0.15, 0.25), (0.85, 0.7), (0.5, 1), (0.1, 0.75), (0.85, 0.3), (0.9, 0.15)]],
    "9": [[(0.85, 0.2), (0.4, 0), (0.1, 0.25), (0.4, 0.5), (0.85, 0.25), (0.8, 0.7), (0.6, 1)]],
}
"""Each digit as strokes in a unit square; independent of any font, since OpenCV 5 brought another."""


class Drawn(NamedTuple):
    """A picture and what is on it."""

    frame: Frame
    boxes: Boxes
    text: str

    @property
    def reading(self) -> Reading:
        """What a perfect reader would give."""
        boxes = iter(self.boxes.tolist())
        lines = []
        for row in self.text.splitlines():
            digits = tuple(_digit(value, Box(*next(boxes))) for value in row.replace(" ", ""))
            words = np.cumsum([len(word) for word in row.split(" ")])[:-1]
            lines.append(Line(digits, spaces=tuple(words.tolist())))
        return Reading(tuple(lines), self.frame.size, self.frame.index, self.frame.time, self.frame.source)


def _digit(value: str, box: Box) -> Digit:
    crop = np.zeros((28, 28), np.uint8)
    crop[4:24, 10:18] = 255
    return Digit(value, 0.97, box, ((value, 0.97),), crop)


def drawn(
    text: str, size: tuple[int, int] = (640, 480), height: int = 60, pen: int = 6, paper: int = 225, ink: int = 40,
    source: str = "",
) -> Drawn:
    """Paint rows of digits ("407 12\\n225") on plain paper; the boxes are those of the ink, row by row.

    Args:
        text: digits, blanks between numbers, line breaks between rows.
        size: width and height of the picture, pixels.
        height: of the digits, pixels.
        pen: width of the strokes, pixels.
        paper: its brightness, 0 to 255.
        ink: its brightness.
        source: what the frame says it came from.
    """
    image = np.full((size[1], size[0], 3), paper, np.uint8)
    boxes = []
    for row, words in enumerate(text.split("\n")):
        x, y = height, height // 2 + row * height * 2
        for character in words:
            if character != " ":
                mark = np.zeros(image.shape[:2], np.uint8)
                for stroke in STROKES[character]:
                    points = np.array([(x + 0.6 * height * px, y + height * py) for px, py in stroke])
                    cv2.polylines(mark, [np.round(points * 16).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)
                image = np.where(mark[..., None] > 127, np.uint8(ink), image)
                x0, y0, w, h = cv2.boundingRect((mark > 127).astype(np.uint8))
                boxes.append((x0, y0, x0 + w, y0 + h))
            x += height
    return Drawn(Frame(image, source=source), np.array(boxes, np.int32).reshape(-1, 4), text)


def always(value: int, confidence: float = 0.99) -> Callable[[Crops], Probabilities]:
    """Make a classifier that takes every crop for the same digit (10: for none)."""

    def classify(crops: Crops) -> Probabilities:
        probabilities = np.full((len(crops), 11), (1 - confidence) / 10, np.float32)
        probabilities[:, value] = confidence
        return probabilities

    return classify


def pytest_configure() -> None:
    """Let Ctrl-C end what tests start, though a shell that runs them in its background has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the goldens anew, to be read as a diff")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, Any], None]:
    """Compare data with a JSON file, or write it there when --update-golden is given."""

    def compare(path: Path, data: Any) -> None:
        if request.config.getoption("--update-golden"):
            path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        assert data == json.loads(path.read_text(encoding="utf-8"))

    return compare


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Make a folder a disk of so many bytes ("8m"); Linux's root alone can."""
    folder.mkdir()
    if sys.platform != "linux" or subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=False
    ).returncode:
        pytest.skip("only Linux's root mounts a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def without_privileges() -> Iterator[None]:
    """Be nobody for a while, since root may read everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Give where a server is that a module's tests share."""
    from serving import served  # with FastAPI, which no other test needs

    with served() as address:
        yield f"http://{address}"


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx.Client]:
    """Give what asks that server."""
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client
