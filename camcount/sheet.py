"""Ink, paper -> ink on the sheet: a table or cloth of dark texture around the page holds no marks."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]

FULL = 0.12
"""Handwriting covers less of a page than this share; more calls for a look at what lies around the sheet."""
TEXTURE = 0.2
"""Ground with more of it taken for ink than this share is a texture, with no marks on it."""
BRIGHTER = 1.8
"""A sheet is so many times as bright as the ground that it lies on: a shadow on it mostly less."""
LEAST = 0.1
"""A sheet covers at least this share of the picture."""
GLEAM = 0.12
"""Bright stripes narrower than this share of the picture's shorter side are no sheet."""
RIM = 0.008
"""What is nearer to the rim of the sheet, as a share of the picture's longer side, may be the rim itself."""


def keep_sheet(mask: Plane, paper: Plane) -> Plane:
    """Take out the ink around a bright sheet that lies on a dark, textured ground.

    The paper falls into bright and dark (Otsu 1979); it is a sheet on a table only where the dark is full of ink.

    Args:
        mask: (h, w), 255 = ink.
        paper: small picture of the paper without ink.

    Returns:
        The same mask where there is no such ground, else a new one.
    """
    if cv2.countNonZero(mask) < FULL * mask.size:
        return mask
    _, bright = cv2.threshold(paper, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    ground = bright == 0
    if not LEAST < 1 - ground.mean() < 1 or paper[~ground].mean() < BRIGHTER * paper[ground].mean():
        return mask
    height, width = mask.shape
    density = cv2.resize(mask, (paper.shape[1], paper.shape[0]), interpolation=cv2.INTER_AREA)
    if density[ground].mean() < TEXTURE * 255:
        return mask
    sheet = cv2.resize(_fill(np.asarray(bright, np.uint8)), (width, height), interpolation=cv2.INTER_LINEAR)
    reach = 2 * round(RIM * max(height, width)) + 1
    padded = cv2.copyMakeBorder(cv2.threshold(sheet, 127, 255, cv2.THRESH_BINARY)[1], 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    inner = cv2.erode(padded, np.ones((reach, reach), np.uint8))[1:-1, 1:-1]
    return np.asarray(cv2.bitwise_and(mask, inner), np.uint8)


def _fill(bright: Plane) -> Plane:
    """Give the bright parts that are large enough for a sheet, with what is written broadly on them."""
    # A gleam on the table that touches the sheet is no part of it.
    side = max(3, round(GLEAM * min(bright.shape)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    compact = cv2.morphologyEx(bright, cv2.MORPH_OPEN, kernel)
    contours, _ = cv2.findContours(compact, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    sheets = [contour for contour in contours if cv2.contourArea(contour) > LEAST * bright.size]
    filled = np.zeros_like(bright)
    cv2.drawContours(filled, sheets, -1, 255, cv2.FILLED)
    return filled
