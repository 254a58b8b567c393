"""Pages of handwriting for tests, and the ink that is truly on them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from camcount.binarize import Ink
from camcount.ctc import Spelling
from camcount.marks import Glyphs
from camcount.strip import Strip
from camcount.synthesis import Hand, Page, Scene, draw_page
from camcount.types import Box

Mask = npt.NDArray[np.bool_]


@functools.lru_cache(maxsize=64)
def page_of(text: str, scene: Scene = Scene(), seed: int = 5, size: tuple[int, int] = (800, 600)) -> Page:
    """Draw a page; with the same seed another scene lets the digits stand where they are."""
    return draw_page(text, size, scene, np.random.default_rng(seed), Hand(seed))


def written_on(
    text: str, scene: Scene = Scene(), seed: int = 5, size: tuple[int, int] = (800, 600), least: int = 24
) -> Mask:
    """Give the pixels that writing changed, by at least so many grey levels, against the same sheet left blank."""
    written, blank = page_of(text, scene, seed, size).image, page_of("", scene, seed, size).image
    return np.asarray(cv2.absdiff(written, blank).max(axis=2) >= least)


def agreement(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> float:
    """Give how much two masks share of what either holds, 0 to 1 (intersection over union)."""
    one, other = first > 0, second > 0
    return float((one & other).sum() / max(1, (one | other).sum()))


def share_of(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> float:
    """Give how much of one mask is in another, 0 to 1."""
    return float(((part > 0) & (whole > 0)).sum() / max(1, (part > 0).sum()))


def boxes_of(page: Page) -> list[Box]:
    """Give the boxes of all digits, row by row."""
    return [digit.box for line in page.lines for digit in line.digits]


def find(ink: Ink, glyphs: Glyphs, box: Box, least: float = 0.8) -> list[int]:
    """Give the glyphs whose box is a digit's: they overlap by at least so much of what either covers."""
    x0, y0, x1, y1 = (glyphs.boxes / ink.scale).T
    wide = (np.minimum(x1, box.x1) - np.maximum(x0, box.x0)).clip(0)
    high = (np.minimum(y1, box.y1) - np.maximum(y0, box.y0)).clip(0)
    shared = wide * high
    either = (x1 - x0) * (y1 - y0) + box.width * box.height - shared
    return [int(i) for i in np.flatnonzero(shared >= least * either)]


def silent(strips: Sequence[Strip]) -> list[Spelling]:
    """Spell nothing: all is left to the cuts."""
    return [Spelling(np.zeros((0, 10)), np.zeros(0), 1.0)] * len(strips)
