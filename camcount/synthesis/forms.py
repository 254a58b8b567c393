"""Printed papers: forms, exercise books, receipts; the drawing app's canvas too."""

from __future__ import annotations

import cv2
import numpy as np

from camcount.synthesis.ink import Colour, tint
from camcount.synthesis.surface import Ruling, grainy, parallels, pick
from camcount.types import Image

_SHIFT = 4


def draw_form(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw a printed form: a box around each cell where digits stand in cells, or else the rows of a table."""
    image = _white(size, rng)
    colour = pick(((60, 56, 54), (120, 112, 108), (178, 160, 140), (140, 150, 214), (150, 190, 150)), rng)
    if len(ruling.cells):
        _draw_cells(image, ruling, colour, rng)
        return image
    pitch = ruling.pitch
    parallels(image, (ruling.baseline + 0.25 * pitch) % pitch, pitch, colour, rng, across=False)
    width = size[0] * rng.uniform(0.16, 0.4)
    parallels(image, rng.uniform(0, width), width, colour, rng, across=True)
    return image


def draw_seyes(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw a French exercise book: squares of strong lines, with three pale ones between each two."""
    image = _white(size, rng)
    square = ruling.height * float(rng.uniform(1.0, 2.0))
    first = ruling.baseline % square
    parallels(image, ruling.baseline % (square / 4), square / 4, (236, 220, 204), rng, across=False)
    parallels(image, first, square, (200, 160, 150), rng, across=False)
    parallels(image, float(rng.uniform(0, square)), square, (206, 176, 170), rng, across=True)
    parallels(image, size[0] * float(rng.uniform(0.05, 0.15)), 10.0 * size[0], (140, 130, 226), rng, across=True)
    return image


def draw_narrow(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw lines so narrow that digits go over two or three."""
    image = _white(size, rng)
    pitch = ruling.height * float(rng.uniform(0.4, 0.8))
    colour = pick(((206, 186, 166), (176, 168, 164), (190, 204, 180)), rng)
    parallels(image, ruling.baseline % pitch, pitch, colour, rng, across=False)
    return image


def draw_dotted(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw a journal's dots at the corners of squares."""
    image = _white(size, rng)
    pitch = max(6.0, ruling.height / float(rng.uniform(1.0, 2.2)))
    width, height = size
    radius = max(16, round(16 * max(size) / 700 * float(rng.uniform(0.8, 1.4))))
    layer = np.zeros((height, width), np.uint8)
    for y in np.arange(ruling.baseline % pitch, height, pitch):
        for x in np.arange(pitch / 2, width, pitch):
            cv2.circle(layer, (round(x * 16), round(y * 16)), radius, 200, -1, cv2.LINE_AA, _SHIFT)
    image[:] = tint(image, layer, (160, 152, 148))
    return image


def draw_recycled(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw grey paper with specks of what it was before."""
    value = int(rng.integers(176, 206))
    image = grainy(size, (value - 10, value - 3, value), 4.0, rng, fibres=2.0)
    width, height = size
    for x, y in (rng.uniform(0, 1, (60, 2)) * [width, height]).astype(int).tolist():
        cv2.circle(image, (x, y), 1, (value - 60, value - 54, value - 50), -1, cv2.LINE_AA)
    return image


def draw_receipt(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Draw thermal paper: pale, bluish, banded across by its print head."""
    image = grainy(size, (236, 230, 224), 1.0, rng)
    height = size[1]
    bands = 1 + rng.normal(0, 0.01, (height, 1)).astype(np.float32)
    wide = np.repeat(cv2.GaussianBlur(bands, (1, 0), 0, sigmaY=2.0).reshape(-1, 1), size[0], 1)
    return np.asarray(cv2.multiply(image, cv2.merge([wide] * 3), dtype=cv2.CV_8U), np.uint8)


def draw_canvas(size: tuple[int, int], ruling: Ruling, rng: np.random.Generator) -> Image:
    """Fill the white of a drawing app, or of a scanner that knows nothing between black and white."""
    return np.full((size[1], size[0], 3), 255, np.uint8)


def _draw_cells(image: Image, ruling: Ruling, colour: Colour, rng: np.random.Generator) -> None:
    layer = np.zeros(image.shape[:2], np.uint8)
    thickness = max(1, round(max(image.shape) / 900 * rng.uniform(0.8, 2.2)))
    comb = rng.random() < 0.25
    for x0, y0, x1, y1 in np.round(ruling.cells * 16).astype(int).tolist():
        corners = [(x0, (y0 + y1) // 2), (x0, y1), (x1, y1), (x1, (y0 + y1) // 2)]
        if not comb:
            corners = [(x0, y0), (x0, y1), (x1, y1), (x1, y0)]
        cv2.polylines(layer, [np.array(corners, np.int32)], not comb, 225, thickness, cv2.LINE_AA, _SHIFT)
    image[:] = tint(image, layer, colour)


def _white(size: tuple[int, int], rng: np.random.Generator) -> Image:
    value = int(rng.integers(226, 246))
    return grainy(size, (value - int(rng.integers(0, 9)), value, value), 1.6, rng)
