"""Glyphs -> crops: lay each mark as MNIST lays its digits."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from camcount.binarize import Ink, local_ink
from camcount.marks import Glyphs, Mark, paste_mark
from camcount.types import Box, Crops

SIDE = 28
BODY = 20
"""Longer side of a laid mark, pixels."""
THINNEST = 1.6
"""Width that strokes are thickened to, pixels of the crop: thinner ones would come out as grey shadows."""


BESIDE = 0.4
"""How dark the other ink of its cluster is beside a mark: a cut may have taken a part of it, or left it too much."""
WIDE = 8
"""Strokes that lack more pixels are widened by the distance to them: 1 ms for a digit of 500 pixels, instead of 10."""
FINE_BELOW = 40
"""Marks lower than this, working pixels, are cut from the full resolution where there is more of it."""


def crop_glyphs(ink: Ink, glyphs: Glyphs) -> Crops:
    """Lay each glyph as MNIST does, from the full resolution of the image where that shows more.

    What else there is of its cluster lies beside it in grey: the classifier judges a cut with its surroundings.

    Returns:
        (n, 28, 28), one crop per glyph, in the same order.
    """
    crops = np.zeros((len(glyphs), SIDE, SIDE), np.uint8)
    for i, mark in enumerate(glyphs.marks):
        small = ink.scale < 1 and max(mark.shape) < FINE_BELOW
        box = glyphs.boxes[i]
        crops[i], place = _lay(_refine(ink, mark, box) if small else mark)
        cluster = glyphs.cluster[i]
        around = glyphs.inks[cluster]
        if around.shape != mark.shape:
            corner = box[:2] - glyphs.corners[cluster]
            beside = cv2.subtract(_look_around(around, mark.shape, corner, place), crops[i])
            np.maximum(crops[i], cv2.convertScaleAbs(beside, alpha=BESIDE), out=crops[i])
    return crops


def _look_around(
    around: Mark, shape: tuple[int, ...], corner: npt.NDArray[np.int32], place: Box
) -> npt.NDArray[np.uint8]:
    """Lay the ink of a cluster as far as the crop of a mark in it reaches: (28, 28).

    Args:
        around: (h, w), all ink of the cluster.
        shape: height and width of the mark.
        corner: left and top of the mark in the cluster.
        place: where the mark lies in its crop.
    """
    (height, width), (left, top) = shape, corner.tolist()
    step_x, step_y = width / (place.x1 - place.x0), height / (place.y1 - place.y0)
    reach = np.zeros((max(1, round(SIDE * step_y)), max(1, round(SIDE * step_x))), np.uint8)
    paste_mark(reach, around, round(place.x0 * step_x) - left, round(place.y0 * step_y) - top)
    interpolation = cv2.INTER_AREA if step_x > 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(reach, (SIDE, SIDE), interpolation=interpolation), np.uint8)


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
    return _lay(mark)[0]


def place_mark(mark: Mark) -> Box:
    """Tell where in its crop `lay_mark` lays a mark."""
    return _lay(mark)[1]


def _lay(mark: Mark) -> tuple[npt.NDArray[np.uint8], Box]:
    """Lay one mark, and tell where in its crop it lies."""
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
    return crop, Box(x, y, x + size[0], y + size[1])


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
    if pixels > WIDE:
        far = cv2.distanceTransform(cv2.bitwise_not(padded), cv2.DIST_L2, cv2.DIST_MASK_5)
        near: Mark = np.where(far <= pixels / 2, np.uint8(255), np.uint8(0)).astype(np.uint8, copy=False)
        return near
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (pixels + 1, pixels + 1))
    thick: Mark = cv2.dilate(padded, kernel).astype(np.uint8, copy=False)
    return thick


def _place(centre: float, length: int) -> int:
    """Give where a body of this length begins, so that its centre lies in the middle as far as the side allows."""
    return min(max(round(SIDE / 2 - centre), 0), SIDE - length)
