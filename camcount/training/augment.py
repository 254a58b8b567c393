"""Characters -> crops such as a camera would give of them."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from camcount.crop import SIDE, cut_to_ink, lay_mark
from camcount.synthesis.strokes import Strokes, draw_strokes

Grey = npt.NDArray[np.uint8]
Rng = np.random.Generator

TURN = 8.0
"""Standard deviation of rotation, degrees."""
SLANT = 0.15
STRETCH = 0.12
HEIGHTS = 13.0, 72.0
"""Least and greatest height of a character in the camera's picture, pixels."""


def bend(rng: Rng) -> npt.NDArray[np.float32]:
    """Draw a random (2, 2) matrix that turns, slants and stretches."""
    angle = np.deg2rad(np.clip(rng.normal(0, TURN), -25, 25))
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]])
    slant = np.array([[1, np.clip(rng.normal(0, SLANT), -0.45, 0.45)], [0, 1]])
    stretch = np.diag(np.exp(np.clip(rng.normal(0, STRETCH, 2), -0.3, 0.3)))
    matrix: npt.NDArray[np.float32] = (turn @ slant @ stretch).astype(np.float32)
    return matrix


def camera_height(rng: Rng) -> float:
    """Draw the height of a character in a picture, pixels: small ones as often as large ones."""
    low, high = HEIGHTS
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def write_strokes(strokes: Strokes, rng: Rng) -> Grey:
    """Write a character with a random pen, at a random size: grey (h, w), ink 255."""
    height = camera_height(rng)
    pen = max(0.9, height * float(np.exp(rng.uniform(np.log(0.025), np.log(0.17)))))
    return draw_strokes(strokes, bend(rng), height, pen)


def enlarge(digit: Grey, rng: Rng) -> Grey:
    """Bring a 28x28 digit to a random size, shape and stroke width: grey (h, w), ink 255."""
    height = max(camera_height(rng), 20.0)
    matrix = bend(rng) * (height / 20)
    side = int(np.ceil(SIDE * height / 20 * 1.3))
    shift = side / 2 - matrix @ np.array([SIDE / 2, SIDE / 2])
    picture = cv2.warpAffine(digit, np.column_stack([matrix, shift]), (side, side), flags=cv2.INTER_CUBIC)
    width = round(rng.uniform(-0.025, 0.05) * height)
    if width:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(width) + 1, abs(width) + 1))
        thinner = cv2.erode(picture, kernel) if width < 0 else cv2.dilate(picture, kernel)
        # A fine stroke must not vanish.
        picture = thinner if cv2.countNonZero((thinner > 127).astype(np.uint8)) > 12 else picture
    return picture.astype(np.uint8, copy=False)


def photograph(picture: Grey, rng: Rng) -> Grey:
    """Blur, add noise and binarize, as camera and reader do; then lay the mark: (28, 28)."""
    height = max(picture.shape)
    soft = picture
    if rng.random() < 0.7:
        soft = cv2.GaussianBlur(picture, (0, 0), max(0.3, float(rng.uniform(0, 0.03)) * height)).astype(np.uint8)
    peak = int(soft.max())
    if rng.random() < 0.6:
        grain = rng.standard_normal(soft.shape, np.float32) * np.float32(rng.uniform(0, 0.16) * peak)
        grain = cv2.GaussianBlur(grain, (0, 0), 0.8) * 1.8 if rng.random() < 0.5 else grain
        soft = np.asarray(cv2.add(soft, grain, dtype=cv2.CV_8U), np.uint8)
    mark = np.where(soft > peak * rng.uniform(0.36, 0.64), np.uint8(255), np.uint8(0))
    return lay_mark(cut_to_ink(_largest(mark)))


def lay_grey(picture: Grey) -> Grey:
    """Lay a grey picture as it is, without a camera: (28, 28)."""
    return lay_mark(cut_to_ink(picture))


def jiggle(digit: Grey, rng: Rng) -> Grey:
    """Turn, slant, stretch and shift a 28x28 digit a little, as it stands: (28, 28)."""
    matrix = bend(rng)
    shift = SIDE / 2 - matrix @ np.array([SIDE / 2, SIDE / 2]) + rng.normal(0, 0.7, 2)
    moved = cv2.warpAffine(digit, np.column_stack([matrix, shift]), (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    return moved.astype(np.uint8, copy=False)


def _largest(mark: Grey) -> Grey:
    """Drop what grain left beside the character: pieces under a tenth of its largest."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mark)
    if count <= 2:
        return mark
    areas = stats[1:, cv2.CC_STAT_AREA]
    kept = np.flatnonzero(areas >= 0.1 * areas.max()) + 1
    return np.where(np.isin(labels, kept), mark, np.uint8(0))
