"""Strokes to ink: what a pen leaves on the paper."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from camcount.synthesis.hand import Strokes
from camcount.types import Box, Image

Colour: TypeAlias = tuple[int, int, int]
"""BGR, 0 to 255."""

Coverage: TypeAlias = npt.NDArray[np.uint8]
"""(h, w) uint8, 255 where the ink hides the paper wholly."""

_SHIFT = 4
_RUN = 3


@dataclass(frozen=True, slots=True)
class Pen:
    """How a writing tool marks the paper."""

    width: tuple[float, float]
    """Thinnest and thickest line, in heights of a digit."""
    colours: tuple[Colour, ...]
    opacity: tuple[float, float] = (0.92, 1.0)
    pressure: float = 0.1
    """How much the width varies along a stroke, as a share of it."""
    fading: float = 0.05
    """How much the opacity varies along a stroke."""
    grain: float = 0.0
    """How much of the ink the tooth of the paper leaves out, 0 to 1."""
    light: bool = False
    """True for a pen that writes lighter than its paper."""


BLACK, BLUE, NAVY, RED, GREEN = (34, 30, 30), (158, 62, 34), (96, 38, 22), (44, 36, 178), (62, 104, 22)
WHITE, PURPLE, PINK, BROWN = (240, 242, 242), (130, 40, 110), (120, 60, 214), (40, 66, 110)

PENS: dict[str, Pen] = {
    "ballpoint": Pen((0.030, 0.050), (BLUE, BLUE, BLACK, NAVY, RED), (0.80, 0.95), 0.14, 0.12, grain=0.12),
    "gel": Pen((0.045, 0.070), (BLACK, BLACK, NAVY, BLUE), pressure=0.08),
    "fountain": Pen((0.045, 0.075), (NAVY, BLUE, BLACK), (0.85, 0.97), pressure=0.28, fading=0.12),
    "pencil": Pen((0.034, 0.062), ((92, 88, 86), (74, 72, 70)), (0.62, 0.88), pressure=0.20, fading=0.16, grain=0.5),
    "marker": Pen((0.095, 0.150), (BLACK, BLACK, NAVY, RED, GREEN), (0.94, 1.0), pressure=0.07, fading=0.03),
    "whiteboard": Pen((0.070, 0.110), (BLACK, BLUE, RED, GREEN), (0.84, 0.95), pressure=0.08, fading=0.14),
    "chalk": Pen((0.065, 0.100), (WHITE, WHITE, (176, 232, 240)), (0.86, 0.97), 0.14, 0.14, grain=0.42, light=True),
    "paint": Pen((0.060, 0.100), (WHITE,), pressure=0.10, light=True),
    "fineliner": Pen((0.020, 0.034), (BLACK, BLACK, NAVY, BLUE), (0.88, 1.0), pressure=0.05),
    "felt": Pen((0.060, 0.110), (RED, GREEN, PURPLE, PINK, BROWN, BLUE), (0.86, 0.97), pressure=0.08, fading=0.06),
    "faint": Pen((0.020, 0.038), ((120, 116, 114), (98, 96, 94)), (0.5, 0.8), 0.25, 0.2, grain=0.4),
    "dry": Pen((0.060, 0.100), (BLACK, BLUE, RED, GREEN), (0.5, 0.8), 0.1, 0.3, grain=0.5),
    "liquid": Pen((0.080, 0.130), (WHITE, (120, 232, 250), (206, 170, 250), (170, 240, 180)), pressure=0.1, light=True),
}
"""By name; `chalk`, `paint` (a white paint marker) and `liquid` (chalk) are for dark paper."""

FAINT_PENS = frozenset({"faint", "dry"})
"""A hard pencil and a marker that runs out: hardly to be seen on paper that is dark itself."""


def draw_strokes(strokes: Strokes, width: float, pen: Pen, rng: np.random.Generator) -> tuple[Coverage, Box]:
    """Draw strokes with one pen, anti-aliased, the line swelling and fading with the pressure.

    Args:
        strokes: in pixels of the page.
        width: of the line, pixels.

    Returns:
        The coverage, and where on the page its pixels lie; an empty one for no strokes.
    """
    if not strokes:
        return np.zeros((0, 0), np.uint8), Box(0, 0, 0, 0)
    points = np.concatenate(strokes)
    reach = width + 2
    x0, y0 = (int(v) for v in np.floor(points.min(0) - reach))
    x1, y1 = (int(v) for v in np.ceil(points.max(0) + reach))
    # A line of OpenCV has a whole number of pixels, so thin pens are drawn larger and shrunk.
    scale = int(np.clip(math.ceil(12 / width), 1, 6))
    canvas = np.zeros(((y1 - y0) * scale, (x1 - x0) * scale), np.uint8)
    for stroke in strokes:
        # The middle of a pixel is a whole number in both pictures, hence the halves.
        _draw_stroke(canvas, (stroke - [x0, y0] + 0.5) * scale - 0.5, width * scale, pen, rng)
    coverage = np.asarray(cv2.resize(canvas, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA), np.uint8)
    if pen.grain:
        coverage = _leave_out(coverage, pen.grain, max(0.6, width / 14), rng)
    return coverage, Box(x0, y0, x1, y1)


def lay_ink(paper: Image, coverage: Coverage, box: Box, colour: Colour) -> None:
    """Lay ink on the paper, in place; what falls beside the paper is lost."""
    height, width = paper.shape[:2]
    x0, y0, x1, y1 = max(box.x0, 0), max(box.y0, 0), min(box.x1, width), min(box.y1, height)
    if x0 >= x1 or y0 >= y1:
        return
    seen = coverage[y0 - box.y0 : y1 - box.y0, x0 - box.x0 : x1 - box.x0]
    paper[y0:y1, x0:x1] = tint(paper[y0:y1, x0:x1], seen, colour)


def tint(image: Image, coverage: Coverage, colour: Colour) -> Image:
    """Give the image with one colour laid over it."""
    alpha = cv2.merge([coverage] * 3)
    kept = cv2.multiply(image, 255 - alpha, scale=1 / 255)
    laid = cv2.multiply(alpha, np.array((*colour, 0), np.float64), scale=1 / 255)
    return np.asarray(cv2.add(kept, laid), np.uint8)


def _draw_stroke(
    canvas: Coverage, points: npt.NDArray[np.floating], width: float, pen: Pen, rng: np.random.Generator
) -> None:
    count = max(1, math.ceil((len(points) - 1) / _RUN))
    pressure = _wander(count, rng)
    widths = width * (1 + pen.pressure * pressure)
    # The pen lands and leaves with less weight.
    widths[0] *= 1 - 0.5 * pen.pressure
    widths[-1] *= 1 - 1.2 * pen.pressure
    opacity = rng.uniform(*pen.opacity) * (1 - pen.fading * np.clip(0.5 - 0.5 * pressure, 0, 2))
    fixed = np.round(points * (1 << _SHIFT)).astype(np.int32)
    for run in range(count):
        piece = fixed[run * _RUN : run * _RUN + _RUN + 1].reshape(-1, 1, 2)
        value = int(np.clip(255 * opacity[run], 0, 255))
        # OpenCV draws a line of even thickness 1.4 wider, and one of odd thickness as wide as the next even one.
        thickness = max(1, 2 * round((float(widths[run]) - 1.4) / 2))
        cv2.polylines(canvas, [piece], False, value, thickness, cv2.LINE_AA, _SHIFT)


def _wander(count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Give `count` values around 0, most within 1, each near the one before it."""
    steps = rng.normal(0, 1, count + 8)
    return np.convolve(steps, np.ones(9) / 3.0, mode="valid")


def _leave_out(coverage: Coverage, grain: float, size: float, rng: np.random.Generator) -> Coverage:
    """Take the ink from the valleys of the paper's tooth, which is `size` pixels fine."""
    tooth = cv2.GaussianBlur(rng.integers(0, 256, coverage.shape, np.uint8), (0, 0), size).astype(np.float32)
    height = (tooth - tooth.mean()) / max(float(tooth.std()), 1e-3)
    kept = 1 - grain * np.clip(0.4 - height, 0, 1)
    return np.asarray(coverage * kept, np.uint8)
