"""Sheets: pages as the reader has them before it decides, with the truth, or with that nobody knows it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from pages import boxes_of, find, page_of, silent

from camcount.binarize import Ink
from camcount.classify import NOT_A_DIGIT, load_classifier, on_page
from camcount.crop import crop_glyphs
from camcount.ctc import Spelling
from camcount.cut import cut_touching
from camcount.form import part_ink
from camcount.marks import Glyphs
from camcount.segment import find_marks
from camcount.strip import Strip
from camcount.synthesis import Page, Scene, make_page
from camcount.touching import STEP
from camcount.training.hypotheses import UNKNOWN, label_glyphs
from camcount.training.sheets import Sheet, cluster_slices, take_sheet
from camcount.types import Crops, Probabilities
from camcount.view import View, view_image


def sheet_of(page: Page) -> Sheet:
    return take_sheet(page, load_classifier(), silent)


def blotted(share: float) -> Page:
    """Give a page with a bar across its first two digits, so many times as high as they are, that makes them one."""
    page = page_of("4071", Scene(spacing=0.3, fill=0.6), 4)
    first, second, *_ = boxes_of(page)
    image = page.image.copy()
    middle, reach = (first.y0 + first.y1) // 2, int(share * first.height / 2)
    image[middle - reach : middle + reach, first.x0 : second.x1] = 40
    return Page(image, page.lines, page.digit_map, page.traits, page.touching)


def look_through(page: Page) -> tuple[View, Ink, Glyphs, Probabilities]:
    """Read a page as far as the strips."""
    view, ink, _ = part_ink(view_image(page.image))
    glyphs = find_marks(ink)
    crops = crop_glyphs(ink, glyphs)

    def classify(crops: Crops) -> Probabilities:
        return on_page(load_classifier()(crops))

    glyphs, crops, probabilities = cut_touching(ink, glyphs, crops, classify(crops), classify)
    return view, ink, glyphs, probabilities


def labels_of(page: Page) -> tuple[list[int], list[int], list[list[int]]]:
    """Give what the glyphs of the first two digits' cluster show, and their labels on a sheet; and those of the others.

    Of the others, the labels of the glyphs at each of them.
    """
    view, ink, glyphs, _ = look_through(page)
    first, second, *others = boxes_of(page)
    middle = (glyphs.boxes[:, 0] + glyphs.boxes[:, 2]) / ink.scale / 2
    across = set(np.flatnonzero((middle > first.x0) & (middle < second.x1)).tolist())
    (joined,) = (here for here in cluster_slices(glyphs) if across.intersection(range(here.start, here.stop)))
    shown, labels = label_glyphs(page, view, ink, glyphs).labels, sheet_of(page).labels
    return shown[joined].tolist(), labels[joined].tolist(), [labels[find(ink, glyphs, box)].tolist() for box in others]


def test_of_a_cluster_whose_digits_no_cut_gives_nobody_knows_what_to_read() -> None:
    shown, labels, others = labels_of(blotted(0.8))
    assert len(shown) > 1 and NOT_A_DIGIT in shown, "of some by themselves it is known that they are none"
    assert set(labels) == {UNKNOWN}
    assert 7 in others[0] and 1 in others[1], "of other clusters all is known as before"


def test_where_cuts_give_both_digits_all_is_known_and_a_fair_cut_will_do() -> None:
    shown, labels, _ = labels_of(blotted(0.5))
    assert {4, 0} < set(labels) and labels.count(4) > shown.count(4)
    assert [(told, label) for told, label in zip(shown, labels) if told not in (label, UNKNOWN)] == []


def test_a_sheet_is_all_that_the_reader_has_before_it_decides() -> None:
    page = page_of("4071\n225", Scene(), 3)
    view, ink, glyphs, probabilities = look_through(page)
    sheet = sheet_of(page)
    assert np.array_equal(sheet.glyphs.boxes, glyphs.boxes) and len(sheet.labels) == len(glyphs)
    assert np.array_equal(sheet.probabilities, probabilities)
    assert (sheet.size, sheet.scale) == (view.size, ink.scale)
    assert sorted(label for label in sheet.labels.tolist() if 0 <= label < NOT_A_DIGIT) == [0, 1, 2, 2, 4, 5, 7]
    assert not any(mark.size for mark in sheet.glyphs.marks), "marks are large, and nobody asks for them any more"


def test_clusters_are_slices_in_order() -> None:
    glyphs = sheet_of(make_page(3, size=(640, 480), only="touching")).glyphs
    slices = cluster_slices(glyphs)
    assert [here.start for here in slices] == [0, *[here.stop for here in slices[:-1]]]
    assert slices[-1].stop == len(glyphs)
    assert [len(set(glyphs.cluster[here].tolist())) for here in slices] == [1] * len(slices)
    assert len(slices) == len(set(glyphs.cluster.tolist()))


@pytest.mark.parametrize("border", [0.5, 0.3])
def test_what_was_read_from_a_strip_is_a_digit_though_its_ink_is_parted_roughly(border: float) -> None:
    page = page_of("40", Scene(spacing=-0.12, fill=0.6), 4)

    def spell(strips: Sequence[Strip]) -> list[Spelling]:
        borders = [border * strip.shape[1] / STEP for strip in strips]
        return [Spelling(np.eye(10)[[4, 0]], np.array([middle - 1, middle + 1]), 0.9) for middle in borders]

    sheet = take_sheet(page, load_classifier(), spell)
    alone = [here.start for here in cluster_slices(sheet.glyphs) if here.stop - here.start == 1]
    spelt = [i for i in alone if not sheet.glyphs.whole[i]]
    assert sheet.labels[spelt].tolist() == [4, 0]
    assert sheet.probabilities[spelt][:, [4, 0]].max(axis=1) == pytest.approx([0.9, 0.9])
