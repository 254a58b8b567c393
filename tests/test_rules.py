"""Ruling goes, strokes stay: level and slanted lines, grids, and digits that look like lines themselves."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from pages import boxes_of, find, page_of, share_of

from camcount.binarize import binarize
from camcount.cut import find_glyphs
from camcount.rules import erase_rules
from camcount.synthesis import Scene
from camcount.types import Image

Mask = npt.NDArray[np.uint8]
TEXT = "4071\n225"


def rule(image: Image, pitch: int, slope: float, grid: bool, tone: int = 150, thickness: int = 2) -> Image:
    """Print lines on the paper, under what is written: level ones, and upright ones for a grid.

    Args:
        image: a page.
        pitch: from one line to the next, pixels.
        slope: of the level lines; the upright ones lean as much.
        grid: whether there are upright lines.
        tone: of the lines, 255 is that of the paper.
        thickness: pixels.
    """
    height, width = image.shape[:2]
    lines = np.full((height, width), 255, np.uint8)
    for step in range(-height // pitch, 2 * width // pitch):
        ends = (0, step * pitch - slope * width / 2), (width, step * pitch + slope * width / 2)
        uprights = (step * pitch + slope * height / 2, 0), (step * pitch - slope * height / 2, height)
        for line in (ends, uprights) if grid else (ends,):
            points = np.rint(np.array(line) * 16).astype(np.int32)
            cv2.polylines(lines, [points], False, tone, thickness, cv2.LINE_AA, 4)
    return np.asarray(cv2.multiply(image, cv2.merge([lines] * 3), scale=1 / 255), np.uint8)


def erased(image: Image) -> tuple[Mask, Mask]:
    """Give the ink before and after the ruling is taken out."""
    ink = binarize(image)
    return ink.mask, erase_rules(ink.mask, ink.darkness)


@pytest.mark.parametrize("grid", [False, True], ids=["lines", "grid"])
@pytest.mark.parametrize("slope", [0.0, 0.02, 0.05], ids=["level", "leaning", "slanted"])
@pytest.mark.parametrize(("pitch", "tone"), [(45, 200), (70, 200), (70, 150), (110, 150)])
def test_ruling_is_taken_out_and_digits_across_it_stay(pitch: int, tone: int, slope: float, grid: bool) -> None:
    kept = []
    for seed in range(3):
        plain = page_of(TEXT, Scene(), seed).image
        strokes = binarize(plain).mask
        before, after = erased(rule(plain, pitch, slope, grid, tone))
        ruling = np.where(cv2.dilate(strokes, np.ones((5, 5))) > 0, 0, before)
        assert share_of(before, strokes) < 0.9, "there was ruling to take out"
        assert share_of(ruling, after) < 0.15
        assert not (after > before).any(), "nothing is added"
        kept.append(share_of(strokes, after))
    assert min(kept) > 0.85 and np.mean(kept) > 0.95


@pytest.mark.parametrize("paper", ["ruled", "graph"])
@pytest.mark.parametrize("rotation", [0, 3, -5])
def test_digits_on_ruled_and_graph_paper_are_found_whole(paper: str, rotation: float) -> None:
    found = []
    for seed in range(4):
        page = page_of(TEXT, Scene(paper=paper, rotation=rotation, tilt=5), seed)
        plain = page_of(TEXT, Scene(rotation=rotation, tilt=5), seed)
        ink = binarize(page.image)
        assert share_of(binarize(plain.image).mask, erase_rules(ink.mask, ink.darkness)) > 0.98
        glyphs = find_glyphs(ink)
        found += [bool(find(ink, glyphs, box)) for box in boxes_of(page)]
    assert np.mean(found) > 0.9


@pytest.mark.parametrize("text", ["4071", "77 11", "2222222\n44", "1", "7\n1\n4", ""])
def test_a_page_without_ruling_comes_back_as_it_is(text: str) -> None:
    for seed in range(2):
        mask, after = erased(page_of(text, Scene(fill=0.9), seed).image)
        assert after is mask


@pytest.mark.parametrize("digit", "1457")
@pytest.mark.parametrize("size", [(300, 300), (400, 220), (200, 600)])
@pytest.mark.parametrize("pen", ["ballpoint", "marker"])
def test_a_digit_that_fills_the_picture_is_no_ruling(digit: str, size: tuple[int, int], pen: str) -> None:
    for seed in range(3):
        mask, after = erased(page_of(digit, Scene(fill=0.97, pen=pen), seed, size).image)
        assert mask.any()
        assert np.array_equal(after, mask)


def test_a_line_under_a_number_that_touches_it_is_taken_out() -> None:
    for seed in range(4):
        page = page_of("4071", Scene(fill=0.6), seed)
        boxes = np.array(boxes_of(page))
        image, y = page.image.copy(), int(np.median(boxes[:, 3])) - 2
        cv2.line(image, (int(boxes[0, 0]) - 60, y), (int(boxes[-1, 2]) + 60, y), (60, 50, 50), 4, cv2.LINE_AA)
        ink = binarize(image)
        glyphs = find_glyphs(ink)
        assert all(find(ink, glyphs, box, 0.75) for box in boxes_of(page))


@pytest.mark.parametrize("size", [(300, 300), (240, 320), (400, 400)])
def test_the_long_bars_of_a_large_thin_digit_are_no_lines(size: tuple[int, int]) -> None:
    width, height = size
    seven = [(0.12, 0.1), (0.88, 0.1), (0.4, 0.92)]
    two = [(0.15, 0.3), (0.5, 0.08), (0.85, 0.3), (0.12, 0.9), (0.9, 0.9)]
    for digit in (seven, two):
        image = np.full((height, width, 3), 225, np.uint8)
        points = np.rint(np.array(digit) * size * 16).astype(np.int32)
        cv2.polylines(image, [points], False, (40, 40, 40), 2, cv2.LINE_AA, 4)
        mask, after = erased(image)
        assert np.array_equal(after, mask)


@pytest.mark.parametrize("pen", [4, 6, 14])
def test_a_one_that_fills_the_picture_stays(pen: int) -> None:
    image = np.full((720, 500, 3), 225, np.uint8)
    cv2.line(image, (255, 25), (245, 695), (40, 40, 40), pen, cv2.LINE_AA)
    mask, after = erased(image)
    assert np.array_equal(after, mask)


def test_ones_in_the_cells_of_a_form_stay() -> None:
    image = np.full((208, 420, 3), 225, np.uint8)
    for y in (4, 104, 204):
        cv2.line(image, (5, y), (415, y), (40, 40, 40), 2)
    for x in range(5, 420, 82):
        cv2.line(image, (x, 4), (x, 204), (40, 40, 40), 2)
    ones = [(x, y) for y in (13, 113) for x in range(46, 420, 82)]
    for x, y in ones:
        cv2.line(image, (x, y), (x, y + 84), (40, 40, 40), 3)
    mask, after = erased(image)
    assert share_of(mask, after) < 0.7, "the form is gone"
    zoom = mask.shape[1] / 420
    for x, y in ones:
        assert after[round((y + 5) * zoom) : round((y + 77) * zoom), round(x * zoom)].all()


def test_a_row_of_dashes_and_bars_is_not_ruling() -> None:
    mask = np.zeros((400, 600), np.uint8)
    for x in range(60, 540, 60):
        cv2.line(mask, (x, 180), (x + 30, 180), 255, 4)
        cv2.line(mask, (x + 15, 240), (x + 15, 320), 255, 4)
    assert np.array_equal(erase_rules(mask, mask), mask)


def test_an_empty_mask_has_no_ruling() -> None:
    mask = np.zeros((300, 400), np.uint8)
    assert erase_rules(mask, mask) is mask


@pytest.mark.parametrize("upright", [True, False], ids=["upright", "level"])
def test_a_stroke_that_lies_along_a_ruled_line_stays(upright: bool) -> None:
    """The stem of a 4 on a margin, the bar of a 2 on a line: darker ink on the line is the stroke's."""
    mask, darkness = np.zeros((400, 600), np.uint8), np.zeros((400, 600), np.uint8)
    for x in (150, 300, 450):
        mask[:, x : x + 3] = 255
        darkness[:, x : x + 3] = 70
    mask[150:250, 298:303] = 255
    darkness[150:250, 298:303] = 200
    if not upright:
        mask, darkness = np.ascontiguousarray(mask.T), np.ascontiguousarray(darkness.T)
    left = erase_rules(mask, darkness)
    left = left if upright else left.T
    assert (left[155:245, 300] == 255).all(), "the stroke is whole"
    assert not left[:140].any() and not left[260:].any() and not left[:, :290].any()
