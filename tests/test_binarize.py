"""Ink from paper: in any light, with any pen, on dark and on light ground; none where nothing is written."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import agreement, boxes_of, find, page_of, share_of, written_on

from camcount.binarize import POLARITIES, WORKING_SIDES, Ink, binarize, local_ink, working_scale
from camcount.crop import crop_glyphs
from camcount.cut import find_glyphs
from camcount.synthesis import Page, Scene
from camcount.synthesis.ink import FAINT_PENS, PENS
from camcount.synthesis.paper import DARK_PAPERS, PAPERS

CALM = Scene()
BOARD = Scene(paper="blackboard", pen="chalk", exposure=1.2)
PALE = ("kraft", "pencil"), ("recycled", "pencil")
PENS_OF_PAPERS = [
    (paper, pen)
    for paper in PAPERS
    for pen in PENS
    if PENS[pen].light == (paper in DARK_PAPERS)
    and pen not in FAINT_PENS
    and (paper, pen) not in PALE
]
"""Pens that stand out of their paper by 90 grey levels and more."""


def share_of_ink(scene: Scene, seed: int) -> float:
    return float((binarize(page_of("", scene, seed).image).mask > 0).mean())


def all_found(page: Page, ink: Ink, least: float = 0.8) -> bool:
    """Tell whether each digit is a glyph, on its own and whole."""
    glyphs = find_glyphs(ink)
    return all(find(ink, glyphs, box, least) for box in boxes_of(page))


@pytest.mark.parametrize(
    "scene",
    [
        pytest.param(replace(CALM, noise=0, slope=0, vignette=0, quality=None), id="evenly lit"),
        pytest.param(replace(CALM, noise=8), id="grain"),
        pytest.param(replace(CALM, exposure=0.4, noise=6), id="dark and grainy"),
        pytest.param(replace(CALM, quality=30, noise=5), id="squeezed"),
        pytest.param(replace(CALM, slope=0.5, vignette=0.7), id="vignette"),
        pytest.param(replace(CALM, flash=0.4), id="flash"),
        pytest.param(replace(CALM, shadow=0.6, softness=0.02), id="shadow"),
        pytest.param(replace(CALM, shadow=0.6, softness=0.05), id="soft shadow"),
        pytest.param(replace(CALM, shadow=0.6, softness=0.1), id="very soft shadow"),
        pytest.param(replace(CALM, paper="coloured"), id="coloured"),
        pytest.param(replace(CALM, paper="whiteboard"), id="whiteboard"),
    ],
)
def test_a_blank_sheet_gives_no_ink(scene: Scene) -> None:
    for seed in range(3):
        assert share_of_ink(scene, seed) < 0.003
        assert not len(find_glyphs(binarize(page_of("", scene, seed).image)))


def test_dark_corners_are_no_ink() -> None:
    for seed in range(3):
        assert share_of_ink(Scene(slope=0.4, vignette=0.85, noise=1), seed) < 0.0003


def test_a_sheet_of_one_colour_gives_no_ink() -> None:
    for value in (0, 1, 128, 255):
        assert not binarize(np.full((480, 640, 3), value, np.uint8)).mask.any()


def test_the_ink_is_what_was_written() -> None:
    for seed in range(3):
        ink = binarize(page_of("20735", CALM, seed).image)
        assert ink.scale == 1
        assert set(np.unique(ink.mask)) == {0, 255}
        assert agreement(ink.mask, written_on("20735", CALM, seed, least=64)) > 0.85


@pytest.mark.parametrize(("softness", "least"), [(0.002, 0.65), (0.01, 0.8), (0.02, 0.97), (0.05, 0.97)])
def test_a_shadow_across_a_number_takes_no_ink_and_gives_none(softness: float, least: float) -> None:
    for seed in range(4):
        plain = binarize(page_of("4071", CALM, seed).image).mask
        shaded = binarize(page_of("4071", replace(CALM, shadow=0.5, softness=softness), seed).image).mask
        assert share_of(plain, shaded) > 0.97
        # The edge of a hard shadow is a thin line at most.
        assert agreement(plain, shaded) > least


def test_uneven_light_and_a_strong_flash_change_no_ink() -> None:
    for seed in range(3):
        plain = binarize(page_of("4071", CALM, seed).image).mask
        uneven = replace(CALM, slope=0.5, vignette=0.5, flash=0.3, exposure=0.7)
        assert agreement(plain, binarize(page_of("4071", uneven, seed).image).mask) > 0.93


@pytest.mark.parametrize(("paper", "pen"), PENS_OF_PAPERS, ids=[f"{pen} on {paper}" for paper, pen in PENS_OF_PAPERS])
def test_auto_knows_whether_ink_is_darker_or_lighter_than_its_ground(paper: str, pen: str) -> None:
    scene = replace(CALM, paper=paper, pen=pen, exposure=1.2 if paper in DARK_PAPERS else 0.85)
    right, wrong = ("light", "dark") if paper in DARK_PAPERS else ("dark", "light")
    page = page_of("4071\n28 5", scene)
    ink = binarize(page.image)
    assert np.array_equal(ink.mask, binarize(page.image, right).mask)
    assert not np.array_equal(ink.mask, binarize(page.image, wrong).mask)
    assert share_of(written_on("4071\n28 5", scene, least=90), ink.mask) > 0.9


@pytest.mark.parametrize(
    ("paper", "pen"), [*PALE, *((paper, pen) for paper in ("plain", "recycled") for pen in sorted(FAINT_PENS))]
)
def test_pale_pens_are_ink_too(paper: str, pen: str) -> None:
    found = []
    for seed in range(4):
        page = page_of("4071\n28 5", replace(CALM, paper=paper, pen=pen, exposure=0.85), seed)
        ink = binarize(page.image)
        glyphs = find_glyphs(ink)
        found += [bool(find(ink, glyphs, box)) for box in boxes_of(page)]
        assert np.array_equal(ink.mask, binarize(page.image, "dark").mask)
    assert np.mean(found) > 0.9


def test_a_negative_gives_the_same_ink() -> None:
    for seed in range(3):
        image = page_of("4071\n28", CALM, seed).image
        positive, negative = binarize(image), binarize(cv2.bitwise_not(image).astype(np.uint8))
        assert agreement(positive.mask, negative.mask) > 0.99
        # What comes after needs no polarity: paper is light and ink dark in both.
        assert np.median(positive.grey) > 127 and np.median(negative.grey) > 127


def test_a_board_in_a_shadow_is_still_a_board() -> None:
    for seed in range(3):
        page = page_of("4071", replace(BOARD, shadow=0.5, softness=0.02), seed)
        assert np.array_equal(binarize(page.image).mask, binarize(page.image, "light").mask)


@pytest.mark.parametrize("colour", [(158, 62, 34), (44, 36, 178), (62, 104, 22), (150, 60, 140)])
def test_coloured_pens_are_ink(colour: tuple[int, int, int]) -> None:
    page = page_of("4071", replace(CALM, noise=0, quality=None))
    strokes = written_on("4071", replace(CALM, noise=0, quality=None), least=60)
    image = page_of("").image.copy()
    image[strokes] = colour
    ink = binarize(image)
    assert agreement(ink.mask, strokes) > 0.85
    assert all_found(page, ink)


def test_single_dark_pixels_beside_a_pale_stroke_do_not_hide_it() -> None:
    image, stroke = np.full((600, 800, 3), 225, np.uint8), np.zeros((600, 800), np.uint8)
    for canvas, colour in ((image, (203, 203, 203)), (stroke, 255)):
        cv2.ellipse(canvas, (300, 200), (40, 60), 0, 0, 360, colour, 6)
    far = cv2.dilate(stroke, np.ones((9, 9), np.uint8)) == 0
    image[::9, ::9][far[::9, ::9]] = 0
    assert share_of(stroke, binarize(image).mask) > 0.8


def test_faint_pencil_in_a_picture_of_twelve_megapixels_is_ink() -> None:
    scene = replace(CALM, pen="pencil", fill=0.12, noise=5, blur=1.2, quality=None)
    page = page_of("4071", scene, seed=0, size=(4000, 3000))
    ink = binarize(page.image)
    assert max(ink.mask.shape) == WORKING_SIDES[1]
    assert all(box.height < 190 for box in boxes_of(page))
    assert all_found(page, ink)
    assert len(find_glyphs(ink)) == 4


@pytest.mark.parametrize("digit", "0123456789")
def test_a_thick_marker_that_fills_the_picture_is_ink_throughout(digit: str) -> None:
    scene = replace(CALM, pen="marker", fill=0.95)
    page = page_of(digit, scene, seed=1, size=(480, 480))
    ink = binarize(page.image)
    assert all_found(page, ink)
    truth = cv2.resize(written_on(digit, scene, 1, (480, 480), 90).astype(np.uint8), ink.mask.shape[::-1])
    assert share_of(truth, ink.mask) > 0.95, "the middle of a wide stroke counts as well"


def test_a_digit_of_fourteen_pixels_is_ink() -> None:
    for seed in range(3):
        page = page_of("407", replace(CALM, fill=0.1, blur=0.4), seed, (320, 240))
        assert 13 <= min(box.height for box in boxes_of(page)) <= 16
        # A pixel more on each side is a quarter of such a box.
        assert all_found(page, binarize(page.image), least=0.6)


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 2), (2, 1), (50, 1), (3, 200), (200, 3), (14, 14), (1, 9000), (9000, 1), (2, 5000)]
)
@pytest.mark.parametrize("polarity", POLARITIES)
def test_odd_sizes_are_pictures_too(shape: tuple[int, int], polarity: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*shape, 3)).astype(np.uint8)
    ink = binarize(noise, polarity)
    assert ink.mask.shape == ink.darkness.shape and min(ink.mask.shape) >= 1
    assert ink.grey.shape == shape
    glyphs = find_glyphs(ink)
    assert crop_glyphs(ink, glyphs).shape == (len(glyphs), 28, 28)


@given(st.integers(1, 30_000), st.integers(1, 30_000))
def test_the_working_resolution_is_bounded(width: int, height: int) -> None:
    scale = working_scale(width, height)
    longer = max(width, height) * scale
    assert longer <= WORKING_SIDES[1] + 1e-6
    assert longer >= WORKING_SIDES[0] - 1e-6 or scale == 3
    assert working_scale(height, width) == scale


def test_the_full_resolution_shows_what_the_working_resolution_blurs() -> None:
    scene = replace(CALM, fill=0.08, noise=1, quality=None)
    page = page_of("8", scene, seed=2, size=(3200, 2400))
    truth = written_on("8", scene, 2, (3200, 2400), least=70)
    ink = binarize(page.image)
    x0, y0, x1, y1 = boxes_of(page)[0]
    part = local_ink(ink, x0, y0, x1, y1)
    assert part.shape == (y1 - y0, x1 - x0)
    coarse = cv2.resize(ink.mask, (3200, 2400))[y0:y1, x0:x1] > 127
    assert agreement(part, truth[y0:y1, x0:x1]) > max(0.85, agreement(coarse, truth[y0:y1, x0:x1]))
