"""Letters of OpenCV by their cap height: its versions differ in how large a scale of 1 is."""

from __future__ import annotations

from functools import lru_cache

import cv2

FONT = cv2.FONT_HERSHEY_SIMPLEX


@lru_cache
def font(height: int) -> tuple[float, int]:
    """Give scale and thickness of letters of a cap height; the metrics are asked, since OpenCV 5 changed them."""
    return height / cv2.getTextSize("0", FONT, 1.0, 1)[0][1], max(1, height // 9)


@lru_cache(4096)
def text_width(text: str, height: int) -> int:
    """Give how wide a text is at a cap height, pixels."""
    return int(cv2.getTextSize(text, FONT, *font(height))[0][0])
