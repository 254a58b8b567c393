"""Glyphs -> more glyphs: marks in which digits may touch, cut, unless they surely are one digit."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from camcount.binarize import Ink
from camcount.classify import NOT_A_DIGIT
from camcount.crop import crop_glyphs
from camcount.marks import Glyphs, Mark, join_glyphs
from camcount.pieces import Piece, list_glyphs, order_pieces
from camcount.quantile import quantile
from camcount.seam import cut_marks
from camcount.segment import SMALLEST, find_marks
from camcount.types import Crops, Probabilities

SURE = 0.97
"""A mark that is so surely one digit is not cut: of the marks of pages that may be, half."""
CUT_FROM = 0.55
"""Marks wider than this share of their height may be several digits,"""
CROWD = 4, 1.3
"""or, among so many marks as high as they are, those wider than most by this factor."""
VALLEYS = 0.1, 0.3
"""or those with notches so deep, as shares of their height: from above and below both, or from one side."""
MOST_CUT = 40
"""At most so many marks are cut: a page that has more to cut is no page of numbers."""


def cut_touching(
    ink: Ink, glyphs: Glyphs, crops: Crops, probabilities: Probabilities,
    classify: Callable[[Crops], Probabilities],
) -> tuple[Glyphs, Crops, Probabilities]:
    """Cut the marks in which digits may touch; all ways to take the parts together are hypotheses.

    Wide and notched ones are cut along seams of least ink, but none that the classifier knows as one digit.

    Args:
        ink: of the view.
        glyphs: n marks, as `find_marks` gives them.
        crops: (n, 28, 28).
        probabilities: (n, 11).
        classify: tells the probabilities of the new ones, all in one call.

    Returns:
        Glyphs, crops and probabilities; those of clusters in which something was cut come last.
    """
    alone = np.bincount(glyphs.cluster)[glyphs.cluster] == 1
    chosen = _may_touch(glyphs, alone & (probabilities[:, :NOT_A_DIGIT].max(axis=1, initial=0) >= SURE))
    if not chosen:
        return glyphs, crops, probabilities
    kept, own = _cut(ink, glyphs, chosen)
    more = crop_glyphs(ink, own)
    return (
        join_glyphs(glyphs.part(kept), own),
        np.concatenate([crops[kept], more]),
        np.concatenate([probabilities[kept], classify(more)]),
    )


def find_glyphs(ink: Ink) -> Glyphs:
    """Give every hypothesis of the ink, whatever a classifier thinks of it: all marks that may be cut are."""
    glyphs = find_marks(ink)
    kept, own = _cut(ink, glyphs, _may_touch(glyphs, np.zeros(len(glyphs), bool)))
    return join_glyphs(glyphs.part(kept), own)


def _may_touch(glyphs: Glyphs, single: npt.NDArray[np.bool_]) -> list[int]:
    """Give the marks that are wide enough for two digits, or notched like two, and not pieces of one that is higher.

    Args:
        glyphs: n marks.
        single: (n,) which are one digit for sure.
    """
    width, height = (glyphs.boxes[:, 2:] - glyphs.boxes[:, :2]).T.astype(np.float64)
    top = np.zeros(len(glyphs.inks))
    np.maximum.at(top, glyphs.cluster[glyphs.whole], height[glyphs.whole])
    wide = (width > CUT_FROM * height) & (height >= np.maximum(2 * SMALLEST, 0.6 * top[glyphs.cluster]))
    widths, heights = width[glyphs.whole], height[glyphs.whole]
    many, factor = CROWD
    chosen = []
    for i in np.flatnonzero(wide & glyphs.whole & ~single).tolist():
        alike = widths[(heights > 0.6 * height[i]) & (heights < 1.7 * height[i])]
        wider = len(alike) < many or width[i] > min(factor * quantile(alike, 0.5), height[i])
        if wider or _has_valleys(glyphs.marks[i]):
            chosen.append(i)
    return chosen[:MOST_CUT]


def _has_valleys(mark: Mark) -> bool:
    """Tell whether a mark is notched from above and from below, or deeply from one side, as two digits are."""
    height = mark.shape[0]
    inked = mark > 0
    depths = []
    for top in (inked.argmax(axis=0), inked[::-1].argmax(axis=0)):
        higher = np.maximum(np.minimum.accumulate(top), np.minimum.accumulate(top[::-1])[::-1])
        depths.append(float((top - higher).max()) / height)
    return bool(min(depths) > VALLEYS[0] or max(depths) > VALLEYS[1])


def _cut(ink: Ink, glyphs: Glyphs, chosen: list[int]) -> tuple[npt.NDArray[np.bool_], Glyphs]:
    """Give which glyphs are of clusters that stay as they are, (n,), and the others' clusters with some marks cut."""
    parts = dict(zip(chosen, cut_marks([glyphs.marks[i] for i in chosen])))
    clusters = []
    for number in np.unique(glyphs.cluster[chosen]).tolist():
        marks = {i: _piece(glyphs, i) for i in np.flatnonzero(glyphs.whole & (glyphs.cluster == number)).tolist()}
        pieces = [piece for i, mark in marks.items() for piece in (_place(mark, parts[i]) if i in parts else [mark])]
        clusters.append(order_pieces(pieces, marks))
    return ~np.isin(glyphs.cluster, glyphs.cluster[chosen]), list_glyphs(ink, clusters)


def _piece(glyphs: Glyphs, i: int) -> Piece:
    """Give a mark as a piece."""
    x, y = glyphs.boxes[i, :2].tolist()
    return Piece(glyphs.marks[i], x, y, float(glyphs.halo[i]), i, float(glyphs.darkness[i]))


def _place(mark: Piece, parts: list[Mark]) -> list[Piece]:
    """Give the parts of a mark, each cut to its box."""
    placed = []
    for part in parts:
        x, y, w, h = cv2.boundingRect(part)
        placed.append(Piece(part[y : y + h, x : x + w], mark.x + x, mark.y + y, mark.halo, mark.source))
    return placed
