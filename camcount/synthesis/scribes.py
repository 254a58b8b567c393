"""Recorded pen strokes: a page in the hand of one of the people who wrote them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from camcount.synthesis.hand import Hand, Strokes, Writer, even_out, smooth
from camcount.synthesis.shapes import CHARACTERS, DIGITS
from camcount.synthesis.strokes import StrokeSet

_BORROWED = 0.3
"""Share of the people who write 1 as a `Hand` does: those who were recorded mostly make it one bare stroke."""
_LONGEST = 1000.0
"""Longest side of a character as it is recorded."""

_ROUNDING = 0.016
"""How far recorded points are smoothed, heights of a digit: the steps of a coarse tablet go, the corners stay."""

_FLAT = 0.4
"""Height of a character, in widths, below which it was cut wrongly."""

_SHORT, _DEEP, _LONG = "acemnorsuvwxz", "gjpqy", 0.66
"""Small letters without a stem, those that reach below the line, and how high both are against a digit."""


class Scribes:
    """People whose digits were recorded.

    Args:
        digits: their digits; other characters in it are not used.
        letters: letters, of the same people or of others.
        writers: who may write, by their numbers in `digits`; None for all.
        usable: (n,), which of the digits may be used; None for all.
        usable_letters: (n,), the same of the letters.

    Raises:
        ValueError: when nobody is left who may write, or a digit that nobody wrote.
    """

    def __init__(
        self, digits: StrokeSet, letters: StrokeSet | None = None, writers: Sequence[int] | None = None,
        usable: npt.NDArray[np.bool_] | None = None, usable_letters: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        self._digits = _Book(digits, DIGITS, writers, usable)
        if missing := sorted(set(DIGITS) - set(self._digits.known)):
            raise ValueError(f"nobody who may write wrote a {', a '.join(missing)}")
        alphabet = "abcdefghijklmnopqrstuvwxyz"
        self._letters: _Book | None = None
        if letters is not None:
            self._letters = _Book(letters, alphabet + alphabet.upper(), None, usable_letters)

    @property
    def alphabet(self) -> str:
        """The letters that these people can write."""
        own = self._letters.known if self._letters else ""
        return own + "".join(sorted(c for c in CHARACTERS if c.isalpha() and c not in own))

    def draw(self, rng: np.random.Generator) -> Writer:
        """Draw one person by lot; what nobody recorded, such as signs, comes from a `Hand`."""
        return _Scribe(self._digits, self._letters, rng)


class _Scribe:
    """One person, who writes with little changes from time to time."""

    def __init__(self, digits: _Book, letters: _Book | None, rng: np.random.Generator) -> None:
        self._digits, self._letters = digits, letters
        self._writer = digits.draw_writer(rng)
        self._letter_writer = letters.draw_writer(rng) if letters else 0
        self._hand = Hand(int(rng.integers(2**32)))
        self._aspect = float(np.clip(rng.normal(1.0, 0.06), 0.85, 1.15))
        self._slant = float(rng.normal(0, 0.05))
        self._borrows = "1" if rng.random() < _BORROWED else ""

    def __call__(self, character: str, rng: np.random.Generator) -> Strokes:
        """Write a character once.

        Raises:
            KeyError: when neither these people nor `Hand` know it.
        """
        if character in self._borrows:
            return self._hand(character, rng)
        if character in self._digits.known:
            strokes = self._digits.draw(self._writer, character, rng)
        elif self._letters and character in self._letters.known:
            strokes = self._letters.draw(self._letter_writer, character, rng)
        else:
            return self._hand(character, rng)
        stretch = self._aspect * rng.normal(1.0, 0.03), rng.normal(1.0, 0.03)
        slant = self._slant + rng.normal(0, 0.02)
        return [_lean(stroke, stretch, slant) for stroke in strokes]


class _Book:
    """Characters of a `StrokeSet`, by writer and label."""

    def __init__(
        self, strokes: StrokeSet, wanted: str, writers: Sequence[int] | None, usable: npt.NDArray[np.bool_] | None
    ) -> None:
        self._strokes = strokes
        self._labels = np.array([ord(label) for label in strokes.labels], np.int32)
        used = np.isin(self._labels, [ord(character) for character in wanted]) & ~_flat(strokes)
        if writers is not None:
            used &= np.isin(strokes.writers, np.asarray(writers, np.int64))
        if usable is not None:
            used &= usable
        self._used = np.flatnonzero(used)
        if not len(self._used):
            raise ValueError("nobody is left who may write")
        self._writers = np.unique(strokes.writers[self._used])
        self.known = "".join(chr(code) for code in np.unique(self._labels[self._used]))

    def draw_writer(self, rng: np.random.Generator) -> int:
        return int(self._writers[rng.integers(len(self._writers))])

    def draw(self, writer: int, character: str, rng: np.random.Generator) -> Strokes:
        """Give one of the writer's own, or another's where this one never wrote it."""
        found = self._used[self._labels[self._used] == ord(character)]
        own = found[self._strokes.writers[found] == writer]
        chosen = own if len(own) else found
        return _written(self._strokes.strokes(int(chosen[rng.integers(len(chosen))])), character)


def _flat(strokes: StrokeSet) -> npt.NDArray[np.bool_]:
    """Tell which characters are much wider than high: a bar, cut off from a 5 or a T, and no character."""
    starts = strokes.stroke_start[strokes.character_start[:-1]]
    points = strokes.points[: strokes.stroke_start[strokes.character_start[-1]]].astype(np.float32)
    wide, high = (np.maximum.reduceat(points, starts) - np.minimum.reduceat(points, starts)).T
    flat: npt.NDArray[np.bool_] = high < _FLAT * wide
    return flat


def _written(strokes: Strokes, character: str) -> Strokes:
    """Set a recorded character on the baseline, in heights of a digit, evenly sampled."""
    low = np.concatenate(strokes).min(0)
    drawn = [smooth(even_out((stroke.astype(np.float64) - low) / _LONGEST), _ROUNDING) for stroke in strokes]
    short = character in _SHORT or character in _DEEP
    scale = _LONG if short else 1.0
    bottom = max(float(stroke[:, 1].max()) for stroke in drawn) * scale
    drop = 1.0 - bottom + (0.3 if character in _DEEP else 0.0)
    return [(stroke * scale + [0.0, drop]).astype(np.float32) for stroke in drawn]


def _lean(stroke: npt.NDArray[np.float32], stretch: tuple[float, float], slant: float) -> npt.NDArray[np.float32]:
    x, y = stroke.T
    return np.stack([stretch[0] * x + slant * (1 - y), 1 + (y - 1) * stretch[1]], 1).astype(np.float32)
