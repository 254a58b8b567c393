"""Pen strokes -> drawn characters, as a pen on paper leaves them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from camcount.errors import SourceError

Strokes = list[npt.NDArray[np.float32]]
"""Each (k, 2) float32: x right, y down."""

LIKE_DIGITS = frozenset("OoIliJjZzSsBbQqgGDTtA|")
"""Letters that a reader may well take for digits: no fair examples of what is not one."""

_BROKEN = zipfile.BadZipFile, zlib.error
"""What a damaged archive raises."""

_SUBPIXEL = 4
"""Fractional bits of OpenCV's drawing coordinates."""


@dataclass(frozen=True, slots=True, eq=False)
class StrokeSet:
    """Characters as pen strokes, kept as flat arrays.

    Stroke s is points[stroke_start[s]:stroke_start[s + 1]]; character i is made of strokes character_start[i] to
    character_start[i + 1] - 1.
    """

    points: npt.NDArray[np.int16]
    stroke_start: npt.NDArray[np.int32]
    character_start: npt.NDArray[np.int32]
    labels: tuple[str, ...]
    writers: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.labels)

    def strokes(self, index: int) -> Strokes:
        """Give the strokes of one character; its longer side measures about 1000."""
        first, last = self.character_start[index], self.character_start[index + 1]
        return [
            self.points[self.stroke_start[s] : self.stroke_start[s + 1]].astype(np.float32) for s in range(first, last)
        ]

    def of(self, writers: Sequence[int]) -> StrokeSet:
        """Keep the characters of some writers.

        Raises:
            ValueError: when there are none.
        """
        kept = np.flatnonzero(np.isin(self.writers, np.asarray(writers, np.int64)))
        if not len(kept):
            raise ValueError("none of its characters is by one of these writers")
        strokes, character_start = _gather(self.character_start, kept)
        points, stroke_start = _gather(self.stroke_start, strokes)
        labels = tuple(self.labels[i] for i in kept)
        return StrokeSet(self.points[points], stroke_start, character_start, labels, self.writers[kept])


def _gather(
    starts: npt.NDArray[np.int32], kept: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int32]]:
    """Give the numbers of the parts of what is kept, and where each one's begin among them."""
    parts = [np.arange(starts[i], starts[i + 1]) for i in kept]
    return np.concatenate(parts), np.cumsum([0, *map(len, parts)]).astype(np.int32)


def load_strokes(path: Path) -> StrokeSet:
    """Load pen strokes.

    Raises:
        SourceError: when the file cannot be read, lacks one of its arrays, or they do not fit each other.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            labels = tuple(chr(code) for code in data["label"])
            strokes = StrokeSet(data["pts"], data["stroke_start"], data["char_start"], labels, data["writer"])
            _check(strokes)
            return strokes
    except (OSError, ValueError, KeyError, EOFError, TypeError, AttributeError, *_BROKEN) as error:
        raise SourceError(
            f"{path}: not a file of pen strokes ({error}). It needs pts, stroke_start, char_start, label and writer."
        ) from error


def _check(strokes: StrokeSet) -> None:
    """Raise ValueError unless every character has strokes, every stroke points, and all of them a writer."""
    if strokes.points.ndim != 2 or strokes.points.shape[1] != 2:
        raise ValueError(f"pts is {strokes.points.shape}, not (n, 2)")
    for name, starts, count in (
        ("stroke_start", strokes.stroke_start, len(strokes.points)),
        ("char_start", strokes.character_start, len(strokes.stroke_start) - 1),
    ):
        whole = starts.ndim == 1 and starts.dtype.kind in "iu" and len(starts) > 1
        if not whole or starts[0] < 0 or starts[-1] > count or (np.diff(starts.astype(np.int64)) < 1).any():
            raise ValueError(f"{name} must be whole numbers that rise, from 0 to {count} at most")
    if not len(strokes.labels) == len(strokes.writers) == len(strokes.character_start) - 1:
        raise ValueError("label and writer must be one fewer than char_start")


def draw_strokes(strokes: Strokes, matrix: npt.NDArray[np.float32], height: float, pen: float) -> npt.NDArray[np.uint8]:
    """Draw one character with a round pen.

    Args:
        strokes: the character.
        matrix: (2, 2), turns, slants and stretches it before it is scaled.
        height: of its longer side, pixels.
        pen: width of the pen, pixels.

    Returns:
        (h, w) grey picture with a margin, ink 255, anti-aliased.
    """
    # Thin pens and small characters are drawn larger and shrunk, since OpenCV's pens are whole pixels wide.
    zoom = max(1, int(np.ceil(4 / pen)))
    bent = [stroke @ matrix.T for stroke in strokes]
    points = np.concatenate(bent)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = height * zoom / max(float((high - low).max()), 1.0)
    thickness = max(1, round(pen * zoom))
    margin = 4 * zoom + thickness
    width, tall = np.ceil((high - low) * scale).astype(int) + 2 * margin
    canvas = np.zeros((-(-int(tall) // zoom) * zoom, -(-int(width) // zoom) * zoom), np.uint8)
    lines = [np.rint(((stroke - low) * scale + margin) * 2**_SUBPIXEL).astype(np.int32) for stroke in bent]
    cv2.polylines(canvas, lines, False, 255, thickness, cv2.LINE_AA, _SUBPIXEL)
    if zoom == 1:
        return canvas
    small = cv2.resize(canvas, None, fx=1 / zoom, fy=1 / zoom, interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)
