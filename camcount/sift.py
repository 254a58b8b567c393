"""Candidates -> digits: drop what does not agree with the other digits of the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camcount.classify import NOT_A_DIGIT
from camcount.quantile import quantile, weighted_median
from camcount.types import Probabilities

ANCHOR = 0.8
"""Digits at least so sure, and not a mere stroke like 1, tell how high and how dark the page's digits are."""
HALOS = 0.16, 0.35
"""Marks on ground darker than this share of their own darkness are a texture or an edge: mere strokes, sure digits."""
PALEST = 0.4
"""Marks paler than this share of the page's digits are show-through, ruling or dirt."""
LOWEST, HIGHEST = 0.42, 1.6
"""A mark lower than this share of its row's height is a stop or a speck, a stroke higher than that an edge."""
UNLIKE = {0: (0.6, 1.6), 1: (0.4, 2.5), 2: (0.12, 8.0)}
"""How low and how high, in usual heights of the page, a row of no sure digit may be, of one, and of more."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Glyphs that were chosen as digits, as arrays; what they are worth, the page as a whole tells."""

    glyphs: npt.NDArray[np.intp]
    """(n,), which glyph each is."""
    boxes: Floats
    """(n, 4), pixels of the frame."""
    darkness: npt.NDArray[np.float32]
    halo: npt.NDArray[np.float32]
    probabilities: Probabilities

    @property
    def heights(self) -> Floats:
        return self.boxes[:, 3] - self.boxes[:, 1]

    @property
    def anchors(self) -> npt.NDArray[np.bool_]:
        """Digits that are sure, and of a shape that a stray stroke does not have."""
        digits = self.probabilities[:, :NOT_A_DIGIT]
        anchors: npt.NDArray[np.bool_] = (digits.max(axis=1) >= ANCHOR) & (digits.argmax(axis=1) != 1)
        return anchors

    def part(self, chosen: npt.NDArray[np.bool_]) -> Candidates:
        return Candidates(
            self.glyphs[chosen],
            self.boxes[chosen],
            self.darkness[chosen],
            self.halo[chosen],
            self.probabilities[chosen],
        )


def drop_dirt(candidates: Candidates) -> Candidates:
    """Drop texture, and what is much paler or much smaller than the digits of the page, or a much longer stroke."""
    candidates = candidates.part(candidates.halo < np.where(candidates.anchors, HALOS[1], HALOS[0]))
    anchors, heights = candidates.anchors, candidates.heights
    if not anchors.any():
        return candidates
    height = weighted_median(heights[anchors], heights[anchors])
    darkness = weighted_median(candidates.darkness[anchors], heights[anchors])
    low, high = UNLIKE[2][0] * height, UNLIKE[1][1] * height
    sized = (heights >= low) & ((heights <= high) | anchors)
    return candidates.part(sized & (candidates.darkness >= PALEST * darkness))


def drop_specks(candidates: Candidates, row: list[int]) -> list[int]:
    """Drop what is too low or, being a mere stroke, too high to be a digit of its row."""
    heights, anchors = candidates.heights[row], candidates.anchors[row]
    usual = quantile(heights[anchors] if anchors.any() else heights, 0.5)
    return [
        i for i, height, anchor in zip(row, heights, anchors) if anchor or LOWEST * usual <= height <= HIGHEST * usual
    ]


def drop_strangers(candidates: Candidates, rows: list[list[int]], size: tuple[float, float]) -> list[list[int]]:
    """Drop rows that do not agree with the page: of another size or, with one sure digit or none, at its rim."""
    anchors, heights = candidates.anchors, candidates.heights
    sure = candidates.probabilities[:, :NOT_A_DIGIT].max(axis=1) >= ANCHOR
    x0, y0, x1, y1 = candidates.boxes.T
    inner = (x0 > 1) & (y0 > 1) & (x1 < size[0] - 1) & (y1 < size[1] - 1)
    firm = [int(anchors[row].sum()) > 1 for row in rows]
    judges = [i for row, is_firm in zip(rows, firm) for i in row if anchors[i] and (is_firm or not any(firm))]
    usual = weighted_median(heights[judges], heights[judges]) if judges else 0.0
    kept = []
    for row, is_firm in zip(rows, firm):
        low, high = UNLIKE[min(2, int(anchors[row].sum()))]
        alike = not usual or low * usual < quantile(heights[row], 0.5) < high * usual
        if alike and (is_firm or inner[row].all() or not any(firm)):
            kept.append(row if anchors[row].any() else [i for i in row if sure[i] and inner[i]])
    return [row for row in kept if row]
