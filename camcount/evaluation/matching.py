"""Digits read and digits wanted -> which read one stands for which, by place or by text, and whether it is right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from camcount.marks import overlaps
from camcount.types import Box, Digit, Line

LEAST_OVERLAP = 0.3
"""Intersection over union below which two boxes are not of one digit: a half of a mark, or its neighbour."""

Outcome = tuple[float, bool]
"""How sure the reader was of a digit, and whether it was right."""


def likeliest(digit: Digit) -> str:
    """Give what a digit was read as, even where the reader was not sure enough to show it."""
    return digit.top[0][0] if digit.top else digit.value


def match_boxes(read: Sequence[Box], wanted: Sequence[Box]) -> dict[int, int]:
    """Match each read box with at most one wanted box, the best overlap first: {index read: index wanted}."""
    if not read or not wanted:
        return {}
    overlap = overlaps(np.array(read, np.int32), np.array(wanted, np.int32))
    matches: dict[int, int] = {}
    for flat in np.argsort(-overlap, axis=None, kind="stable"):
        ours, theirs = (int(index) for index in np.unravel_index(flat, overlap.shape))
        if overlap[ours, theirs] < LEAST_OVERLAP:
            break
        if ours not in matches and theirs not in matches.values():
            matches[ours] = theirs
    return matches


def outcomes_by_place(read: Sequence[Line], wanted: Sequence[Line]) -> list[Outcome]:
    """Judge each read digit by the one that stands at its place; one where none stands is wrong."""
    ours, theirs = _digits(read), _digits(wanted)
    matches = match_boxes([digit.box for digit in ours], [digit.box for digit in theirs])
    return [
        (digit.confidence, i in matches and likeliest(digit) == theirs[matches[i]].value)
        for i, digit in enumerate(ours)
    ]


def right_places(read: Sequence[Line], wanted: Sequence[Line]) -> tuple[bool, ...]:
    """Tell of each wanted digit whether the reading shows it, at its place."""
    ours, theirs = _digits(read), _digits(wanted)
    matches = match_boxes([digit.box for digit in ours], [digit.box for digit in theirs])
    shown = {theirs_index for index, theirs_index in matches.items() if ours[index].value == theirs[theirs_index].value}
    return tuple(index in shown for index in range(len(theirs)))


def outcomes_by_text(read: Sequence[Line], wanted: str) -> list[Outcome]:
    """Judge each read digit by the wanted text alone: right is what the fewest edits leave as it is.

    Args:
        read: the lines, from the top.
        wanted: all digits of the page, nothing between them.
    """
    digits = _digits(read)
    kept = kept_by_edits("".join(map(likeliest, digits)), wanted)
    return [(digit.confidence, right) for digit, right in zip(digits, kept)]


def kept_by_edits(read: str, wanted: str) -> list[bool]:
    """Tell which characters stay when `read` is turned into `wanted` by the fewest edits (Wagner and Fischer 1974)."""
    costs = np.zeros((len(read) + 1, len(wanted) + 1), np.int64)
    costs[:, 0], costs[0] = np.arange(len(read) + 1), np.arange(len(wanted) + 1)
    for i, ours in enumerate(read, 1):
        for j, theirs in enumerate(wanted, 1):
            change = costs[i - 1, j - 1] + (ours != theirs)
            costs[i, j] = min(change, costs[i - 1, j] + 1, costs[i, j - 1] + 1)
    kept = [False] * len(read)
    i, j = len(read), len(wanted)
    while i and j:
        if costs[i, j] == costs[i - 1, j - 1] + (read[i - 1] != wanted[j - 1]):
            i, j = i - 1, j - 1
            kept[i] = read[i] == wanted[j]
        elif costs[i, j] == costs[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return kept


def _digits(lines: Sequence[Line]) -> list[Digit]:
    return [digit for line in lines for digit in line.digits]
