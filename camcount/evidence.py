"""Glyphs, probabilities -> what each glyph has to say for itself: numbers from which its odds are learnt."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from camcount.classify import NOT_A_DIGIT
from camcount.marks import Glyphs
from camcount.types import Probabilities

LEAST = 1e-4
"""No probability counts for less."""
SURE = 8.0
"""No odds count for more, as a logarithm."""
USUAL = 30.0
"""Pixels that a digit is often high."""

Floats = npt.NDArray[np.float32]


def look_at(glyphs: Glyphs, probabilities: Probabilities, size: tuple[int, int], scale: float) -> Floats:
    """Gather what speaks for and against each glyph by itself, (n, `LOOKS`).

    That is what the classifier told, the shape of its box, and how it stands to the other hypotheses of its cluster.

    Args:
        glyphs: n hypotheses.
        probabilities: (n, 11).
        size: width and height of the frame, pixels.
        scale: working pixels to one pixel of the frame.
    """
    odds = log_odds(probabilities)
    values = share_digits(probabilities)
    x0, y0, x1, y1 = glyphs.boxes.T.astype(np.float32)
    width, height = x1 - x0, y1 - y0
    starts = cluster_starts(glyphs)
    counts = np.diff(starts, append=len(glyphs))
    left, top = (_spread(np.minimum, side, starts, counts) for side in (x0, y0))
    right, bottom = (_spread(np.maximum, side, starts, counts) for side in (x1, y1))
    best = _spread(np.maximum, odds, starts, counts)
    best_whole = _spread(np.maximum, np.where(glyphs.whole, odds, -SURE), starts, counts)
    parts = _spread(np.maximum, glyphs.last + 1.0, starts, counts)
    rim = np.minimum.reduce([x0, y0, size[0] * scale - x1, size[1] * scale - y1])
    columns = [
        np.clip(odds, -SURE, SURE),
        np.clip(odds, -2, 2),
        np.log(np.maximum(values.max(axis=1), 0.1)),
        *values.T,
        glyphs.whole,
        np.log(np.repeat(counts, counts)),
        glyphs.last - glyphs.first,
        np.log(parts),
        np.log((width + 1) / (height + 1)),
        np.log(height / (bottom - top)),
        width / (right - left),
        np.log((right - left) / (bottom - top)),
        np.log(height / scale / USUAL),
        np.clip(glyphs.halo, 0, 1),
        np.log((glyphs.darkness + 1) / 128),
        rim < 2,
        np.minimum(rim / height, 2),
        np.clip(best, -SURE, SURE),
        np.clip(best_whole, -SURE, SURE),
        np.clip(odds - best, -SURE, 0),
    ]
    return np.column_stack(columns).astype(np.float32)


LOOKS = 29
"""Numbers that `look_at` gives of each glyph."""


def log_odds(probabilities: Probabilities) -> npt.NDArray[np.float64]:
    """Give the logarithm of the odds of being a digit, (n,), as the classifier sees them."""
    digit, none = probabilities[:, :NOT_A_DIGIT].sum(axis=1), probabilities[:, NOT_A_DIGIT]
    odds: npt.NDArray[np.float64] = np.log(np.maximum(digit.astype(np.float64), LEAST) / np.maximum(none, LEAST))
    return odds


def share_digits(probabilities: Probabilities) -> npt.NDArray[np.float64]:
    """Give which digit each glyph is if it is one, (n, 10)."""
    digits = probabilities[:, :NOT_A_DIGIT].astype(np.float64)
    shares: npt.NDArray[np.float64] = digits / np.maximum(digits.sum(axis=1, keepdims=True), LEAST)
    return shares


def cluster_starts(glyphs: Glyphs) -> npt.NDArray[np.intp]:
    """Give the index of the first glyph of each cluster."""
    return np.flatnonzero(np.diff(glyphs.cluster, prepend=-1))


def _spread(
    gather: np.ufunc, values: npt.NDArray[np.floating], starts: npt.NDArray[np.intp], counts: npt.NDArray[np.intp]
) -> npt.NDArray[np.floating]:
    """Give each glyph the extreme of its cluster."""
    found: npt.NDArray[np.floating] = np.repeat(gather.reduceat(values, starts), counts)
    return found
