"""Marks for tests: single digits as ink, and pairs of them that touch."""

from __future__ import annotations

import cv2
import numpy as np
from conftest import STROKES

from camcount.crop import cut_to_ink
from camcount.marks import Mark


def digit(character: str, height: int = 80, pen: int = 8) -> Mark:
    """Draw one digit, cut to its box."""
    canvas = np.zeros((height + 40, height + 40), np.uint8)
    for stroke in STROKES[character]:
        points = np.array([(20 + 0.6 * height * x, 20 + height * y) for x, y in stroke])
        cv2.polylines(canvas, [np.rint(points * 16).astype(np.int32)], False, 255, pen, cv2.LINE_8, 4)
    return cut_to_ink(canvas)


def side_by_side(first: str, second: str, gap: int | None = None, height: int = 80, pen: int = 8) -> tuple[Mark, Mark]:
    """Draw two digits beside each other, each in a picture of both.

    Args:
        first: the left one.
        second: the right one.
        gap: columns between their boxes; None pushes them together until they touch.
        height: pixels.
        pen: width of the strokes, pixels.
    """
    one, other = digit(first, height, pen), digit(second, height, pen)
    for apart in [gap] if gap is not None else range(1, -one.shape[1], -1):
        tall, left = max(len(one), len(other)), one.shape[1] + apart
        pair = np.zeros((2, tall, left + other.shape[1]), np.uint8)
        pair[0, : len(one), : one.shape[1]] = one
        pair[1, : len(other), left:] = other
        if gap is not None or cv2.connectedComponents(pair.max(axis=0))[0] == 2:
            break
    return pair[0], pair[1]
