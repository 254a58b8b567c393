"""Glyphs and probabilities made by hand, to test what is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from camcount.classify import CLASSES, NOT_A_DIGIT
from camcount.evidence import LOOKS
from camcount.marks import Glyphs
from camcount.potentials import TOGETHER, Perceptron, Potentials
from camcount.types import Probabilities

PARTING = 1.5
"""What a glyph of several parts, or one of a mark that is cut, is worth less as a digit."""
LEAVING = 2.0
"""What it costs to leave all parts of a cluster unread."""

Sides = tuple[float, float, float, float]


def told(value: int, confidence: float, second: int | None = None) -> list[float]:
    """Give the probabilities of one glyph: a value, and a second that takes most of the rest."""
    row = [(1 - confidence) * 0.001] * CLASSES
    other = second if second is not None else NOT_A_DIGIT if value != NOT_A_DIGIT else 1
    row[other] = 1 - confidence
    row[value] = confidence
    return (np.array(row) / sum(row)).tolist()


def alone(boxes: Iterable[Sides], darkness: Sequence[float] | None = None) -> Glyphs:
    """Give a glyph for each box, every one a cluster of its own."""
    sides = np.array(list(boxes), float).reshape(-1, 4)
    spans = np.column_stack([np.arange(len(sides)), np.zeros((len(sides), 2))])
    return clustered(sides.tolist(), spans.tolist(), darkness)


def clustered(
    boxes: Sequence[Sides], spans: Sequence[Sequence[float]], darkness: Sequence[float] | None = None,
    whole: Sequence[bool] | None = None,
) -> Glyphs:
    """Give glyphs with cluster, first and last piece of each."""
    sides = np.rint(np.array(boxes, float).reshape(-1, 4)).astype(np.int32)
    table = np.array(spans, np.int32).reshape(-1, 3)
    return Glyphs(
        marks=tuple(np.full((y1 - y0, x1 - x0), 255, np.uint8) for x0, y0, x1, y1 in sides),
        boxes=sides,
        darkness=np.array(darkness if darkness is not None else [200] * len(sides), np.float32),
        halo=np.full(len(sides), 0.02, np.float32),
        whole=np.array(whole if whole is not None else [True] * len(sides), bool),
        cluster=table[:, 0],
        first=table[:, 1],
        last=table[:, 2],
        inks=(),
        corners=np.zeros((0, 2), np.int32),
    )


def row_of(text: str, x: float, y: float, height: float = 50, gap: float = 16, slope: float = 0) -> list[Sides]:
    """Give boxes of digits in a row; a blank leaves the room of one and a half."""
    boxes = []
    left = x
    for character in text:
        if character == " ":
            left += 0.9 * height
        else:
            width = 0.25 * height if character == "1" else 0.6 * height
            top = y + slope * (left - x)
            boxes.append((left, top, left + width, top + height))
            left += width + gap
    return boxes


def sure(text: str, confidence: float = 0.97) -> list[list[float]]:
    return [told(int(character), confidence) for character in text if character.isdigit()]


NEITHER = told(NOT_A_DIGIT, 0.97)


def table(rows: Sequence[Sequence[float]]) -> Probabilities:
    """Give rows of probabilities as the classifier gives them."""
    return np.array(rows, np.float32).reshape(-1, CLASSES)


def fair(glyphs: Glyphs, rows: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
    """Give potentials that are plain to see: as a digit, the odds that a row tells, less a price for cuts and joins."""
    probabilities = table(rows).astype(np.float64)
    odds = np.log(np.maximum(probabilities[:, :NOT_A_DIGIT].sum(axis=1), 1e-4))
    odds -= np.log(np.maximum(probabilities[:, NOT_A_DIGIT], 1e-4))
    parts = np.array([glyphs.last[glyphs.cluster == cluster].max(initial=0) + 1 for cluster in glyphs.cluster], float)
    digit = odds - np.where(glyphs.whole | (parts == 1), 0, PARTING)
    return np.column_stack([digit, np.where(parts > 1, -LEAVING / np.maximum(parts, 1), 0)])


def _odds_alone(inputs: int) -> Perceptron:
    weights = np.zeros((inputs, 2), np.float32)
    weights[0, 0] = 1
    return Perceptron(((weights, np.array([0, -1], np.float32)),))


PLAIN = Potentials(_odds_alone(LOOKS), _odds_alone(TOGETHER))
"""Potentials that go by nothing but the odds that the classifier tells: for readers with a classifier made by hand."""
