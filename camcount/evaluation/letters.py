"""Marks that are no digits -> how many of them a classifier calls one all the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from camcount.crop import cut_to_ink, lay_mark
from camcount.data import array_keys, load_marks
from camcount.evaluation.digits import Classifier, classify
from camcount.synthesis.strokes import LIKE_DIGITS, draw_strokes, load_strokes
from camcount.types import Crops

SURE = 0.9
"""Above this a mark counts as confidently called a digit."""

HEIGHT = 64
"""Pixels that a letter is drawn high, as a camera would see it, before it is laid."""

PENS = 3.0, 10.0
"""Thinnest and thickest pen that letters are drawn with, pixels."""


def share_called_digit(classifier: Classifier, crops: Crops, sure: float = SURE) -> float:
    """Give the share of crops, none of them a digit, that are called one with a confidence above `sure`."""
    return float((classify(classifier, crops)[:, :10].max(axis=1) > sure).mean())


def load_not_digits(path: Path) -> Crops:
    """Load marks that are no digits, from pictures (`x`) or from pen strokes (`pts`).

    Letters that look like digits (O, l, S ...) are left out of strokes: they are no fair examples.

    Raises:
        SourceError: when the file cannot be read, or holds neither.
    """
    if "pts" not in array_keys(path):
        return load_marks(path, "x")
    strokes = load_strokes(path)
    rng = np.random.default_rng(0)
    upright = np.eye(2, dtype=np.float32)
    crops = []
    for index, label in enumerate(strokes.labels):
        pen = rng.uniform(*PENS)
        if label not in LIKE_DIGITS:
            letter = draw_strokes(strokes.strokes(index), upright, HEIGHT, pen)
            ink = np.where(letter > 127, np.uint8(255), np.uint8(0))
            crops.append(lay_mark(cut_to_ink(ink)))
    return np.stack(crops)
