"""Digits as they are -> digits as other hands might have written them: ways to augment, by name."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from camcount.crop import SIDE
from camcount.types import Crops

Rng = np.random.Generator
PAPER = "paper"
"""No preset but all that camcount's own network learns from: crops as a camera gives them, and what is no digit."""


@dataclass(frozen=True, slots=True)
class Preset:
    """How far pictures are altered at most, each way; none of it by default."""

    turn: float = 0.0
    """Degrees."""
    shift: float = 0.0
    """Share of the side."""
    zoom: float = 0.0
    """Share of the size, larger or smaller."""
    shear: float = 0.0
    """Columns aside for each row."""
    brightness: float = 0.0
    """Share of the light."""
    noise: float = 0.0
    """Greatest standard deviation, grey levels."""
    elastic: float = 0.0
    """Greatest mean length of the displacements, pixels."""


PRESETS = {
    "none": Preset(),
    "affine": Preset(turn=10, shift=0.1, zoom=0.1, shear=0.1),
    "light": Preset(turn=8, shift=0.08, zoom=0.08, brightness=0.2, noise=12),
    "elastic": Preset(turn=10, shift=0.08, zoom=0.1, shear=0.15, elastic=1.2),
    "all": Preset(turn=12, shift=0.1, zoom=0.12, shear=0.2, brightness=0.2, noise=12, elastic=1.2),
}
SMOOTH = 4.0
"""Standard deviation by which displacements are smoothed, pixels: neighbours move together (Simard et al. 2003)."""


def alter(crops: Crops, preset: Preset, rng: Rng) -> Crops:
    """Alter each picture by chance, as far as the preset allows; (n, 28, 28), as given."""
    if preset == Preset():
        return crops
    altered = np.empty_like(crops)
    for i, crop in enumerate(crops):
        columns, rows = _places(preset, rng)
        moved = cv2.remap(crop, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        altered[i] = _relight(np.asarray(moved, np.uint8), preset, rng)
    return altered


def _places(preset: Preset, rng: Rng) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Give where in the picture each pixel of the altered one comes from: columns and rows, (28, 28)."""
    angle, shear = np.deg2rad(rng.uniform(-1, 1) * preset.turn), rng.uniform(-1, 1) * preset.shear
    cos, sin = np.cos(angle), np.sin(angle)
    zoom = 1 + rng.uniform(-1, 1, 2) * preset.zoom
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, shear], [0, 1]]) @ np.diag(1 / zoom)
    middle = (SIDE - 1) / 2
    grid = np.indices((SIDE, SIDE), np.float32)[::-1].reshape(2, -1) - middle
    places = matrix @ grid + middle + rng.uniform(-1, 1, (2, 1)) * preset.shift * SIDE
    columns, rows = places.reshape(2, SIDE, SIDE).astype(np.float32)
    if preset.elastic:
        moves = [cv2.GaussianBlur(rng.uniform(-1, 1, (SIDE, SIDE)).astype(np.float32), (0, 0), SMOOTH) for _ in "xy"]
        usual = float(np.hypot(*moves).mean()) + 1e-6
        far = np.float32(rng.uniform(0, preset.elastic) / usual)
        columns, rows = columns + moves[0] * far, rows + moves[1] * far
    return columns, rows


def _relight(crop: npt.NDArray[np.uint8], preset: Preset, rng: Rng) -> npt.NDArray[np.uint8]:
    if not (preset.brightness or preset.noise):
        return crop
    light = crop * np.float32(1 + rng.uniform(-1, 1) * preset.brightness)
    light += rng.standard_normal(crop.shape, np.float32) * np.float32(rng.uniform(0, preset.noise))
    return np.asarray(np.clip(light, 0, 255), np.uint8)
