"""Glyphs -> crops: lay each mark as MNIST lays its digits."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from camcount.binarize import Ink, local_ink
from camcount.marks import Glyphs, Mark
from camcount.types import Crops

SIDE = 28
BODY = 20
"""Longer side of a laid mark, pixels."""
THINNEST = 1.6
"""Width that strokes are thickened to, pixels of the crop: thinner ones would come out as grey shadows."""


FINE_BELOW = 40
"""Marks lower than this, working pixels, are cut from the full resolution where there is more of it."""


def crop_glyphs(ink: Ink, glyphs: Glyphs) -> Crops:
    """Lay each glyph as MNIST does, from the full resolution of the image where that shows more.

    Returns:
        (n, 28, 28), one crop per glyph, in the same order.
    """
    crops = np.zeros((len(glyphs), SIDE, SIDE), np.uint8)
    for i, mark in enumerate(glyphs.marks):
        small = ink.scale < 1 and max(mark.shape) < FINE_BELOW
        crops[i] = lay_mark(_refine(ink, mark, glyphs.boxes[i]) if small else mark)
    return crops


def _refine(ink: Ink, mark: Mark, box: npt.NDArray[np.int32]) -> Mark:
    """Cut a mark anew from the full resolution: only ink that lies under the mark, or just beside it."""
    height, width = ink.grey.shape
    x0, y0, x1, y1 = (int(side) for side in np.rint(box / ink.scale))
    x1, y1 = max(min(x1, width), x0 + 1), max(min(y1, height), y0 + 1)
    under = cv2.dilate(cv2.resize(mark, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR), np.ones((3, 3), np.uint8))
    fine = cv2.bitwise_and(local_ink(ink, x0, y0, x1, y1), cv2.threshold(under, 63, 255, cv2.THRESH_BINARY)[1])
    return cut_to_ink(fine.astype(np.uint8, copy=False)) if cv2.countNonZero(fine) else mark


def lay_mark(mark: Mark) -> npt.NDArray[np.uint8]:
    """Lay one mark as MNIST does: scaled to fit 20x20, set in 28x28 by its centre of mass (LeCun et al. 1998).

    Strokes thinner than a pen of MNIST are thickened first, since paper knows finer pens than MNIST.

    Args:
        mark: (h, w), cut to its box.

    Returns:
        (28, 28), anti-aliased.
    """
    height, width = mark.shape
    scale = BODY / max(height, width)
    missing = THINNEST / scale - stroke_width(mark)
    if missing >= 1:
        mark = _thicken(mark, round(missing))
        height, width = mark.shape
        scale = BODY / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    body = cv2.resize(mark, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    crop = np.zeros((SIDE, SIDE), np.uint8)
    moments = cv2.moments(body)
    mass = moments["m00"] or 1.0
    x = _place(moments["m10"] / mass, size[0])
    y = _place(moments["m01"] / mass, size[1])
    crop[y : y + size[1], x : x + size[0]] = body
    return crop


def cut_to_ink(picture: Mark) -> Mark:
    """Cut a picture to the box of what is not 0; without any, to one empty pixel."""
    x, y, width, height = cv2.boundingRect(picture)
    return picture[y : y + height, x : x + width] if width else np.zeros((1, 1), np.uint8)


def stroke_width(mark: Mark) -> float:
    """Estimate the mean stroke width, pixels: a stroke of length l and width w has area lw and outline 2l."""
    area = cv2.countNonZero(mark)
    padded = cv2.copyMakeBorder(mark, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    core = cv2.countNonZero(cv2.erode(padded, np.ones((3, 3), np.uint8)))
    rim = area - core
    return 2.0 * area / rim if core else 1.5 * area / max(rim, 1)


def _thicken(mark: Mark, pixels: int) -> Mark:
    margin = (pixels + 1) // 2
    padded = cv2.copyMakeBorder(mark, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=0)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (pixels + 1, pixels + 1))
    thick: Mark = cv2.dilate(padded, kernel).astype(np.uint8, copy=False)
    return thick


def _place(centre: float, length: int) -> int:
    """Give where a body of this length begins, so that its centre lies in the middle as far as the side allows."""
    return min(max(round(SIDE / 2 - centre), 0), SIDE - length)
