"""Pieces of ink -> glyphs: every way to take neighbours of a cluster together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from camcount.binarize import Ink
from camcount.marks import Glyphs, Mark, paste_mark

SPAN = 6
"""A digit is joined from at most so many parts, or from all of its cluster."""
SINGLE = 0.9
"""Marks narrower than this share of their height are rather one digit than two."""
WIDEST = 1.4
"""Parts of a mark that are together wider than so many of their heights are no digit."""


@dataclass(slots=True, eq=False)
class Piece:
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


def order_pieces(pieces: list[Piece], marks: Sequence[Piece] | Mapping[int, Piece]) -> list[Piece]:
    """Put the pieces of a cluster in order: from the left, but one after the other if they may be one digit.

    Else a speck over a 5 would stand between its parts, and the 5 could not be read without the speck.

    Args:
        pieces: of one cluster.
        marks: by their numbers, those that the pieces are parts of.
    """

    def place(part: Piece) -> tuple[float, float]:
        mark = marks[part.source]
        height, width = mark.mark.shape
        middle = part.x + part.mark.shape[1] / 2
        return (mark.x + width / 2 if width < SINGLE * height else middle), middle

    return sorted(pieces, key=place)


def list_glyphs(ink: Ink, clusters: list[list[Piece]]) -> Glyphs:
    """Give each piece, and its neighbours together as far as they may be one digit; pieces lie from left to right."""
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


def _spans(parts: list[Piece]) -> Iterator[tuple[int, int]]:
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


def _is_whole(parts: list[Piece], first: int, last: int) -> bool:
    """Tell whether some parts are all those of one mark."""
    marks = {part.source for part in parts[first : last + 1]}
    return len(marks) == 1 and sum(part.source in marks for part in parts) == last - first + 1


def _join(pieces: list[Piece]) -> Piece:
    """Give pieces as one."""
    if len(pieces) == 1:
        return pieces[0]
    boxes = np.array([piece.box for piece in pieces])
    x0, y0 = boxes[:, :2].min(axis=0)
    x1, y1 = boxes[:, 2:].max(axis=0)
    whole = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for piece in pieces:
        paste_mark(whole, piece.mark, piece.x - int(x0), piece.y - int(y0))
    return Piece(whole, int(x0), int(y0), max(piece.halo for piece in pieces), pieces[0].source)
