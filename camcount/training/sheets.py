"""Pages -> sheets: a page as the reader sees it before it decides, with the truth about each hypothesis."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from camcount.classify import NOT_A_DIGIT
from camcount.crop import crop_glyphs
from camcount.data import Labels
from camcount.evidence import cluster_starts
from camcount.files import write_whole
from camcount.form import part_ink
from camcount.marks import Glyphs, Mark
from camcount.segment import find_glyphs
from camcount.synthesis import Page
from camcount.training.hypotheses import UNKNOWN, label_glyphs
from camcount.types import Boxes, Crops
from camcount.view import view_image

_OF_GLYPHS = ("boxes", "darkness", "halo", "whole", "cluster", "first", "last")
FAIR = 0.7
"""What fits a digit so well may be read as it, where no other cut fits better."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A page whose glyphs are found, but not yet chosen from."""

    glyphs: Glyphs
    """Without their marks and ink, which are large."""
    crops: Crops
    size: tuple[int, int]
    scale: float
    labels: Labels
    """(n,) 0 to 9, "not a digit", or `UNKNOWN`."""


def take_sheet(page: Page) -> Sheet:
    """Read a page as far as the crops."""
    view, ink, _ = part_ink(view_image(page.image))
    glyphs = find_glyphs(ink)
    shown = label_glyphs(page, view, ink, glyphs)
    # With a little of a neighbour, or without a little of itself, a digit is read all the same.
    labels = np.where(shown.fits >= FAIR, shown.values, shown.labels)
    for here in cluster_slices(glyphs):
        known = (labels[here] >= 0) & (labels[here] < NOT_A_DIGIT)
        present = frozenset().union(*shown.present[here])
        # Where no cut gives a digit that is there, nobody knows what should be read.
        if here.stop - here.start > 1 and present - set(shown.numbers[here][known].tolist()):
            labels[here] = UNKNOWN
    bare = _bare(**{name: getattr(glyphs, name) for name in _OF_GLYPHS})
    return Sheet(bare, crop_glyphs(ink, glyphs), view.size, ink.scale, labels)


def save_sheets(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write sheets to a file, whole."""
    arrays: dict[str, npt.NDArray[Any]] = {
        name: np.concatenate([getattr(sheet.glyphs, name) for sheet in sheets]) for name in _OF_GLYPHS
    }
    arrays |= {name: np.concatenate([getattr(sheet, name) for sheet in sheets]) for name in ("crops", "labels")}
    arrays |= {name: np.array([getattr(sheet, name) for sheet in sheets]) for name in ("size", "scale")}
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, counts=np.array([len(sheet.glyphs) for sheet in sheets]), **arrays)
    write_whole(path, packed.getvalue())


def load_sheets(path: Path) -> list[Sheet]:
    """Load sheets that training wrote."""
    with np.load(path, allow_pickle=False) as data:
        arrays = {name: data[name] for name in data.files}
    sheets = []
    ends = np.cumsum(arrays["counts"]).tolist()
    for start, end, size, scale in zip([0, *ends], ends, arrays["size"].tolist(), arrays["scale"].tolist()):
        own = {name: arrays[name][start:end] for name in _OF_GLYPHS}
        sheets.append(Sheet(_bare(**own), arrays["crops"][start:end], tuple(size), scale, arrays["labels"][start:end]))
    return sheets


def _bare(boxes: Boxes, **others: npt.NDArray[Any]) -> Glyphs:
    """Give glyphs that have neither marks nor ink."""
    nothing: Mark = np.zeros((0, 0), np.uint8)
    return Glyphs((nothing,) * len(boxes), boxes, **others, inks=(), corners=np.zeros((0, 2), np.int32))


def cluster_slices(glyphs: Glyphs) -> list[slice]:
    """Give where the glyphs of each cluster are."""
    starts = cluster_starts(glyphs).tolist()
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], len(glyphs)])]
