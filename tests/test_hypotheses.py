"""What training learns from pages: each hypothesis of the reader, with what the page truly shows there."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from material import DIGITS, recorded
from pages import boxes_of, find, page_of

from camcount.classify import NOT_A_DIGIT
from camcount.cut import find_glyphs
from camcount.form import part_ink
from camcount.synthesis import Hand, Page, Scene, Scribes, draw_page, make_empty
from camcount.synthesis.manner import Manner
from camcount.training.hypotheses import (
    UNKNOWN, Hypotheses, draw_hypotheses, harvest, label_glyphs, load_hypotheses, save_hypotheses, stand_upright,
)
from camcount.view import view_image


def labelled(page: Page) -> tuple[list[list[int]], list[int], list[bool]]:
    """Give the glyphs at each digit of a page, the labels of all glyphs, and which are inked."""
    view, ink, _ = part_ink(view_image(page.image))
    glyphs = find_glyphs(ink)
    labels, inked = label_glyphs(page, view, ink, glyphs)[:2]
    return [find(ink, glyphs, box, 0.8) for box in boxes_of(page)], labels.tolist(), inked.tolist()


def same(first: Hypotheses, second: Hypotheses) -> bool:
    pairs = (first.crops, second.crops), (first.labels, second.labels), (first.inked, second.inked)
    return all(np.array_equal(one, other) for one, other in pairs)


@pytest.mark.parametrize("scene", [Scene(spacing=0.35), Scene(spacing=0.35, tilt=12, rotation=6), Scene(paper="ruled")])
def test_whole_digits_are_told_as_what_they_are(scene: Scene) -> None:
    for seed in range(3):
        page = page_of("20735\n4618", scene, seed)
        found, labels, inked = labelled(page)
        told = [{labels[i] for i in which} for which in found]
        right = [int(value) in values for value, values in zip("207354618", told, strict=True)]
        assert sum(right) >= 8
        assert not any(values & set(range(10)) - {int(value)} for value, values in zip("207354618", told))
        assert all(inked[i] for which in found for i in which)


def test_of_touching_digits_each_is_one_and_both_are_none() -> None:
    seen = 0
    for seed in range(8):
        page = draw_page("60", (640, 480), Scene(), np.random.default_rng(seed), Hand(seed), manner=Manner(touching=1))
        view, ink, _ = part_ink(view_image(page.image))
        glyphs = find_glyphs(ink)
        labels, inked = label_glyphs(page, view, ink, glyphs)[:2]
        if not page.touching or len(set(glyphs.cluster.tolist())) > 1:
            continue
        seen += 1
        (whole,) = np.flatnonzero(glyphs.whole)
        assert labels[whole] == NOT_A_DIGIT and inked[whole], "the pair is no digit, though of digits' ink"
        assert set(labels.tolist()) <= {6, 0, NOT_A_DIGIT, UNKNOWN}
        for label in (6, 0):
            for i in np.flatnonzero(labels == label):
                middle = glyphs.boxes[i, [0, 2]].mean() / ink.scale
                first, second = boxes_of(page)
                assert (middle < (first.x1 + second.x0) / 2) == (label == 6)
    assert seen >= 3


def test_each_glyph_tells_of_which_digits_it_is() -> None:
    page = page_of("4071", Scene(spacing=0.35), 3)
    view, ink, _ = part_ink(view_image(page.image))
    glyphs = find_glyphs(ink)
    shown = label_glyphs(page, view, ink, glyphs)
    for number, box in enumerate(boxes_of(page), 1):
        which = find(ink, glyphs, box)
        assert which and all(shown.numbers[i] == number and shown.present[i] == {number} for i in which)
    assert all((number > 0) == inked for number, inked in zip(shown.numbers, shown.inked))
    empty = make_empty(3, (480, 360))
    view, ink, _ = part_ink(view_image(empty.image))
    of_nothing = label_glyphs(empty, view, ink, find_glyphs(ink))
    assert len(of_nothing.present) > 0 and not any(of_nothing.present) and not of_nothing.numbers.any()


def test_a_pair_holds_both_digits() -> None:
    page = draw_page("60", (800, 600), Scene(), np.random.default_rng(1), Hand(1), manner=Manner(touching=1))
    view, ink, _ = part_ink(view_image(page.image))
    glyphs = find_glyphs(ink)
    first, second = boxes_of(page)
    wide = glyphs.boxes[:, 2] - glyphs.boxes[:, 0] > 0.9 * ink.scale * (second.x1 - first.x0)
    present = label_glyphs(page, view, ink, glyphs).present
    assert wide.any() and all(present[i] == {1, 2} for i in np.flatnonzero(wide))


def test_a_piece_of_a_digit_is_none_or_nobody_knows() -> None:
    page = page_of("0", Scene(fill=0.5), 3)
    view, ink, _ = part_ink(view_image(page.image))
    glyphs = find_glyphs(ink)
    ((x0, y0, x1, y1),) = glyphs.boxes[:1]

    def told_of(*shares: float) -> list[int]:
        """Label as many pieces of the digit, each so much of it."""
        parts = [glyphs.marks[0].copy() for _ in shares]
        for part, share in zip(parts, shares):
            part[round(share * (y1 - y0)) :] = 0
        first = np.zeros(len(shares), np.intp)
        names = "boxes", "darkness", "halo", "whole", "cluster", "first", "last"
        rows = (getattr(glyphs, name)[first] for name in names)
        pieces = type(glyphs)(tuple(parts), *rows, glyphs.inks, glyphs.corners)
        labels, inked = label_glyphs(page, view, ink, pieces)[:2]
        assert inked.all()
        return labels.tolist()

    assert told_of(0.2, 0.5, 0.72, 1.0) == [NOT_A_DIGIT, NOT_A_DIGIT, UNKNOWN, 0]
    # Where nothing fits better, most of a digit must do for it.
    assert told_of(0.2, 0.5, 0.72) == [NOT_A_DIGIT, NOT_A_DIGIT, 0]
    assert told_of(0.2, 0.45) == [NOT_A_DIGIT, NOT_A_DIGIT]


def test_what_is_not_written_is_no_digit_and_not_inked() -> None:
    page = page_of("407", Scene(fill=0.3), 2)
    image = page.image.copy()
    cv2.circle(image, (60, 60), 30, (40, 40, 40), 6)
    spoiled = Page(image, page.lines, page.digit_map, page.traits, page.touching)
    view, ink, _ = part_ink(view_image(image))
    glyphs = find_glyphs(ink)
    labels, inked = label_glyphs(spoiled, view, ink, glyphs)[:2]
    ring = (glyphs.boxes / ink.scale)[:, :2].max(axis=1) < 70
    assert ring.any() and not inked[ring].any() and (labels[ring] == NOT_A_DIGIT).all()
    assert inked[~ring].all()


def test_a_bar_that_looks_like_a_one_is_not_learnt_from_as_none() -> None:
    page = page_of("41", Scene(fill=0.3, spacing=0.5), 2)
    bare, image = harvest(page), page.image.copy()
    cv2.circle(image, (60, 60), 30, (40, 40, 40), 6)
    ringed = harvest(Page(image, page.lines, page.digit_map, page.traits, page.touching))
    cv2.line(image, (130, 30), (124, 100), (40, 40, 40), 6)
    barred = harvest(Page(image, page.lines, page.digit_map, page.traits, page.touching))
    assert 1 in bare.labels, "one that was written is"
    assert np.count_nonzero(~ringed.inked) > np.count_nonzero(~bare.inked), "a ring is no digit"
    assert same(barred, ringed)


@pytest.mark.parametrize(("lean", "told"), [(0, True), (5, True), (12, False), (-20, False)])
def test_what_stands_upright_is_told_by_its_slant(lean: int, told: bool) -> None:
    crop = np.zeros((28, 28), np.uint8)
    cv2.line(crop, (14 + lean // 2, 4), (14 + lean // 2 - lean, 23), 255, 1)
    assert stand_upright(crop[None]).tolist() == [told]


def test_of_a_digit_of_which_ink_was_lost_nobody_knows() -> None:
    page = page_of("0", Scene(fill=0.4), 3)
    ((x0, y0, x1, y1),) = boxes_of(page)
    image = page.image.copy()
    middle = (x0 + x1) // 2
    image[y0 - 4 : y1 + 4, middle : x1 + 4] = image[y0 - 4 : y1 + 4, x1 + 8 : x1 + 9]
    spoiled = Page(image, page.lines, page.digit_map, page.traits, page.touching)
    _, labels, inked = labelled(spoiled)
    assert any(inked) and not set(labels) & set(range(10))


def test_an_empty_page_has_none_but_no_digits() -> None:
    drawn = [harvest(make_empty(seed, (480, 360))) for seed in range(6)]
    assert sum(map(len, drawn)) > 0
    for hypotheses in drawn:
        assert (hypotheses.labels == NOT_A_DIGIT).all() and not hypotheses.inked.any()


def test_a_harvest_is_what_somebody_knows() -> None:
    page = page_of("4071\n225", Scene(spacing=-0.06), 2)
    _, labels, _ = labelled(page)
    hypotheses = harvest(page)
    assert len(hypotheses) == sum(label != UNKNOWN for label in labels)
    assert hypotheses.crops.shape == (len(hypotheses), 28, 28) and hypotheses.crops.dtype == np.uint8
    assert set(hypotheses.labels.tolist()) <= set(range(11))
    assert (hypotheses.inked | (hypotheses.labels == NOT_A_DIGIT)).all()


def test_hypotheses_are_kept_as_they_are(tmp_path: Path) -> None:
    hypotheses = harvest(page_of("4071"))
    save_hypotheses(tmp_path / "pages.npz", hypotheses)
    assert same(load_hypotheses(tmp_path / "pages.npz"), hypotheses)
    assert [path.name for path in tmp_path.iterdir()] == ["pages.npz"], "nothing half written beside"
    odd = np.arange(len(hypotheses)) % 2 == 1
    assert np.array_equal(hypotheses.part(odd).labels, hypotheses.labels[odd])


def test_the_seeds_decide_what_is_drawn() -> None:
    told: list[int] = []
    first = draw_hypotheses(None, range(6), told.append)
    assert told == [1, 2, 3, 4, 5, 6]
    assert same(first, draw_hypotheses(None, range(6)))
    assert not same(first, draw_hypotheses(None, range(6, 12)))
    assert {NOT_A_DIGIT} < set(first.labels.tolist())
    empty = draw_hypotheses(None, range(0, 72, 8))
    assert set(empty.labels.tolist()) == {NOT_A_DIGIT} and not empty.inked.any(), "some pages are without digits"


def test_the_scribes_write_the_pages() -> None:
    scribes = Scribes(recorded([(digit, 3) for digit in DIGITS]))
    assert not same(draw_hypotheses(scribes, range(1, 3)), draw_hypotheses(None, range(1, 3)))
