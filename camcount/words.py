"""Candidates, marks -> numbers: leave out the digits of words, of running text and of hatching."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from camcount.classify import NOT_A_DIGIT
from camcount.marks import Glyphs
from camcount.quantile import quantile
from camcount.sift import HALOS, Candidates
from camcount.types import Probabilities

LETTER = 0.6
"""A mark is a letter or a sign with this probability of being no digit."""
DARK = 0.6
"""Letters are at least so dark, as a share of the digits: else they are dirt, ruling or the back of the sheet."""
WORD = 2
"""A word has so many letters."""
MOSTLY = 1.5
"""A number, with signs in it, has so many digits for each sign."""
HIGH = 0.68, 1.9
"""Letters are so many times as high as the digits beside them; what is lower is a sign, a stop or a dash."""
FLAT = 2.2
"""A mark wider than this, in its heights, is several letters, or none when it stands alone: a dash, a line."""
NEAR = 0.7
"""Marks of a word stand nearer to each other than so many heights of the higher one."""
TEXT = 5, 0.8
"""A page with so many letters in words, and so many times as many letters as digits, is running text."""
MIXED = 2, 0.2
"""Running text too is a page with so many words that have digits but are no numbers, and so large a share of them among
all that have digits: letters look like digits here and there, but numbers stand apart from words."""
NUMBER = 3, 0.9
"""In running text a number has so many digits at least, all of them so sure."""
HATCHING = 6
"""So many strokes and nothing else, side by side, are hatching."""
FAIR = 0.9, 1.5
"""A stroke on a page without other digits is a 1 when it is so sure, and so many times as high as it is wide."""

Floats = npt.NDArray[np.float64]


def find_letters(
    glyphs: Glyphs, probabilities: Probabilities, chosen: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    """Give the marks that were left unread and are no digits: letters, signs and lines."""
    if not len(chosen):
        return np.zeros(0, np.intp)
    read = np.isin(glyphs.cluster, glyphs.cluster[chosen])
    inked = (glyphs.darkness >= DARK * quantile(glyphs.darkness[chosen], 0.5)) & (glyphs.halo < HALOS[0])
    unread = glyphs.whole & ~read & inked & (probabilities[:, NOT_A_DIGIT] >= LETTER)
    letters: npt.NDArray[np.intp] = np.flatnonzero(unread)
    return letters


def drop_words(candidates: Candidates, rows: list[list[int]], letters: Floats) -> list[list[int]]:
    """Drop the digits of words: an l in a word looks like a 1, but it stands among letters.

    Args:
        candidates: n digits.
        rows: of indices.
        letters: (m, 4), boxes of marks that are no digits, pixels of the frame.
    """
    kept = [i for row in rows for i in row]
    if not kept:
        return []
    boxes = np.concatenate([candidates.boxes[kept], letters.reshape(-1, 4)])
    word = _gather_words(boxes)
    digits = np.bincount(word[: len(kept)], minlength=word.max() + 1)
    in_words = _count_letters(boxes, word, len(kept))
    is_number = digits >= MOSTLY * in_words
    mixed = int(((digits > 0) & ~is_number).sum())
    if mixed >= MIXED[0] and mixed >= MIXED[1] * (digits > 0).sum():
        return []
    many = int(in_words[in_words >= WORD].sum())
    if many >= TEXT[0] and many >= TEXT[1] * digits[is_number].sum():
        is_number &= _are_sure_numbers(candidates.probabilities[kept], word[: len(kept)], digits)
    numbers = {i for i, number in zip(kept, word) if is_number[number]}
    return _drop_hatching(candidates, [[i for i in row if i in numbers] for row in rows])


def _gather_words(boxes: Floats) -> npt.NDArray[np.intp]:
    """Give for each mark the word that it belongs to: level and near, from mark to mark."""
    x0, y0, x1, y1 = boxes.T
    height = np.maximum(y1 - y0, 0.5 * (x1 - x0))
    smaller = np.minimum(height[:, None], height)
    gap = np.maximum(x0[:, None], x0) - np.minimum(x1[:, None], x1)
    shared = np.minimum(y1[:, None], y1) - np.maximum(y0[:, None], y0)
    larger = np.maximum(height[:, None], height)
    linked = (gap < NEAR * larger) & (shared > 0.25 * smaller) & (smaller > 0.3 * larger)
    word = np.arange(len(boxes))
    while True:
        lowest = np.where(linked, word, len(boxes)).min(axis=1).clip(max=word)
        if (lowest == word).all():
            return np.unique(word, return_inverse=True)[1].astype(np.intp)
        word = lowest


def _count_letters(boxes: Floats, word: npt.NDArray[np.intp], digits: int) -> Floats:
    """Count the letters of each word; a wide mark is as many as it is high, one after the other."""
    heights = boxes[:, 3] - boxes[:, 1]
    page = quantile(heights[:digits], 0.5)
    count = np.zeros(word.max() + 1)
    for number in np.unique(word[digits:]):
        members = np.flatnonzero(word == number)
        own = members[members < digits]
        usual = quantile(heights[own], 0.5) if len(own) else page
        letters = members[members >= digits]
        high = (heights[letters] > HIGH[0] * usual) & (heights[letters] < HIGH[1] * usual)
        extent = (boxes[letters, 2] - boxes[letters, 0]) / heights[letters]
        fits = high & ((extent < FLAT) | (len(members) > 1))
        count[number] = np.maximum(1, np.round(extent[fits])).sum()
    return count


def _are_sure_numbers(
    probabilities: Probabilities, word: npt.NDArray[np.intp], digits: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    long, sure = NUMBER
    least = np.ones(len(digits))
    np.minimum.at(least, word, probabilities[:, :NOT_A_DIGIT].max(axis=1))
    told: npt.NDArray[np.bool_] = (digits >= long) & (least >= sure)
    return told


def _drop_hatching(candidates: Candidates, rows: list[list[int]]) -> list[list[int]]:
    """Drop rows of many strokes side by side; where there is nothing but strokes, all but a few fair 1s."""
    digits = candidates.probabilities[:, :NOT_A_DIGIT]
    strokes = digits.argmax(axis=1) == 1
    kept = [i for row in rows for i in row]
    if kept and strokes[kept].all():
        width, height = (candidates.boxes[kept, 2:] - candidates.boxes[kept, :2]).T
        fair = (digits[kept, 1] >= FAIR[0]) & (height >= FAIR[1] * width)
        if len(kept) >= HATCHING or not fair.all():
            return []
    return [row for row in rows if row and not (len(row) >= HATCHING and strokes[row].all())]
