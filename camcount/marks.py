"""What lies between ink and digits: marks, and glyphs as hypotheses of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camcount.quantile import quantile
from camcount.types import Boxes

Mark = npt.NDArray[np.uint8]
"""(h, w) uint8, one mark cut to its box: 255 = ink."""


@dataclass(frozen=True, slots=True, eq=False)
class Glyphs:
    """Hypotheses of marks: each covers some neighbouring pieces of a cluster of ink.

    A cluster is a set of pieces that may belong together, ordered left to right; the pieces of a glyph are
    first[i] to last[i], inclusive. A mark that stands alone is a cluster of one piece with one glyph.
    """

    marks: tuple[Mark, ...]
    """Each the ink of one glyph, cut to its box."""
    boxes: Boxes
    """(n, 4), working pixels."""
    darkness: npt.NDArray[np.float32]
    """(n,) mean darkness of the ink, 0 to 255."""
    halo: npt.NDArray[np.float32]
    """(n,) mean darkness of the paper around, as a share of the ink's own: a texture stands on no clean paper."""
    whole: npt.NDArray[np.bool_]
    """(n,) whether the glyph is one mark as it stands, neither cut nor joined."""
    cluster: npt.NDArray[np.int32]
    first: npt.NDArray[np.int32]
    last: npt.NDArray[np.int32]
    inks: tuple[Mark, ...]
    """All the ink of each cluster, cut to its box."""
    corners: npt.NDArray[np.int32]
    """(clusters, 2) left and top of each cluster, working pixels."""

    def __len__(self) -> int:
        return len(self.marks)

    def part(self, kept: npt.NDArray[np.bool_]) -> Glyphs:
        """Give some of the glyphs, of each cluster all or none: (n,) of them which; clusters are numbered anew."""
        numbers, cluster = np.unique(self.cluster[kept], return_inverse=True)
        return Glyphs(
            tuple(mark for mark, wanted in zip(self.marks, kept.tolist()) if wanted),
            self.boxes[kept], self.darkness[kept], self.halo[kept], self.whole[kept],
            cluster.astype(np.int32), self.first[kept], self.last[kept],
            tuple(self.inks[number] for number in numbers), self.corners[numbers],
        )

    def largest(self, most: int = 12) -> npt.NDArray[np.intp]:
        """Give the largest marks as they stand, of those that are not much paler than the rest."""
        whole = np.flatnonzero(self.whole)
        if not len(whole):
            return whole
        size = (self.boxes[whole, 2:] - self.boxes[whole, :2]).max(axis=1)
        dark = self.darkness[whole] >= 0.5 * quantile(self.darkness[whole], 0.9)
        chosen: npt.NDArray[np.intp] = whole[dark][np.argsort(-size[dark], kind="stable")[:most]]
        return chosen


def join_glyphs(first: Glyphs, second: Glyphs) -> Glyphs:
    """Give the glyphs of both, the second's clusters after those of the first."""
    return Glyphs(
        first.marks + second.marks,
        np.concatenate([first.boxes, second.boxes]),
        np.concatenate([first.darkness, second.darkness]),
        np.concatenate([first.halo, second.halo]),
        np.concatenate([first.whole, second.whole]),
        np.concatenate([first.cluster, second.cluster + np.int32(len(first.inks))]),
        np.concatenate([first.first, second.first]),
        np.concatenate([first.last, second.last]),
        first.inks + second.inks,
        np.concatenate([first.corners, second.corners]),
    )


def paste_mark(canvas: Mark, mark: Mark, x: int, y: int) -> None:
    """Lay what a canvas covers of a mark onto it, in place, beside the ink that it has; (x, y) is the mark's corner."""
    height, width = mark.shape
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(canvas.shape[1], x + width), min(canvas.shape[0], y + height)
    if x1 > x0 and y1 > y0:
        part = canvas[y0:y1, x0:x1]
        np.maximum(part, mark[y0 - y : y1 - y, x0 - x : x1 - x], out=part)


def overlaps(first: Boxes, second: Boxes) -> npt.NDArray[np.float64]:
    """Give the intersection of each first box with each second one, (n, m), as a share of their union."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    common = (high - low).clip(0).prod(axis=2).astype(np.float64)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1).astype(np.float64) for boxes in (first, second)]
    shares: npt.NDArray[np.float64] = common / np.maximum(areas[0][:, None] + areas[1] - common, 1.0)
    return shares
