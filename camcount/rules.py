"""Ink -> ink without ruling: take out lines that run across the page, and leave the strokes that cross them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import imutils
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.uint8]

RUN = 0.011
"""Ruling is made of runs at least this long, as a share of the picture's longer side, so that it may lean."""
LEVEL, UPRIGHT = 0.4, 0.9
"""Ruling is at least this long, as a share of the picture's side along it: in a low picture a 1 may be nearly as high,
so that upright lines must be longer, unless level ones have shown a grid."""
MANY = 3
"""So many lines are ruling; fewer are so only when they cross the whole picture, or underline all there is."""
WHOLE = 0.97
UNDERLINE = 1.4
"""An underline is longer than the ink on it is high by this factor: the bar of a large 7 is not."""
THICKEST = 0.012
"""Ruling is at most this thick, as a share of the picture's longer side."""
CROSSING = 2.0
"""A stroke that crosses ruling is at least so many times as high as the ruling is thick."""


def erase_rules(mask: Mask) -> Mask:
    """Take out ruled lines, level and upright ones, as far as no stroke crosses them.

    A line is a thin, long chain of level runs; of its pixels those stay that belong to a higher upright run, which is
    a stroke's (run-length analysis as for staff lines in music: Fujinaga 1988).

    Args:
        mask: (h, w), 255 = ink.

    Returns:
        The same array where there is no ruling, else a new one.
    """
    level = _erase_level(mask, LEVEL)
    turned = np.asarray(cv2.transpose(level), np.uint8)
    erased = _erase_level(turned, UPRIGHT if level is mask else LEVEL, underlines=False)
    return level if erased is turned else np.asarray(cv2.transpose(erased), np.uint8)


def _erase_level(mask: Mask, least: float, underlines: bool = True) -> Mask:
    if not _may_be_ruled(mask):
        return mask
    run = max(5, round(RUN * max(mask.shape)))
    runs = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, run), np.uint8)), np.uint8)
    thickest = max(3.0, THICKEST * max(mask.shape))
    chosen = [line for line in _find_lines(runs, run, least) if line.thickness <= thickest]
    if len(chosen) < MANY:
        chosen = [line for line in chosen if line.share >= WHOLE or underlines and _underlines(mask, line)]
    if not chosen:
        return mask
    lines = np.zeros_like(mask)
    for line in chosen:
        part = lines[line.rows, line.columns]
        np.maximum(part, line.ink, out=part)
    crossing = round(CROSSING * max(line.thickness for line in chosen)) + 2
    high = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((crossing, 1), np.uint8))
    # The frayed rim of a line goes with it.
    rim = cv2.dilate(lines, np.ones((3, 1), np.uint8))
    return np.where((rim > 0) & (high == 0), np.uint8(0), mask)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """A chain of level runs."""

    rows: slice
    columns: slice
    ink: Mask
    share: float
    """Its length, as a share of the picture's width."""
    thickness: float
    """Mean, pixels."""


def _find_lines(runs: Mask, run: int, least: float) -> Iterator[_Line]:
    # Pieces of one line belong together across the gaps that crossing strokes and faint ink leave.
    chains = cv2.dilate(runs, np.ones((3, 2 * run + 1), np.uint8))
    for chain in imutils.grab_contours(cv2.findContours(chains, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)):
        x, y, w, h = cv2.boundingRect(chain)
        if w < least * runs.shape[1] or h > 0.3 * w:
            continue
        inside = np.zeros((h, w), np.uint8)
        cv2.drawContours(inside, [chain], 0, 255, cv2.FILLED, offset=(-x, -y))
        ink = np.asarray(cv2.bitwise_and(runs[y : y + h, x : x + w], inside), np.uint8)
        filled = max(1, int((ink.max(axis=0) > 0).sum()))
        share = min(w - 2 * run, filled * 1.5) / (runs.shape[1] - 2 * run)
        if share >= least:
            yield _Line(slice(y, y + h), slice(x, x + w), ink, share, cv2.countNonZero(ink) / filled)


def _underlines(mask: Mask, line: _Line) -> bool:
    """Tell whether a line stretches beyond what is written on it."""
    y, x = (int(places[0]) for places in np.nonzero(line.ink))
    seed = line.columns.start + x, line.rows.start + y
    _, _, _, (_, _, width, height) = cv2.floodFill(mask.copy(), None, seed, 128)
    return bool(width > UNDERLINE * height)


def _may_be_ruled(mask: Mask) -> bool:
    """Tell quickly, at a quarter of the resolution, whether there is any long level run."""
    height, width = (max(1, side // 4) for side in mask.shape)
    small = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
    small = cv2.threshold(small, 40, 255, cv2.THRESH_BINARY)[1]
    run = max(5, round(0.08 * width))
    return bool(cv2.countNonZero(cv2.erode(small, np.ones((1, run), np.uint8))))
