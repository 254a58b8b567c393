"""Clusters in which digits may touch -> their digits, read as a whole: what no cut parts can be read all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from camcount.binarize import Ink
from camcount.classify import NOT_A_DIGIT, shipped_model
from camcount.crop import crop_glyphs
from camcount.ctc import BLANK, Spelling, spell, spell_views
from camcount.errors import ModelError
from camcount.evidence import cluster_starts
from camcount.litert import LiteRTNetwork
from camcount.marks import Glyphs, Mark, join_glyphs
from camcount.quantile import quantile
from camcount.strip import BODY, HIGH, MARGIN, Strip, lay_strip, stack_strips, stretch_strip
from camcount.types import Crops, Probabilities

Speller = Callable[[Sequence[Strip]], list[Spelling]]
"""Anything that reads strips."""

NAME = "touching.tflite"
STEP = 2
"""Pixels of a strip to one step of the network."""
SINGLE = 0.97
"""A cluster that is so surely one digit is not asked about."""
NARROW = 0.45
"""Nor is a mark that could not be cut, and is narrower than this share of its height: unless rows may touch in it."""
MOST = 40
"""At most so many clusters of a page are asked about: those that can be cut first, then the largest."""
KNOWN = 4
"""So many sure digits tell how high digits are on a page:"""
PITCH = 0.8, 1.9
"""rows that touch are about so many times as high."""
MOST_ROWS = 6
"""In more rows than these nothing touches."""
CLEAR = 0.95
"""What a strip spells less surely is looked at again,"""
STRETCHED = 0.85, 1.15
"""so much wider: one that is cramped, or wide, is read better as most others are."""
OWN = 0.8
"""Of ink that hangs together one digit owns all when it owns so much."""
LIKELY = 0.5
"""Digits are taken from the strip where so many of them stand there at least so likely."""


class _Block(NamedTuple):
    """Ink that is read as a whole: of a cluster, or of one of the rows that touch in it."""

    mark: Mark
    x: int
    y: int


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """The ink of one digit of a cluster."""

    mark: Mark
    x: int
    y: int
    values: npt.NDArray[np.float32]
    """(11,) how likely it is each class."""


class TouchingNetwork:
    """The network that reads strips."""

    def __init__(self, path: Path, threads: int = 2) -> None:
        """Load a model.

        Raises:
            ModelError: when it is missing, cannot be read, or is not of the shape that strips have.
        """
        if not path.is_file():
            raise ModelError(f"{path}: no such model. Install camcount anew.")
        self._network = LiteRTNetwork(path, threads)
        given, told = self._network.given, self._network.told
        if given[1:] != (HIGH, -1, 2) or told[-1] != BLANK + 1:
            raise ModelError(f"{path} expects {given} and gives {told}; it does not read strips of touching digits.")

    def __call__(self, strips: Sequence[Strip]) -> list[Spelling]:
        """Spell some strips; where one is in doubt, with narrower and wider views of it."""
        logits = self.look(strips)
        told = [spell(each) for each in logits]
        doubtful = [i for i, spelling in enumerate(told) if spelling.likelihood < CLEAR]
        views = [[strips[i], *(stretch_strip(strips[i], stretch) for stretch in STRETCHED)] for i in doubtful]
        more = iter(self.look([view for own in views for view in own[1:]]))
        for i, own in zip(doubtful, views):
            spelling, surest = spell_views([logits[i], *(next(more) for _ in STRETCHED)])
            narrowed = own[0].shape[1] / own[surest].shape[1]
            told[i] = replace(spelling, steps=(spelling.steps + 0.5) * narrowed - 0.5)
        return told

    def look(self, strips: Sequence[Strip]) -> list[npt.NDArray[np.float32]]:
        """Give the logits along each strip, (steps, 11)."""
        told: dict[int, npt.NDArray[np.float32]] = {}
        for places, stack in stack_strips(strips):
            told.update(zip(places, self._network(stack)))
        return [told[i] for i in range(len(strips))]


def find_touching(model: Path | None) -> Path:
    """Give the path of the network that was trained with a model; where there is none, of the one that ships."""
    beside = model and model.with_name(NAME)
    return beside if beside and beside.is_file() else shipped_model().with_name(NAME)


def read_touching(
    ink: Ink, glyphs: Glyphs, crops: Crops, probabilities: Probabilities, network: Speller
) -> tuple[Glyphs, Crops, Probabilities]:
    """Read each cluster that may be several digits as a whole; where it spells several, they take its place.

    Args:
        ink: of the view.
        glyphs: n hypotheses.
        crops: (n, 28, 28).
        probabilities: (n, 11).
        network: that reads strips.

    Returns:
        Glyphs, crops and probabilities; those of a cluster that was spelt are its digits, each a cluster of its own.
    """
    usual = _usual_height(glyphs, probabilities)
    asked = _find_doubtful(glyphs, probabilities, usual)
    guesses = [
        (number, blocks, strips)
        for number in asked
        for blocks in _part_rows(_Block(glyphs.inks[number], *glyphs.corners[number].tolist()), usual)
        if (strips := _lay(ink, blocks))
    ]
    told = iter(network([strip for _, _, strips in guesses for strip in strips]))
    best, spelt = dict(asked), dict[int, list[_Piece]]()
    for number, blocks, strips in guesses:
        spellings = [next(told) for _ in strips]
        certainty = min(spelling.certainty for spelling in spellings)
        count = sum(len(spelling.steps) for spelling in spellings)
        # Rows without a digit are none; and a long stroke would be a 1 in each of them.
        stroke = len(blocks) > 1 and any(not set(spelling.values) - {1} for spelling in spellings)
        if count > 1 and certainty >= max(LIKELY, best[number]) and not stroke:
            pieces = [piece for each in zip(blocks, spellings) for piece in _part(*each)]
            if len(pieces) == count:
                best[number], spelt[number] = certainty, pieces
    return _put_in_place(ink, glyphs, crops, probabilities, spelt) if spelt else (glyphs, crops, probabilities)


def _find_doubtful(glyphs: Glyphs, probabilities: Probabilities, usual: float) -> dict[int, float]:
    """Give the clusters that are not surely one digit, and how surely they are one."""
    surest = probabilities[:, :NOT_A_DIGIT].max(axis=1, initial=0)
    starts = cluster_starts(glyphs)
    counts = np.diff(starts, append=len(glyphs))
    parts = np.maximum.reduceat(glyphs.last, starts) if len(starts) else starts
    all_ = (glyphs.first == 0) & (glyphs.last == np.repeat(parts, counts))
    single = np.zeros(len(starts))
    np.maximum.at(single, glyphs.cluster[all_], surest[all_])
    shapes = np.array([mark.shape for mark in glyphs.inks]).reshape(-1, 2)
    high, wide = shapes[:, 0] >= 2 * PITCH[0] * usual, shapes[:, 1] > NARROW * shapes[:, 0]
    doubtful = (single < SINGLE) & ((counts > 1) | wide | high)
    numbers = np.flatnonzero(doubtful)
    order = np.lexsort((-shapes.prod(axis=1)[numbers], counts[numbers] == 1))
    return {number: float(single[number]) for number in np.sort(numbers[order][:MOST]).tolist()}


def _usual_height(glyphs: Glyphs, probabilities: Probabilities) -> float:
    """Give how high the marks are that surely are one digit, working pixels; infinity where there are too few."""
    sure = glyphs.whole & (probabilities[:, :NOT_A_DIGIT].max(axis=1, initial=0) >= SINGLE)
    heights = glyphs.boxes[sure, 3] - glyphs.boxes[sure, 1]
    return quantile(heights, 0.5) if len(heights) >= KNOWN else np.inf


def _part_rows(block: _Block, usual: float) -> Iterator[list[_Block]]:
    """Give the rows that ink may be, from the top: itself, or where it is high, those that may touch in it."""
    yield [block]
    height, width = block.mark.shape
    if width < NARROW * usual:
        return
    least, most = (height / (pitch * usual) for pitch in reversed(PITCH))
    for count in range(max(2, int(np.ceil(least))), min(int(most), MOST_ROWS) + 1):
        borders = np.rint(np.arange(count + 1) * height / count).astype(int).tolist()
        rows = [_cut(block.mark[top:bottom], block, top) for top, bottom in zip(borders, borders[1:])]
        if all(row.mark.size for row in rows):
            yield rows


def _cut(part: Mark, block: _Block, top: int = 0) -> _Block:
    """Cut a part of a block, from so many rows below its top on, to its ink."""
    x, y, width, height = cv2.boundingRect(part)
    return _Block(part[y : y + height, x : x + width], block.x + x, block.y + top + y)


def _lay(ink: Ink, blocks: list[_Block]) -> list[Strip]:
    """Lay each block into a strip; none where one of them is too long."""
    strips = []
    for mark, x, y in blocks:
        height, width = mark.shape
        strip = lay_strip(mark, ink.darkness[y : y + height, x : x + width])
        if strip is None:
            return []
        strips.append(strip)
    return strips


def _part(block: _Block, spelling: Spelling) -> list[_Piece]:
    """Part the ink of a block among the digits that it spells, straight down; nothing where one has no ink of its own.

    Seams that follow the strokes fit the digits no better: where they go wrong a digit loses its half. Ink that hangs
    together, and of which nearly all is one digit's, is wholly its, unless it reaches the middle of another.
    """
    middles = ((spelling.steps + 0.5) * STEP - MARGIN) * len(block.mark) / BODY
    columns = np.searchsorted((middles[1:] + middles[:-1]) / 2, np.arange(block.mark.shape[1]) + 0.5)
    owners = np.tile(columns, (len(block.mark), 1))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(block.mark)
    for label in range(1, count if count > 2 else 0):
        left, ink = boxes[label, cv2.CC_STAT_LEFT], labels == label
        reached = (middles > left) & (middles < left + boxes[label, cv2.CC_STAT_WIDTH])
        found = np.bincount(owners[ink])
        if found.max() >= OWN * found.sum() and reached.sum() < 2:
            owners[ink] = found.argmax()
    pieces = []
    for owner, shares in enumerate(spelling.shares):
        own = np.where(owners == owner, block.mark, np.uint8(0))
        if not own.any():
            return []
        values = np.append(shares * spelling.certainty, 1 - spelling.certainty).astype(np.float32)
        pieces.append(_Piece(*_cut(own, block), values))
    return pieces


def _put_in_place(
    ink: Ink, glyphs: Glyphs, crops: Crops, probabilities: Probabilities, spelt: dict[int, list[_Piece]]
) -> tuple[Glyphs, Crops, Probabilities]:
    """Put the digits of the clusters that were spelt in the place of their glyphs; they come last."""
    kept = ~np.isin(glyphs.cluster, list(spelt))
    pieces = [piece for each in spelt.values() for piece in each]
    halos = [glyphs.halo[glyphs.cluster == number].max() for number, each in spelt.items() for _ in each]
    own = _make_glyphs(ink, pieces, np.array(halos, np.float32))
    return (
        join_glyphs(glyphs.part(kept), own),
        np.concatenate([crops[kept], crop_glyphs(ink, own)]),
        np.concatenate([probabilities[kept], np.stack([piece.values for piece in pieces])]),
    )


def _make_glyphs(ink: Ink, pieces: list[_Piece], halos: npt.NDArray[np.float32]) -> Glyphs:
    """Make each piece a glyph that is a cluster of its own."""
    marks = tuple(piece.mark for piece in pieces)
    corners = np.array([(piece.x, piece.y) for piece in pieces], np.int32)
    boxes = np.hstack([corners, corners + np.array([mark.shape[::-1] for mark in marks], np.int32)])
    dark = [cv2.mean(ink.darkness[y0:y1, x0:x1], mark)[0] for mark, (x0, y0, x1, y1) in zip(marks, boxes.tolist())]
    numbers, zeros = np.arange(len(pieces), dtype=np.int32), np.zeros(len(pieces), np.int32)
    whole = zeros.astype(bool)
    return Glyphs(marks, boxes, np.array(dark, np.float32), halos, whole, numbers, zeros, zeros, marks, corners)
