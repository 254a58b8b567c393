"""Explanations -> one picture: the heat over the photo, and over each crop, with words beside it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from camcount.annotate import enlarge
from camcount.explain import Explanation
from camcount.lettering import FONT, font, text_width
from camcount.types import Box, Image

TILE = 112
"""Side of a crop in the picture, pixels: four to each of its own."""
WORDS = 12
"""Cap height of the words, pixels."""
GAP = 16
WIDTH = 1280
"""Least width of the picture, pixels."""
COLUMN = WIDTH // 2
"""Width of an explanation: the crop, the crop with its heat, the words."""
LETTERS = 44
"""Of a row of words."""
STRONG = 0.25
"""Ink against the value is marked with a dot too where it speaks with this share of the strongest."""
FOR, AGAINST = (178, 114, 0), (0, 94, 213)
"""BGR: blue and vermillion of Okabe and Ito (2008), which colour-blind people tell apart."""
_DARK, _WHITE, _BLACK, _GREY = (32, 24, 16), (255, 255, 255), (0, 0, 0), (120, 120, 120)

Heat = npt.NDArray[np.float32]


def draw_explanations(image: Image, explanations: Sequence[Explanation], note: str = "") -> Image:
    """Draw what spoke for and against each mark: over the photo, and below it large, with words.

    Blue ink spoke for the value, vermillion ink against it, and for the rival; there it has dots, too.

    Args:
        image: (h, w, 3).
        explanations: of its marks.
        note: what is said where there are none.

    Returns:
        (k, l, 3), l at least `WIDTH`.
    """
    photo = _lay_heat(image, explanations)
    wide = max(WIDTH, photo.shape[1])
    columns = wide // COLUMN
    rows = [explanations[i : i + columns] for i in range(0, len(explanations), columns)]
    strips = [_title(wide, note), _center(photo, wide)]
    for at, row in enumerate(rows):
        strips.append(np.hstack([_tile(each, at * columns + i) for i, each in enumerate(row, 1)]))
    return np.vstack([_widen(strip, wide) for strip in strips])


def _lay_heat(image: Image, explanations: Sequence[Explanation]) -> Image:
    """Lay the heat of all marks over the photo, paled, and number them."""
    photo, scale = enlarge(image)
    height, width = photo.shape[:2]
    grey = cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    canvas = np.asarray(cv2.addWeighted(grey, 0.45, np.full_like(grey, 255), 0.55, 0), np.uint8)
    for told in explanations:
        x0, y0, x1, y1 = _around(told.box, scale, (width, height))
        if x1 <= x0 or y1 <= y0:
            continue
        # Pixels are squares: the middle of the first lies half a pixel from the edge.
        matrix = told.matrix * scale
        matrix[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5 - (x0, y0)
        spread = cv2.warpAffine(_normal(told), matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
        part = canvas[y0:y1, x0:x1]
        part[...] = _colour(np.asarray(spread, np.float32), part)
    for number, told in enumerate(explanations, 1):
        box = Box(*(side * scale for side in told.box))
        colour = _DARK if told.read else _GREY
        cv2.rectangle(canvas, (box.x0 - 2, box.y0 - 2), (box.x1 + 1, box.y1 + 1), colour, 1 if told.read else 2)
        size = max(9, min(WORDS, height // 40))
        _write(canvas, str(number), (box.x0, max(size + 2, box.y0 - 5)), colour, size)
    return canvas


def _around(box: Box, scale: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Give the part of the photo in which the heat of a mark may lie."""
    margin = round(0.2 * max(box.width, box.height)) + 2
    x0, y0, x1, y1 = box.x0 - margin, box.y0 - margin, box.x1 + margin, box.y1 + margin
    return max(0, x0 * scale), max(0, y0 * scale), min(size[0], x1 * scale), min(size[1], y1 * scale)


def _normal(told: Explanation) -> Heat:
    """Give the heat with 1 for the strongest of its crop."""
    strongest = max(float(np.abs(told.heat).max()), 1e-6)
    return np.asarray(told.heat / strongest, np.float32)


def _colour(heat: Heat, ground: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Lay heat over a ground in two colours, the stronger the more of it."""
    strength = np.sqrt(np.abs(heat))[..., None]
    colour = np.where(heat[..., None] >= 0, FOR, AGAINST)
    return np.asarray(np.rint(ground * (1 - strength) + colour * strength), np.uint8)


def heat_crop(told: Explanation) -> Image:
    """Draw the heat over a crop: (`TILE`, `TILE`, 3)."""
    step = TILE // len(told.crop)
    ink = np.repeat((255 - told.crop)[..., None], 3, axis=2)
    heat = _normal(told)
    coloured = _colour(heat, (255 - (255 - ink) * 0.25).astype(np.uint8))
    large = np.asarray(cv2.resize(coloured, (TILE, TILE), interpolation=cv2.INTER_NEAREST), np.uint8)
    for y, x in np.argwhere(heat < -STRONG).tolist():
        cv2.circle(large, (x * step + step // 2, y * step + step // 2), 1, _WHITE, -1)
    return large


def _tile(told: Explanation, number: int) -> Image:
    """Draw one explanation: the crop, the crop with its heat, and the words."""
    tile = np.full((TILE + GAP, COLUMN, 3), 255, np.uint8)
    ink = cv2.resize(255 - told.crop, (TILE, TILE), interpolation=cv2.INTER_NEAREST)
    for at, picture in enumerate((np.repeat(ink[..., None], 3, axis=2), heat_crop(told))):
        x = GAP // 2 + at * (TILE + GAP // 2)
        tile[GAP // 2 : GAP // 2 + TILE, x : x + TILE] = picture
        cv2.rectangle(tile, (x - 1, GAP // 2 - 1), (x + TILE, GAP // 2 + TILE), _GREY, 1)
    x, y = 2 * TILE + 2 * GAP, GAP // 2 + WORDS + 4
    head = f"{number}: {told.value} rather than {told.rival}" if told.read else f"{number}: not read"
    _write(tile, head, (x, y), _BLACK)
    for row in textwrap.wrap(told.reason, LETTERS)[:4]:
        y += WORDS + 9
        _write(tile, row, (x, y), _GREY, WORDS - 2)
    return tile


def _title(wide: int, note: str) -> Image:
    """Draw the line that tells what the colours mean."""
    strip = np.full((3 * WORDS, wide, 3), 255, np.uint8)
    x, y = GAP, 2 * WORDS
    for colour, words in ((FOR, "ink that speaks for the digit"), (AGAINST, "ink that speaks against it (dots)")):
        cv2.rectangle(strip, (x, y - WORDS), (x + WORDS, y), colour, cv2.FILLED)
        if colour == AGAINST:
            cv2.circle(strip, (x + WORDS // 2, y - WORDS // 2), 2, _WHITE, -1)
        _write(strip, words, (x + 2 * WORDS, y), _BLACK)
        x += 4 * WORDS + text_width(words, WORDS)
    _write(strip, note or "grey numbers: marks that were not read", (x, y), _GREY)
    return strip


def _write(canvas: Image, text: str, at: tuple[int, int], colour: tuple[int, int, int], height: int = WORDS) -> None:
    scale, thickness = font(height)
    cv2.putText(canvas, text, at, FONT, scale, colour, thickness, cv2.LINE_AA)


def _center(image: Image, wide: int) -> Image:
    left = (wide - image.shape[1]) // 2
    return np.asarray(cv2.copyMakeBorder(image, 0, 0, left, 0, cv2.BORDER_CONSTANT, value=_WHITE), np.uint8)


def _widen(image: Image, wide: int) -> Image:
    right = wide - image.shape[1]
    return np.asarray(cv2.copyMakeBorder(image, 0, 0, 0, right, cv2.BORDER_CONSTANT, value=_WHITE), np.uint8)
