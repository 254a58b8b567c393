"""What is written on a page and where its ink lies, worked out from the strokes and never from the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from camcount.synthesis.camera import Matrix, project
from camcount.synthesis.layout import Layout, Mark
from camcount.synthesis.paper import RULED_PAPERS
from camcount.synthesis.scene import Scene
from camcount.synthesis.shapes import DIGITS
from camcount.types import Box, Digit, Line

DigitMap: TypeAlias = npt.NDArray[np.uint16]
"""(h, w), see `Page.digit_map`."""

OTHER = 65535
"""In a digit map: ink that is no digit."""

TRAITS = ("touching", "broken", "ruled", "shadow", "tilt", "small", "clutter")
"""Difficulties that a page may have."""

_SMALL = 28
"""Height of a digit, pixels of a picture 1280 wide, below which a page's digits are small."""

_SHIFT = 4


def lines_of(layout: Layout, matrix: Matrix, pen_width: float) -> tuple[Line, ...]:
    """Give the digits, row by row, each with the box of its ink in the picture."""
    lines = []
    for row in sorted({mark.row for mark in layout.marks}):
        digits: list[Digit] = []
        spaces: list[int] = []
        before: Mark | None = None
        for mark in (mark for mark in layout.marks if mark.row == row):
            if mark.character in DIGITS:
                if digits and before and (before.character not in DIGITS or before.group != mark.group):
                    spaces.append(len(digits))
                digits.append(Digit(mark.character, 1.0, _box(mark, matrix, pen_width)))
            before = mark
        if digits:
            lines.append(Line(tuple(digits), None, tuple(spaces)))
    return tuple(lines)


def digits_of(layout: Layout) -> list[Mark]:
    """Give the marks that are digits, in the order of `lines_of`."""
    return sorted((mark for mark in layout.marks if mark.character in DIGITS), key=lambda mark: mark.row)


def map_digits(
    layout: Layout, lines: Sequence[Line], matrix: Matrix, size: tuple[int, int], pen_width: float
) -> DigitMap:
    """Draw the number of each digit where its ink is, in a picture of (width, height), and `OTHER` under the rest."""
    numbers = np.zeros((size[1], size[0]), np.uint16)
    for mark in layout.marks:
        if mark.character not in DIGITS:
            _draw(numbers, mark, matrix, pen_width, OTHER, Box(0, 0, *size))
    boxes = [digit.box for line in lines for digit in line.digits]
    for number, (mark, box) in enumerate(zip(digits_of(layout), boxes), 1):
        _draw(numbers, mark, matrix, pen_width, number, box)
    return numbers


def find_touching(layout: Layout, pen_width: float) -> tuple[tuple[int, int], ...]:
    """Give the pairs of digits whose ink meets: their strokes come nearer than a pen is wide."""
    digits = digits_of(layout)
    if len(digits) < 2:
        return ()
    dense = [np.concatenate([_densely(stroke, pen_width / 3) for stroke in mark.strokes]) for mark in digits]
    low, high = np.array([points.min(0) for points in dense]), np.array([points.max(0) for points in dense])
    near = ((low[:, None] - pen_width < high[None]) & (low[None] - pen_width < high[:, None])).all(2)
    pairs = []
    for first, second in np.argwhere(np.triu(near, 1)).tolist():
        reach = pen_width * (digits[first].pen + digits[second].pen) / 2
        apart = dense[first][:, None] - dense[second][None]
        if float((apart**2).sum(2).min()) < reach**2:
            pairs.append((first + 1, second + 1))
    return tuple(pairs)


def traits_of(
    layout: Layout, scene: Scene, size: tuple[int, int], lines: Sequence[Line], touching: Sequence[tuple[int, int]],
    cluttered: bool,
) -> frozenset[str]:
    """Tell which of `TRAITS` a page has."""
    heights = [digit.box.height for line in lines for digit in line.digits]
    turned = abs((scene.rotation + 180) % 360 - 180)
    found = {
        "touching": bool(touching),
        "broken": any(mark.broken for mark in digits_of(layout)),
        "ruled": scene.paper in RULED_PAPERS,
        "shadow": scene.shadow > 0,
        "tilt": scene.tilt > 10 or turned > 8,
        "small": bool(heights) and float(np.median(heights)) * 1280 / size[0] < _SMALL,
        "clutter": cluttered,
    }
    return frozenset(trait for trait in TRAITS if found[trait])


def _draw(numbers: DigitMap, mark: Mark, matrix: Matrix, pen_width: float, number: int, box: Box) -> None:
    """Draw a mark into its box, in place."""
    height, width = numbers.shape
    x0, y0, x1, y1 = max(box.x0, 0), max(box.y0, 0), min(box.x1, width), min(box.y1, height)
    if x0 >= x1 or y0 >= y1:
        return
    points = np.concatenate(mark.strokes)
    seen = project(matrix, points)
    wide = pen_width * mark.pen * _scale_at(matrix, points.mean(0))
    cuts = np.cumsum([len(stroke) for stroke in mark.strokes])[:-1]
    fixed = np.round((seen - [x0, y0]) * (1 << _SHIFT)).astype(np.int32)
    view = numbers[y0:y1, x0:x1]
    cv2.polylines(view, np.split(fixed, cuts), False, number, max(1, round(wide)), cv2.LINE_8, _SHIFT)


def _scale_at(matrix: Matrix, point: npt.NDArray[np.floating]) -> float:
    """Give how many pixels of the picture one of the page is long around a point, mean of all directions."""
    around = project(matrix, point + np.array([[0, 0], [1, 0], [0, 1]]))
    (a, b), (c, d) = around[1:] - around[0]
    return float(np.sqrt(abs(a * d - b * c)))


def _densely(stroke: npt.NDArray[np.float32], step: float) -> npt.NDArray[np.float64]:
    """Give points of a stroke that lie no further apart than `step`."""
    points = stroke.astype(np.float64)
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    even = np.linspace(0, lengths[-1], int(lengths[-1] / step) + 2)
    return np.stack([np.interp(even, lengths, points[:, axis]) for axis in (0, 1)], 1)


def _box(mark: Mark, matrix: Matrix, pen_width: float) -> Box:
    points: npt.NDArray[np.float64] = np.concatenate(mark.strokes).astype(np.float64)
    around = 0.5 * pen_width * mark.pen * np.array([[-1, 0], [1, 0], [0, -1], [0, 1]])
    seen = project(matrix, (points[:, None] + around).reshape(-1, 2))
    low, high = np.floor(seen.min(0)).astype(int), np.ceil(seen.max(0)).astype(int)
    return Box(int(low[0]), int(low[1]), int(high[0]), int(high[1]))
