"""What is written on: sheets and boards, without light and without ink."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from camcount.synthesis.ink import Colour, tint
from camcount.types import Image

Relief: TypeAlias = npt.NDArray[np.float32]
"""(h, w), grey levels to add to a colour."""

_SHIFT = 4


@dataclass(frozen=True, slots=True)
class Ruling:
    """Where the rows of text stand, so that lines can be printed under them."""

    height: float
    """Of a digit, pixels."""
    pitch: float
    """From one baseline to the next, pixels."""
    baseline: float
    """Of the first row, pixels from the top."""


Paper: TypeAlias = Callable[[tuple[int, int], Ruling, np.random.Generator], Image]
"""From (width, height), ruling and chance to an image."""


def draw_plain(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw office paper, near white."""
    value = int(rng.integers(224, 246))
    colour = value - int(rng.integers(0, 9)), value, value + int(rng.integers(0, 4))
    return _grainy(size, colour, 2.2, rng, fibres=0.5)


def draw_ruled(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw writing paper: the text stands on one of its lines; often with a red margin."""
    image = draw_plain(size, ruling, rng)
    pitch = ruling.pitch / max(1, round(ruling.pitch / (ruling.height * rng.uniform(1.15, 1.6))))
    colour = _pick(((214, 190, 166), (196, 176, 164), (172, 168, 166)), rng)
    _parallels(image, ruling.baseline % pitch, pitch, colour, rng, across=False)
    if rng.random() < 0.6:
        _parallels(image, size[0] * rng.uniform(0.04, 0.10), 10.0 * size[0], (150, 146, 216), rng, across=True)
    return image


def draw_graph(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw squared paper; a digit is one to two squares high."""
    image = draw_plain(size, ruling, rng)
    pitch = ruling.height / rng.uniform(1.1, 2.0)
    colour = _pick(((212, 196, 172), (206, 204, 176), (196, 194, 192)), rng)
    _parallels(image, ruling.baseline % pitch, pitch, colour, rng, across=False)
    _parallels(image, rng.uniform(0, pitch), pitch, colour, rng, across=True)
    return image


def draw_whiteboard(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw a board of enamel with the ghosts of what was wiped off."""
    value = int(rng.integers(226, 242))
    image = _grainy(size, (value + 4, value + 2, value), 0.8, rng)
    return _wiped(image, (196, 192, 190), 0.10, rng)


def draw_kraft(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw brown packing paper, coarse."""
    tone = rng.uniform(0.94, 1.06)
    return _grainy(size, (int(126 * tone), int(166 * tone), int(196 * tone)), 4.5, rng, fibres=2.0)


def draw_coloured(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw a pastel sheet, such as a note."""
    colour = _pick(((150, 232, 246), (186, 226, 190), (232, 210, 180), (206, 194, 240), (156, 200, 244)), rng)
    return _grainy(size, colour, 2.2, rng, fibres=0.5)


def draw_blackboard(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw slate, green or black, with wiped chalk on it."""
    image = _grainy(size, _pick(((58, 66, 48), (52, 50, 48), (66, 72, 54)), rng), 2.0, rng)
    return _wiped(image, (150, 154, 150), 0.16, rng)


PAPERS: dict[str, Paper] = {
    "plain": draw_plain,
    "ruled": draw_ruled,
    "graph": draw_graph,
    "whiteboard": draw_whiteboard,
    "kraft": draw_kraft,
    "coloured": draw_coloured,
    "blackboard": draw_blackboard,
}

DARK_PAPERS = frozenset({"blackboard"})
"""Papers that only a light ink shows on."""

RULED_PAPERS = frozenset({"ruled", "graph"})
"""Papers with lines printed on them."""


def fold(image: Image, rng: np.random.Generator) -> Image:
    """Crease the sheet along one line or two, so that each part takes the light otherwise."""
    height, width = image.shape[:2]
    y, x = np.mgrid[0 : height // 4 + 1, 0 : width // 4 + 1].astype(np.float32) * 4
    shade = np.ones_like(x)
    first = rng.uniform(0, np.pi)
    for angle in (first, first + np.pi / 2 + rng.normal(0, 0.03))[: rng.integers(1, 3)]:
        through = rng.uniform(0.25, 0.75, 2) * [width, height]
        distance = (x - through[0]) * np.cos(angle) + (y - through[1]) * np.sin(angle)
        reach = 0.05 * width
        shade += rng.normal(0, 0.025) * np.sign(distance)
        bent = rng.choice([-1, 1]) * rng.uniform(0.04, 0.10) * np.tanh(distance / 5)
        shade += bent * np.exp(-np.abs(distance) / reach)
    field = cv2.resize(shade, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(image, cv2.merge([field] * 3), dtype=cv2.CV_8U), np.uint8)


def lay_on_desk(image: Image, edge: tuple[float, float], rng: np.random.Generator) -> Image:
    """End the sheet at one side, or at a corner, and show the desk beyond it.

    Args:
        image: the sheet.
        edge: how much of the width and of the height the desk takes, 0 to 1; the sides are drawn by lot.
    """
    height, width = image.shape[:2]
    desk = _grainy((width, height), _pick(((58, 84, 118), (40, 42, 46), (96, 118, 140), (120, 96, 82)), rng), 4.0, rng)
    streaks = _spread(rng.normal(0, 7, (max(2, height // 3), 3)), (width, height))
    right, bottom = edge[0] * width, edge[1] * height
    slope = rng.normal(0, 0.012)
    corners = [(-9, -9), (width - right + 9 * slope, -9), (width - right - height * slope, height - bottom),
               (-9, height - bottom - width * slope)]
    sheet = np.zeros((height, width), np.uint8)
    cv2.fillPoly(sheet, [np.round(np.array(corners) * 16).astype(np.int32)], 255, cv2.LINE_AA, _SHIFT)
    sheet = sheet[:: int(rng.choice([-1, 1])), :: int(rng.choice([-1, 1]))].copy()
    thrown = 1 - cv2.GaussianBlur(sheet, (0, 0), 0.006 * width) / np.float32(510)
    desk = cv2.merge([np.clip((channel + streaks) * thrown, 0, 255).astype(np.uint8) for channel in cv2.split(desk)])
    return np.where(sheet[..., None] > 127, image, desk)


def _grainy(
    size: tuple[int, int], colour: Colour, grain: float, rng: np.random.Generator, fibres: float = 0.0
) -> Image:
    """Give a surface of one colour, mottled, with a grain of so many grey levels and so many fibres."""
    width, height = size
    tooth = cv2.GaussianBlur(rng.integers(0, 256, (height, width), np.uint8), (0, 0), 0.9)
    # White noise of 0..255 has a deviation of 74; the blur leaves about 0.31 of it.
    relief = tooth.astype(np.float32)
    relief -= 127.5
    relief *= grain / 23
    relief += _spread(rng.normal(0, 0.7 * grain, (max(2, height // 40), max(2, width // 40))), size)
    if fibres:
        _draw_fibres(relief, fibres, rng)
    channels = [np.clip(relief + np.float32(value), 0, 255).astype(np.uint8) for value in colour]
    return np.asarray(cv2.merge(channels), np.uint8)


def _draw_fibres(relief: Relief, strength: float, rng: np.random.Generator) -> None:
    height, width = relief.shape[:2]
    count = 250
    start = rng.uniform(0, 1, (count, 1, 2)) * [width, height]
    steps = rng.normal(0, 0.004 * width, (count, 1, 2)) + rng.normal(0, 0.002 * width, (count, 4, 2))
    lines = np.round((start + np.cumsum(steps, 1)) * 16).astype(np.int32)
    for sign in (-1, 1):
        layer = np.zeros((height, width), np.uint8)
        cv2.polylines(layer, list(lines[::2] if sign > 0 else lines[1::2]), False, 255, 1, cv2.LINE_AA, _SHIFT)
        cv2.scaleAdd(layer.astype(np.float32), sign * 3.0 * strength / 255, relief, dst=relief)


def _parallels(
    image: Image, first: float, pitch: float, colour: Colour, rng: np.random.Generator, across: bool
) -> None:
    """Print parallel lines, level or upright (`across`), in place."""
    height, width = image.shape[:2]
    length, extent = (height, width) if across else (width, height)
    layer = np.zeros((height, width), np.uint8)
    thickness = max(1, round(max(height, width) / 900 * rng.uniform(0.8, 1.5)))
    for at in np.arange(first, extent, pitch):
        ends = [(at, -9.0), (at, length + 9.0)] if across else [(-9.0, at), (length + 9.0, at)]
        a, b = np.round(np.array(ends) * 16).astype(int).tolist()
        cv2.line(layer, a, b, int(rng.integers(170, 235)), thickness, cv2.LINE_AA, _SHIFT)
    image[:] = tint(image, layer, colour)


def _wiped(image: Image, colour: Colour, strength: float, rng: np.random.Generator) -> Image:
    """Smear an old writing's remains over a board."""
    height, width = image.shape[:2]
    cloud = _spread(rng.normal(0, 1, (4, 4)), (width, height))
    cloud *= _spread(rng.normal(1, 0.35, (max(2, height // 6), 4)), (width, height))
    return tint(image, np.clip(cloud * (255 * strength), 0, 255).astype(np.uint8), colour)


def _spread(values: npt.NDArray[np.float64], size: tuple[int, int]) -> Relief:
    """Lay a few values smoothly over (width, height)."""
    return np.asarray(cv2.resize(values.astype(np.float32), size, interpolation=cv2.INTER_CUBIC), np.float32)


def _pick(colours: tuple[Colour, ...], rng: np.random.Generator) -> Colour:
    return colours[int(rng.integers(len(colours)))]
