"""Glyphs, probabilities -> the digits among them: the likeliest way through each cluster."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from camcount.classify import NOT_A_DIGIT
from camcount.marks import Glyphs
from camcount.types import Probabilities

PARTING = 0.7
"""What each digit costs that is cut from a mark or joined from several, as a negative logarithm of probability."""
UNREAD = 1.0
"""What it costs to leave all pieces of a broken mark unread; one piece costs by its size."""
UNCUT = 2.0
"""What it costs to leave a mark unread that could be cut into digits."""
SCRAP = 0.35, 3.0
"""A piece lower than this share of its cluster is hardly a digit of its own: it costs so much to read it as one."""

Floats = npt.NDArray[np.float64]


def choose_glyphs(glyphs: Glyphs, probabilities: Probabilities) -> Iterator[int]:
    """Choose the digits of each cluster: the path of least cost over its pieces, left to right.

    A glyph read as a digit costs the negative logarithm of its probability, and something for being cut or joined; a
    piece left unread costs that of not being a digit. A mark that was cut is digits all through, or is not read at
    all: else an H would be a 1 and some scrap.
    """
    digit = -np.log(np.maximum(probabilities[:, :NOT_A_DIGIT].max(axis=1), 1e-9))
    waste = -np.log(np.maximum(probabilities[:, NOT_A_DIGIT], 1e-9))
    starts = np.flatnonzero(np.diff(glyphs.cluster, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(glyphs)]):
        if end - start == 1:
            if digit[start] < waste[start]:
                yield int(start)
        else:
            sizes = (glyphs.boxes[start:end, 2:] - glyphs.boxes[start:end, :2]).astype(float)
            share, height = sizes.max(axis=1) / sizes.max(), sizes[:, 1] / sizes[:, 1].max()
            least, penalty = SCRAP
            parted = np.where(glyphs.whole[start:end], 0.0, PARTING) + np.where(height < least, penalty, 0.0)
            spans = np.column_stack([glyphs.first[start:end], glyphs.last[start:end] + 1])
            whole = glyphs.whole[start:end]
            cut = bool((np.diff(spans[whole]) > 1).any())
            unread = np.where(whole, waste[start:end] + (UNCUT if cut else UNREAD * share), np.inf)
            path = _best_path(spans, digit[start:end] + parted, unread)
            yield from (int(start) + i for i in path)


def _best_path(spans: npt.NDArray[np.int32], digit: Floats, waste: Floats) -> list[int]:
    """Give the digits on the cheapest way from the first piece to the last.

    Args:
        spans: (n, 2), the pieces of each glyph, half-open.
        digit: (n,), what reading a glyph as a digit costs.
        waste: (n,), what leaving it unread costs; infinite where it must not be.
    """
    count = int(spans[:, 1].max())
    # costs[k] is that of the best path over the first k pieces; paths[k] the digits on it.
    costs = [0.0, *[float("inf")] * count]
    paths: list[list[int]] = [[] for _ in range(count + 1)]
    for i in np.lexsort((spans[:, 0], spans[:, 1])):
        first, after = (int(end) for end in spans[i])
        if costs[first] + digit[i] < costs[after]:
            costs[after], paths[after] = costs[first] + float(digit[i]), [*paths[first], int(i)]
        if costs[first] + waste[i] < costs[after]:
            costs[after], paths[after] = costs[first] + float(waste[i]), paths[first]
    return paths[count]
