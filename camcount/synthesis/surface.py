"""Surfaces: the grain, the lines and the smears that papers and boards are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from camcount.synthesis.ink import Colour, tint
from camcount.types import Image

Relief: TypeAlias = npt.NDArray[np.float32]
"""(h, w), grey levels to add to a colour."""

_SHIFT = 4


@dataclass(frozen=True, slots=True, eq=False)
class Ruling:
    """Where the rows of text stand, so that lines can be printed under them."""

    height: float
    """Of a digit, pixels."""
    pitch: float
    """From one baseline to the next, pixels."""
    baseline: float
    """Of the first row, pixels from the top."""
    cells: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    """(n, 4), x0 y0 x1 y1 of the cells that digits stand in, pixels; none where they stand free."""


def grainy(
    size: tuple[int, int], colour: Colour, grain: float, rng: np.random.Generator, fibres: float = 0.0
) -> Image:
    """Give a surface of one colour, mottled, with a grain of so many grey levels and so many fibres."""
    width, height = size
    tooth = cv2.GaussianBlur(rng.integers(0, 256, (height, width), np.uint8), (0, 0), 0.9)
    # White noise of 0..255 has a deviation of 74; the blur leaves about 0.31 of it.
    relief = tooth.astype(np.float32)
    relief -= 127.5
    relief *= grain / 23
    relief += spread(rng.normal(0, 0.7 * grain, (max(2, height // 40), max(2, width // 40))), size)
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


def parallels(
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


def wiped(image: Image, colour: Colour, strength: float, rng: np.random.Generator) -> Image:
    """Smear an old writing's remains over a board."""
    height, width = image.shape[:2]
    cloud = spread(rng.normal(0, 1, (4, 4)), (width, height))
    cloud *= spread(rng.normal(1, 0.35, (max(2, height // 6), 4)), (width, height))
    return tint(image, np.clip(cloud * (255 * strength), 0, 255).astype(np.uint8), colour)


def spread(values: npt.NDArray[np.float64], size: tuple[int, int]) -> Relief:
    """Lay a few values smoothly over (width, height)."""
    return np.asarray(cv2.resize(values.astype(np.float32), size, interpolation=cv2.INTER_CUBIC), np.float32)


def pick(colours: tuple[Colour, ...], rng: np.random.Generator) -> Colour:
    """Draw a colour by lot."""
    return colours[int(rng.integers(len(colours)))]
