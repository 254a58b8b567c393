"""Ink -> glyphs: every mark that may be a digit, whole, cut where digits may touch, joined where one may be broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from camcount.binarize import Ink
from camcount.marks import Glyphs, Mark, paste_mark
from camcount.quantile import quantile
from camcount.rules import erase_rules
from camcount.seam import cut_marks
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
CUT_FROM = 0.55
"""Marks wider than this share of their height may be several digits,"""
CROWD = 4, 1.3
"""or, among so many marks as high as they are, those wider than most by this factor."""
VALLEYS = 0.1, 0.3
"""or those with notches so deep, as shares of their height: from above and below both, or from one side."""
MOST_CUT = 40
"""At most so many marks are cut: a page that has more to cut is no page of numbers."""
SINGLE = 0.9
"""Marks narrower than this share of their height are rather one digit than two."""
SPAN = 6
"""A digit is joined from at most so many parts, or from all of its cluster."""
WIDEST = 1.4
"""Parts of a mark that are together wider than so many of their heights are no digit."""


@dataclass(slots=True, eq=False)
class _Piece:
    """Connected ink, or a part cut from it."""

    mark: Mark
    x: int
    y: int
    halo: float
    """Mean darkness of the paper around the mark that it is part of, as a share of the mark's own."""
    source: int
    """Number of the mark that it is, or was cut from."""
    known_darkness: float | None = None
    """What `darkness` gave the first time it was asked."""

    @property
    def box(self) -> tuple[int, int, int, int]:
        height, width = self.mark.shape
        return self.x, self.y, self.x + width, self.y + height

    def darkness(self, ink: Ink) -> float:
        """Give the mean darkness of its ink, 0 to 255."""
        if self.known_darkness is None:
            x0, y0, x1, y1 = self.box
            self.known_darkness = float(cv2.mean(ink.darkness[y0:y1, x0:x1], self.mark)[0])
        return self.known_darkness


def find_glyphs(ink: Ink) -> Glyphs:
    """Find all marks of the ink, and the ways in which they may be parted and joined into digits.

    Marks are outlined by border following (Suzuki and Abe 1985), also those inside a frame. Wide ones are cut along
    seams of least ink; small ones are joined with their neighbours. Deciding is left to `assemble_lines`.
    """
    clusters = _cluster(ink, list(_find_marks(ink, erase_rules(ink.mask, ink.darkness))))
    marks: list[Mark] = []
    darkness: list[float] = []
    halos: list[float] = []
    whole: list[bool] = []
    rows: list[tuple[int, ...]] = []
    inks = [_join(parts) for parts in clusters]
    for number, parts in enumerate(clusters):
        for first, last in _spans(parts):
            glyph = _join(parts[first : last + 1])
            marks.append(glyph.mark)
            darkness.append(glyph.darkness(ink))
            halos.append(glyph.halo)
            whole.append(_is_whole(parts, first, last))
            rows.append((*glyph.box, number, first, last))
    table = np.array(rows, np.int32).reshape(-1, 7)
    return Glyphs(
        tuple(marks),
        table[:, :4],
        np.array(darkness, np.float32),
        np.array(halos, np.float32),
        np.array(whole, bool),
        table[:, 4],
        table[:, 5],
        table[:, 6],
        tuple(joined.mark for joined in inks),
        np.array([(joined.x, joined.y) for joined in inks], np.int32).reshape(-1, 2),
    )


def _spans(parts: list[_Piece]) -> Iterator[tuple[int, int]]:
    """Give the first and last part of each hypothesis: neighbours, together no wider than a digit, or a whole mark."""
    for first, part in enumerate(parts):
        left, top, right, bottom = part.box
        for last in range(first, len(parts)):
            x0, y0, x1, y1 = parts[last].box
            left, top, right, bottom = min(left, x0), min(top, y0), max(right, x1), max(bottom, y1)
            slim = right - left <= WIDEST * (bottom - top)
            few = last - first < SPAN or last - first == len(parts) - 1
            if last == first or few and slim or _is_whole(parts, first, last):
                yield first, last


def _is_whole(parts: list[_Piece], first: int, last: int) -> bool:
    """Tell whether some parts are all those of one mark."""
    marks = {part.source for part in parts[first : last + 1]}
    return len(marks) == 1 and sum(part.source in marks for part in parts) == last - first + 1


def _find_marks(ink: Ink, mask: Mark) -> Iterator[_Piece]:
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
        piece = _Piece(mark, x, y, 0.0, number)
        piece.halo = _measure_halo(ink, piece)
        yield piece


def _measure_halo(ink: Ink, piece: _Piece) -> float:
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


def _cluster(ink: Ink, marks: list[_Piece]) -> list[list[_Piece]]:
    """Gather the marks that may belong to one digit, and cut those that may be several: parts, from left to right."""
    boxes = np.array([mark.box for mark in marks], np.int32).reshape(-1, 4)
    darkness = np.array([mark.darkness(ink) for mark in marks], np.float32)
    groups = _gather(_distances(marks, boxes, darkness))
    wide = _may_touch(marks, boxes, groups)
    parts = dict(zip(wide, cut_marks([marks[i].mark for i in wide])))
    clusters = []
    for group in groups:
        pieces = [piece for i in group for piece in (_place(marks[i], parts[i]) if i in parts else [marks[i]])]
        clusters.append(sorted(pieces, key=lambda piece: _place_in_row(piece, marks[piece.source])))
    return clusters


def _place_in_row(part: _Piece, mark: _Piece) -> tuple[float, float]:
    """Tell where a part comes in its cluster: from the left, but one after the other if they may be one digit.

    Else a speck over a 5 would stand between its parts, and the 5 could not be read without the speck.
    """
    height, width = mark.mark.shape
    middle = part.x + part.mark.shape[1] / 2
    return (mark.x + width / 2 if width < SINGLE * height else middle), middle


def _may_touch(marks: list[_Piece], boxes: Boxes, groups: list[list[int]]) -> list[int]:
    """Give the marks that are wide enough for two digits, or notched like two, and not pieces of one that is higher."""
    width, height = (boxes[:, 2:] - boxes[:, :2]).T.astype(np.float64)
    many, factor = CROWD
    chosen = []
    for group in groups:
        top = height[group].max()
        for i in group:
            if width[i] <= CUT_FROM * height[i] or height[i] < max(2 * SMALLEST, 0.6 * top):
                continue
            alike = width[(height > 0.6 * height[i]) & (height < 1.7 * height[i])]
            wide = len(alike) < many or width[i] > min(factor * quantile(alike, 0.5), height[i])
            if wide or _has_valleys(marks[i].mark):
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


def _place(mark: _Piece, parts: list[Mark]) -> list[_Piece]:
    """Give the parts of a mark, each cut to its box."""
    placed = []
    for part in parts:
        x, y, w, h = cv2.boundingRect(part)
        placed.append(_Piece(part[y : y + h, x : x + w], mark.x + x, mark.y + y, mark.halo, mark.source))
    return placed


def _distances(
    marks: list[_Piece], boxes: Boxes, darkness: npt.NDArray[np.float32]
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


def _meet(first: _Piece, second: _Piece, reach: float) -> bool:
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


def _join(pieces: list[_Piece]) -> _Piece:
    if len(pieces) == 1:
        return pieces[0]
    boxes = np.array([piece.box for piece in pieces])
    x0, y0 = boxes[:, :2].min(axis=0)
    x1, y1 = boxes[:, 2:].max(axis=0)
    whole = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for piece in pieces:
        paste_mark(whole, piece.mark, piece.x - int(x0), piece.y - int(y0))
    return _Piece(whole, int(x0), int(y0), max(piece.halo for piece in pieces), pieces[0].source)
