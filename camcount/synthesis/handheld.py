"""A camera in a hand: a still picture, as it looks from moment to moment."""

from __future__ import annotations

import math

import cv2
import numpy as np

from camcount.synthesis.camera import compress, shake
from camcount.types import Image

DRIFT, TREMBLE = (0.15, 0.4), (1.2, 2.5)
"""How often a second the hand comes back, least and most: as it wanders, and as it trembles."""
JOLTS = 0.4
"""How often a second the hand jolts, and the picture is blurred for a moment,"""
JOLT = 0.12
"""of so many seconds."""
EXPOSURE = 0.12
"""How much the light goes up and down, share of it."""
QUALITY = 80
"""Of the JPEG that the camera gives, 1 to 100."""


class HandHeld:
    """Looks at one picture from a hand that wanders and trembles.

    Args:
        image: what is looked at.
        size: width and height of what the camera gives; the picture fills it as far as it can.
        rng: all chance.
    """

    def __init__(self, image: Image, size: tuple[int, int], rng: np.random.Generator) -> None:
        self._image = image
        self._size = size
        self._phases = rng.uniform(0, 2 * np.pi, (5, 2))
        self._rates = np.stack([rng.uniform(*DRIFT, 5), rng.uniform(*TREMBLE, 5)], 1)
        self._jolts = np.cumsum(rng.exponential(1 / JOLTS, 1000))
        self._angles = rng.uniform(0, 180, len(self._jolts))

    def look(self, time: float) -> Image:
        """Give what the camera sees at a time, seconds."""
        waves = np.sin(2 * np.pi * self._rates * time + self._phases) @ [0.8, 0.2]
        reach = max(self._size)
        dx, dy, angle, zoom, light = waves * [0.013 * reach, 0.013 * reach, math.radians(0.9), 0.03, EXPOSURE]
        height, width = self._image.shape[:2]
        # A little smaller than it fits, so that the hand never loses a rim.
        scale = 0.96 * min(self._size[0] / width, self._size[1] / height) * (1 + zoom)
        cos, sin = scale * math.cos(angle), scale * math.sin(angle)
        to_frame = np.array([[cos, -sin, 0.0], [sin, cos, 0.0]])
        to_frame[:, 2] = np.array(self._size) / 2 + [dx, dy] - to_frame[:, :2] @ [width / 2, height / 2]
        source = self._image
        if scale < 0.5:
            # Every pixel of a large picture counts.
            share = 2 * scale
            source = np.asarray(cv2.resize(source, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)
            to_frame[:, :2] /= share
        frame = np.asarray(
            cv2.warpAffine(source, to_frame, self._size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
            np.uint8,
        )
        frame = np.asarray(cv2.convertScaleAbs(frame, alpha=1 + float(light)), np.uint8)
        since = time - self._jolts
        jolting = np.flatnonzero((since >= 0) & (since < JOLT))
        if len(jolting):
            frame = shake(frame, 0.012 * reach, float(self._angles[jolting[0]]))
        return compress(frame, QUALITY)
