"""Pages -> hypotheses: what the reader's own stages make of a page, each with what it truly is."""

from __future__ import annotations

import io
import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from camcount.binarize import Ink
from camcount.classify import NOT_A_DIGIT
from camcount.crop import crop_glyphs
from camcount.cut import find_glyphs
from camcount.data import Labels
from camcount.files import write_whole
from camcount.form import part_ink
from camcount.marks import Glyphs
from camcount.synthesis import OTHER, Page, make_empty, make_page
from camcount.synthesis.scribes import Scribes
from camcount.types import Crops
from camcount.view import View, view_image

DIGIT = 0.75
"""A hypothesis is a digit when so much of its ink is that digit's, and so much of the digit's ink is in it,"""
BEST_CUT = 0.55
"""or so much, where no other hypothesis fits that digit better: then it must do."""
NO_DIGIT = 0.62
"""It is none when less than this share of the digit is in it, or of its ink is the digit's; between, nobody knows."""
GOOD_PART = 0.4
"""A digit is present where more than this share of its ink is."""
VISIBLE = 0.85
"""Share of a digit's strokes that must have become ink, within a few pixels."""
NEAR = 5
SIZES = (640, 480), (1280, 720), (800, 600), (480, 640), (1024, 768)
"""Of the pages, pixels; seed by seed."""
EMPTY = 4
"""Every so manyth page has no digit; many of those give hardly a hypothesis."""
TOUCHING = 3
"""Of so many others digits touch on some, and nothing else is hard: cuts are what must be learnt most."""
_tools: dict[str, Scribes | None] = {"scribes": None}
UPRIGHT = 3
"""What is so many times as high as wide looks like a 1."""
UNKNOWN = -1
"""The label of a hypothesis between a digit and none."""
Harvest = TypeVar("Harvest")
"""What is taken from a page."""


@dataclass(frozen=True, slots=True, eq=False)
class Hypotheses:
    """Crops of pages with what each truly shows."""

    crops: Crops
    labels: Labels
    """(n,) 0 to 9, or "not a digit": a half, a pair, a letter, a line."""
    inked: npt.NDArray[np.bool_]
    """(n,) whether a digit's ink is in it."""

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, chosen: npt.NDArray[np.bool_]) -> Hypotheses:
        return Hypotheses(self.crops[chosen], self.labels[chosen], self.inked[chosen])


def save_hypotheses(path: Path, hypotheses: Hypotheses) -> None:
    """Write hypotheses to a file, whole."""
    packed = io.BytesIO()
    np.savez_compressed(packed, crops=hypotheses.crops, labels=hypotheses.labels, inked=hypotheses.inked)
    write_whole(path, packed.getvalue())


def load_hypotheses(path: Path) -> Hypotheses:
    """Read what `save_hypotheses` wrote."""
    with np.load(path) as packed:
        return Hypotheses(packed["crops"], packed["labels"], packed["inked"])


def draw_hypotheses(
    scribes: Scribes | None, seeds: Iterable[int], on_page: Callable[[int], None] = lambda done: None
) -> Hypotheses:
    """Draw pages, and read them as far as the crops; see `harvest_pages`."""
    drawn = harvest_pages(harvest, scribes, seeds, on_page)
    return Hypotheses(
        np.concatenate([each.crops for each in drawn]),
        np.concatenate([each.labels for each in drawn]),
        np.concatenate([each.inked for each in drawn]),
    )


def harvest_pages(
    take: Callable[[Page], Harvest], scribes: Scribes | None, seeds: Iterable[int],
    on_page: Callable[[int], None] = lambda done: None, touching: int = 1,
) -> list[Harvest]:
    """Draw pages, and take from each what is wanted; as many at a time as there are processors.

    Args:
        take: what is done with a page; a function of a module.
        scribes: who writes them; None for the hands of camcount's own.
        seeds: of the pages; every `EMPTY`th has no digit.
        on_page: told how many pages are done.
        touching: on so many of `TOUCHING` pages digits touch, and nothing else is hard.
    """
    # A forked child would inherit TensorFlow's locks, held by threads that it does not have.
    context = multiprocessing.get_context("spawn")
    drawn: list[Harvest] = []
    with ProcessPoolExecutor(os.cpu_count(), context, _equip, (scribes,)) as workers:
        for taken in workers.map(partial(_draw, take, touching), seeds, chunksize=8):
            drawn.append(taken)
            on_page(len(drawn))
    return drawn


def _equip(scribes: Scribes | None) -> None:
    """Give a worker what all its pages need."""
    _tools["scribes"] = scribes
    cv2.setNumThreads(1)


def _draw(take: Callable[[Page], Harvest], touching: int, seed: int) -> Harvest:
    size = SIZES[seed % len(SIZES)]
    scribes = _tools["scribes"]
    if seed % EMPTY == 0:
        return take(make_empty(seed, size, scribes))
    only = "touching" if seed % TOUCHING < touching else None
    return take(make_page(seed, size=size, scribes=scribes, only=only))


def harvest(page: Page) -> Hypotheses:
    """Read a page as far as the crops, and tell what each shows.

    A line or letter that looks like a 1 is left out: only its company can tell that it is none.
    """
    view, ink, _ = part_ink(view_image(page.image))
    glyphs = find_glyphs(ink)
    shown = label_glyphs(page, view, ink, glyphs)
    crops = crop_glyphs(ink, glyphs)
    fair = (shown.labels != NOT_A_DIGIT) | shown.inked | ~stand_upright(crops)
    return Hypotheses(crops, shown.labels, shown.inked).part(fair & (shown.labels != UNKNOWN))


def stand_upright(crops: Crops) -> npt.NDArray[np.bool_]:
    """Tell which crops (n, 28, 28) show something narrow that stands upright, as a 1 does: (n,)."""
    ink = crops > 127
    high, wide = ink.any(axis=2).sum(axis=1), ink.any(axis=1).sum(axis=1)
    narrow: npt.NDArray[np.bool_] = UPRIGHT * wide <= high
    return narrow


class Owners(NamedTuple):
    """Whose the ink of a view of a page is."""

    numbers: npt.NDArray[np.int32]
    """(h, w) at each pixel the number of the digit that was written there, from 1; 0 is paper, the last is clutter."""
    areas: npt.NDArray[np.int64]
    """(digits + 2,) the ink of each, pixels."""
    lost: npt.NDArray[np.bool_]
    """(digits + 2,) whose strokes have not all become ink: nobody knows what the rest is."""


def find_owners(page: Page, view: View, ink: Ink) -> Owners:
    """Tell whose the ink of a view of a page is."""
    last = sum(len(line.digits) for line in page.lines) + 1
    height, width = ink.mask.shape
    # From pixels of the ink to those of the page: the middle of a pixel lies half a pixel from its edge.
    to_page = np.column_stack([view.matrix[:, :2] / ink.scale, view.matrix[:, 2]])
    to_page[:, 2] += to_page[:, :2] @ [0.5, 0.5] - 0.5
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    numbers = np.asarray(cv2.warpAffine(page.digit_map, to_page, (width, height), flags=flags), np.int32)
    numbers[numbers == OTHER] = last
    near = cv2.dilate(ink.mask, np.ones((NEAR, NEAR), np.uint8)) > 0
    seen, drawn = (np.bincount(part.ravel(), minlength=last + 1) for part in (numbers[near], numbers))
    areas = np.bincount(numbers[ink.mask > 0], minlength=last + 1)
    return Owners(numbers, areas, seen < VISIBLE * drawn)


class Shown(NamedTuple):
    """What the glyphs of a page show."""

    labels: Labels
    """(n,) 0 to 9, "not a digit" or `UNKNOWN`."""
    inked: npt.NDArray[np.bool_]
    """(n,) whether digits' ink is in them."""
    numbers: Labels
    """(n,) which digit of the page each one is, or most of it is of, from 1; 0 without ink of any."""
    fits: npt.NDArray[np.float64]
    """(n,) how much of their ink is that digit's, or of that digit's ink is in them, whichever is less."""
    values: Labels
    """(n,) what that digit is; `UNKNOWN` where the ink has lost a part of it."""
    present: list[frozenset[int]]
    """Of each, the numbers of the digits of which a good part is in it."""


def label_glyphs(page: Page, view: View, ink: Ink, glyphs: Glyphs) -> Shown:
    """Tell what each glyph of a view of a page shows."""
    values = np.array([int(digit.value) for line in page.lines for digit in line.digits], np.int64)
    numbers, areas, lost = find_owners(page, view, ink)
    count = len(areas)
    labels = np.full(len(glyphs), NOT_A_DIGIT, np.int64)
    numbered = np.zeros(len(glyphs), np.int64)
    fits, valued = np.zeros(len(glyphs)), np.full(len(glyphs), UNKNOWN)
    present: list[frozenset[int]] = [frozenset()] * len(glyphs)
    for i, (mark, box) in enumerate(zip(glyphs.marks, glyphs.boxes)):
        x0, y0, x1, y1 = box
        found = np.bincount(numbers[y0:y1, x0:x1][mark > 0], minlength=count)[1:]
        if not found[:-1].any():
            continue
        best = int(found[:-1].argmax())
        numbered[i] = best + 1
        present[i] = frozenset((np.flatnonzero(found[:-1] > GOOD_PART * areas[1:-1]) + 1).tolist())
        fits[i] = min(found[best] / found.sum(), found[best] / areas[best + 1])
        valued[i] = UNKNOWN if lost[best + 1] else values[best]
        if fits[i] >= NO_DIGIT:
            labels[i] = valued[i] if fits[i] >= DIGIT else UNKNOWN
    best_fits = np.zeros(count)
    np.maximum.at(best_fits, numbered, fits)
    must_do = (fits >= BEST_CUT) & (fits == best_fits[numbered]) & (numbered > 0)
    labels[must_do] = valued[must_do]
    return Shown(labels, numbered > 0, numbered, fits, valued, present)
