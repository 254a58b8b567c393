"""Pages -> sheets: a page as the reader sees it before it decides, with the truth about each hypothesis."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from camcount.classify import NOT_A_DIGIT, Classifier, NetworkClassifier, on_page
from camcount.crop import crop_glyphs
from camcount.cut import cut_touching
from camcount.data import Labels
from camcount.evidence import cluster_starts
from camcount.form import part_ink
from camcount.marks import Glyphs, Mark
from camcount.segment import find_marks
from camcount.synthesis import Page
from camcount.touching import Speller, TouchingNetwork, read_touching
from camcount.training.hypotheses import UNKNOWN, label_glyphs
from camcount.types import Crops, Probabilities
from camcount.view import view_image

FAIR, ROUGH = 0.7, 0.35
"""What fits a digit so well may be read as it, where no other cut fits better; so well, where it was read from a strip:
that was right or wrong whatever ink it was given."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A page whose glyphs are found, but not yet chosen from."""

    glyphs: Glyphs
    """Without their marks and ink, which are large."""
    probabilities: Probabilities
    """(n, 11), as the reader has them."""
    size: tuple[int, int]
    scale: float
    labels: Labels
    """(n,) 0 to 9, "not a digit", or `UNKNOWN`."""


def draw_sheet(model: Path, touching: Path, page: Page) -> Sheet:
    """Read a page with two models, as far as the potentials; each process loads them once."""
    return take_sheet(page, *_load(model, touching))


@lru_cache(maxsize=1)
def _load(model: Path, touching: Path) -> tuple[Classifier, Speller]:
    return NetworkClassifier(model, threads=1), TouchingNetwork(touching, threads=1)


def take_sheet(page: Page, classifier: Classifier, touching: Speller) -> Sheet:
    """Read a page as far as the potentials."""

    def classify(crops: Crops) -> Probabilities:
        return on_page(classifier(crops))

    view, ink, _ = part_ink(view_image(page.image))
    glyphs = find_marks(ink)
    crops = crop_glyphs(ink, glyphs)
    found = cut_touching(ink, glyphs, crops, classify(crops), classify)
    glyphs, _, probabilities = read_touching(ink, *found, touching)
    shown = label_glyphs(page, view, ink, glyphs)
    # With a little of a neighbour, or without a little of itself, a digit is read all the same.
    labels = np.where(shown.fits >= np.where(_are_spelt(glyphs), ROUGH, FAIR), shown.values, shown.labels)
    for here in cluster_slices(glyphs):
        known = (labels[here] >= 0) & (labels[here] < NOT_A_DIGIT)
        present = frozenset().union(*shown.present[here])
        # Where no cut gives a digit that is there, nobody knows what should be read.
        if here.stop - here.start > 1 and present - set(shown.numbers[here][known].tolist()):
            labels[here] = UNKNOWN
    return Sheet(_without_marks(glyphs), probabilities, view.size, ink.scale, labels)


def _are_spelt(glyphs: Glyphs) -> npt.NDArray[np.bool_]:
    """Tell which glyphs were read from a strip, (n,): pieces of marks that stand alone."""
    counts = np.diff(cluster_starts(glyphs), append=len(glyphs))
    spelt: npt.NDArray[np.bool_] = ~glyphs.whole & (np.repeat(counts, counts) == 1)
    return spelt


def _without_marks(glyphs: Glyphs) -> Glyphs:
    nothing: Mark = np.zeros((0, 0), np.uint8)
    return Glyphs(
        (nothing,) * len(glyphs), glyphs.boxes, glyphs.darkness, glyphs.halo, glyphs.whole, glyphs.cluster,
        glyphs.first, glyphs.last, inks=(), corners=np.zeros((0, 2), np.int32),
    )


def cluster_slices(glyphs: Glyphs) -> list[slice]:
    """Give where the glyphs of each cluster are."""
    starts = cluster_starts(glyphs).tolist()
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], len(glyphs)])]
