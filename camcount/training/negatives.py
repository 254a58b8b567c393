"""What is not a digit: pieces and pairs of digits, lines, dots, signs and blots."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from camcount.crop import cut_to_ink
from camcount.synthesis.strokes import Strokes, draw_strokes
from camcount.training.augment import Grey, Rng, camera_height

_PIECES = {"top": {0, 2, 3, 5, 7}, "bottom": {0, 2, 3, 5}, "left": {0, 2, 5, 6, 8}, "right": {0, 2, 5, 6}}
"""Halves that nobody takes for a digit: of an 8, say, the top is a 0 and the right a 3."""


def piece(digit: Grey, label: int, rng: Rng) -> Grey | None:
    """Cut a part off a digit; None for a digit whose every half may pass for another digit."""
    sides = [side for side, labels in _PIECES.items() if label in labels]
    if not sides:
        return None
    whole = cut_to_ink(digit)
    height, width = whole.shape
    kept = rng.uniform(0.3, 0.58)
    side = sides[rng.integers(len(sides))]
    rows, columns = max(1, round(kept * height)), max(1, round(kept * width))
    cut = {
        "top": whole[:rows],
        "bottom": whole[height - rows :],
        "left": whole[:, :columns],
        "right": whole[:, width - columns :],
    }
    part = cut[side]
    # An upright sliver would be a fair 1.
    return part if part.shape[0] < 2 * part.shape[1] else None


def pair(left: Grey, right: Grey, rng: Rng) -> Grey:
    """Write two digits so close that they touch: grey (h, w)."""
    first, second = cut_to_ink(left), cut_to_ink(right)
    overlap = round(rng.uniform(-0.05, 0.25) * min(first.shape[1], second.shape[1]))
    step = max(first.shape[1] - overlap, 1)
    drop = int(rng.integers(-4, 5))
    height = max(first.shape[0], second.shape[0]) + abs(drop)
    both = np.zeros((height, max(first.shape[1], step + second.shape[1])), np.uint8)
    top = max(0, -drop)
    both[top : top + first.shape[0], : first.shape[1]] = first
    below = max(0, drop)
    part = both[below : below + second.shape[0], step : step + second.shape[1]]
    np.maximum(part, second, out=part)
    return both


def sign(rng: Rng) -> Grey:
    """Draw one of the marks that stand between numbers (+ - x = : . bracket, arrow, tick, box) or a scribble."""
    shape = _SIGNS[rng.integers(len(_SIGNS))]
    strokes = [stroke + rng.normal(0, 18, stroke.shape).astype(np.float32) for stroke in shape(rng)]
    height = camera_height(rng)
    pen = max(0.9, height * float(np.exp(rng.uniform(np.log(0.03), np.log(0.2)))))
    angle = np.deg2rad(rng.normal(0, 5))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    return draw_strokes(strokes, turn, height, pen)


def blot(rng: Rng) -> Grey:
    """Grow a stain: grey (h, w)."""
    side = int(rng.integers(16, 60))
    noise = cv2.GaussianBlur(rng.standard_normal((side, side), np.float32), (0, 0), side * rng.uniform(0.06, 0.2))
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    hill = noise / (np.abs(noise).max() + 1e-6) + rng.uniform(0.6, 1.6) * (0.7 - np.hypot(x, y))
    stain: Grey = np.where(hill > 0.1, 255, 0).astype(np.uint8)
    return stain


def _points(*points: tuple[float, float]) -> npt.NDArray[np.float32]:
    return np.array(points, np.float32)


def _plus(rng: Rng) -> Strokes:
    return [_points((0, 500), (1000, 500)), _points((500, 0), (500, 1000))]


def _times(rng: Rng) -> Strokes:
    return [_points((0, 0), (1000, 1000)), _points((1000, 0), (0, 1000))]


def _dash(rng: Rng) -> Strokes:
    return [_points((0, 0), (500, rng.normal(0, 40)), (1000, rng.normal(0, 60)))]


def _equals(rng: Rng) -> Strokes:
    gap = rng.uniform(250, 600)
    return [_points((0, 0), (1000, 0)), _points((0, gap), (1000, gap))]


def _dot(rng: Rng) -> Strokes:
    return [_points((0, 0), (rng.uniform(0, 300), rng.uniform(0, 300)))]


def _bracket(rng: Rng) -> Strokes:
    angles = np.linspace(-1.2, 1.2, 12) + (np.pi if rng.random() < 0.5 else 0)
    return [np.column_stack([np.cos(angles) * 600, np.sin(angles) * 600]).astype(np.float32)]


def _arrow(rng: Rng) -> Strokes:
    return [_points((0, 300), (1000, 300)), _points((700, 0), (1000, 300), (700, 600))]


def _tick(rng: Rng) -> Strokes:
    return [_points((0, 600), (300, 1000), (1000, 0))]


def _box(rng: Rng) -> Strokes:
    width = rng.uniform(1100, 2500)
    return [_points((0, 0), (width, 0), (width, 1000), (0, 1000), (0, 0))]


def _corner(rng: Rng) -> Strokes:
    # Not the upper right one, a 7.
    x, y = ((0, 0), (0, 1000), (1000, 1000))[rng.integers(3)]
    return [_points((x, 1000 - y), (x, y), (1000 - x, y))]


def _colon(rng: Rng) -> Strokes:
    return [_points((0, 0), (60, 40)), _points((0, 1000), (60, 1040))]


def _squiggle(rng: Rng) -> Strokes:
    turns = rng.normal(0, 220, (int(rng.integers(8, 22)), 2))
    path = np.cumsum(np.cumsum(turns, axis=0) * 0.6, axis=0)
    width, height = np.ptp(path, axis=0)
    # An upright scribble would be a fair 1: lay it down.
    return [(path if height < 2 * width else path[:, ::-1]).astype(np.float32)]


_SIGNS: list[Callable[[Rng], Strokes]] = [
    _plus, _times, _dash, _dash, _equals, _dot, _bracket, _arrow, _tick, _box, _corner, _colon, _squiggle
]
