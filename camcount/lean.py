"""Ink -> how a form leans: whether there may be one, and by how much it must be turned to stand level."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from camcount.binarize import Ink, faint_mask
from camcount.quantile import quantile
from camcount.shrink import shrink

STEEP = 4.0
"""A form that leans by more degrees is levelled before it is read."""
LARGE = 0.2
"""A form holds connected ink that stretches over this share of the picture's longer side."""
STRAIGHT = 0.25
"""Somewhere its outline is straight over this share of it: large digits stretch far, but bend."""
WOBBLE = 2.0
"""A line is straight that leaves its course by no more, at a quarter of the resolution, pixels."""
SMALL = 800
"""Longer side at which lines are looked for, pixels."""
SHORTEST = 0.025
"""Pieces of lines are at least this long, as a share of the picture's longer side."""
THICKEST = 9
"""Ink thicker than this at that size is no line, pixels."""
NEAR = 7.0
"""The lines of a form, seen from aside, lean so many degrees from their mean at most."""
AGREE = 0.5
"""This share of all lines is the form's, and BOTH of those run in its other direction."""
BOTH = 0.05
MUCH = 0.8
"""A form's lines are together so many times as long as the picture's longer side."""

Floats = npt.NDArray[np.float64]


def tell_lean(ink: Ink) -> float | None:
    """Tell by how many degrees, clockwise, the form of a picture leans: -45 to 45; None where there is none.

    Its lines run in two directions, a right angle apart: taken modulo that, most of all long straight pieces of ink
    agree (pieces by the probabilistic Hough transform: Matas, Galambos and Kittler 2000).
    """
    if not _may_hold_form(ink):
        return None
    faint = faint_mask(ink)
    scale = min(1.0, SMALL / max(faint.shape))
    small = cv2.resize(faint, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = cv2.threshold(small, 63, 255, cv2.THRESH_BINARY)[1]
    thick = cv2.morphologyEx(small, cv2.MORPH_OPEN, np.ones((THICKEST, THICKEST), np.uint8))
    thin = cv2.subtract(small, cv2.dilate(thick, np.ones((5, 5), np.uint8)))
    longer = max(thin.shape)
    least = SHORTEST * longer
    pieces = cv2.HoughLinesP(thin, 1, np.pi / 360, round(0.7 * least), minLineLength=least, maxLineGap=3)
    if pieces is None:
        return None
    steps = np.diff(pieces.reshape(-1, 2, 2).astype(float), axis=1)[:, 0]
    lengths = np.hypot(*steps.T)
    angles = np.rad2deg(np.arctan2(steps[:, 1], steps[:, 0]))
    return _common(angles, lengths, longer)


def _may_hold_form(ink: Ink) -> bool:
    """Tell quickly, at a quarter of the resolution, whether there is ink that stretches far, somewhere straight."""
    small = shrink(ink.mask, 4)
    joined = cv2.dilate(cv2.threshold(small, 40, 255, cv2.THRESH_BINARY)[1], np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    longer = max(small.shape)
    far = (contour for contour in contours if max(cv2.boundingRect(contour)[2:]) >= LARGE * longer)
    return any(_longest_side(contour) >= STRAIGHT * longer for contour in far)


def _longest_side(contour: npt.NDArray[Any]) -> float:
    """Give the longest straight piece of an outline (Douglas and Peucker 1973)."""
    corners = cv2.approxPolyDP(contour, WOBBLE, True).reshape(-1, 2)
    return float(np.hypot(*(corners - np.roll(corners, 1, axis=0)).T).max(initial=0))


def _common(angles: Floats, lengths: Floats, longer: int) -> float | None:
    """Give the angle that most pieces agree on, modulo a right angle."""
    folded = (angles + 45) % 90 - 45
    off = np.abs((folded[:, None] - folded[None] + 45) % 90 - 45)
    best = int(((off < NEAR / 2) * lengths[:, None]).sum(axis=0).argmax())
    away = (folded - folded[best] + 45) % 90 - 45
    near = np.abs(away) < NEAR
    total = lengths[near].sum()
    lean = folded[best] + float(quantile(away[near], 0.5))
    lean = (lean + 45) % 90 - 45
    level = np.abs((angles - lean + 90) % 180 - 90) < 45
    other = min(lengths[near & level].sum(), lengths[near & ~level].sum())
    # Low boxes in a row have short uprights; nothing is lost by looking closer where nothing has to be turned.
    if total < max(AGREE * lengths.sum(), MUCH * longer) or other < BOTH * total and abs(lean) > STEEP:
        return None
    return float(lean)
