"""Ink -> glyphs: every mark that may be a digit, as it stands, and joined where one may be broken."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from camcount.binarize import Ink
from camcount.marks import Glyphs, Mark, paste_mark
from camcount.pieces import Piece, list_glyphs, order_pieces
from camcount.rules import erase_rules
from camcount.types import Boxes

SMALLEST = 7
"""Marks lower and narrower than this are specks, working pixels."""
LARGEST = 0.97
"""A mark as wide or high as this share of the picture is its edge or a ruled line."""
LONGEST = 9.0
"""Marks longer than this, in widths, are lines."""
MOST = 250
"""The largest so many marks are looked at: more are no numbers, but a texture."""
REACH = 0.3
"""Pieces of one digit lie nearer than this share of the larger one's size."""
BROKEN = 0.2
"""The ink of pieces as large as each other is nearer than this share of the higher one: neighbours leave more room."""
MOST_BROKEN = 60
"""So many pairs of marks are looked at for that; where there are more, they are a texture."""
PIECES = 4
"""A broken digit has at most so many pieces."""
HALO = 0.06
"""How far around a mark its ground is looked at, as a share of its longer side."""


def find_marks(ink: Ink) -> Glyphs:
    """Find all marks of the ink, each as it stands, and joined where they may be pieces of one digit.

    Marks are outlined by border following (Suzuki and Abe 1985), also those inside a frame. Those in which digits may
    touch are cut by `cut_touching`; deciding is left to `assemble_lines`.
    """
    marks = list(_outline_marks(ink, erase_rules(ink.mask, ink.darkness)))
    boxes = np.array([mark.box for mark in marks], np.int32).reshape(-1, 4)
    darkness = np.array([mark.darkness(ink) for mark in marks], np.float32)
    groups = _gather(_distances(marks, boxes, darkness))
    return list_glyphs(ink, [order_pieces([marks[i] for i in group], marks) for group in groups])


def _outline_marks(ink: Ink, mask: Mark) -> Iterator[Piece]:
    """Give each connected mark that is neither speck nor line, the largest first."""
    height, width = mask.shape
    contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outer = [c for c, h in zip(contours, hierarchy.reshape(-1, 4)) if h[3] < 0] if len(contours) else []
    boxes = [cv2.boundingRect(contour) for contour in outer]
    likely = [
        i
        for i, (x, y, w, h) in enumerate(boxes)
        if max(w, h) >= SMALLEST and w < LARGEST * width and h < LARGEST * height and w < LONGEST * h
    ]
    likely.sort(key=lambda i: -boxes[i][2] * boxes[i][3])
    for number, i in enumerate(likely[:MOST]):
        x, y, w, h = boxes[i]
        inside = np.zeros((h, w), np.uint8)
        cv2.drawContours(inside, [outer[i]], 0, 255, cv2.FILLED, offset=(-x, -y))
        mark = np.asarray(cv2.bitwise_and(mask[y : y + h, x : x + w], inside), np.uint8)
        piece = Piece(mark, x, y, 0.0, number)
        piece.halo = _measure_halo(ink, piece)
        yield piece


def _measure_halo(ink: Ink, piece: Piece) -> float:
    """Give the mean darkness of the paper around a mark, as a share of the mark's own."""
    (left, top, right, bottom), (height, width) = piece.box, ink.mask.shape
    margin = 3 + round(HALO * max(piece.mark.shape))
    x0, y0 = max(0, left - margin), max(0, top - margin)
    x1, y1 = min(width, right + margin), min(height, bottom + margin)
    wide = cv2.copyMakeBorder(piece.mark, top - y0, y1 - bottom, left - x0, x1 - right, cv2.BORDER_CONSTANT, value=0)
    far = cv2.dilate(wide, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8))
    # What is next to a stroke is its blurred flank, and other ink is no paper.
    ring = cv2.subtract(cv2.subtract(far, cv2.dilate(wide, np.ones((5, 5), np.uint8))), ink.mask[y0:y1, x0:x1])
    around = cv2.mean(ink.darkness[y0:y1, x0:x1], ring)[0]
    return float(around) / max(piece.darkness(ink), 1.0)


def _distances(
    marks: list[Piece], boxes: Boxes, darkness: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """Give how far marks are apart that may be pieces of one digit, in sizes of the larger; for all others, infinity.

    Pieces are close, equally dark, and either stacked or of unequal size, or else their ink is very close.
    """
    x0, y0, x1, y1 = boxes.T
    width, height = x1 - x0, y1 - y0
    size = np.maximum(width, height)
    larger = np.maximum(size[:, None], size)
    smaller = np.minimum(size[:, None], size)
    gap_x = np.maximum(x0[:, None], x0) - np.minimum(x1[:, None], x1)
    gap_y = np.maximum(y0[:, None], y0) - np.minimum(y1[:, None], y1)
    taller = np.maximum(height[:, None], height)
    apart = np.maximum(gap_x / larger, gap_y / taller)
    stacked = gap_x < -0.3 * np.minimum(width[:, None], width)
    # Two whole digits above each other are two rows; joined they would be much higher than wide.
    span_x = np.maximum(x1[:, None], x1) - np.minimum(x0[:, None], x0)
    span_y = np.maximum(y1[:, None], y1) - np.minimum(y0[:, None], y0)
    # Of two rows that are written close together, neither is a piece of the other: a digit is no wider than high.
    rows = (np.minimum(height[:, None], height) > 0.6 * taller) & (span_x > 0.9 * span_y)
    broken = (gap_y < 0.25 * taller) & (span_y < 2.2 * taller) & ~rows
    compact = ((span_y < 1.6 * taller) | broken) & (span_x < 1.3 * larger)
    piece = (smaller < 0.75 * larger) & (smaller > 0.12 * larger)
    alike = np.minimum(darkness[:, None], darkness) > 0.5 * np.maximum(darkness[:, None], darkness)
    may = (apart < REACH) & compact & alike
    parts = may & (piece | stacked)
    beside = np.argwhere(np.triu(may & ~parts, 1))
    for i, j in beside.tolist() if len(beside) <= MOST_BROKEN else ():
        parts[i, j] = parts[j, i] = _meet(marks[i], marks[j], BROKEN * float(taller[i, j]))
    return np.where(parts, apart, np.inf)


def _meet(first: Piece, second: Piece, reach: float) -> bool:
    """Tell whether the ink of two marks is nearer than so many pixels."""
    margin = int(reach) + 1
    (left, top, right, bottom), (x0, y0, x1, y1) = first.box, second.box
    x0, y0 = max(left, x0 - margin), max(top, y0 - margin)
    x1, y1 = min(right, x1 + margin), min(bottom, y1 + margin)
    if x1 <= x0 or y1 <= y0:
        return False
    # Of both, only what lies where the other is: near ink is there or nowhere.
    near = np.zeros((y1 - y0 + 2 * margin, x1 - x0 + 2 * margin), np.uint8)
    paste_mark(near, second.mark, second.x - x0 + margin, second.y - y0 + margin)
    wide = cv2.dilate(near, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin - 1, 2 * margin - 1)))
    own = first.mark[y0 - top : y1 - top, x0 - left : x1 - left]
    return bool(cv2.countNonZero(cv2.bitwise_and(wide[margin:-margin, margin:-margin], own)))


def _gather(distances: npt.NDArray[np.float64]) -> list[list[int]]:
    """Gather marks into groups, the nearest first, none larger than a broken digit has pieces."""
    group = {i: [i] for i in range(len(distances))}
    first, second = np.nonzero(np.triu(np.isfinite(distances), 1))
    for i, j in sorted(zip(first.tolist(), second.tolist()), key=lambda pair: float(distances[pair])):
        if group[i] is not group[j] and len(group[i]) + len(group[j]) <= PIECES:
            group[i] += group[j]
            for member in group[j]:
                group[member] = group[i]
    return [members for i, members in group.items() if members[0] == i]
