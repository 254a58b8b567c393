"""Whether a person could read a page: of one that nobody can read there is no truth to tell."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from camcount.synthesis.truth import DigitMap
from camcount.types import Image, Line

LOWEST = 12
"""Height of a digit, pixels, below which a row cannot be relied on."""
PALEST = 0.09
"""How much darker or lighter than its paper a digit must be, as a share of the brighter one."""
LOUDEST = 1.3
"""Grain may be so many times as strong as what a digit stands out by."""


def is_legible(image: Image, lines: Sequence[Line], digit_map: DigitMap) -> bool:
    """Tell whether the rows of a page are high enough to be read, and stand out of their paper and its grain."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    soft = cv2.GaussianBlur(grey, (0, 0), 1)
    number = 0
    for line in lines:
        if np.median([digit.box.height for digit in line.digits]) < LOWEST:
            return False
        contrasts = []
        for digit in line.digits:
            number += 1
            x0, y0, x1, y1 = digit.box
            place = slice(max(0, y0 - 3), y1 + 3), slice(max(0, x0 - 3), x1 + 3)
            here = digit_map[place]
            ink, paper = soft[place][here == number].astype(float), soft[place][here == 0].astype(float)
            if not len(ink) or not len(paper):
                continue
            apart = abs(np.median(paper) - np.median(ink))
            grain = 1.48 * np.median(np.abs(paper - np.median(paper)))
            clear = apart > LOUDEST * grain
            contrasts.append(apart / max(np.median(paper), np.median(ink), 1.0) if clear else 0.0)
        if contrasts and np.median(contrasts) < PALEST:
            return False
    return True
