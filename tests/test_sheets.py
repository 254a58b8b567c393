"""Sheets: pages as the reader has them before it decides, with the truth, or with that nobody knows it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pages import boxes_of, find, page_of

from camcount.classify import NOT_A_DIGIT
from camcount.form import part_ink
from camcount.segment import find_glyphs
from camcount.synthesis import Page, Scene, make_page
from camcount.training.hypotheses import UNKNOWN, label_glyphs
from camcount.training.sheets import cluster_slices, load_sheets, save_sheets, take_sheet
from camcount.view import view_image


def blotted(share: float) -> Page:
    """Give a page with a bar across its first two digits, so many times as high as they are, that makes them one."""
    page = page_of("4071", Scene(spacing=0.3, fill=0.6), 4)
    first, second, *_ = boxes_of(page)
    image = page.image.copy()
    middle, reach = (first.y0 + first.y1) // 2, int(share * first.height / 2)
    image[middle - reach : middle + reach, first.x0 : second.x1] = 40
    return Page(image, page.lines, page.digit_map, page.traits, page.touching)


def labels_of(page: Page) -> tuple[list[int], list[int], list[list[int]]]:
    """Give what the glyphs of the first two digits' cluster show, and their labels on a sheet; and those of the others.

    Of the others, the labels of the glyphs at each of them.
    """
    view, ink, _ = part_ink(view_image(page.image))
    glyphs = find_glyphs(ink)
    first, second, *others = boxes_of(page)
    middle = (glyphs.boxes[:, 0] + glyphs.boxes[:, 2]) / ink.scale / 2
    across = set(np.flatnonzero((middle > first.x0) & (middle < second.x1)).tolist())
    (joined,) = (here for here in cluster_slices(glyphs) if across.intersection(range(here.start, here.stop)))
    shown, labels = label_glyphs(page, view, ink, glyphs).labels, take_sheet(page).labels
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
    view, ink, _ = part_ink(view_image(page.image))
    glyphs = find_glyphs(ink)
    sheet = take_sheet(page)
    assert np.array_equal(sheet.glyphs.boxes, glyphs.boxes) and len(sheet.labels) == len(glyphs)
    assert sheet.crops.shape == (len(glyphs), 28, 28)
    assert (sheet.size, sheet.scale) == (view.size, ink.scale)
    assert sorted(label for label in sheet.labels.tolist() if 0 <= label < NOT_A_DIGIT) == [0, 1, 2, 2, 4, 5, 7]
    assert not any(mark.size for mark in sheet.glyphs.marks), "marks are large, and nobody asks for them any more"


def test_clusters_are_slices_in_order() -> None:
    glyphs = take_sheet(make_page(3, size=(640, 480), only="touching")).glyphs
    slices = cluster_slices(glyphs)
    assert [here.start for here in slices] == [0, *[here.stop for here in slices[:-1]]]
    assert slices[-1].stop == len(glyphs)
    assert [len(set(glyphs.cluster[here].tolist())) for here in slices] == [1] * len(slices)
    assert len(slices) == len(set(glyphs.cluster.tolist()))


def test_sheets_are_kept_as_they_are(tmp_path: Path) -> None:
    sheets = [take_sheet(make_page(seed, size=(480, 360))) for seed in (3, 4)] + [take_sheet(page_of("", Scene(), 3))]
    save_sheets(tmp_path / "sheets.npz", sheets)
    for sheet, loaded in zip(sheets, load_sheets(tmp_path / "sheets.npz"), strict=True):
        assert (loaded.size, loaded.scale, len(loaded.glyphs)) == (sheet.size, sheet.scale, len(sheet.glyphs))
        for name in ("crops", "labels"):
            assert np.array_equal(getattr(loaded, name), getattr(sheet, name))
        for name in ("boxes", "darkness", "halo", "whole", "cluster", "first", "last"):
            assert np.array_equal(getattr(loaded.glyphs, name), getattr(sheet.glyphs, name))
