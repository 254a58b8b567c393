"""Frame -> a picture of the stages: what is ink, what are marks, what the model saw."""

from __future__ import annotations

import cv2
import numpy as np

from camcount.overlay import draw_overlay, status_strip
from camcount.reader import Sight
from camcount.types import Image, Reading

CROP = 56
"""Side of a crop in the picture, pixels, where there is room."""
_BLUE, _GREY = (178, 114, 0), (150, 150, 150)


def draw_stages(image: Image, reading: Reading, sight: Sight) -> Image:
    """Draw four pictures in one: the frame with its reading, its ink, the marks in it, and the crops of its digits.

    Args:
        image: of the frame.
        reading: what is shown of it.
        sight: what it was read by.

    Returns:
        (h, w, 3), as large as the frame, or 640x360 at least.
    """
    height, width = max(image.shape[0], 360), max(image.shape[1], 640)
    size = width // 2, height // 2
    ink, glyphs = sight.ink, sight.glyphs
    paper = np.repeat((255 - ink.mask)[..., None], 3, axis=2)
    marks: Image = np.asarray(np.where(paper < 128, 120, 255), np.uint8)
    for box, whole in zip(glyphs.boxes.tolist(), glyphs.whole.tolist()):
        cv2.rectangle(marks, (box[0], box[1]), (box[2], box[3]), _BLUE if whole else _GREY, 2 if whole else 1)
    tiles = [draw_overlay(image, reading), paper, marks, _lay_crops(reading, size)]
    words = (f"{len(reading.lines)} lines", f"ink: {ink.polarity}", f"{len(glyphs)} hypotheses", "what the model saw")
    strips = [status_strip(size[0], height, told) for told in words]
    below = size[0], size[1] - strips[0].shape[0]
    fitted = [np.vstack([strip, _fit(tile, below)]) for strip, tile in zip(strips, tiles)]
    return np.vstack([np.hstack(fitted[:2]), np.hstack(fitted[2:])])


def _fit(image: Image, size: tuple[int, int]) -> Image:
    """Bring an image to a size, on grey where its shape is another."""
    scale = min(size[0] / image.shape[1], size[1] / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.full((size[1], size[0], 3), 90, np.uint8)
    x, y = (size[0] - small.shape[1]) // 2, (size[1] - small.shape[0]) // 2
    canvas[max(0, y) : y + small.shape[0], max(0, x) : x + small.shape[1]] = small[: size[1], : size[0]]
    return canvas


def _lay_crops(reading: Reading, size: tuple[int, int]) -> Image:
    """Lay the crops of the digits in rows, as many as there is room for."""
    canvas = np.full((size[1], size[0], 3), 30, np.uint8)
    y = 4
    for line in reading.lines:
        x = 4
        for digit in line.digits:
            if digit.crop is None or y + CROP > size[1] or x + CROP > size[0]:
                continue
            large = cv2.resize(digit.crop, (CROP - 4, CROP - 4), interpolation=cv2.INTER_NEAREST)
            canvas[y : y + CROP - 4, x : x + CROP - 4] = large[..., None]
            x += CROP
        y += CROP
    return canvas
