"""Ways, rows -> ways that give each row as many digits as it should have."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from camcount.marks import Glyphs
from camcount.path import Way
from camcount.quantile import quantile

DEAREST = 6.0
"""A reading with the right number of digits may be this much less likely, as a negative logarithm, and no more."""
BESIDE = 2.0
"""What stands nearer to a row than so many of its heights may belong to it."""

Floats = npt.NDArray[np.float64]


def parse_count(text: str) -> range:
    """Read how many digits a line should have: "5", or "4-6".

    Raises:
        ValueError: when it is neither.
    """
    found = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", text, re.ASCII)
    if not found or int(found[2] or found[1]) < int(found[1]):
        raise ValueError(f"{text!r} is not a count such as 5, or least and most such as 4-6")
    return range(int(found[1]), int(found[2] or found[1]) + 1)


def fit_count(glyphs: Glyphs, ways: list[dict[int, Way]], rows: list[list[int]], digits: range) -> list[int]:
    """Choose the digits anew in rows that have too few or too many: the likeliest reading of the right length.

    Args:
        glyphs: n hypotheses.
        ways: through each cluster, by their number of digits.
        rows: of glyphs that were chosen.
        digits: how many a row should have.

    Returns:
        The glyphs to read.
    """
    clusters = {int(number): place for place, number in enumerate(dict.fromkeys(glyphs.cluster.tolist()))}
    taken = {clusters[int(glyphs.cluster[i])] for row in rows for i in row}
    chosen: list[int] = []
    for row in rows:
        if len(row) in digits:
            chosen += row
            continue
        own = {clusters[int(glyphs.cluster[i])] for i in row}
        free = {clusters[int(number)] for number in _beside(glyphs, row)} - taken
        fitted = _fit([ways[place] for place in sorted(own | free)], digits)
        chosen += row if fitted is None else fitted
    return sorted(set(chosen))


def _fit(ways: list[dict[int, Way]], digits: range) -> list[int] | None:
    """Give the digits of the likeliest reading of all clusters that has so many; None when it is too unlikely."""
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for options in ways:
        reached: dict[int, tuple[float, tuple[int, ...]]] = {}
        for count, (cost, chosen) in best.items():
            for more, way in options.items():
                total = cost + way.cost
                if count + more not in reached or total < reached[count + more][0]:
                    reached[count + more] = total, (*chosen, *way.glyphs)
        best = reached
    free = min(cost for cost, _ in best.values())
    fitting = [best[count] for count in best if count in digits]
    cost, chosen = min(fitting, default=(np.inf, ()))
    return list(chosen) if cost - free <= DEAREST else None


def _beside(glyphs: Glyphs, row: list[int]) -> npt.NDArray[np.int32]:
    """Give the clusters with a mark that is level with a row and near it."""
    boxes = glyphs.boxes[row].astype(np.float64)
    x0, y0, x1, y1 = glyphs.boxes.T
    height = quantile(boxes[:, 3] - boxes[:, 1], 0.5)
    nearest = np.abs((x0 + x1)[:, None] / 2 - boxes[:, [0, 2]].mean(axis=1)).argmin(axis=1)
    level = np.abs((y0 + y1) / 2 - boxes[nearest][:, [1, 3]].mean(axis=1)) < 0.5 * height
    near = (x1 > boxes[:, 0].min() - BESIDE * height) & (x0 < boxes[:, 2].max() + BESIDE * height)
    alike = (y1 - y0 > 0.5 * height) & (y1 - y0 < 1.8 * height)
    found: npt.NDArray[np.int32] = glyphs.cluster[level & near & alike]
    return found
