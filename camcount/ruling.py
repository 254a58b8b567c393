"""Ink -> the long thin lines that are drawn in it, level ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from camcount.quantile import quantile

Plane = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

RUN = 0.012
"""Lines are made of straight runs at least this long, as a share of the picture's longer side."""
SHORTEST = 0.028
"""The lines of a form are at least this long, as a share of the picture's longer side: so high are its cells."""
THICKEST = 0.012
"""They are at most this thick, as a share of the picture's longer side."""
UNBROKEN = 0.85
"""A line is inked along this share of its length at least."""
WOBBLE = 1.5, 0.015
"""Most of a line stays so near to a straight one, pixels, or as a share of its length: strokes do not."""
STRAIGHT = 0.3
"""Lines that lean more are no level lines: a form is levelled before."""
GAP = 0.1
"""Pieces of one line are at most so far apart, as a share of the picture's longer side."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A line of a form, y as a function of x (or, of an upright one, x of y)."""

    start: int
    places: Floats
    """Where it is across, for each column from `start` on: a sheet that bulges bends its lines."""
    slope: float
    thickness: float
    darkness: float

    @property
    def end(self) -> int:
        """The column after its last."""
        return self.start + len(self.places)

    def at(self, along: float) -> float:
        """Give its place across, continued straight beyond its ends."""
        column = int(min(max(along, self.start), self.end - 1))
        return float(self.places[column - self.start]) + self.slope * (along - column)

    def spans(self, along: float, reach: float) -> bool:
        return self.start - reach <= along <= self.end + reach


def find_rules(faint: Plane, darkness: Plane) -> list[Rule]:
    """Find the level lines: thin chains of level runs, joined where they continue each other."""
    longer = max(faint.shape)
    run, thickest = max(7, round(RUN * longer)), max(3, round(THICKEST * longer))
    thick = cv2.morphologyEx(faint, cv2.MORPH_OPEN, np.ones((thickest + 2, 1), np.uint8))
    thin = cv2.subtract(faint, thick)
    # Lines that lean a little are level runs in steps.
    runs = cv2.morphologyEx(cv2.dilate(thin, np.ones((3, 1), np.uint8)), cv2.MORPH_OPEN, np.ones((1, run), np.uint8))
    runs = cv2.bitwise_and(runs, thin)
    joined = cv2.morphologyEx(runs, cv2.MORPH_CLOSE, np.ones((1, run | 1), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    pieces = []
    for i in range(1, count):
        x, y, w, h = (int(value) for value in stats[i, :4])
        if w >= 1.5 * run and w > 2 * h:
            part = (labels[y : y + h, x : x + w] == i) & (runs[y : y + h, x : x + w] > 0)
            weight = part.sum(axis=0)
            # Where a stroke runs into the line they are no line any more.
            usual = quantile(weight[weight > 0], 0.5)
            columns = np.flatnonzero((weight > 0) & (weight <= 1.5 * usual))
            rows = (part * np.arange(h)[:, None]).sum(axis=0)[columns] / weight[columns]
            pieces.append(np.column_stack([columns + x, rows + y]))
    rules = [rule for points in _join(pieces, longer) for rule in _follow(points, faint, darkness, run)]
    return [rule for rule in rules if len(rule.places) >= SHORTEST * longer]


def _join(pieces: list[Floats], longer: int) -> list[Floats]:
    """Join pieces that lie on one line, the longest first; each is (k, 2), sorted along."""
    near, far = max(3.0, 0.003 * longer), GAP * longer
    rest = sorted(pieces, key=len, reverse=True)
    lines = []
    while rest:
        points = rest.pop(0)
        grown = True
        while grown:
            grown = False
            for i, other in enumerate(rest):
                if _continues(points, other, near, far):
                    merged = np.concatenate([points, rest.pop(i)])
                    points, grown = merged[np.argsort(merged[:, 0], kind="stable")], True
                    break
        lines.append(points)
    return lines


def _continues(points: Floats, other: Floats, near: float, far: float) -> bool:
    after = other[0, 0] > points[-1, 0]
    gap = other[0, 0] - points[-1, 0] if after else points[0, 0] - other[-1, 0]
    if not -near < gap < far:
        return False
    reach = int(far)
    end = points[-reach:] if after else points[:reach]
    middle = end.mean(axis=0)
    offsets = end - middle
    slope = float((offsets[:, 0] * offsets[:, 1]).sum() / max((offsets[:, 0] ** 2).sum(), 1.0))
    off = other[:, 1] - middle[1] - slope * (other[:, 0] - middle[0])
    return float(np.abs(off[:reach] if after else off[-reach:]).mean()) < near


def _follow(points: Floats, faint: Plane, darkness: Plane, run: int) -> Iterator[Rule]:
    """Follow a line from column to column; give each stretch of it that no large gap parts."""
    height, width = faint.shape
    columns, rows = points.T
    slope, offset = np.polyfit(columns, rows, 1)
    if abs(slope) > STRAIGHT or len(points) < run:
        return
    # The median of a window passes over strokes that cross.
    bins = ((columns - columns[0]) // (2 * run)).astype(int)
    rest = rows - slope * columns - offset
    knots = np.array([(columns[bins == i].mean(), quantile(rest[bins == i], 0.5)) for i in np.unique(bins)])
    along = np.arange(max(0, int(columns[0]) - 2 * run), min(width, int(columns[-1]) + 1 + 2 * run))
    places = slope * along + offset + _smooth(knots, np.clip(along, columns[0], columns[-1]))
    near = np.clip(np.rint(places).astype(int) + np.arange(-(run // 2), run // 2 + 1)[:, None], 0, height - 1)
    across = faint[near, along] > 0
    inked = across[run // 2 - 1 : run // 2 + 2].any(axis=0)
    for start, end in _stretches(inked, run):
        part = slice(start, end)
        if end - start >= run and inked[part].mean() >= UNBROKEN:
            # Strokes are higher than the line that they cross, and fewer than the rest of it.
            thickness = quantile(across[:, part].sum(axis=0)[inked[part]], 0.4)
            shades = darkness[near[run // 2 - 2 : run // 2 + 3, part], along[part]].max(axis=0)
            shade = quantile(shades[inked[part]], 0.5)
            own = rest[(columns >= along[start]) & (columns < along[start] + end - start)]
            if len(own) and quantile(np.abs(own - quantile(own, 0.5)), 0.8) < max(WOBBLE[0], WOBBLE[1] * (end - start)):
                yield Rule(int(along[start]), places[part], float(slope), thickness, shade)


def _smooth(knots: Floats, along: npt.NDArray[np.floating]) -> Floats:
    """Give a smooth curve through most knots, (k, 2): a sheet that bulges bends its lines, a stroke does not."""
    degree = min(3, (len(knots) - 1) // 3)
    middle, reach = along.mean(), max(1.0, float(np.ptp(along)) / 2)
    xs, ys = (knots[:, 0] - middle) / reach, knots[:, 1]
    kept = np.ones(len(knots), bool)
    for _ in range(4):
        curve = np.polyfit(xs[kept], ys[kept], degree)
        off = np.abs(ys - np.polyval(curve, xs))
        kept = off <= max(1.0, 2 * quantile(off, 0.5))
    return np.asarray(np.polyval(curve, (along - middle) / reach), np.float64)


def _stretches(inked: npt.NDArray[np.bool_], gap: int) -> Iterator[tuple[int, int]]:
    """Give the stretches of a line between gaps wider than `gap`, half-open; a narrow gap ends none."""
    filled = np.flatnonzero(inked)
    for part in np.split(filled, np.flatnonzero(np.diff(filled) > gap) + 1):
        if len(part):
            # What lies behind a gap at the end is rather a mark beside the line.
            whole = np.flatnonzero(np.diff(part) > 3)
            start = whole[0] + 1 if len(whole) and whole[0] < gap else 0
            end = whole[-1] + 1 if len(whole) and len(part) - whole[-1] - 1 < gap else len(part)
            if end > start:
                yield int(part[start]), int(part[end - 1]) + 1
