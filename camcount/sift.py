"""Digits -> digits of the page: leave out what is far paler or far smaller than the others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from camcount.marks import Glyphs
from camcount.quantile import weighted_median

PALEST = 0.4
"""What is paler than this share of the page's digits shows through from the back of the sheet."""
LOWEST = 0.2
"""What is lower than this share of the page's digits is a speck, or the end of a stroke that has faded."""


def drop_dirt(glyphs: Glyphs, trust: npt.NDArray[np.float64], chosen: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Drop what is no digit beside the others of its page; the high and the likely ones tell what is usual.

    Args:
        glyphs: n hypotheses.
        trust: (n,), how likely each is a digit.
        chosen: indices of those that are read as digits.

    Returns:
        Those that remain.
    """
    if not len(chosen):
        return chosen
    height = (glyphs.boxes[chosen, 3] - glyphs.boxes[chosen, 1]).astype(np.float64)
    darkness, weight = glyphs.darkness[chosen], trust[chosen] * height
    dark = darkness >= PALEST * weighted_median(darkness, weight)
    kept: npt.NDArray[np.intp] = chosen[dark & (height >= LOWEST * weighted_median(height, weight))]
    return kept
