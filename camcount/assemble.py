"""Glyphs, probabilities -> lines: the likeliest digits, then their rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camcount.classify import NOT_A_DIGIT
from camcount.marks import Glyphs
from camcount.quantile import quantile
from camcount.types import UNSURE, Box, Crops, Digit, Line, Probabilities

MIN_CONFIDENCE = 0.6
TOP = 3
"""A digit tells its likeliest so many values."""
PARTING = 0.7
"""What each digit costs that is cut from a mark or joined from several, as a negative logarithm of probability."""
UNREAD = 1.0
"""What it costs to leave a whole cluster of pieces unread; a part of it costs by its size."""
SCRAP = 0.35, 3.0
"""A piece lower than this share of its cluster is hardly a digit of its own: it costs so much to read it as one."""
ANCHOR = 0.8
"""Digits at least so sure, and not a mere stroke like 1, tell how high and how dark the page's digits are."""
HALOS = 0.16, 0.35
"""Marks on ground darker than this share of their own darkness are a texture or an edge: mere strokes, sure digits."""
PALEST = 0.4
"""Marks paler than this share of the page's digits are show-through, ruling or dirt."""
OVERLAP = 0.45
"""Digits of a row overlap in height by this share of the lower one."""
STEEPEST = 35.0
"""Rows that lean more than this are not followed, degrees."""
AGREE = 0.12
"""Neighbours agree on the slope of their rows when theirs differ by less."""
LOWEST, HIGHEST = 0.42, 1.6
"""A mark lower than this share of its row's height is a stop or a speck, a stroke higher than that an edge."""
UNLIKE = {0: (0.6, 1.6), 1: (0.4, 2.5), 2: (0.12, 8.0)}
"""How low and how high, in usual heights of the page, a row of no sure digit may be, of one, and of more."""
SPACE = 1.8
"""A space is wider than so many usual gaps of its row."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Accepted:
    """The glyphs that were chosen as digits, as arrays."""

    boxes: Floats
    """(n, 4), pixels of the frame."""
    darkness: npt.NDArray[np.float32]
    halo: npt.NDArray[np.float32]
    probabilities: Probabilities
    crops: Crops

    @property
    def heights(self) -> Floats:
        return self.boxes[:, 3] - self.boxes[:, 1]

    @property
    def anchors(self) -> npt.NDArray[np.bool_]:
        """Digits that are sure, and of a shape that a stray stroke does not have."""
        digits = self.probabilities[:, :NOT_A_DIGIT]
        anchors: npt.NDArray[np.bool_] = (digits.max(axis=1) >= ANCHOR) & (digits.argmax(axis=1) != 1)
        return anchors

    def part(self, chosen: npt.NDArray[np.bool_]) -> _Accepted:
        return _Accepted(
            self.boxes[chosen], self.darkness[chosen], self.halo[chosen], self.probabilities[chosen], self.crops[chosen]
        )


def assemble_lines(
    glyphs: Glyphs,
    crops: Crops,
    probabilities: Probabilities,
    size: tuple[int, int],
    scale: float = 1.0,
    min_confidence: float = MIN_CONFIDENCE,
) -> tuple[Line, ...]:
    """Choose the best path of glyphs through each cluster, and gather the digits into rows.

    Args:
        glyphs: n hypotheses.
        crops: (n, 28, 28), handed on with the digits.
        probabilities: (n, 11).
        size: width and height of the frame, pixels.
        scale: working pixels to one pixel of the frame.
        min_confidence: digits below it keep their place as "?".

    Returns:
        Lines from the top, each with its digits left to right.
    """
    chosen = list(choose_glyphs(glyphs, probabilities))
    boxes = glyphs.boxes[chosen] / scale
    found = _Accepted(boxes, glyphs.darkness[chosen], glyphs.halo[chosen], probabilities[chosen], crops[chosen])
    accepted = _drop_dirt(found)
    rows = [row for row in (_drop_specks(accepted, row) for row in find_rows(accepted.boxes)) if row]
    kept = _drop_strangers(accepted, rows, size)
    return tuple(_make_line(accepted, row, min_confidence) for row in kept if row)


def choose_glyphs(glyphs: Glyphs, probabilities: Probabilities) -> Iterator[int]:
    """Choose the digits of each cluster: the path of least cost over its pieces, left to right.

    A glyph read as a digit costs the negative logarithm of its probability, and something for being cut or joined; a
    piece left unread costs that of not being a digit.
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
            path = _best_path(spans, digit[start:end] + parted, waste[start:end] + UNREAD * share)
            yield from (int(start) + i for i in path)


def _best_path(spans: npt.NDArray[np.int32], digit: Floats, waste: Floats) -> list[int]:
    """Give the digits on the cheapest way from the first piece to the last.

    Args:
        spans: (n, 2), the pieces of each glyph, half-open.
        digit: (n,), what reading a glyph as a digit costs.
        waste: (n,), what leaving it unread costs; only single pieces are left unread.
    """
    count = int(spans[:, 1].max())
    # costs[k] is that of the best path over the first k pieces; paths[k] the digits on it.
    costs = [0.0, *[float("inf")] * count]
    paths: list[list[int]] = [[] for _ in range(count + 1)]
    for i in np.lexsort((spans[:, 0], spans[:, 1])):
        first, after = (int(end) for end in spans[i])
        if costs[first] + digit[i] < costs[after]:
            costs[after], paths[after] = costs[first] + float(digit[i]), [*paths[first], int(i)]
        if after - first == 1 and costs[first] + waste[i] < costs[after]:
            costs[after], paths[after] = costs[first] + float(waste[i]), paths[first]
    return paths[count]


def find_rows(boxes: Floats) -> list[list[int]]:
    """Gather boxes into rows, from the top, each from left to right.

    The page is first turned so that its rows lie level, by the median slope between near neighbours; then each digit,
    from the left, goes to the row whose last digit it overlaps most in height.

    Args:
        boxes: (n, 4), x0 y0 x1 y1.

    Returns:
        Indices of the boxes.
    """
    if not len(boxes):
        return []
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    heights = boxes[:, 3] - boxes[:, 1]
    slope = _page_slope(centres, heights)
    level = centres[:, 1] - slope * centres[:, 0]
    along = centres[:, 0] + slope * centres[:, 1]
    rows: list[list[int]] = []
    for i in np.argsort(along, kind="stable"):
        shares = [_overlap(level, heights, i, row) for row in rows]
        best = int(np.argmax(shares)) if shares else -1
        if best >= 0 and shares[best] >= OVERLAP:
            rows[best].append(int(i))
        else:
            rows.append([int(i)])
    return sorted(rows, key=lambda row: float(np.mean(level[row])))


def _page_slope(centres: Floats, heights: Floats) -> float:
    """Give the slope of the rows: that from most digits to the nearest on the right; 0 where they differ."""
    steps = centres[None] - centres[:, None]
    size = np.maximum(heights[:, None], heights)
    right = (steps[..., 0] > 0.2 * size) & (np.abs(steps[..., 1]) < np.tan(np.deg2rad(STEEPEST)) * steps[..., 0])
    length = np.hypot(steps[..., 0], steps[..., 1])
    distance = np.where(right & (length < 3 * size), length, np.inf)
    known = np.flatnonzero(np.isfinite(distance.min(axis=1)))
    if len(known) < 2:
        return 0.0
    step = steps[known, distance.argmin(axis=1)[known]]
    slopes, weights = step[:, 1] / step[:, 0], heights[known]
    slope = _weighted_median(slopes, weights)
    agreeing = weights[np.abs(slopes - slope) < AGREE].sum()
    return slope if agreeing > weights.sum() / 2 else 0.0


def _overlap(level: Floats, heights: Floats, i: int, row: list[int]) -> float:
    """Give by how much of the lower one's height a digit overlaps the end of a row."""
    last = row[-2:]
    middle, height = float(np.mean(level[last])), float(np.mean(heights[last]))
    shared = min(level[i] + heights[i] / 2, middle + height / 2) - max(level[i] - heights[i] / 2, middle - height / 2)
    return float(shared / min(heights[i], height))


def _drop_dirt(accepted: _Accepted) -> _Accepted:
    """Drop texture, and what is much paler or much smaller than the digits of the page, or a much longer stroke."""
    accepted = accepted.part(accepted.halo < np.where(accepted.anchors, HALOS[1], HALOS[0]))
    anchors, heights = accepted.anchors, accepted.heights
    if not anchors.any():
        return accepted
    height = _weighted_median(heights[anchors], heights[anchors])
    darkness = _weighted_median(accepted.darkness[anchors], heights[anchors])
    low, high = UNLIKE[2][0] * height, UNLIKE[1][1] * height
    sized = (heights >= low) & ((heights <= high) | anchors)
    return accepted.part(sized & (accepted.darkness >= PALEST * darkness))


def _weighted_median(values: npt.NDArray[np.floating], weights: Floats) -> float:
    """Give the value that half of the weight does not exceed: a few large digits outweigh many specks."""
    order = np.argsort(values, kind="stable")
    weight = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(weight, weight[-1] / 2)])


def _drop_specks(accepted: _Accepted, row: list[int]) -> list[int]:
    """Drop what is too low or, being a mere stroke, too high to be a digit of its row."""
    heights, anchors = accepted.heights[row], accepted.anchors[row]
    usual = quantile(heights[anchors] if anchors.any() else heights, 0.5)
    return [
        i for i, height, anchor in zip(row, heights, anchors) if anchor or LOWEST * usual <= height <= HIGHEST * usual
    ]


def _drop_strangers(accepted: _Accepted, rows: list[list[int]], size: tuple[float, float]) -> list[list[int]]:
    """Drop rows that do not agree with the page: of another size or, with one sure digit or none, at its rim."""
    anchors, heights = accepted.anchors, accepted.heights
    sure = accepted.probabilities[:, :NOT_A_DIGIT].max(axis=1) >= ANCHOR
    x0, y0, x1, y1 = accepted.boxes.T
    inner = (x0 > 1) & (y0 > 1) & (x1 < size[0] - 1) & (y1 < size[1] - 1)
    firm = [int(anchors[row].sum()) > 1 for row in rows]
    judges = [i for row, is_firm in zip(rows, firm) for i in row if anchors[i] and (is_firm or not any(firm))]
    usual = _weighted_median(heights[judges], heights[judges]) if judges else 0.0
    kept = []
    for row, is_firm in zip(rows, firm):
        low, high = UNLIKE[min(2, int(anchors[row].sum()))]
        alike = not usual or low * usual < quantile(heights[row], 0.5) < high * usual
        if alike and (is_firm or inner[row].all() or not any(firm)):
            kept.append(row if anchors[row].any() else [i for i in row if sure[i] and inner[i]])
    return kept


def _make_line(accepted: _Accepted, row: list[int], min_confidence: float) -> Line:
    digits = tuple(_make_digit(accepted, i, min_confidence) for i in row)
    return Line(digits, spaces=_find_spaces(accepted.boxes[row]))


def _make_digit(accepted: _Accepted, i: int, min_confidence: float) -> Digit:
    probabilities = accepted.probabilities[i, :NOT_A_DIGIT]
    values = np.argsort(-probabilities, kind="stable")[:TOP]
    top = tuple((str(value), round(float(probabilities[value]), 6)) for value in values)
    value, confidence = top[0]
    x0, y0, x1, y1 = (int(side) for side in np.rint(accepted.boxes[i]))
    shown = value if confidence >= min_confidence else UNSURE
    return Digit(shown, confidence, Box(x0, y0, x1, y1), top, accepted.crops[i])


def _find_spaces(boxes: Floats) -> tuple[int, ...]:
    """Tell before which digits of a row a person sees a new number begin."""
    gaps = boxes[1:, 0] - boxes[:-1, 2]
    height = quantile(boxes[:, 3] - boxes[:, 1], 0.5)
    usual = max(quantile(gaps, 0.5), 0.0) if len(gaps) > 2 else 0.3 * height
    least = max(SPACE * usual + 0.2 * height, 0.6 * height)
    return tuple(int(i) + 1 for i in np.flatnonzero(gaps > least))
