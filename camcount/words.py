"""Digits, marks -> numbers: on a page of running text, what looks like a digit here and there is none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from camcount.marks import Glyphs
from camcount.quantile import quantile

TEXT = 4, 2.0
"""A page with so many letters, and so many times as many letters as digits, is running text."""
SURE = 0.97
"""In running text a digit is so likely at least."""
HIGH = 0.5, 2.0
"""Letters are so many times as high as the digits; what is lower is a sign, a stop or a dash."""
FLAT = 2.2
"""What is wider than this, in its heights, is a line."""
DARK = 0.6
"""Letters are at least so dark, as a share of the digits: else they are dirt, ruling or the back of the sheet."""
HALO = 0.16
"""What lies on ground darker than this share of its own darkness is a texture."""


def drop_words(
    glyphs: Glyphs, trust: npt.NDArray[np.float64], chosen: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    """Drop the digits of running text that are not very sure.

    Args:
        glyphs: n hypotheses.
        trust: (n,), how likely each is a digit.
        chosen: indices of those that are read as digits.

    Returns:
        Those that remain.
    """
    if not len(chosen):
        return chosen
    letters = len(find_letters(glyphs, chosen))
    if letters < max(TEXT[0], TEXT[1] * len(chosen)):
        return chosen
    kept: npt.NDArray[np.intp] = chosen[trust[chosen] >= SURE]
    return kept


def find_letters(glyphs: Glyphs, chosen: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Give the marks left unread that are as high and as dark as the digits: letters and signs."""
    width, height = (glyphs.boxes[:, 2:] - glyphs.boxes[:, :2]).T
    usual, darkness = quantile(height[chosen], 0.5), quantile(glyphs.darkness[chosen], 0.5)
    unread = glyphs.whole & ~np.isin(glyphs.cluster, glyphs.cluster[chosen])
    high = (height > HIGH[0] * usual) & (height < HIGH[1] * usual) & (width < FLAT * height)
    letters: npt.NDArray[np.intp] = np.flatnonzero(
        unread & high & (glyphs.darkness >= DARK * darkness) & (glyphs.halo < HALO)
    )
    return letters
