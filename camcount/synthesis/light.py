"""The light that falls on a page: uneven, shaded, coloured."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from camcount.types import Image

_COARSE = 4
"""Light changes slowly, so it is worked out on every fourth pixel: a shadow's edge is still only four pixels wide."""

Field = npt.NDArray[np.float32]
"""(h, w) float32, how much of the light is left, 1 = all."""


def even(size: tuple[int, int]) -> Field:
    """Give full light for a picture of (width, height)."""
    return np.ones((size[1] // _COARSE + 1, size[0] // _COARSE + 1), np.float32)


def slope(field: Field, strength: float, rng: np.random.Generator) -> Field:
    """Let the light fall off from one side to the other by `strength`, 0 to 1."""
    x, y = _grid(field)
    angle = rng.uniform(0, 2 * np.pi)
    ramp: Field = (x * np.cos(angle) + y * np.sin(angle)).astype(np.float32)
    return field * (1 - strength * (0.5 + 0.35 * ramp))


def vignette(field: Field, strength: float) -> Field:
    """Darken the corners by `strength`, 0 to 1."""
    x, y = _grid(field)
    darker: Field = 1 - np.float32(strength) * (x * x + y * y) / 2
    return field * darker


def flash(field: Field, strength: float, rng: np.random.Generator) -> Field:
    """Add a bright spot near the middle, `strength` over the rest."""
    x, y = _grid(field)
    cx, cy = rng.normal(0, 0.35, 2)
    radius = rng.uniform(0.35, 0.7)
    spot: Field = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * radius**2)).astype(np.float32)
    brighter: Field = field + np.float32(strength) * spot
    return brighter


def cast_shadow(field: Field, strength: float, softness: float, rng: np.random.Generator) -> Field:
    """Cast the shadow of something beside the page, with an edge that crosses the middle of the picture.

    Args:
        strength: the share of the light that is lost in it, 0 to 1.
        softness: of its edge, as a share of the width; 0 is hard.
    """
    height, width = field.shape
    angle = rng.uniform(0, 2 * np.pi)
    across = np.array([np.cos(angle), np.sin(angle)])
    along = np.array([-across[1], across[0]])
    middle = np.array([width, height]) * rng.uniform(0.35, 0.65, 2)
    reach = 1.5 * (width + height)
    run = np.linspace(-1.6, 1.6, 65)
    bumps = sum(rng.normal(0, 0.05 / k) * np.sin(2.5 * k * run + rng.uniform(0, 2 * np.pi)) for k in range(1, 5))
    rim = middle + width * (run[:, None] * along + np.asarray(bumps)[:, None] * across)
    corners = np.array([*rim, rim[-1] + across * reach, rim[0] + across * reach])
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.round(corners * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    shade = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(0.5, softness * width))
    return field * (1 - strength * shade)


def cast_hand(field: Field, strength: float, softness: float, rng: np.random.Generator) -> Field:
    """Cast the shadow of a phone and of the fingers that hold it, from one rim into the picture."""
    height, width = field.shape
    mask = np.zeros((height, width), np.uint8)
    middle = np.array([width * rng.uniform(0.2, 0.8), height * rng.uniform(0.55, 0.95)])
    wide, tall = width * rng.uniform(0.2, 0.4), height * rng.uniform(0.6, 1.3)
    lean = rng.normal(0, 0.35)
    up, aside = np.array([np.sin(lean), -np.cos(lean)]), np.array([np.cos(lean), np.sin(lean)])
    phone = [middle + aside * wide * a + up * tall * b for a, b in ((-0.5, 0.5), (0.5, 0.5), (0.5, -1), (-0.5, -1))]
    cv2.fillPoly(mask, [np.round(np.array(phone) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    for finger in range(int(rng.integers(2, 5))):
        start = middle + aside * wide * 0.4 - up * tall * (0.1 + 0.16 * finger)
        end = start + aside * wide * rng.uniform(0.25, 0.6)
        ends = [np.round(point * 16).astype(int).tolist() for point in (start, end)]
        cv2.line(mask, ends[0], ends[1], 255, max(2, round(0.13 * tall)), cv2.LINE_AA, 4)
    if rng.random() < 0.5:
        mask = np.ascontiguousarray(mask[::-1])
    shade = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(0.5, softness * width))
    return field * (1 - strength * shade)


def shine(image: Image, field: Field, exposure: float, warmth: float, tinge: float = 0.0) -> Image:
    """Light an image.

    Args:
        image: as under full white light.
        field: of the light.
        exposure: 1 keeps white paper white; more burns it out.
        warmth: above 0 a lamp, below 0 the sky; 0.1 is much.
        tinge: above 0 greenish, below 0 violet.
    """
    height, width = image.shape[:2]
    full = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
    gains = (exposure * (1 - warmth), exposure * (1 + tinge), exposure * (1 + 0.7 * warmth))
    lit = cv2.multiply(image, cv2.merge([full * np.float32(gain) for gain in gains]), dtype=cv2.CV_8U)
    return np.asarray(lit, np.uint8)


def _grid(field: Field) -> tuple[Field, Field]:
    """Give x and y from -1 to 1, as a row and a column."""
    height, width = field.shape
    return np.linspace(-1, 1, width, dtype=np.float32)[None, :], np.linspace(-1, 1, height, dtype=np.float32)[:, None]
