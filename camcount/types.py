"""The words of the house as data: Frame, Box, Digit, Line, Reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""(h, w, 3) uint8, BGR."""

Boxes = npt.NDArray[np.int32]
"""(n, 4) int32: x0 y0 x1 y1, pixels, half-open."""

Crops = npt.NDArray[np.uint8]
"""(n, 28, 28) uint8, 255 = ink."""

Probabilities = npt.NDArray[np.float32]
"""(n, classes) float32, rows sum to 1; the last class is "not a digit"."""

SCHEMA = 1
UNSURE = "?"


class Box(NamedTuple):
    """Pixels of the frame, half-open: cuts image[y0:y1, x0:x1]."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a source."""

    image: Image
    index: int = 0
    time: float = 0.0
    """Seconds since the source began."""
    source: str = ""
    """Where it came from: a path, a camera, a URL."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.image.shape[1], self.image.shape[0]


@dataclass(frozen=True, slots=True)
class Digit:
    """An accepted glyph."""

    value: str
    """"0" to "9", or "?" where the reader is not sure enough."""
    confidence: float
    """Probability of the likeliest value, 0 to 1."""
    box: Box
    top: tuple[tuple[str, float], ...] = ()
    """The likeliest values with their probabilities, best first."""
    crop: npt.NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)
    """(28, 28), what the model saw, ink 255; None in a reading that came back from JSON."""


@dataclass(frozen=True, slots=True)
class Line:
    """Digits left to right."""

    digits: tuple[Digit, ...]
    track: int | None = None
    """Number of the track that follows it through a stream, or None in a still picture."""
    spaces: tuple[int, ...] = ()
    """Indices of the digits before which a wide gap stands: there a new number begins."""
    stable: bool = True
    """Whether it was the same for long enough; what a single picture shows always is."""

    @property
    def text(self) -> str:
        return "".join((" " if i in self.spaces else "") + digit.value for i, digit in enumerate(self.digits))

    @property
    def confidence(self) -> float:
        """That of the least sure digit: a mean would hide one bad digit."""
        return min(digit.confidence for digit in self.digits)

    @property
    def box(self) -> Box:
        x0, y0, x1, y1 = zip(*(digit.box for digit in self.digits))
        return Box(min(x0), min(y0), max(x1), max(y1))


@dataclass(frozen=True, slots=True)
class Reading:
    """All lines of one frame, from the top."""

    lines: tuple[Line, ...]
    size: tuple[int, int]
    """Width and height of the frame, pixels."""
    index: int = 0
    time: float = 0.0
    """Seconds since the source began."""
    source: str = ""
    elapsed_ms: float = 0.0
    """What reading took, decoding excluded."""
    marks: int = field(default=0, compare=False)
    """How many marks were found, whatever they are; 0 in a reading that came back from JSON."""

    @property
    def text(self) -> str:
        """One line of digits per row."""
        return "\n".join(line.text for line in self.lines)

    def to_dict(self) -> dict[str, Any]:
        """Give the one JSON shape of camcount; `from_dict` takes it back."""
        return {
            "schema": SCHEMA,
            "source": self.source,
            "index": self.index,
            "time": self.time,
            "size": list(self.size),
            "text": self.text,
            "lines": [_line_to_dict(line) for line in self.lines],
            "elapsed_ms": self.elapsed_ms,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Reading:
        """Rebuild what `to_dict` gave.

        Raises:
            ValueError: when `data` is of another schema.
        """
        if data.get("schema") != SCHEMA:
            raise ValueError(f"schema {data.get('schema')!r} is not {SCHEMA}")
        lines = tuple(_line_from_dict(line) for line in data["lines"])
        width, height = data["size"]
        return cls(lines, (width, height), data["index"], data["time"], data["source"], data["elapsed_ms"])


def _line_to_dict(line: Line) -> dict[str, Any]:
    return {
        "text": line.text,
        "confidence": line.confidence,
        "box": list(line.box),
        "track": line.track,
        "digits": [
            {
                "value": digit.value,
                "confidence": digit.confidence,
                "box": list(digit.box),
                "top": [list(pair) for pair in digit.top],
            }
            for digit in line.digits
        ],
    }


def _line_from_dict(data: dict[str, Any]) -> Line:
    digits = tuple(
        Digit(d["value"], d["confidence"], Box(*d["box"]), tuple((value, p) for value, p in d["top"]))
        for d in data["digits"]
    )
    words = data["text"].split(" ")
    starts = np.cumsum([len(word) for word in words])[:-1]
    return Line(digits, data["track"], tuple(int(start) for start in starts))
