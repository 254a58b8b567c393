"""Image -> the part of it that is read, upright; and boxes back onto the image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from camcount.classify import NOT_A_DIGIT, Classifier
from camcount.types import Box, Crops, Image, Probabilities

Roi = tuple[float, float, float, float]
"""x, y, width, height: pixels, or fractions of the image where none is over 1."""

TELLING = (2, 3, 4, 5, 7)
"""Digits that a turned page can be told by: 0, 1, 6, 8 and 9 turned are digits again, and a 1 may be a dash."""
SURE = 0.8
TELLERS = 2
"""So many telling digits are needed to believe that a page is turned, and so many more digits than as it stands."""

_TURNS = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A part of an image, turned clockwise by quarters."""

    image: Image
    origin: tuple[int, int]
    """Where the part begins in the whole image, pixels: x, y."""
    turn: int
    """Quarters, 0 to 3."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.image.shape[1], self.image.shape[0]

    def restore(self, box: Box) -> Box:
        """Give a box of the view as a box of the whole image."""
        height, width = self.image.shape[:2]
        x0, y0, x1, y1 = box
        for _ in range(self.turn):
            # Undo one clockwise quarter: what is x now was y, counted from the other end.
            x0, y0, x1, y1 = y0, width - x1, y1, width - x0
            height, width = width, height
        left, top = self.origin
        return Box(x0 + left, y0 + top, x1 + left, y1 + top)


def view_image(image: Image, roi: Roi | None = None, turn: int = 0) -> View:
    """Cut a region out of an image, and turn it clockwise by quarters.

    A region that reaches beyond the image is cut to it; one that lies beside it gives its last row or column.
    """
    height, width = image.shape[:2]
    x0, y0, x1, y1 = 0, 0, width, height
    if roi is not None:
        scale_x, scale_y = (width, height) if max(roi) <= 1 else (1, 1)
        left, top, wide, high = roi[0] * scale_x, roi[1] * scale_y, roi[2] * scale_x, roi[3] * scale_y
        x0, y0 = min(round(left), width - 1), min(round(top), height - 1)
        x1, y1 = min(max(round(left + wide), x0 + 1), width), min(max(round(top + high), y0 + 1), height)
    part = image[y0:y1, x0:x1]
    if turn:
        part = cv2.rotate(part, _TURNS[turn]).astype(np.uint8, copy=False)
    return View(part, (x0, y0), turn)


def tell_turn(classifier: Classifier, crops: Crops, probabilities: Probabilities) -> int:
    """Tell by how many clockwise quarters an image must be turned to stand upright.

    Only where few marks are digits as they stand are they turned and classified again. A turn is believed when many
    more of them are digits then, and some of those look so in that turn alone.

    Args:
        classifier: that gave the probabilities.
        crops: (n, 28, 28), the largest marks.
        probabilities: (n, 11), of the crops as they stand.

    Returns:
        0 to 3; 0 also in doubt.
    """
    upright = int(_are_digits(probabilities).sum())
    if not len(crops) or upright > len(crops) / 2:
        return 0
    best, most = 0, max(upright + TELLERS, 1.5 * upright)
    for turn in _TURNS:
        turned = classifier(np.ascontiguousarray(np.rot90(crops, -turn, axes=(1, 2))))
        digits = _are_digits(turned)
        telling = digits & np.isin(turned.argmax(axis=1), TELLING)
        if telling.sum() >= TELLERS and digits.sum() >= most:
            best, most = turn, float(digits.sum()) + 1
    return best


def _are_digits(probabilities: Probabilities) -> npt.NDArray[np.bool_]:
    sure: npt.NDArray[np.bool_] = probabilities[:, :NOT_A_DIGIT].max(axis=1) >= SURE
    return sure
