"""Image -> ink: find what is written, whatever the light, the paper and the pen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from camcount.quantile import quantile
from camcount.sheet import keep_sheet
from camcount.shrink import double, shrink
from camcount.types import Image

Plane = npt.NDArray[np.uint8]
"""(h, w) uint8."""

POLARITIES = ("auto", "dark", "light")

WORKING_SIDES = 800, 1600
"""Least and greatest longer side at which marks are looked for, pixels."""
LARGEST_ZOOM = 3.0
PAPER_STEP = 8
"""Working pixels to one pixel of the paper's picture."""
WIDEST_STROKE = 0.2
"""Strokes wider than this share of the picture's shorter side are taken for paper."""
FAINTEST = 17
"""Least darkness of ink, of 255: faint pencil has about 30, the grain of paper 5."""
GRAIN = 6.5
"""Ink must be darker than the paper's grain by so many of its standard deviations."""
BOARD_SKEWNESS = 0.4
"""Skewness beyond which strokes are taken to be lighter than their ground; that of dark strokes is negative."""
FINE = 64
"""The grain is measured in such parts of a grey level."""
UNWRITTEN = 3.0
"""Standard deviation, grey levels, of what grain and soft shadows leave of a blank sheet: its skewness means little."""
REACH = 0.02
"""How far a stroke makes its neighbourhood look pale, as a share of the picture's longer side."""
SOFT = 3
"""A neighbourhood's darkest is the mean of so many working pixels squared: no single pixel of grain speaks for it."""
FOUND = 0.38
"""Share of its neighbourhood's darkest that ink must have to be found: on the flank of a stroke, well outside of its
middle, so that thin and faint ones hang together."""
HALF = 0.45
"""Share of the darkest that ink must have where it is looked at closely: half way up the flank, a little outside."""


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """What is written on one image, at a working resolution."""

    mask: Plane
    """(h, w) uint8 at working resolution, 255 = ink, 0 = paper."""
    darkness: Plane
    """(h, w) uint8 at working resolution: how much darker than its paper each pixel is, 255 = black."""
    scale: float
    """Working pixels to one pixel of the image."""
    grey: Plane
    """(H, W) uint8, the whole image: paper light, ink dark."""
    paper: Plane
    """Small picture of the paper without ink, to be enlarged over the image."""
    polarity: str = "dark"
    """Whether the ink was "dark" or "light"."""


def binarize(image: Image, polarity: str = "auto") -> Ink:
    """Part ink from paper.

    The paper is what a morphological closing leaves of the picture (strokes vanish, shadows and their edges stay);
    darkness is the share of the paper's light that is missing. A pixel is ink where it is darker than the grain of
    the paper, and has its share of the darkest near it (Bernsen 1986): so pencil and marker both come out hardly
    wider than they are, and a faint ruled line lets go of the digit that crosses it.

    Args:
        image: (H, W, 3), BGR.
        polarity: "dark" ink on light paper, "light" ink on a dark board, or "auto".
    """
    grey = _plane(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
    scale = working_scale(grey.shape[1], grey.shape[0])
    work = _rescale(grey, scale)
    height, width = (-(-side // PAPER_STEP) for side in work.shape)
    small = _plane(cv2.resize(work, (width, height), interpolation=cv2.INTER_AREA))
    if polarity == "auto":
        polarity = "light" if _is_board(shrink(work, 4)) else "dark"
    if polarity == "light":
        grey, work, small = (_plane(cv2.bitwise_not(plane)) for plane in (grey, work, small))
    paper = _estimate_paper(small)
    darkness = _darkness(_plane(cv2.GaussianBlur(work, (3, 3), 0)), paper)
    return Ink(keep_sheet(_threshold(darkness, paper), paper), darkness, scale, grey, paper, polarity)


def working_scale(width: int, height: int) -> float:
    """Choose the working resolution of a picture: working pixels to one of its own."""
    least, greatest = WORKING_SIDES
    longer = max(width, height)
    return min(LARGEST_ZOOM, least / longer) if longer < least else min(1.0, greatest / longer)


def local_ink(ink: Ink, x0: int, y0: int, x1: int, y1: int) -> Plane:
    """Binarize a part of the image at its full resolution.

    Args:
        ink: of the image.
        x0, y0, x1, y1: the part, pixels of the image.

    Returns:
        (y1 - y0, x1 - x0), 255 where there is ink.
    """
    part = ink.grey[y0:y1, x0:x1]
    height, width = ink.grey.shape
    fx, fy = ink.paper.shape[1] / width, ink.paper.shape[0] / height
    centre = (x0 + x1) / 2 * fx - 0.5, (y0 + y1) / 2 * fy - 0.5
    paper = cv2.getRectSubPix(ink.paper, (max(1, round((x1 - x0) * fx)), max(1, round((y1 - y0) * fy))), centre)
    dark = _darkness(_plane(cv2.GaussianBlur(part, (0, 0), 0.5 / ink.scale)), _plane(paper))
    _, mask = cv2.threshold(dark, max(FAINTEST, HALF * float(dark.max())), 255, cv2.THRESH_BINARY)
    return _plane(mask)


def faint_mask(ink: Ink) -> Plane:
    """Give all that is darker than the grain of the paper, whatever stands beside it: pale lines come out whole."""
    height, width = ink.darkness.shape
    floor = cv2.resize(_grain(ink.darkness, ink.paper), (width, height), interpolation=cv2.INTER_LINEAR)
    return keep_sheet(_plane(cv2.compare(ink.darkness, floor, cv2.CMP_GT)), ink.paper)


def replace_ink(ink: Ink, darkness: Plane) -> Ink:
    """Part ink from paper anew, where something of the darkness was taken out."""
    mask = keep_sheet(_threshold(darkness, ink.paper), ink.paper)
    return Ink(mask, darkness, ink.scale, ink.grey, ink.paper, ink.polarity)


def _plane(array: npt.NDArray[Any]) -> Plane:
    """Tell the type checker what OpenCV gave; copies nothing."""
    return np.asarray(array, np.uint8)


def _rescale(grey: Plane, scale: float) -> Plane:
    if scale == 1:
        return grey
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    if min(grey.shape) * scale >= 1:
        return _plane(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=interpolation))
    # A line of pixels must not shrink to nothing.
    height, width = (max(1, round(side * scale)) for side in grey.shape)
    return _plane(cv2.resize(grey, (width, height), interpolation=interpolation))


def _estimate_paper(small: Plane) -> Plane:
    """Take the strokes off a small picture of a page."""
    side = max(3, round(WIDEST_STROKE * min(small.shape))) | 1
    # Beyond the border the light goes on falling as it did before it: else a dark corner would count as ink.
    signed = small.astype(np.int16)
    falling = np.pad(signed, side, "reflect", reflect_type="odd")
    padded = np.minimum(falling, np.pad(signed, side, "edge"))
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    closed = cv2.blur(cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel), (3, 3))
    return np.clip(closed[side:-side, side:-side], 1, 255).astype(np.uint8)


def _darkness(grey: Plane, paper: Plane) -> Plane:
    wide = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    return _plane(cv2.bitwise_not(cv2.divide(grey, wide, scale=255)))


def _threshold(darkness: Plane, paper: Plane) -> Plane:
    # The darkest of each two by two: what is darkest far around is found at half the resolution.
    soft = cv2.dilate(cv2.blur(darkness, (SOFT, SOFT)), np.ones((2, 2), np.uint8), anchor=(0, 0))
    soft = np.ascontiguousarray(soft[::2, ::2])
    reach = 2 * round(REACH * max(soft.shape)) + 1
    darkest = cv2.dilate(soft, cv2.getStructuringElement(cv2.MORPH_RECT, (reach, reach)))
    floor = cv2.resize(_grain(darkness, paper), soft.shape[::-1], interpolation=cv2.INTER_LINEAR)
    needed = cv2.max(cv2.convertScaleAbs(darkest, alpha=FOUND), floor)
    return _plane(cv2.compare(darkness, double(_plane(needed), darkness.shape), cv2.CMP_GT))


def _grain(darkness: Plane, paper: Plane) -> Plane:
    """Give the darkness that the grain of the paper hardly ever reaches, for each pixel of the paper's picture.

    A sensor's noise is the same in light and shade, so that against darker paper it weighs more.
    """
    rows = cv2.copyMakeBorder(np.ascontiguousarray(darkness[::8, ::4]), 0, 0, 0, 1, cv2.BORDER_REPLICATE)
    usual = np.float32(quantile(paper, 0.5))
    light = np.asarray(cv2.resize(paper, rows.shape[::-1]), np.float32) / usual
    # Low percentiles, since some of the picture may be a table or a cloth; of a normal distribution the 40th of
    # the differences is 0.74 standard deviations.
    # In whole numbers, since those are counted.
    steps = cv2.absdiff(rows[:, 1:], rows[:, :-1])
    grain = cv2.multiply(steps, light[:, 1:], scale=FINE, dtype=cv2.CV_16U)
    deviation = quantile(np.asarray(grain), 0.4) / FINE / 0.74
    floor = quantile(rows, 0.25) + GRAIN * deviation * (usual / paper)
    return _plane(np.clip(floor, FAINTEST, 255))


def _is_board(small: Plane) -> bool:
    """Tell whether light strokes stand on something dark.

    Strokes are thin and far from their paper: beside the mean of their neighbourhood they skew the picture towards
    their side, while shadows, gradients and the edges of large things do not.
    """
    return sum(_skewness(small, share * min(small.shape)) for share in (0.1, 0.2)) > BOARD_SKEWNESS


def _skewness(small: Plane, window: float) -> float:
    side = max(3, round(window)) | 1
    rest = small - np.asarray(cv2.boxFilter(small, cv2.CV_32F, (side, side)), np.float32)
    squares = rest * rest
    return float((squares * rest).mean() / (squares.mean() ** 1.5 + UNWRITTEN**3))
