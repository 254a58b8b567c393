"""Ink -> grid: the lines of a drawn form, the cells between them, and the ink without them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from camcount.binarize import Ink, faint_mask, replace_ink
from camcount.quantile import weighted_median
from camcount.ruling import Rule, find_rules

Plane = npt.NDArray[np.uint8]

REACH = 0.005
"""Lines end so near to those that they meet, as a share of the picture's longer side."""
AGREE = 0.06
"""Lines of one family differ in slope from what their place lets expect by less."""
CROSSINGS = 2
"""A line of a form meets so many others at least, of the other direction."""
LEAST = 5
"""A form has at least so many lines: three and two make two cells."""
CROSSING = 2.0
"""A stroke that crosses a line is at least so many times as high as the line is thick."""
DARKER = 1.5
"""Ink so many times as dark as the line that it lies on is a stroke's."""
SCRAP = 0.8
"""What lies on or beside the lines with more than this share of its ink is left of them."""
RIM = 0.01
"""Lines that end nearer to the rim of the picture than this share of its longer side go on beyond it."""
ACROSS = 0.4
"""On squared paper more than this share of the ink belongs to marks that lie across lines of both directions."""
FAR = 0.5
"""A mark is two digits where it reaches so far beyond a line, as a share of how far it reaches to the other side."""
SPREAD = 0.25
"""A form stretches over this share of the picture's longer side at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The lines of all forms of a picture, working pixels."""

    level: tuple[Rule, ...]
    upright: tuple[Rule, ...]
    reach: float

    def cell(self, x: float, y: float) -> tuple[int, int] | None:
        """Give the lines above and to the left of a point; None where it lies in no cell."""
        above, below = _between(self.level, x, y, self.reach)
        left, right = _between(self.upright, y, x, self.reach)
        return None if min(above, below, left, right) < 0 else (above, left)

    def row(self, above: int) -> int:
        """Give the row that lies below a line: the first of the pieces that this line was found in."""
        rule = self.level[above]
        for i, other in enumerate(self.level[:above]):
            gap = max(rule.start - other.end, other.start - rule.end)
            middle = (max(rule.start, other.start) + min(rule.end, other.end)) / 2
            if gap < 20 * self.reach and abs(rule.at(middle) - other.at(middle)) < 2 * self.reach:
                return i
        return above

    def erase(self, ink: Ink) -> Ink | None:
        """Take out the lines, but not the strokes that cross them or, being darker, run along them.

        None where most is written across the lines of both directions: that is squared paper, and no form.
        """
        mask, darkness = ink.mask, ink.darkness
        level = _bands(self.level, mask.shape)
        upright = np.ascontiguousarray(_bands(self.upright, mask.T.shape).transpose(0, 2, 1))
        shades = np.maximum(level[1], upright[1])
        strokes = np.where(darkness > np.float32(DARKER) * shades, mask, np.uint8(0))
        for rules, other, upwards in ((self.level, upright, True), (self.upright, level, False)):
            length = round(CROSSING * max(rule.thickness for rule in rules)) + 2
            kernel = np.ones((length, 1) if upwards else (1, length), np.uint8)
            high = cv2.morphologyEx(cv2.subtract(mask, other[0]), cv2.MORPH_OPEN, kernel)
            np.maximum(strokes, high, out=strokes)
        lines = np.where((shades > 0) & (strokes == 0), np.uint8(255), np.uint8(0))
        left = cv2.subtract(mask, lines)
        # Beside a dark line pale strokes were taken for paper: look again, but not at the line's own blurred flanks.
        flanks = np.asarray(cv2.dilate(lines, np.ones((5, 5), np.uint8)), np.uint8)
        again = replace_ink(ink, np.where((flanks > 0) & (left == 0), np.uint8(0), darkness))
        clear = _drop_scraps(again.mask, flanks)
        return None if self._is_squared(clear) else replace(again, mask=self._part(clear))

    def _is_squared(self, mask: Plane) -> bool:
        count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        across = total = 0
        for x, y, w, h, area in stats[1:].tolist():
            first, last = self.cell(x + 0.2 * w, y + 0.2 * h), self.cell(x + 0.8 * w, y + 0.8 * h)
            if first and last:
                total += area
                across += area if first[0] != last[0] and first[1] != last[1] else 0
        return across > ACROSS * total

    def _part(self, mask: Plane) -> Plane:
        """Cut marks along the level lines that reach far into the cells on both sides: there two digits touch."""
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        parted: Plane = mask.copy()
        for i in range(1, count):
            x, y, w, h = (int(value) for value in stats[i, :4])
            for rule in self.level:
                if rule.spans(x + w / 2, 0):
                    line = rule.at(x + w / 2)
                    cell = self.cell(x + w / 2, line + 2 * self.reach), self.cell(x + w / 2, line - 2 * self.reach)
                    if all(cell) and min(line - y, y + h - line) > FAR * max(line - y, y + h - line, 12):
                        columns = np.arange(max(x, rule.start), min(x + w, rule.end))
                        rows = np.rint(rule.places[columns - rule.start]).astype(int)
                        for row in (rows, np.minimum(rows + 1, len(mask) - 1)):
                            own = labels[row, columns] == i
                            parted[row[own], columns[own]] = 0
        return parted


def _drop_scraps(mask: Plane, flanks: Plane) -> Plane:
    """Drop what is left of lines: marks that lie on them or at their sides with most of their ink."""
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    near = cv2.dilate(flanks, np.ones((5, 5), np.uint8)) > 0
    whole = np.bincount(labels.ravel(), minlength=count)
    scraps = np.bincount(labels[near], minlength=count) > SCRAP * whole
    scraps[0] = False
    return np.asarray(np.where(scraps[labels], np.uint8(0), mask), np.uint8)


def find_grid(ink: Ink) -> Grid | None:
    """Find the level and upright lines that meet each other as those of a form do; None where there are none."""
    faint = faint_mask(ink)
    longer = max(faint.shape)
    level = _agreeing(find_rules(faint, ink.darkness))
    turned = (np.ascontiguousarray(plane.T) for plane in (faint, ink.darkness))
    upright = _agreeing(find_rules(*turned)) if len(level) > 1 else []
    grid = _prune(Grid(tuple(level), tuple(upright), max(4.0, REACH * longer)))
    if len(grid.level) + len(grid.upright) < LEAST:
        return None
    spread = max(rule.end for rule in grid.level) - min(rule.start for rule in grid.level)
    height, width = faint.shape
    covers = _leaves(grid.level, width, RIM * longer) or _leaves(grid.upright, height, RIM * longer)
    return grid if spread > SPREAD * longer and not covers else None


def _leaves(rules: tuple[Rule, ...], length: int, rim: float) -> bool:
    """Tell whether most lines run out of the picture at both ends, as on squared paper."""
    return sum(rule.start < rim and rule.end > length - rim for rule in rules) > len(rules) / 2


def _agreeing(rules: list[Rule]) -> list[Rule]:
    """Keep the lines of one family: seen from aside, their slopes change evenly from one to the next."""
    if len(rules) < 2:
        return rules
    lengths = np.array([len(rule.places) for rule in rules], float)
    slopes = np.array([rule.slope for rule in rules])
    places = np.array([rule.places.mean() for rule in rules])
    kept = np.abs(slopes - weighted_median(slopes, lengths)) < 3 * AGREE
    for _ in range(3):
        if kept.sum() < 3:
            break
        weights = np.sqrt(lengths[kept])
        line = np.polyfit(places[kept], slopes[kept], 1, w=weights) if np.ptp(places[kept]) > 9 else np.zeros(2)
        kept = np.abs(slopes - np.polyval(line, places)) < AGREE
    return [rule for rule, keep in zip(rules, kept) if keep]


def _between(rules: tuple[Rule, ...], along: float, across: float, reach: float) -> tuple[int, int]:
    """Give the nearest line before a point, and behind it; -1 where there is none."""
    before, behind = -1, -1
    low, high = -np.inf, np.inf
    for i, rule in enumerate(rules):
        if rule.spans(along, reach / 2):
            place = rule.at(along)
            if low < place <= across:
                before, low = i, place
            if across < place < high:
                behind, high = i, place
    return before, behind


def _prune(grid: Grid) -> Grid:
    """Keep the lines that meet at least two others, which do so too."""
    level, upright, reach = list(grid.level), list(grid.upright), grid.reach
    meets = np.array([[_meet(one, other, reach) for other in upright] for one in level], bool)
    meets = meets.reshape(len(level), len(upright))
    rows, columns = np.ones(len(level), bool), np.ones(len(upright), bool)
    while True:
        fewer_rows = rows & (meets[:, columns].sum(axis=1) >= CROSSINGS)
        fewer_columns = columns & (meets[fewer_rows].sum(axis=0) >= CROSSINGS)
        if fewer_rows.sum() == rows.sum() and fewer_columns.sum() == columns.sum():
            break
        rows, columns = fewer_rows, fewer_columns
    kept = tuple(rule for rule, keep in zip(level, rows) if keep)
    return Grid(kept, tuple(rule for rule, keep in zip(upright, columns) if keep), reach)


def _meet(level: Rule, upright: Rule, reach: float) -> bool:
    x = (level.start + level.end) / 2
    for _ in range(3):
        y = level.at(x)
        x = upright.at(y)
    return level.spans(x, reach) and upright.spans(y, reach)


def _bands(rules: tuple[Rule, ...], shape: tuple[int, ...]) -> Plane:
    """Draw the lines as wide as they are: (2, h, w), 255, and their darkness."""
    height, width = shape
    bands = np.zeros((2, height, width), np.uint8)
    for rule in rules:
        half = round(rule.thickness / 2 + 1)
        columns = np.arange(max(0, rule.start - half), min(width, rule.end + half))
        middle = np.rint(rule.places[np.clip(columns - rule.start, 0, len(rule.places) - 1)]).astype(int)
        for offset in range(-half, half + 1):
            rows = np.clip(middle + offset, 0, height - 1)
            bands[0, rows, columns] = 255
            bands[1, rows, columns] = np.maximum(bands[1, rows, columns], np.uint8(rule.darkness))
    return bands
