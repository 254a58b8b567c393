"""Pages -> strips: clusters of ink as the reader lays them to read them whole, each with the digits that it shows."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from camcount.crop import cut_to_ink
from camcount.cut import find_glyphs
from camcount.evidence import cluster_starts
from camcount.files import write_whole
from camcount.form import part_ink
from camcount.strip import HIGH, MARGIN, WIDEST, Strip, lay_strip
from camcount.synthesis import Page
from camcount.training.augment import Rng
from camcount.training.dataset import Pictures
from camcount.training.hypotheses import find_owners
from camcount.view import view_image

THERE, AWAY = 0.6, 0.12
"""A digit is in a cluster with more than this share of its ink, and is not with less; between, nobody knows."""
CLEAN = 0.1
"""Of a cluster in which no digit is, no more than this share is digits' ink."""
ALONE, EMPTY = 0.1, 0.35
"""Shares of the clusters of one part, and of those without a digit, that are kept: there are many."""
MOST = 6
"""Clusters of more digits are not learnt from."""
COUNTS = 0.1, 0.6, 0.25, 0.05
"""How often one to four of MNIST's digits are set side by side."""


@dataclass(frozen=True, slots=True, eq=False)
class Strips:
    """Strips and what each spells, "" where no digit is."""

    strips: tuple[Strip, ...]
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)


def join_strips(all_: Sequence[Strips]) -> Strips:
    return Strips(
        tuple(strip for each in all_ for strip in each.strips), tuple(text for each in all_ for text in each.texts)
    )


def save_strips(path: Path, strips: Strips) -> None:
    """Write strips to a file, whole."""
    packed = io.BytesIO()
    beside = np.concatenate([np.zeros((HIGH, 0, 2), np.uint8), *strips.strips], axis=1)
    widths = np.array([strip.shape[1] for strip in strips.strips], np.int64)
    np.savez_compressed(packed, allow_pickle=False, strips=beside, widths=widths, texts=np.array(strips.texts, str))
    write_whole(path, packed.getvalue())


def load_strips(path: Path) -> Strips:
    """Read what `save_strips` wrote."""
    with np.load(path, allow_pickle=False) as packed:
        ends = np.cumsum(packed["widths"])
        return Strips(tuple(np.split(packed["strips"], ends, axis=1)[:-1]), tuple(packed["texts"].tolist()))


def take_strips(page: Page) -> Strips:
    """Read a page as far as the clusters, and tell what each spells.

    Of the clusters of one part, and of those without a digit, some are taken by lot; those that hold a part of a digit,
    or digits of several rows, are left out.
    """
    view, ink, _ = part_ink(view_image(page.image))
    glyphs = find_glyphs(ink)
    owners = find_owners(page, view, ink)
    values = [digit.value for line in page.lines for digit in line.digits]
    rows = [number for number, line in enumerate(page.lines) for _ in line.digits]
    rng = np.random.default_rng(len(glyphs))
    counts = np.diff(cluster_starts(glyphs), append=len(glyphs))
    strips, texts = [], []
    for mark, (x, y), count in zip(glyphs.inks, glyphs.corners.tolist(), counts.tolist()):
        if count == 1 and rng.random() > ALONE:
            continue
        here = slice(y, y + mark.shape[0]), slice(x, x + mark.shape[1])
        found = np.bincount(owners.numbers[here][mark > 0], minlength=len(owners.areas))
        shares = (found / np.maximum(owners.areas, 1))[1:-1]
        inside = np.flatnonzero(shares > THERE)
        torn = ((shares > AWAY) & (shares <= THERE)).any() or owners.lost[inside + 1].any()
        unclear = not len(inside) and found[1:-1].sum() > CLEAN * found.sum()
        if torn or unclear or len(inside) > MOST or len({rows[i] for i in inside}) > 1:
            continue
        strip = None if not len(inside) and rng.random() > EMPTY else lay_strip(mark, ink.darkness[here])
        if strip is not None:
            strips.append(strip)
            texts.append("".join(values[i] for i in inside))
    return Strips(tuple(strips), tuple(texts))


def compose_strip(digits: Pictures, rng: Rng) -> tuple[Strip, str] | None:
    """Set some of MNIST's digits side by side until they touch: other hands than those of the pages.

    None where they come out too long.
    """
    chosen = rng.integers(len(digits), size=1 + int(rng.choice(len(COUNTS), p=COUNTS)))
    canvas = np.zeros((56, 200), np.uint8)
    left = 0
    for picture in digits.crops[chosen]:
        digit = cut_to_ink(picture)
        zoom, stretch = rng.uniform(0.85, 1.2), rng.uniform(0.85, 1.15)
        size = max(2, round(digit.shape[1] * zoom * stretch)), max(4, round(digit.shape[0] * zoom))
        digit = np.asarray(cv2.resize(digit, size), np.uint8)
        top = int(np.clip(round(28 - size[1] / 2 + rng.normal(0, 1.5)), 0, 56 - size[1]))
        left = max(left + 2, _touching_from(canvas[top : top + size[1]], digit) + int(rng.integers(-4, 2)))
        if left + size[0] > 200:
            return None
        part = canvas[top : top + size[1], left : left + size[0]]
        np.maximum(part, digit, out=part)
    large = cv2.resize(cut_to_ink(canvas), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    mark = cv2.threshold(large, float(rng.uniform(80, 150)), 255, cv2.THRESH_BINARY)[1]
    kind = rng.random()
    if kind < 0.4:
        change = cv2.dilate if kind < 0.15 else cv2.erode
        mark = change(mark, np.ones((3, 3), np.uint8))
    x, y, width, height = cv2.boundingRect(mark)
    if not width:
        return None
    shades = np.where(mark > 0, np.maximum(large, 150), large // 2).astype(np.uint8)
    if rng.random() < 0.5:
        shades = np.asarray(cv2.GaussianBlur(mark, (0, 0), float(rng.uniform(0.5, 2))), np.uint8)
    here = slice(y, y + height), slice(x, x + width)
    strip = lay_strip(np.asarray(mark[here], np.uint8), shades[here])
    return None if strip is None else (strip, "".join(str(digits.labels[i]) for i in chosen))


def _touching_from(canvas: npt.NDArray[np.uint8], digit: npt.NDArray[np.uint8]) -> int:
    """Give from which column on a digit no longer lies on what stands to its left in the same rows."""
    before, after = canvas > 90, digit > 90
    right = np.where(before.any(axis=1), canvas.shape[1] - before[:, ::-1].argmax(axis=1), -canvas.shape[1])
    left = np.where(after.any(axis=1), after.argmax(axis=1), canvas.shape[1])
    return int((right - left).max(initial=0))


def vary_strip(strip: Strip, rng: Rng) -> Strip:
    """Stretch, slant, thicken, blur and shade a strip a little otherwise."""
    wide, high, slant = rng.uniform(0.8, 1.25), rng.uniform(0.85, 1.03), rng.normal(0, 0.12)
    inner = (strip.shape[1] - 2 * MARGIN) * wide + abs(slant) * high * HIGH
    width = int(np.clip(round(inner) + 2 * MARGIN, 8, WIDEST))
    turn = np.array([[wide, -slant * high], [0, high]])
    middle = np.array([strip.shape[1], HIGH]) / 2
    shift = np.array([width / 2, HIGH / 2 + rng.uniform(-1, 1)]) - turn @ middle
    matrix = np.column_stack([turn, shift]).astype(np.float32)
    varied = cv2.warpAffine(strip, matrix, (width, HIGH), flags=cv2.INTER_LINEAR)
    kind = rng.random()
    if kind < 0.2:
        varied = (cv2.dilate if kind < 0.12 else cv2.erode)(varied, np.ones((2, 2), np.uint8))
    elif kind < 0.35:
        varied = cv2.GaussianBlur(varied, (0, 0), float(rng.uniform(0.4, 0.9)))
    if rng.random() < 0.4:
        curve = np.arange(256) / 255.0
        varied[..., 1] = np.rint(255 * curve ** rng.uniform(0.6, 1.6)).astype(np.uint8)[varied[..., 1]]
    return np.asarray(varied, np.uint8)
