"""Pages -> hypotheses: what the reader's own stages make of a page, each with what it truly is."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from camcount.binarize import Ink, binarize
from camcount.classify import NOT_A_DIGIT
from camcount.crop import crop_glyphs
from camcount.data import Labels
from camcount.marks import Glyphs
from camcount.segment import find_glyphs
from camcount.synthesis import OTHER, Page
from camcount.types import Crops

DIGIT = 0.82
"""A hypothesis is a digit when so much of its ink is that digit's, and so much of the digit's ink is in it."""
NO_DIGIT = 0.62
"""It is none when less than this share of the digit is in it, or of its ink is the digit's; in between, nobody knows."""
VISIBLE = 0.85
"""Share of a digit's strokes that must have become ink, within a few pixels."""
NEAR = 5
UNKNOWN = -1
"""The label of a hypothesis between a digit and none."""


def harvest(page: Page) -> tuple[Crops, Labels, npt.NDArray[np.bool_]]:
    """Read a page as far as the crops, and tell what each shows.

    Returns:
        (n, 28, 28) the crops; (n,) what each shows: 0 to 9, or "not a digit" (a half, a pair, a letter, a line); and
        (n,) whether it has the ink of a digit in it.
    """
    ink = binarize(page.image)
    glyphs = find_glyphs(ink)
    labels, inked = label_glyphs(page, ink, glyphs)
    known = labels != UNKNOWN
    return crop_glyphs(ink, glyphs)[known], labels[known], inked[known]


def label_glyphs(page: Page, ink: Ink, glyphs: Glyphs) -> tuple[Labels, npt.NDArray[np.bool_]]:
    """Tell what each glyph of a page shows: (n,) 0 to 9, "not a digit" or `UNKNOWN`; and whether digits' ink is in it."""
    values = np.array([int(digit.value) for line in page.lines for digit in line.digits], np.int64)
    height, width = ink.mask.shape
    numbers = cv2.resize(page.digit_map, (width, height), interpolation=cv2.INTER_NEAREST)
    # Number 0 is the paper; that of clutter comes after the digits.
    numbers = np.where(numbers == OTHER, len(values) + 1, numbers)
    count = len(values) + 2
    areas = np.bincount(numbers[ink.mask > 0], minlength=count)
    # Of a faint digit the reader may have lost a part: nobody knows what the rest is.
    near = cv2.dilate(ink.mask, np.ones((NEAR, NEAR), np.uint8)) > 0
    lost = np.bincount(numbers[near], minlength=count) < VISIBLE * np.bincount(numbers.ravel(), minlength=count)
    labels = np.full(len(glyphs), NOT_A_DIGIT, np.int64)
    inked = np.zeros(len(glyphs), bool)
    for i, (mark, box) in enumerate(zip(glyphs.marks, glyphs.boxes)):
        x0, y0, x1, y1 = box
        found = np.bincount(numbers[y0:y1, x0:x1][mark > 0], minlength=count)[1:]
        if not found[:-1].any():
            continue
        inked[i] = True
        best = int(found[:-1].argmax())
        pure, complete = found[best] / found.sum(), found[best] / areas[best + 1]
        if min(pure, complete) >= DIGIT:
            labels[i] = UNKNOWN if lost[best + 1] else values[best]
        elif min(pure, complete) >= NO_DIGIT:
            labels[i] = UNKNOWN
    return labels, inked
