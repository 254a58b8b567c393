"""What a sheet has been through: crumpled, punched, held by a finger, written on at its back."""

from __future__ import annotations

import cv2
import numpy as np

from camcount.synthesis.hand import Strokes
from camcount.synthesis.ink import Colour, lay_ink, tint
from camcount.synthesis.surface import pick
from camcount.types import Box, Image

TRACES = ("showthrough", "crumple", "punched", "spiral", "finger")
"""By name."""

_SHIFT = 4
_COARSE = 4


def show_through(sheet: Image, strokes: Strokes, width: float, rng: np.random.Generator) -> Image:
    """Let the writing of the back side shine through: the page's own strokes, mirrored and moved.

    Args:
        strokes: in pixels of the page.
        width: of the pen, pixels.
    """
    if not strokes:
        return sheet
    shape = sheet.shape[:2]
    move = rng.uniform(-0.2, 0.2, 2) * [shape[1], shape[0]]
    lines = [np.round((np.array([shape[1], 0]) + stroke * [-1, 1] + move) * 16).astype(np.int32) for stroke in strokes]
    layer = np.zeros(shape, np.uint8)
    cv2.polylines(layer, lines, False, int(rng.integers(16, 46)), max(1, round(width)), cv2.LINE_AA, _SHIFT)
    return tint(sheet, np.asarray(cv2.blur(layer, (5, 5)), np.uint8), (70, 60, 56))


def crumple(sheet: Image, rng: np.random.Generator) -> Image:
    """Break the sheet into facets that take the light otherwise, as a crumpled one that was smoothed again."""
    height, width = sheet.shape[:2]
    x = np.arange(0, width + _COARSE, _COARSE, dtype=np.float32)[None]
    y = np.arange(0, height + _COARSE, _COARSE, dtype=np.float32)[:, None]
    shade = np.ones((y.shape[0], x.shape[1]), np.float32)
    strength = float(rng.uniform(0.015, 0.04))
    for share in (5, 13):
        few = rng.normal(0, strength, (share, share)).astype(np.float32)
        shade += cv2.resize(few, shade.shape[::-1], interpolation=cv2.INTER_LINEAR)
    for _ in range(int(rng.integers(5, 11))):
        angle = float(rng.uniform(0, 2 * np.pi))
        through = rng.uniform(0, 1, 2) * [width, height]
        apart = (x - np.float32(through[0])) * np.float32(np.cos(angle)) + (y - np.float32(through[1])) * np.float32(
            np.sin(angle)
        )
        reach = np.float32(rng.uniform(0.02, 0.12) * width)
        along = (x - np.float32(through[0])) * np.float32(np.sin(angle)) - (y - np.float32(through[1])) * np.float32(
            np.cos(angle)
        )
        # A crease is light on the one side and dark on the other, and ends somewhere.
        ends = np.exp(-((along / np.float32(rng.uniform(0.1, 0.4) * width)) ** 2))
        shade += np.float32(rng.normal(0, 1.6 * strength)) * np.tanh(apart / 4) * np.exp(-np.abs(apart) / reach) * ends
    field = cv2.resize(shade, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(sheet, cv2.merge([field] * 3), dtype=cv2.CV_8U), np.uint8)


def punch(sheet: Image, margin: float, spiral: bool, rng: np.random.Generator) -> Image:
    """Punch two holes, or a row of them with the wire of a spiral, along the left rim.

    Args:
        margin: room beside the text, pixels; without enough of it the sheet stays whole.
    """
    height = sheet.shape[0]
    radius = min(0.25 * margin, 0.016 * height if spiral else 0.03 * height)
    if radius < 3:
        return sheet
    ground = pick(((40, 44, 50), (70, 100, 140), (150, 150, 152)), rng)
    step = 3.2 * radius if spiral else 0.5 * height
    middle = 0.45 * margin
    holes, wires = np.zeros(sheet.shape[:2], np.uint8), np.zeros(sheet.shape[:2], np.uint8)
    for y in np.arange(float(rng.uniform(0.3, 0.7)) * step, height, step).tolist():
        cv2.circle(holes, (round(middle * 16), round(y * 16)), round(radius * 16), 255, -1, cv2.LINE_AA, _SHIFT)
        if spiral:
            ends = (0, round((y - radius) * 16)), (round(middle * 16), round(y * 16))
            cv2.line(wires, *ends, 255, max(1, round(radius / 2)), cv2.LINE_AA, _SHIFT)
    return tint(tint(sheet, holes, ground), wires, pick(((60, 60, 60), (190, 190, 192)), rng))


def hold(sheet: Image, free: tuple[float, float, float, float], rng: np.random.Generator) -> Image:
    """Lay a thumb on the rim that has most room beside the text.

    Args:
        free: room left, above, right and below the text, pixels.
    """
    side = int(np.argmax(free))
    height, width = sheet.shape[:2]
    reach = min(free[side] * 0.85, 0.3 * min(width, height))
    if reach < 0.05 * min(width, height):
        return sheet
    wide = float(rng.uniform(0.45, 0.75)) * max(reach, 0.12 * min(width, height))
    along = float(rng.uniform(0.15, 0.85)) * (height if side % 2 == 0 else width)
    tip = {0: (reach, along), 1: (along, reach), 2: (width - reach, along), 3: (along, height - reach)}[side]
    back = {0: (-1.0, 0.0), 1: (0.0, -1.0), 2: (1.0, 0.0), 3: (0.0, 1.0)}[side]
    lean = float(rng.normal(0, 0.3))
    inwards = np.array(back) * np.cos(lean) + np.array(back[::-1]) * np.sin(lean)
    centre = np.array(tip) + inwards * wide / 2
    mask = np.zeros((height, width), np.uint8)
    ends = [tuple(np.round(p * 16).astype(int).tolist()) for p in (centre, centre + inwards * 3 * reach)]
    cv2.line(mask, ends[0], ends[1], 255, max(2, round(wide)), cv2.LINE_AA, _SHIFT)
    dark = np.asarray(cv2.blur(mask, (2 * round(wide / 10) + 3,) * 2), np.uint8)
    shaded = tint(sheet, (dark * 0.5).astype(np.uint8), (40, 40, 44))
    skin = pick(((150, 178, 226), (120, 150, 205), (84, 112, 168), (60, 82, 124)), rng)
    held = _round(tint(shaded, mask, skin), mask, wide, skin)
    nail = np.zeros((height, width), np.uint8)
    axes = round(wide * 0.26 * 16), round(wide * 0.2 * 16)
    turn = float(np.degrees(np.arctan2(inwards[1], inwards[0])))
    spot = np.round((centre - inwards * wide * 0.12) * 16).astype(int).tolist()
    cv2.ellipse(nail, spot, axes, turn, 0, 360, 130, -1, cv2.LINE_AA, _SHIFT)
    return tint(held, nail, (190, 205, 240))


def lay_stroke(sheet: Image, coverage: np.typing.NDArray[np.uint8], box: Box, rng: np.random.Generator) -> None:
    """Lay a stain on the sheet, in place: coffee, tea, fat."""
    colour: Colour = pick(((60, 96, 140), (70, 120, 160), (120, 140, 150)), rng)
    thin = np.asarray(cv2.blur(coverage, (3, 3)) * float(rng.uniform(0.12, 0.4)), np.uint8)
    lay_ink(sheet, thin, box, colour)


def _round(image: Image, mask: np.typing.NDArray[np.uint8], wide: float, skin: Colour) -> Image:
    """Darken the finger towards its sides."""
    x, y, w, h = (int(value) for value in cv2.boundingRect(mask))
    part = mask[y : y + h, x : x + w]
    inside = cv2.distanceTransform(part, cv2.DIST_L2, 3)
    rim = (part > 0) * np.clip(90 - inside * (180 / wide), 0, 90)
    blue, green, red = (round(value * 0.55) for value in skin)
    out: Image = image.copy()
    out[y : y + h, x : x + w] = tint(image[y : y + h, x : x + w], rim.astype(np.uint8), (blue, green, red))
    return out
