"""Lattices -> the digits among the glyphs: the likeliest way through each cluster."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camcount.lattice import Lattice

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Way:
    """A way through one cluster."""

    cost: float
    """Negative logarithm of its likelihood, up to a number that all ways share."""
    glyphs: tuple[int, ...]
    """The digits on it, left to right, as indices of the glyphs."""


def choose_glyphs(ways: list[dict[int, Way]]) -> list[int]:
    """Choose the digits of each cluster: those on the cheapest way through it."""
    return [i for options in ways for i in min(options.values(), key=lambda way: way.cost).glyphs]


def find_ways(lattice: Lattice) -> dict[int, Way]:
    """Find the cheapest way through a cluster for each number of digits that it may be read as."""
    if len(lattice.digit) == 1:
        left = Way(float(lattice.waste[0]), ())
        return {0: left, 1: Way(float(lattice.digit[0]), (lattice.start,))}
    # reached[k] holds the best ways over the first k parts, by their number of digits.
    reached: list[dict[int, Way]] = [{} for _ in range(int(lattice.spans[:, 1].max()) + 1)]
    reached[0][0] = Way(0.0, ())
    for i, first, after in _in_order(lattice):
        for count, way in list(reached[first].items()):
            _offer(reached[after], count + 1, way.cost + float(lattice.digit[i]), (*way.glyphs, lattice.start + i))
            if np.isfinite(lattice.waste[i]):
                _offer(reached[after], count, way.cost + float(lattice.waste[i]), way.glyphs)
    return reached[-1]


def trust_glyphs(lattice: Lattice) -> Floats:
    """Tell how likely it is that each glyph is a digit of the way that was truly written, (n,) 0 to 1."""
    if len(lattice.digit) == 1:
        odds = float(lattice.value[0] - lattice.digit[0] + lattice.waste[0])
        return np.array([1 / (1 + math.exp(-odds))])
    return weigh_ways(lattice)[1]


def weigh_ways(lattice: Lattice) -> tuple[float, Floats, Floats]:
    """Weigh all ways through a cluster: forward and backward sums over it, as logarithms (Rabiner 1989).

    Returns:
        The logarithm of the sum over all ways; and how likely each glyph is read, and left unread, (n,) 0 to 1.
    """
    read, left = (lattice.value - lattice.digit).tolist(), (-lattice.waste).tolist()
    either = np.logaddexp(read, left).tolist()
    count = int(lattice.spans[:, 1].max())
    forward, backward = [0.0, *[-math.inf] * count], [*[-math.inf] * count, 0.0]
    steps = _in_order(lattice)
    for i, first, after in steps:
        forward[after] = _add(forward[after], forward[first] + either[i])
    for i, first, after in sorted(steps, key=lambda step: -step[1]):
        backward[first] = _add(backward[first], backward[after] + either[i])
    whole = forward[count]
    through = [forward[first] + backward[after] - whole for first, after in lattice.spans.tolist()]
    return whole, np.exp(np.add(through, read)), np.exp(np.add(through, left))


def _add(first: float, second: float) -> float:
    """Add two numbers, given and wanted as logarithms."""
    larger, smaller = (first, second) if first > second else (second, first)
    return larger if smaller == -math.inf else larger + math.log1p(math.exp(smaller - larger))


def _in_order(lattice: Lattice) -> list[tuple[int, int, int]]:
    """Give the glyphs, each with its first part and the one after its last, so that ways grow from left to right."""
    order = np.lexsort((lattice.spans[:, 0], lattice.spans[:, 1]))
    return [(i, *lattice.spans[i].tolist()) for i in order.tolist()]


def _offer(ways: dict[int, Way], count: int, cost: float, glyphs: tuple[int, ...]) -> None:
    if count not in ways or cost < ways[count].cost:
        ways[count] = Way(cost, glyphs)
