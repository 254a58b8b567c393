"""Pen strokes -> drawn characters, as a pen on paper leaves them."""

from __future__ import annotations

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


def load_strokes(path: Path) -> StrokeSet:
    """Load pen strokes.

    Raises:
        SourceError: when the file cannot be read or lacks one of its arrays.
    """
    try:
        with np.load(path) as data:
            labels = tuple(chr(code) for code in data["label"])
            return StrokeSet(data["pts"], data["stroke_start"], data["char_start"], labels, data["writer"])
    except (OSError, ValueError, KeyError) as error:
        raise SourceError(
            f"{path}: not a file of pen strokes ({error}). It needs pts, stroke_start, char_start, label and writer."
        ) from error


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
