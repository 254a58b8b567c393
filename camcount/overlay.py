"""A steady reading drawn on its frame, the numbers large below it; and a line that says how it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from camcount.annotate import enlarge, mark_digits
from camcount.lettering import FONT, font, text_width
from camcount.types import Image, Reading

BAR = 0.15
"""Height of the bar with the numbers, of the picture's; it stands below the picture and covers nothing of it."""
MOST_ROWS = 3
"""So many numbers are written below each other, where they do not fit beside each other."""
STATUS = 0.02
"""Cap height of the line that says how it stands, of the picture's height,"""
SMALLEST = 9
"""and at least so many pixels."""
_DARK, _WHITE, _GREY = (32, 24, 16), (255, 255, 255), (150, 150, 150)
"""BGR. What is stable is white, what is tentative grey and followed by "?": never colour alone."""


def draw_overlay(image: Image, reading: Reading) -> Image:
    """Draw boxes, digits and confidences as `annotate` does, and below the picture the numbers, large.

    Returns:
        (k h + b, k w, 3), k as in `annotate`, b the height of the bar: the same for all frames of a stream.
    """
    image, scale = enlarge(image)
    height, width = image.shape[:2]
    below = round(height * BAR)
    bordered = cv2.copyMakeBorder(image, 0, below, 0, 0, cv2.BORDER_CONSTANT, value=_DARK)
    canvas: Image = np.asarray(bordered, np.uint8)
    bar = canvas[height:]
    mark_digits(canvas[:height], image, reading, scale)
    for text, stable, at, cap in _place_texts(reading, width, bar.shape[0]):
        _write(bar, text, at, cap, _WHITE if stable else _GREY)
    return canvas


def _place_texts(reading: Reading, width: int, height: int) -> Iterator[tuple[str, bool, tuple[int, int], int]]:
    """Give each text with whether it is stable, where it stands in the bar, and its cap height: as large as may be."""
    told = [(line.text if line.stable else f"{line.text} ?", line.stable) for line in reading.lines]
    if not told:
        return
    margin, gap = height // 5, height // 3
    cap = _fitting([text for text, _ in told], height * 3 // 5, (width - 2 * margin) // len(told) - gap)
    if cap >= height // 3 or len(told) == 1:
        x = margin
        for text, stable in told:
            yield text, stable, (x, (height + cap) // 2), cap
            x += text_width(text, cap) + gap
        return
    rows = told[:MOST_ROWS] if len(told) <= MOST_ROWS else [*told[: MOST_ROWS - 1], (f"+{len(told) - 2} lines", False)]
    row = height // len(rows)
    cap = _fitting([text for text, _ in rows], row * 2 // 3, width - 2 * margin)
    for i, (text, stable) in enumerate(rows):
        yield text, stable, (margin, i * row + (row + cap) // 2), cap


def status_strip(width: int, height: int, left: str, right: str = "") -> Image:
    """Write one line on a dark strip: what stands right is kept whole, the left is cut.

    Args:
        width: of the strip, pixels.
        height: of the picture that it belongs to, pixels.
    """
    cap = max(SMALLEST, round(height * STATUS))
    margin = cap
    strip: Image = np.full((cap * 5 // 2, width, 3), (20, 14, 8), np.uint8)
    base = (strip.shape[0] + cap) // 2
    small = _fitting([right], cap, (width - margin) * 2 // 3) if right else cap
    room = width - 3 * margin - (text_width(right, small) if right else 0)
    while left and text_width(left, cap) > room:
        left = left[:-1]
    _write(strip, left, (margin, base), cap, _WHITE)
    if right:
        _write(strip, right, (width - margin - text_width(right, small), base), small, _WHITE)
    return strip


def draw_help(canvas: Image, rows: Sequence[tuple[str, str]]) -> None:
    """List keys and what they do in the middle, in place."""
    height, width = canvas.shape[:2]
    cap = max(SMALLEST, min(round(height * 0.022), (height * 4 // 5) // (2 * len(rows) + 2)))
    keys = max(text_width(key, cap) for key, _ in rows)
    wide = min(width, keys + max(text_width(words, cap) for _, words in rows) + 5 * cap)
    high = min(height, (2 * len(rows) + 1) * cap)
    x, y = (width - wide) // 2, (height - high) // 2
    part = canvas[y : y + high, x : x + wide]
    part[:] = part // 5
    for i, (key, words) in enumerate(rows):
        bottom = y + (2 * i + 2) * cap
        _write(canvas, key, (x + cap, bottom), cap, _WHITE)
        _write(canvas, words, (x + 3 * cap + keys, bottom), cap, _WHITE)


def _fitting(texts: Sequence[str], cap: int, room: int) -> int:
    """Give the largest cap height, at most `cap`, at which all texts fit into the room, pixels."""
    while cap > 6 and max(text_width(text, cap) for text in texts) > room:
        cap = cap * 9 // 10
    return cap


def _write(canvas: Image, text: str, at: tuple[int, int], cap: int, colour: tuple[int, int, int]) -> None:
    scale, thickness = font(cap)
    cv2.putText(canvas, text, at, FONT, scale, colour, thickness, cv2.LINE_AA)
