"""A writer: from a character to the strokes of one person's pen.

Every hand bends the same skeletons in its own constant way and then never writes a character twice alike, so that
digits of one page belong together and those of two pages do not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from camcount.synthesis.shapes import ANGLO, EUROPEAN, SHAPES

Strokes: TypeAlias = list[npt.NDArray[np.float32]]
"""One (k, 2) array a stroke: x to the right, y down, in heights of a digit; the top is 0, the baseline 1."""

Writer: TypeAlias = Callable[[str, np.random.Generator], Strokes]
"""Whoever can write a character: `Hand`, or a look-up of recorded strokes."""

Points: TypeAlias = npt.NDArray[np.float64]

STEP = 0.02
"""From one point of a drawn stroke to the next, heights of a digit."""


class Hand:
    """One person's handwriting; call it with a character and a generator to have it written once.

    Args:
        seed: decides the person.
        neatness: 0 is a scrawl, 1 a teacher at the blackboard; None leaves it to the seed.
    """

    def __init__(self, seed: int, neatness: float | None = None) -> None:
        rng = np.random.default_rng([seed, 0x48414E44])
        drawn = float(rng.beta(2.5, 1.6))
        self.neatness = drawn if neatness is None else neatness
        self.slant = float(rng.normal(0.07, 0.13))
        self.aspect = float(np.clip(rng.normal(1.0, 0.12), 0.74, 1.3))
        self.roundness = float(rng.beta(1.6, 1.8))
        self._seed = seed
        self._school = EUROPEAN if rng.random() < 0.4 else ANGLO
        self._belly = rng.normal(0, 0.03, 2)
        self._taper = float(rng.normal(0, 0.10))
        loose = 1.0 - self.neatness
        self._jitter = 0.006 + 0.014 * loose
        self._wobble = 0.012 + 0.035 * loose
        self._sizes = 0.02 + 0.06 * loose
        self._turns = 0.015 + 0.04 * loose
        self._tremor = 0.004 + 0.010 * float(rng.random()) ** 3

    def __call__(self, character: str, rng: np.random.Generator) -> Strokes:
        """Write a character, or a mark of `shapes.MARKS`, once.

        Raises:
            KeyError: when no shape of it is known.
        """
        size = 1.0 + rng.normal(0, self._sizes)
        turn = rng.normal(0, self._turns)
        wobble = rng.normal(0, self._wobble)
        strokes: Strokes = []
        for points, corners in self._skeleton(character, rng):
            points = points + rng.normal(0, self._jitter, points.shape)
            if strokes:
                points = points + rng.normal(0, 1.5 * self._jitter, 2)
            x, y = self._bend(_through(points, corners), rng).T
            x = x + (self.slant + turn) * (0.5 - y)
            strokes.append(np.stack([x * size * self.aspect, 1 + (y - 1) * size + wobble], 1).astype(np.float32))
        return strokes

    def _skeleton(self, character: str, rng: np.random.Generator) -> list[tuple[Points, npt.NDArray[np.bool_]]]:
        """Give this hand's own form of a character: the shape it nearly always takes, bent as it always bends it."""
        ways = SHAPES[character]
        habit = np.random.default_rng([self._seed, *character.encode()])
        known = self._school.get(character, tuple(range(len(ways))))
        choice = known[habit.integers(len(known))]
        if rng.random() < 0.05:
            choice = known[rng.integers(len(known))]
        habit = np.random.default_rng([self._seed, choice, *character.encode()])
        stretch = habit.normal(1.0, 0.07)
        return [
            ((points + habit.normal(0, 0.014, points.shape)) * [stretch, 1.0], corners)
            for points, corners in _parse(ways[choice])
        ]

    def _bend(self, curve: Points, rng: np.random.Generator) -> Points:
        curve = smooth(curve, 0.012 + 0.03 * self.roundness)
        x, y = curve.T
        middle = np.sin(np.pi * np.clip(y, 0, 1))
        bent = np.stack([x * (1 + self._taper * (y - 0.5)) + self._belly[0] * middle, y + self._belly[1] * middle], 1)
        return bent + self._tremor * smooth(rng.normal(0, 2, bent.shape), 0.05)


@functools.cache
def _parse(shape: str) -> list[tuple[Points, npt.NDArray[np.bool_]]]:
    """Read the notation of `shapes`: control points in heights and which of them are corners, stroke by stroke."""
    strokes = []
    for stroke in shape.split("/"):
        words = stroke.split()
        points = np.array([[float(number) for number in word.rstrip("!").split(",")] for word in words]) / 100
        strokes.append((points, np.array([word.endswith("!") for word in words])))
    return strokes


def _through(points: Points, corners: npt.NDArray[np.bool_]) -> Points:
    """Draw a curve through control points, evenly sampled, smooth but at corners.

    Centripetal Catmull-Rom (Yuksel et al. 2011): it makes no loops of its own between points that lie close together.
    """
    cuts = [0, *np.flatnonzero(corners[1:-1]) + 1, len(points) - 1]
    pieces = [_catmull_rom(points[start : end + 1]) for start, end in zip(cuts, cuts[1:])]
    return even_out(np.concatenate(pieces))


def even_out(curve: Points) -> Points:
    """Sample a curve anew, every `STEP` along its way, and at three points at least."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(curve, axis=0).T))])
    even = np.linspace(0, lengths[-1], max(3, int(lengths[-1] / STEP) + 1))
    return np.stack([np.interp(even, lengths, curve[:, 0]), np.interp(even, lengths, curve[:, 1])], 1)


def _catmull_rom(points: Points, samples: int = 12) -> Points:
    padded = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    gaps = np.sqrt(np.maximum(np.hypot(*np.diff(padded, axis=0).T), 1e-6))
    knots = np.concatenate([[0.0], np.cumsum(gaps)])
    p0, p1, p2, p3 = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    t0, t1, t2, t3 = (knots[i : len(knots) - 3 + i, None, None] for i in range(4))
    t = t1 + (t2 - t1) * np.linspace(0, 1, samples)[None, :, None]
    a1 = (t1 - t) / (t1 - t0) * p0 + (t - t0) / (t1 - t0) * p1
    a2 = (t2 - t) / (t2 - t1) * p1 + (t - t1) / (t2 - t1) * p2
    a3 = (t3 - t) / (t3 - t2) * p2 + (t - t2) / (t3 - t2) * p3
    b1 = (t2 - t) / (t2 - t0) * a1 + (t - t0) / (t2 - t0) * a2
    b2 = (t3 - t) / (t3 - t1) * a2 + (t - t1) / (t3 - t1) * a3
    curve: Points = ((t2 - t) / (t2 - t1) * b1 + (t - t1) / (t2 - t1) * b2).reshape(-1, 2)
    return curve


def smooth(curve: Points, sigma: float) -> Points:
    """Round a sampled curve off by a Gaussian of `sigma` heights; its ends stay where they are."""
    reach = min(len(curve) - 1, max(1, round(3 * sigma / STEP)))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) * STEP / sigma) ** 2)
    weights /= weights.sum()
    before = 2 * curve[0] - curve[reach:0:-1]
    after = 2 * curve[-1] - curve[-2 : -2 - reach : -1]
    padded = np.concatenate([before, curve, after])
    return np.stack([np.convolve(padded[:, axis], weights, mode="valid") for axis in (0, 1)], 1)
