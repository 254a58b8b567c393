"""What is written on: sheets and boards, without light and without ink."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np

from camcount.synthesis.forms import (
    draw_canvas, draw_dotted, draw_form, draw_narrow, draw_receipt, draw_recycled, draw_seyes,
)
from camcount.synthesis.surface import Ruling, grainy, parallels, pick, spread, wiped
from camcount.types import Image

_SHIFT = 4

Paper: TypeAlias = Callable[[tuple[int, int], Ruling, np.random.Generator], Image]
"""From (width, height), ruling and chance to an image."""


def draw_plain(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw office paper, near white."""
    value = int(rng.integers(224, 246))
    colour = value - int(rng.integers(0, 9)), value, value + int(rng.integers(0, 4))
    return grainy(size, colour, 2.2, rng, fibres=0.5)


def draw_ruled(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw writing paper: the text stands on one of its lines; often with a red margin."""
    image = draw_plain(size, ruling, rng)
    pitch = ruling.pitch / max(1, round(ruling.pitch / (ruling.height * rng.uniform(1.15, 1.6))))
    colour = pick(((214, 190, 166), (196, 176, 164), (172, 168, 166)), rng)
    parallels(image, ruling.baseline % pitch, pitch, colour, rng, across=False)
    if rng.random() < 0.6:
        parallels(image, size[0] * rng.uniform(0.04, 0.10), 10.0 * size[0], (150, 146, 216), rng, across=True)
    return image


def draw_graph(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw squared paper; a digit is one to two squares high."""
    image = draw_plain(size, ruling, rng)
    pitch = ruling.height / rng.uniform(1.1, 2.0)
    colour = pick(((212, 196, 172), (206, 204, 176), (196, 194, 192)), rng)
    parallels(image, ruling.baseline % pitch, pitch, colour, rng, across=False)
    parallels(image, rng.uniform(0, pitch), pitch, colour, rng, across=True)
    return image


def draw_whiteboard(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw a board of enamel with the ghosts of what was wiped off."""
    value = int(rng.integers(226, 242))
    image = grainy(size, (value + 4, value + 2, value), 0.8, rng)
    return wiped(image, (196, 192, 190), 0.10, rng)


def draw_kraft(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw brown packing paper, coarse."""
    tone = rng.uniform(0.94, 1.06)
    return grainy(size, (int(126 * tone), int(166 * tone), int(196 * tone)), 4.5, rng, fibres=2.0)


def draw_coloured(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw a pastel sheet, such as a note."""
    colour = pick(((150, 232, 246), (186, 226, 190), (232, 210, 180), (206, 194, 240), (156, 200, 244)), rng)
    return grainy(size, colour, 2.2, rng, fibres=0.5)


def draw_blackboard(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw slate, green or black, with wiped chalk on it."""
    image = grainy(size, pick(((58, 66, 48), (52, 50, 48), (66, 72, 54)), rng), 2.0, rng)
    return wiped(image, (150, 154, 150), 0.16, rng)


PAPERS: dict[str, Paper] = {
    "plain": draw_plain,
    "ruled": draw_ruled,
    "graph": draw_graph,
    "whiteboard": draw_whiteboard,
    "kraft": draw_kraft,
    "coloured": draw_coloured,
    "blackboard": draw_blackboard,
    "form": draw_form,
    "seyes": draw_seyes,
    "narrow": draw_narrow,
    "dotted": draw_dotted,
    "recycled": draw_recycled,
    "receipt": draw_receipt,
    "canvas": draw_canvas,
}

DARK_PAPERS = frozenset({"blackboard"})
"""Papers that only a light ink shows on."""

RULED_PAPERS = frozenset({"ruled", "graph", "form", "seyes", "narrow", "dotted"})
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


def lay_on_desk(
    image: Image, edge: tuple[float, float], rng: np.random.Generator, ground: Paper | None = None
) -> Image:
    """End the sheet at one side, or at a corner, and show the desk beyond it.

    Args:
        image: the sheet.
        edge: how much of the width and of the height the desk takes, 0 to 1; the sides are drawn by lot.
        ground: what the desk is made of; None for a board of one colour.
    """
    height, width = image.shape[:2]
    if ground:
        desk = ground((width, height), Ruling(0.1 * height, 0.2 * height, 0.0), rng)
    else:
        desk = grainy(
            (width, height), pick(((58, 84, 118), (40, 42, 46), (96, 118, 140), (120, 96, 82)), rng), 4.0, rng
        )
    streaks = spread(rng.normal(0, 7, (max(2, height // 3), 3)), (width, height))
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
