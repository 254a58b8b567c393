"""Grounds that nobody writes on: what lies under a sheet, or fills a picture that shows no sheet at all."""

from __future__ import annotations

import cv2
import numpy as np

from camcount.synthesis.surface import Ruling, grainy, pick, spread
from camcount.types import Image


def draw_wood(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw boards with their long grain."""
    width, height = size
    colour = pick(((70, 104, 150), (44, 66, 96), (120, 160, 196), (52, 54, 62)), rng)
    streaks = spread(rng.normal(0, 13, (max(2, height // 4), 5)), size)
    streaks += spread(rng.normal(0, 8, (max(2, height // 40), 3)), size)
    return _shade(grainy(size, colour, 3.0, rng), streaks)


def draw_cloth(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw a weave, checked at times."""
    width, height = size
    x, y = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
    step = float(rng.uniform(3, 7))
    weave = 9 * (np.sin(2 * np.pi * x / step) + np.sin(2 * np.pi * y / step))
    if rng.random() < 0.5:
        check = step * float(rng.uniform(8, 25))
        weave = weave + 18 * (np.sign(np.sin(2 * np.pi * x / check)) + np.sign(np.sin(2 * np.pi * y / check)))
    colour = pick(((150, 80, 70), (80, 90, 160), (110, 120, 122), (180, 190, 200), (60, 50, 46)), rng)
    return _shade(grainy(size, colour, 4.0, rng), weave.astype(np.float32))


def draw_grass(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw noise of many sizes in the colours of grass, gravel or a carpet."""
    width, height = size
    rough = spread(rng.normal(0, 26, (height // 2, width // 6)), size)
    rough += spread(rng.normal(0, 16, (height // 12 + 2, width // 12 + 2)), size)
    return _shade(grainy(size, pick(((60, 120, 80), (110, 116, 122), (96, 70, 90)), rng), 5.0, rng), rough)


def draw_bricks(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw a wall, or tiles."""
    image = grainy(size, pick(((70, 86, 160), (196, 200, 204), (120, 130, 140)), rng), 5.0, rng)
    high = int(size[1] * rng.uniform(0.06, 0.16))
    wide, shift = int(high * rng.uniform(1.0, 2.6)), int(rng.integers(0, 2)) * high
    joint = pick(((170, 176, 180), (110, 112, 116)), rng)
    for row, y in enumerate(range(0, size[1], high)):
        cv2.line(image, (0, y), (size[0], y), joint, max(1, high // 12), cv2.LINE_AA)
        for x in range(row % 2 * shift, size[0], wide):
            cv2.line(image, (x, y), (x, y + high), joint, max(1, high // 12), cv2.LINE_AA)
    return image


def draw_keys(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw a keyboard without its letters."""
    image = grainy(size, pick(((40, 38, 36), (190, 188, 186)), rng), 2.0, rng)
    cap = pick(((64, 60, 58), (226, 224, 222), (28, 28, 30)), rng)
    step = int(size[1] * rng.uniform(0.09, 0.18))
    for row, y in enumerate(range(-step // 3, size[1], step)):
        for x in range(-row * step // 3, size[0], step):
            cv2.rectangle(image, (x, y), (x + step * 5 // 6, y + step * 5 // 6), cap, -1, cv2.LINE_AA)
    return image


def draw_stripes(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw stripes of two tones, straight across or aslant."""
    x, y = np.arange(size[0], dtype=np.float32)[None], np.arange(size[1], dtype=np.float32)[:, None]
    angle, step = rng.uniform(0, np.pi), float(rng.uniform(0.02, 0.15)) * size[0]
    wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / step)
    tones = np.clip(wave * float(rng.uniform(1, 8)), -1, 1) * float(rng.uniform(15, 60))
    return _shade(grainy(size, pick(((140, 130, 120), (170, 180, 200), (110, 90, 80)), rng), 2.0, rng), tones)


def draw_gradient(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw one colour going over into another, such as a wall or the sky."""
    return _shade(grainy(size, (128, 128, 128), 1.5, rng), spread(rng.normal(0, 60, (2, 3)), size))


GROUNDS = {
    "wood": draw_wood,
    "cloth": draw_cloth,
    "grass": draw_grass,
    "bricks": draw_bricks,
    "keys": draw_keys,
    "stripes": draw_stripes,
    "gradient": draw_gradient,
}
"""By name."""


def _shade(image: Image, relief: np.typing.NDArray[np.floating]) -> Image:
    levels = np.asarray(relief, np.float32)
    return np.asarray(cv2.add(image, cv2.merge([levels] * 3), dtype=cv2.CV_8U), np.uint8)
