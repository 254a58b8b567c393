"""How the digits of a line moved from one frame to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from operator import eq
from statistics import median

from camcount.types import Box, Digit

STEP = 0.5
"""A digit is taken for the one seen before when it moved less than so many of its heights, or when all say the same."""
AGREE = 0.5
"""Share of the digits that must say what they said before, for a line to be taken for one that moved."""


def find_slide(old: Sequence[Digit], new: Sequence[Digit]) -> int:
    """Give how many places the digits of a line moved along it: `new[i]` is `old[i + places]`.

    A long row that passes the picture's edge loses a digit there, and gains one at the other end.

    Returns:
        0 where nothing speaks for a slide.
    """
    places = _align(old, new)
    return places or 0


def find_motion(old: Sequence[Digit], new: Sequence[Digit]) -> tuple[int, int]:
    """Give how far a line moved, pixels right and down; nowhere when it says something else than before."""
    places = _align(old, new)
    if places is None:
        return 0, 0
    pairs = _pairs(old, new, places)
    return round(median(_right(*pair) for pair in pairs)), round(median(_down(*pair) for pair in pairs))


def move_digits(digits: Sequence[Digit], dx: int, dy: int) -> tuple[Digit, ...]:
    """Move digits so many pixels right and down."""
    return tuple(
        replace(digit, box=Box(digit.box.x0 + dx, digit.box.y0 + dy, digit.box.x1 + dx, digit.box.y1 + dy))
        for digit in digits
    )


def _align(old: Sequence[Digit], new: Sequence[Digit]) -> int | None:
    """Find the places by which most digits say what they said before, having moved least; None where too few do."""
    before, now = [_says(digit) for digit in old], [_says(digit) for digit in new]
    if before == now:
        return 0  # as of most frames
    best: tuple[float, int] | None = None
    for places in range(1 - len(new), len(old)):
        first, second = before[max(0, places) :], now[max(0, -places) :]
        same, common = sum(map(eq, first, second)), min(len(first), len(second))
        if same <= AGREE * common:
            continue
        pairs = _pairs(old, new, places)
        far = median(math.hypot(_right(*pair), _down(*pair)) for pair in pairs) / max(d.box.height for d in new)
        whole = same == len(old) == len(new)
        if (far < STEP or whole) and (best is None or same - far > best[0]):
            best = same - far, places
    return best[1] if best else None


def _pairs(old: Sequence[Digit], new: Sequence[Digit], places: int) -> list[tuple[Digit, Digit]]:
    return [(old[i + places], digit) for i, digit in enumerate(new) if 0 <= i + places < len(old)]


def _says(digit: Digit) -> str:
    """Give the likeliest value, sure or not."""
    return digit.top[0][0] if digit.top else digit.value


def _right(first: Digit, second: Digit) -> float:
    return (second.box.x0 + second.box.x1 - first.box.x0 - first.box.x1) / 2


def _down(first: Digit, second: Digit) -> float:
    return (second.box.y0 + second.box.y1 - first.box.y0 - first.box.y1) / 2
