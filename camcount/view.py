"""Image -> the part of it that is read, upright; and boxes back onto the image."""

from __future__ import annotations

import math
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
MOSTLY = 0.6
"""This share of the largest marks must be digits then: letters turned look like digits at times."""
TELLERS = 2
"""So many telling digits are needed to believe that a page is turned, and so many more digits than as it stands."""

LARGEST = 3200
"""A view that is levelled is made no larger than this, pixels: twice what marks are looked for in."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A part of an image, turned."""

    image: Image
    matrix: Matrix
    """(2, 3), from the view to the whole image: pixels, counted from their edges as boxes are."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.image.shape[1], self.image.shape[0]

    def turn(self, quarters: int) -> View:
        """Turn it clockwise by quarters, 0 to 3."""
        view = self
        for _ in range(quarters):
            # What is x then was y before; what is y was x, counted from the other end.
            back = np.array([[0, 1, 0], [-1, 0, view.size[1]]], float)
            image = cv2.rotate(view.image, cv2.ROTATE_90_CLOCKWISE).astype(np.uint8, copy=False)
            view = View(image, _chain(view.matrix, back))
        return view

    def level(self, lean: float) -> View:
        """Turn it so that what leans clockwise by so many degrees stands level; the whole part stays in view."""
        scale = min(1.0, LARGEST / max(self.size))
        image = cv2.resize(self.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        width, height = image.shape[1], image.shape[0]
        cos, sin = np.cos(np.deg2rad(lean)), np.sin(np.deg2rad(lean))
        wide, high = round(width * cos + height * abs(sin)), round(width * abs(sin) + height * cos)
        rotation = np.array([[cos, -sin], [sin, cos]])
        shift = np.array([width, height]) / 2 - rotation @ np.array([wide, high]) / 2
        back = np.column_stack([rotation, shift])
        # The middle of a pixel lies half a pixel from its edge.
        centres = np.column_stack([rotation, shift + rotation @ [0.5, 0.5] - 0.5])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        turned = cv2.warpAffine(image, centres, (wide, high), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        sized = np.array([[self.size[0] / width, 0, 0], [0, self.size[1] / height, 0]])
        return View(np.asarray(turned, np.uint8), _chain(self.matrix, _chain(sized, back)))

    def restore(self, box: Box) -> Box:
        """Give a box of the view as a box of the whole image; of a levelled one, as if a round mark filled it."""
        # Plain numbers: arrays of two would cost 50 us a box.
        (a, b, c), (d, e, f) = self.matrix.tolist()
        x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        across, along = box.width / 2, box.height / 2
        centre = a * x + b * y + c, d * x + e * y + f
        half = math.hypot(a * across, b * along), math.hypot(d * across, e * along)
        x0, y0, x1, y1 = (
            round(side) for side in (centre[0] - half[0], centre[1] - half[1], centre[0] + half[0], centre[1] + half[1])
        )
        return Box(x0, y0, x1, y1)


def _chain(outer: Matrix, inner: Matrix) -> Matrix:
    """Give the map that does the inner one first."""
    chained: Matrix = outer[:, :2] @ inner
    chained[:, 2] += outer[:, 2]
    return chained


def view_image(image: Image, roi: Roi | None = None, turn: int = 0) -> View:
    """Cut a region out of an image, and turn it clockwise by quarters.

    A region that reaches beyond the image is cut to it; one that lies beside it gives its last row or column.
    """
    height, width = image.shape[:2]
    x0, y0, x1, y1 = fit_roi(roi, width, height) if roi else (0, 0, width, height)
    return View(image[y0:y1, x0:x1], np.array([[1, 0, x0], [0, 1, y0]], float)).turn(turn)


def fit_roi(roi: Roi, width: int, height: int) -> Box:
    """Give the pixels of a region within an image of this width and height; at least one."""
    scale_x, scale_y = (width, height) if max(roi) <= 1 else (1, 1)
    left, top, wide, high = roi[0] * scale_x, roi[1] * scale_y, roi[2] * scale_x, roi[3] * scale_y
    x0, y0 = min(round(left), width - 1), min(round(top), height - 1)
    return Box(x0, y0, min(max(round(left + wide), x0 + 1), width), min(max(round(top + high), y0 + 1), height))


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
    best, most = 0, max(upright + TELLERS, 1.5 * upright, MOSTLY * len(crops))
    for turn in (1, 2, 3):
        turned = classifier(np.ascontiguousarray(np.rot90(crops, -turn, axes=(1, 2))))
        digits = _are_digits(turned)
        telling = digits & np.isin(turned.argmax(axis=1), TELLING)
        if telling.sum() >= TELLERS and digits.sum() >= most:
            best, most = turn, float(digits.sum()) + 1
    return best


def _are_digits(probabilities: Probabilities) -> npt.NDArray[np.bool_]:
    sure: npt.NDArray[np.bool_] = probabilities[:, :NOT_A_DIGIT].max(axis=1) >= SURE
    return sure
