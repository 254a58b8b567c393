"""Which marks are cut, and what stays as it is."""

from __future__ import annotations

import numpy as np
import pytest
from pages import page_of

from camcount.binarize import Ink, binarize
from camcount.classify import NOT_A_DIGIT, load_classifier, on_page
from camcount.crop import crop_glyphs
from camcount.cut import SURE, cut_touching, find_glyphs
from camcount.marks import Glyphs
from camcount.segment import find_marks
from camcount.synthesis import Scene
from camcount.types import Crops, Probabilities

TOUCHING = page_of("2073\n46", Scene(spacing=-0.08), 8)
CLASSIFIER = load_classifier()


class Counted:
    """Classifies, and notes how often."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, crops: Crops) -> Probabilities:
        self.asked.append(len(crops))
        return on_page(CLASSIFIER(crops))


def told(count: int, share: float, value: int = 3) -> Probabilities:
    """Give probabilities that are all so sure of one class."""
    probabilities = np.full((count, 11), (1 - share) / 10, np.float32)
    probabilities[:, value] = share
    return probabilities


def marks_of(ink: Ink) -> tuple[Glyphs, Crops]:
    glyphs = find_marks(ink)
    return glyphs, crop_glyphs(ink, glyphs)


def test_marks_that_surely_are_one_digit_are_left_alone() -> None:
    ink = binarize(TOUCHING.image)
    glyphs, crops = marks_of(ink)
    probabilities = told(len(glyphs), SURE + 0.01)
    cut, *_ = cut_touching(ink, glyphs, crops, probabilities, Counted())
    alone = np.bincount(glyphs.cluster)[glyphs.cluster] == 1
    left = {tuple(box) for box in glyphs.boxes[alone].tolist()}
    assert left and left == {tuple(box) for box in cut.boxes[np.bincount(cut.cluster)[cut.cluster] == 1].tolist()}
    classify = Counted()
    single, crops = glyphs.part(alone), crops[alone]
    same, *_ = cut_touching(ink, single, crops, probabilities[alone], classify)
    assert same is single and not classify.asked
    assert len(cut_touching(ink, single, crops, told(len(single), SURE - 0.01), classify)[0]) > len(single)


@pytest.mark.parametrize("probabilities", [(SURE - 0.01, 3), (0.999, NOT_A_DIGIT)], ids=["unsure", "no digit"])
def test_all_others_that_are_wide_are_cut_and_told_in_one_call(probabilities: tuple[float, int]) -> None:
    ink = binarize(TOUCHING.image)
    glyphs, crops = marks_of(ink)
    classify = Counted()
    cut, more, found = cut_touching(ink, glyphs, crops, told(len(glyphs), *probabilities), classify)
    assert len(cut) == len(more) == len(found) > len(glyphs) and len(classify.asked) == 1
    new = classify.asked[0]
    assert np.array_equal(more[-new:], crop_glyphs(ink, cut)[-new:])
    assert np.array_equal(found[-new:], on_page(CLASSIFIER(more[-new:])))
    assert np.array_equal(found[:-new], told(len(cut) - new, *probabilities)), "the others are told as before"
    every = find_glyphs(ink)
    assert len(cut) == len(every) and np.array_equal(cut.boxes, every.boxes)


def test_a_cut_cluster_keeps_its_ink_its_whole_mark_and_its_darkness() -> None:
    ink = binarize(TOUCHING.image)
    glyphs, every = find_marks(ink), find_glyphs(ink)
    before = {tuple(corner): mark for corner, mark in zip(glyphs.corners.tolist(), glyphs.inks)}
    after = {tuple(corner): mark for corner, mark in zip(every.corners.tolist(), every.inks)}
    assert before.keys() == after.keys() and all(np.array_equal(before[key], after[key]) for key in before)
    wholes = [
        sorted(zip(g.boxes[g.whole].tolist(), g.darkness[g.whole].round(3).tolist(), g.halo[g.whole].tolist()))
        for g in (glyphs, every)
    ]
    assert wholes[0] == wholes[1]


def test_without_marks_nothing_is_cut() -> None:
    ink = binarize(np.full((120, 160, 3), 230, np.uint8))
    glyphs, crops = marks_of(ink)
    assert not len(glyphs) and not len(find_glyphs(ink))
    assert len(cut_touching(ink, glyphs, crops, told(0, 1.0), Counted())[0]) == 0
