"""Pen strokes -> which digits look like what they are said to be: some were cut wrongly when they were recorded."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from camcount.synthesis.shapes import DIGITS
from camcount.synthesis.strokes import StrokeSet, draw_strokes

SIDE = 16
NEIGHBOURS = 9
AGREEING = 1
"""A digit is doubted when fewer of its nearest neighbours than this are the same digit."""
BATCH = 1000


def undoubted_digits(strokes: StrokeSet) -> npt.NDArray[np.bool_]:
    """Tell which characters are digits that look like some of other writers' (k nearest neighbours: Cover, Hart 1967).

    It knows pictures and labels alone and no model of camcount's, so that a measure on what it leaves is no flattery.

    Returns:
        (n,) for each character of the set; False for what is no digit.
    """
    usable = np.zeros(len(strokes), bool)
    digits = np.flatnonzero(np.isin(strokes.labels, list(DIGITS)))
    labels = np.array([int(strokes.labels[i]) for i in digits])
    writers = strokes.writers[digits]
    pictures = np.stack([_picture(strokes, int(i)) for i in digits]) if len(digits) else np.zeros((0, SIDE**2))
    for start in range(0, len(digits), BATCH):
        rows = slice(start, start + BATCH)
        likeness = pictures[rows] @ pictures.T
        likeness[writers[rows, None] == writers] = -1.0
        nearest = np.argpartition(-likeness, min(NEIGHBOURS, len(digits) - 1), axis=1)[:, :NEIGHBOURS]
        # Among few writers a digit's own hand is among the nearest: it is no witness, but where it is alone no doubt.
        others = writers[nearest] != writers[rows, None]
        agreeing = (others & (labels[nearest] == labels[rows, None])).sum(axis=1)
        usable[digits[rows]] = (agreeing >= AGREEING) | ~others.any(axis=1)
    return usable


def _picture(strokes: StrokeSet, index: int) -> npt.NDArray[np.float32]:
    """Draw a character small and soft, as a vector of length 1."""
    drawn = draw_strokes(strokes.strokes(index), np.eye(2, dtype=np.float32), 4 * SIDE, 7.0)
    side = max(drawn.shape)
    y, x = (side - drawn.shape[0]) // 2, (side - drawn.shape[1]) // 2
    square = np.zeros((side, side), np.uint8)
    square[y : y + drawn.shape[0], x : x + drawn.shape[1]] = drawn
    small = cv2.GaussianBlur(cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA), (0, 0), 0.7)
    vector = small.astype(np.float32).ravel()
    unit: npt.NDArray[np.float32] = vector / np.float32(max(float(np.linalg.norm(vector)), 1e-6))
    return unit
