"""Ink -> ink without ruling: take out the lines of the paper, and leave the strokes that cross them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from camcount.quantile import quantile
from camcount.shrink import shrink

Plane = npt.NDArray[np.uint8]

RUN = 0.011
"""Ruling is made of level runs at least this long, as a share of the picture's longer side, so that it may lean."""
LONG = 0.4
"""Ruling is at least this long, as a share of the picture's side along it; of a family that has shown itself, pieces
may be shorter."""
WHOLE, LONE = 0.9, 0.98
"""A line as long as this is ruling whatever its darkness, in a grid and alone: a 1 in its own picture is shorter."""
UNBROKEN = 0.55
"""Ruling is inked along this share of its length at least: a row of dots or squares is none."""
MANY = 3
"""So many long lines are ruling; fewer are so only when they cross the whole picture, or underline all there is."""
THICKEST = 0.012
"""Ruling is at most this thick, as a share of the picture's longer side."""
PALE = 0.75
"""Ruling is mostly paler than this share of the darkest ink: else only its length can tell it from a stroke."""
ALIKE = 0.06, 0.35
"""Pieces of one family differ at most so much in slope, and in darkness as a share of it."""
CELLS = 2.2
"""In a grid, upright lines as dark as the pen are longer than so many of its rows are high: a 1 stays in its cell."""
UNDERLINE = 1.4
"""An underline is longer than the ink on it is high by this factor: the bar of a large 7 is not."""
DARKER = 1.5
"""Ink so many times as dark as the line that it lies on is a stroke's."""
BROAD = 5.0
"""Ruling so thick frays by two pixels on either side, else by one."""
CROSSING = 2.0
"""A stroke that crosses ruling is at least so many times as high as the ruling is thick."""


@dataclass(frozen=True, slots=True, eq=False)
class _Segment:
    """A straight, thin, level piece of ink."""

    rows: slice
    columns: slice
    ink: Plane
    """(h, w) its runs, at rows and columns."""
    share: float
    """Its length, as a share of the picture's width."""
    thickness: float
    """Mean, pixels."""
    darkness: float
    """Mean, as a share of the picture's darkest ink."""
    slope: float
    middle: float
    """Its row half way along, pixels."""


def erase_rules(mask: Plane, darkness: Plane) -> Plane:
    """Take out ruled lines, level and upright ones, as far as no stroke crosses them.

    A line is a straight, thin chain of runs; of its pixels those stay that belong to a higher run across it, which is
    a stroke's (run-length analysis as for staff lines in music: Fujinaga 1988).

    Args:
        mask: (h, w), 255 = ink.
        darkness: (h, w), how much darker than the paper.

    Returns:
        The same mask where there is no ruling, else a new one.
    """
    may_be_level, may_be_upright = _may_be_ruled(mask)
    level = _choose_level(mask, _find_segments(mask, darkness)) if may_be_level else []
    erased = _erase(mask, darkness, level)
    if not may_be_upright:
        return erased
    turned, turned_darkness = (np.ascontiguousarray(plane.T) for plane in (erased, darkness))
    upright = _choose_upright(_find_segments(turned, turned_darkness), level, mask.shape[0])
    return np.ascontiguousarray(_erase(turned, turned_darkness, upright).T) if upright else erased


def _choose_level(mask: Plane, segments: list[_Segment]) -> list[_Segment]:
    long = [segment for segment in segments if segment.share >= LONG]
    if len(long) < MANY:
        return [segment for segment in long if segment.share >= LONE or _underlines(mask, segment)]
    return long + _kin(segments, long)


def _choose_upright(segments: list[_Segment], level: list[_Segment], height: int) -> list[_Segment]:
    long = [segment for segment in segments if segment.share >= LONG]
    rows = np.sort([segment.middle for segment in level])
    steps = np.diff(rows)[np.diff(rows) > 0.01 * height]
    in_grid = len(steps) >= MANY - 1
    least = min(WHOLE, max(LONG, CELLS * quantile(steps, 0.5) / height)) if in_grid else LONE
    pale = [segment for segment in long if segment.darkness < PALE]
    chosen = [segment for segment in long if segment.share >= least or len(pale) >= MANY and segment.darkness < PALE]
    return chosen + (_kin(segments, chosen) if len(chosen) >= MANY else [])


def _kin(segments: list[_Segment], long: list[_Segment]) -> list[_Segment]:
    """Give the shorter pieces of a family of lines: as steep and as pale."""
    slope = quantile(np.array([segment.slope for segment in long]), 0.5)
    darkness = quantile(np.array([segment.darkness for segment in long]), 0.5)
    if darkness >= PALE:
        return []
    slopes, shades = ALIKE
    return [
        segment
        for segment in segments
        if segment.share < LONG
        and abs(segment.slope - slope) < slopes
        and abs(segment.darkness - darkness) < shades * darkness
    ]


def _underlines(mask: Plane, segment: _Segment) -> bool:
    """Tell whether a line stretches beyond what is written on it."""
    y, x = (int(places[0]) for places in np.nonzero(segment.ink))
    seed = segment.columns.start + x, segment.rows.start + y
    _, _, _, (_, _, width, height) = cv2.floodFill(mask.copy(), None, seed, 128)
    return bool(width > UNDERLINE * height)


def _erase(mask: Plane, darkness: Plane, segments: list[_Segment]) -> Plane:
    if not segments:
        return mask
    lines = np.zeros_like(mask)
    for segment in segments:
        part = lines[segment.rows, segment.columns]
        np.maximum(part, cv2.subtract(segment.ink, _strokes_along(segment, darkness)), out=part)
    thickest = max(segment.thickness for segment in segments)
    crossing = round(CROSSING * thickest) + 2
    high = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((crossing, 1), np.uint8))
    # The frayed rim of a line goes with it; that of a broad one is broader.
    rim = cv2.dilate(lines, np.ones((3 if thickest < BROAD else 5, 1), np.uint8))
    return np.where((rim > 0) & (high == 0), np.uint8(0), mask)


def _strokes_along(segment: _Segment, darkness: Plane) -> Plane:
    """Give the ink of a line that is so much darker than the line around it that a stroke lies on it: a 4's stem."""
    own = darkness[segment.rows, segment.columns]
    shade = quantile(own[segment.ink > 0], 0.5)
    dark = cv2.threshold(cv2.blur(own, (3, 3)), DARKER * shade, 255, cv2.THRESH_BINARY)[1]
    return np.asarray(cv2.bitwise_and(segment.ink, dark), np.uint8)


def _find_segments(mask: Plane, darkness: Plane) -> list[_Segment]:
    if not mask.any():
        return []
    run = max(5, round(RUN * max(mask.shape)))
    runs = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, run), np.uint8)), np.uint8)
    thickest = max(3.0, THICKEST * max(mask.shape))
    # A broad pen makes level runs all along its strokes; thicker than ruling, they must not bend the lines they cross.
    thick = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((int(thickest) + 2, 1), np.uint8))
    runs[thick > 0] = 0
    chains = list(_find_chains(runs, run))
    is_long = [columns.stop - columns.start >= LONG * mask.shape[1] for _, _, columns in chains]
    if not any(is_long):
        return []
    darkest = quantile(darkness[mask > 0], 0.9)

    def measured(wanted: bool) -> list[_Segment]:
        found = (_measure(chain, darkness, darkest) for chain, long in zip(chains, is_long) if long is wanted)
        return [segment for segment in found if segment and segment.thickness <= thickest]

    # Without a long line short ones have no family.
    long = [segment for segment in measured(True) if segment.share >= LONG]
    return long + measured(False) if long else []


def _find_chains(runs: Plane, run: int) -> Iterator[tuple[Plane, slice, slice]]:
    """Give each chain of runs, with its place; small gaps, where strokes cross or ink is faint, part no chain."""
    joined = cv2.dilate(runs, np.ones((3, 2 * run + 1), np.uint8))
    chains, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for chain in chains:
        x, y, w, h = cv2.boundingRect(chain)
        if w > 5 * run:
            inside = np.zeros((h, w), np.uint8)
            cv2.drawContours(inside, [chain], 0, 255, cv2.FILLED, offset=(-x, -y))
            ink = np.asarray(cv2.bitwise_and(runs[y : y + h, x : x + w], inside), np.uint8)
            yield ink, slice(y, y + h), slice(x, x + w)


def _measure(chain: tuple[Plane, slice, slice], darkness: Plane, darkest: float) -> _Segment | None:
    """Measure a chain along the line through most of its runs; None when they lie on no line."""
    ink, rows, columns = chain
    height, width = darkness.shape
    ys, xs = np.nonzero(ink)
    middle = xs.mean()
    kept = np.ones(len(xs), bool)
    reach = 3.0
    for _ in range(3):
        # A sheet that bulges bends its lines a little.
        bow = np.polyfit(xs[kept] - middle, ys[kept], 2)
        off = np.abs(ys - np.polyval(bow, xs - middle))
        reach = max(2.5, 0.004 * width, 1.5 * quantile(off, 0.5))
        kept = off <= reach
    straight = np.zeros_like(ink)
    straight[ys[kept], xs[kept]] = 255
    filled = np.flatnonzero(straight.any(axis=0))
    length = int(np.ptp(filled)) + 1
    bent = abs(bow[1]) > 0.3 or abs(bow[0]) * length * 2 > 0.15 or kept.mean() < 0.6
    if bent or len(filled) < UNBROKEN * length:
        return None
    return _Segment(
        rows,
        columns,
        straight,
        length / width,
        int(kept.sum()) / len(filled),
        float(cv2.mean(darkness[rows, columns], straight)[0]) / darkest,
        float(bow[1]),
        rows.start + float(bow[2]),
    )


def _may_be_ruled(mask: Plane) -> tuple[bool, bool]:
    """Tell quickly, at a quarter of the resolution, whether there may be a long level line, and an upright one."""
    small = cv2.threshold(shrink(mask, 4), 40, 255, cv2.THRESH_BINARY)[1]
    return _may_be_level(np.asarray(small, np.uint8)), _may_be_level(np.ascontiguousarray(small.T))


def _may_be_level(small: Plane) -> bool:
    run = max(3, round(RUN * max(small.shape)))
    thickest = max(2, round(THICKEST * max(small.shape)))
    thick = cv2.morphologyEx(small, cv2.MORPH_OPEN, np.ones((thickest + 2, 1), np.uint8))
    runs = cv2.morphologyEx(cv2.subtract(small, thick), cv2.MORPH_OPEN, np.ones((1, run), np.uint8))
    joined = cv2.dilate(runs, np.ones((3, 4 * run + 1), np.uint8))
    chains, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return any(cv2.boundingRect(chain)[2] >= LONG * small.shape[1] for chain in chains)
