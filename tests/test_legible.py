"""Legibility: of a page that nobody can read there is no truth to tell, and another is drawn."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from pages import page_of

from camcount.synthesis import Page, Scene, make_page
from camcount.synthesis.legible import is_legible
from camcount.types import Image

CALM = Scene(noise=1)


def legible(page: Page, image: Image | None = None) -> bool:
    return is_legible(page.image if image is None else image, page.lines, page.digit_map)


def faded(page: Page, share: float) -> Image:
    """Give a page's image with so much of its contrast left."""
    grey = page.image.astype(float)
    paper = np.median(grey, axis=(0, 1))
    return np.asarray(paper + share * (grey - paper), np.uint8)


@pytest.mark.parametrize(
    "scene",
    [
        pytest.param(CALM, id="calm"),
        pytest.param(Scene(paper="blackboard", pen="chalk", exposure=1.2), id="light on dark"),
        pytest.param(Scene(paper="graph", pen="ballpoint"), id="squared"),
        pytest.param(Scene(exposure=0.4, noise=6, slope=0.4, vignette=0.5), id="dark"),
        pytest.param(Scene(shadow=0.5, softness=0.01), id="shadow"),
        pytest.param(Scene(fill=0.15), id="small"),
        pytest.param(Scene(desk=True, fill=0.5), id="on a desk"),
    ],
)
def test_what_a_person_reads_is_legible(scene: Scene) -> None:
    assert all(legible(page_of("4071\n225", scene, seed)) for seed in range(3))


def test_a_page_without_digits_is_legible() -> None:
    assert legible(page_of(""))


@pytest.mark.parametrize(("width", "told"), [(640, True), (160, False), (80, False)])
def test_tiny_digits_are_not(width: int, told: bool) -> None:
    page = make_page(3, "4071 225", (width, width * 3 // 4), replace(CALM, fill=0.3))
    heights = [digit.box.height for line in page.lines for digit in line.digits]
    assert (np.median(heights) > 12) == told
    assert legible(page) == told


def test_one_row_of_tiny_digits_is_enough() -> None:
    page = page_of("4071\n225", CALM)
    small = tuple(replace(digit, box=digit.box._replace(y1=digit.box.y0 + 6)) for digit in page.lines[1].digits)
    assert not legible(replace(page, lines=(page.lines[0], replace(page.lines[1], digits=small))))


def test_pale_digits_are_not() -> None:
    for seed in range(3):
        page = page_of("4071", CALM, seed)
        assert [legible(page, faded(page, share)) for share in (1, 0.5, 0.05)] == [True, True, False]


def test_digits_that_drown_in_grain_are_not() -> None:
    for seed in range(3):
        page = page_of("4071", replace(CALM, fill=0.4), seed)
        pale = faded(page, 0.3)
        assert legible(page, pale)
        grain = np.random.default_rng(seed).normal(0, 1, page.image.shape[:2])
        grain = cv2.GaussianBlur(grain, (0, 0), 2.0)
        noisy = np.clip(pale + (80 * grain / grain.std())[..., None], 0, 255).astype(np.uint8)
        assert not legible(page, noisy)


def test_a_digit_or_two_that_are_lost_do_not_make_a_row_illegible() -> None:
    page = page_of("40712", CALM)
    image = page.image.copy()
    x0, y0, x1, y1 = page.lines[0].digits[1].box
    image[y0:y1, x0:x1] = np.median(image, axis=(0, 1))
    assert legible(page, image)
    image[page.digit_map > 0] = np.median(image, axis=(0, 1))
    assert not legible(page, image)


def test_pages_by_lot_are_legible() -> None:
    assert all(legible(make_page(seed, size=(480, 360))) for seed in range(25))


def test_a_page_that_nobody_can_read_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    first = make_page(4, size=(320, 240))
    refused: list[Image] = []

    def refuse_twice(image: Image, *truth: object) -> bool:
        refused.append(image)
        return len(refused) > 2

    monkeypatch.setattr("camcount.synthesis.page.is_legible", refuse_twice)
    third = make_page(4, size=(320, 240))
    assert len(refused) == 3 and np.array_equal(third.image, refused[2])
    assert not np.array_equal(third.image, first.image)
    refused.clear()
    assert np.array_equal(make_page(4, size=(320, 240)).image, third.image), "the seed decides that too"


def test_after_some_attempts_the_last_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Image] = []
    monkeypatch.setattr("camcount.synthesis.page.is_legible", lambda image, *truth: tried.append(image))
    page = make_page(4, "4071", (320, 240))
    assert 1 < len(tried) < 50 and np.array_equal(page.image, tried[-1]) and page.text == "4071"


def test_a_given_scene_is_drawn_however_illegible() -> None:
    page = make_page(4, "4071", (160, 120), replace(CALM, fill=0.1))
    assert not legible(page) and page.text == "4071"
