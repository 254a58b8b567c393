"""Text to marks as people write in haste: rows of all sizes, digits that touch, break and dance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from camcount.synthesis.hand import Strokes, Writer
from camcount.synthesis.layout import Layout, Mark
from camcount.synthesis.manner import Manner
from camcount.synthesis.shapes import DIGITS

_NAMES = {",": "comma"}
"""Signs that `shapes` calls by a name."""

COVERED = 0.2
"""Of a digit that touches another one no larger share is hidden under it."""
NESTED = 0.4
"""Nor does it reach farther below or above the other than by this share of the narrower one's width."""

Words = list[list[Mark]]
"""The groups of one row, each written at 0."""


def compose(text: str, writer: Writer, rng: np.random.Generator, manner: Manner, line_width: float) -> Layout:
    """Write a text in rows.

    Args:
        text: rows parted by line breaks, groups of a row by blanks.
        writer: writes the characters.
        manner: how it is written.
        line_width: of the pen, in heights of a digit.

    Raises:
        KeyError: when the writer does not know a character.
    """
    spacing = float(rng.uniform(0.14, 0.5)) if manner.spacing is None else manner.spacing
    manner = replace(manner, spacing=spacing)
    pitch = float(rng.uniform(1.35, 2.3))
    slope = float(rng.normal(0, 0.015))
    rows = text.split("\n")
    habits = {digit: float(np.clip(rng.normal(1, manner.habit), 0.6, 1.3)) for digit in DIGITS if manner.habit}
    sizes = np.exp(rng.uniform(0, np.log(manner.sizes), len(rows))) if manner.sizes > 1 else np.ones(len(rows))
    written: list[Words] = []
    for row, (line, size) in enumerate(zip(rows, sizes)):
        second = manner.inks and rng.random() < 0.4
        written.append(
            [_write_word(word, (row, group), float(size), writer, rng, manner, line_width, habits, second)
             for group, word in enumerate(line.split())]
        )
    columns = _columns(written, rng) if manner.align == "columns" else None
    widest = max(sum(_extent(word)[1] for word in words) + len(words) - 1.0 for words in written)
    marks: list[Mark] = []
    cells: list[npt.NDArray[np.float32]] = []
    baseline = 0.0
    for row, (words, size) in enumerate(zip(written, sizes)):
        baseline += float(size) + (float(pitch - 1.0) * float(sizes[row - 1] + size) / 2 if row else 0.0)
        start = _start(words, widest, manner, rng) if row or manner.align != "left" else 0.0
        for word, x in zip(words, _places(words, start, columns, manner, rng)):
            jump = float(rng.uniform(-0.18, 0.18)) * (pitch - 1) * size if manner.align == "scattered" else 0.0
            shift = np.array([x, baseline - 1.0 + jump + slope * x], np.float32)
            marks += [replace(mark, strokes=[stroke + shift for stroke in mark.strokes]) for mark in word]
            if manner.cell:
                cells += _cells(word, float(size), manner, shift)
    return Layout(tuple(marks), 1.0, pitch, 0.0 + float(sizes[0]), np.array(cells, np.float32).reshape(-1, 4))


def _write_word(
    word: str, place: tuple[int, int], size: float, writer: Writer, rng: np.random.Generator, manner: Manner,
    line_width: float, habits: Mapping[str, float], second: bool,
) -> list[Mark]:
    """Write one group with its left end at x = 0 and its baseline at y = 1."""
    marks: list[Mark] = []
    spacing = manner.spacing or 0.0
    # A person takes the same pen for large digits, and only presses or fattens it a little.
    pen = size**0.5
    width = line_width * pen
    cursor = 0.0
    for index, character in enumerate(word):
        own = size * habits.get(character, 1.0) * float(np.clip(rng.normal(1, manner.uneven), 0.7, 1.4))
        drift = float(rng.normal(0, 0.012 + manner.wave)) * size
        origin, move = np.array([0.0, 1.0], np.float32), np.array([0.0, 1.0 + drift], np.float32)
        drawn = writer(_NAMES.get(character, character), rng)
        strokes = [(stroke - origin) * np.float32(own) + move for stroke in drawn]
        left, right = _sides(strokes)
        digit = character in DIGITS
        if manner.cell:
            shift = (index + 0.5) * manner.cell * size + float(rng.normal(0, 0.07)) * size - (left + right) / 2
        elif marks and digit and marks[-1].character in DIGITS and rng.random() < manner.touching:
            shift = _touching(marks[-1].strokes, strokes, width, float(rng.uniform(-0.9, 0.4)))
        else:
            shift = cursor - left
        strokes = [stroke + np.array([shift, 0], np.float32) for stroke in strokes]
        cut = None
        for _ in range(4 if digit and rng.random() < manner.broken else 0):
            cut = cut or _broken(strokes, width, size, rng)
        ink = "second" if second else ""
        marks.append(Mark(character, *place, cut or strokes, pen, cut is not None, ink))
        cursor = shift + right + width + size * max(spacing + float(rng.normal(0, 0.06)), min(spacing, 0.1))
    return marks


def _touching(before: Strokes, after: Strokes, width: float, overlap: float) -> float:
    """Give how far the later strokes must be moved for the two to touch, or to cross by so many widths of the pen.

    Strokes that run side by side stay two: a 1 within the stem of a 9 is seen by nobody.
    """
    shift = _meeting(before, after, width)
    while overlap < 0.9:
        moved = [stroke + np.array([shift + width * overlap, 0], np.float32) for stroke in after]
        if max(_covered(before, moved, width), _covered(moved, before, width)) < COVERED:
            break
        overlap += 0.2
    (start, right), (left, end) = _sides(before), _sides(after)
    return max(shift + width * overlap, right - left - NESTED * min(right - start, end - left))


def _covered(strokes: Strokes, by: Strokes, width: float) -> float:
    """Give the share of some strokes that lies under others."""
    apart = np.concatenate(strokes)[:, None] - np.concatenate(by)[None]
    return float(((apart**2).sum(2).min(1) < (0.7 * width) ** 2).mean())


def _meeting(before: Strokes, after: Strokes, width: float) -> float:
    """Give how far the later strokes must be moved for the two to meet, level with each other."""
    first, second = np.concatenate(before), np.concatenate(after)
    level = np.abs(first[:, None, 1] - second[None, :, 1]) < max(width / 2, 0.04)
    if not level.any():
        return float(first[:, 0].max() - second[:, 0].min())
    apart = np.where(level, second[None, :, 0] - first[:, None, 0], np.inf)
    return -float(apart.min())


def _broken(strokes: Strokes, width: float, size: float, rng: np.random.Generator) -> Strokes | None:
    """Take a piece out of the ink, or lift the pen between two strokes; None where another stroke fills the gap."""
    if len(strokes) > 1 and rng.random() < 0.6:
        away = np.array([float(rng.uniform(-0.05, 0.12)), -float(rng.uniform(0.05, 0.12))], np.float32) * size
        lifted = [*strokes[:-1], strokes[-1] + away]
        near = _nearest(np.concatenate(lifted[:-1]), lifted[-1])
        return lifted if width * 1.3 < near else None
    longest = max(range(len(strokes)), key=lambda index: len(strokes[index]))
    stroke = strokes[longest]
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    middle, gap = lengths[-1] * float(rng.uniform(0.2, 0.8)), width + size * float(rng.uniform(0.05, 0.12))
    before, after = stroke[lengths < middle - gap / 2], stroke[lengths > middle + gap / 2]
    if min(len(before), len(after)) < 3:
        return None
    cut = [*strokes[:longest], before, after, *strokes[longest + 1 :]]
    centre = stroke[int(np.argmin(np.abs(lengths - middle)))][None]
    seen = _nearest(np.concatenate(cut), centre) > 0.55 * width and _nearest(before, after) > 1.3 * width
    return cut if seen else None


def _nearest(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]) -> float:
    return float(np.sqrt(((first[:, None] - second[None]) ** 2).sum(2).min()))


def _sides(strokes: Strokes) -> tuple[float, float]:
    x = np.concatenate(strokes)[:, 0]
    return float(x.min()), float(x.max())


def _extent(word: Sequence[Mark]) -> tuple[float, float]:
    return _sides([stroke for mark in word for stroke in mark.strokes]) if word else (0.0, 0.0)


def _columns(rows: list[Words], rng: np.random.Generator) -> list[float]:
    """Give where each column begins and ends: room for its widest group."""
    edges = [0.0]
    for column in range(max(len(words) for words in rows)):
        wide = max((_extent(words[column])[1] for words in rows if column < len(words)), default=0.0)
        edges.append(edges[-1] + wide + float(np.exp(rng.uniform(np.log(0.8), np.log(6)))))
    return edges


def _start(words: Words, widest: float, manner: Manner, rng: np.random.Generator) -> float:
    room = widest - sum(_extent(word)[1] for word in words) - max(0, len(words) - 1)
    share = {"right": 1.0, "centre": 0.5, "scattered": float(rng.random())}.get(manner.align, 0.0)
    return share * room + float(rng.normal(0, 0.12))


def _places(
    words: Words, start: float, columns: list[float] | None, manner: Manner, rng: np.random.Generator
) -> list[float]:
    """Give the left end of each group of a row."""
    places = []
    cursor = start
    for index, word in enumerate(words):
        low, high = _extent(word)
        if columns:
            # Numbers in a column end below each other.
            places.append(columns[index + 1] - 0.6 - high + float(rng.normal(0, 0.08)))
            continue
        tall = word[0].pen ** 2 if word else 1.0
        places.append(cursor)
        cursor += high + tall * float(rng.uniform(0.9, 4.0 if manner.align == "scattered" else 1.5))
    return places


def _cells(
    word: Sequence[Mark], size: float, manner: Manner, shift: npt.NDArray[np.float32]
) -> list[npt.NDArray[np.float32]]:
    wide, tall = manner.cell * size, 1.25 * size
    x, y = shift + np.array([0.0, 1.0 - 1.12 * size], np.float32)
    return [np.array([x + i * wide, y, x + (i + 1) * wide, y + tall], np.float32) for i in range(len(word))]
