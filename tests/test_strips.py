"""Strips to learn from: taken from pages with what they spell, composed of digits, varied, kept."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pages import page_of

from camcount.strip import HIGH, WIDEST
from camcount.synthesis import Page, Scene, make_empty, make_page
from camcount.training.dataset import Pictures
from camcount.training.strips import (
    MOST, Strips, compose_strip, join_strips, load_strips, save_strips, take_strips, vary_strip,
)

TOUCHING = Scene(spacing=-0.12, fill=0.6)


def bars(count: int = 30) -> Pictures:
    """Give 1s as MNIST would have them."""
    crops = np.zeros((count, 28, 28), np.uint8)
    crops[:, 4:24, 12:16] = 255
    return Pictures(crops, np.ones(count, np.int64), np.arange(count))


@pytest.mark.parametrize("text", ["40", "23", "596"])
def test_touching_digits_are_one_strip_that_spells_them(text: str) -> None:
    taken = take_strips(page_of(text, TOUCHING, 4))
    (spelt,) = (told for told in taken.texts if len(told) > 1)
    assert spelt in text
    assert all(strip.shape[0] == HIGH and strip.shape[1] <= WIDEST for strip in taken.strips)


def test_pages_give_strips_of_no_digit_of_one_and_of_several_in_the_order_of_the_row() -> None:
    pages = [make_page(seed, size=(800, 600), only="touching" if seed % 3 else None) for seed in range(12)]
    taken = [take_strips(page) for page in pages]
    for page, strips in zip(pages, taken):
        rows = [line.text.replace(" ", "") for line in page.lines]
        assert all(any(text in row for row in rows) for text in strips.texts)
    lengths = [len(text) for strips in taken for text in strips.texts]
    assert {1, 2} < set(lengths) and max(lengths) <= MOST


def test_without_digits_strips_spell_nothing() -> None:
    taken = [take_strips(make_empty(seed, (800, 600))) for seed in range(6)]
    assert {text for strips in taken for text in strips.texts} == {""}


def test_a_digit_of_which_a_part_is_elsewhere_is_not_learnt_from() -> None:
    page = page_of("40", TOUCHING, 4)
    (line,) = page.lines
    first = line.digits[0].box
    image = page.image.copy()
    image[:, : (first.x0 + 2 * first.x1) // 3] = np.median(image, axis=(0, 1)).astype(np.uint8)
    torn = take_strips(Page(image, page.lines, page.digit_map, page.traits, page.touching))
    assert "40" not in torn.texts


def test_digits_set_side_by_side_touch_and_spell_what_they_are() -> None:
    rng = np.random.default_rng(0)
    composed = [made for _ in range(40) if (made := compose_strip(bars(), rng))]
    assert len(composed) > 20
    assert {len(text) for _, text in composed} >= {1, 2, 3} and {char for _, text in composed for char in text} == {"1"}
    for strip, text in composed:
        assert strip.shape[0] == HIGH and strip.shape[1] <= WIDEST
        gaps = np.flatnonzero(~strip[:, 2:-2, 0].any(axis=0))
        assert len(gaps) <= 2 * len(text), "they stand close"


def test_what_is_varied_stays_a_strip_and_chance_decides_how() -> None:
    (strip, _), = [take for seed in range(9) if (take := compose_strip(bars(), np.random.default_rng(seed)))][:1]
    varied = [vary_strip(strip, np.random.default_rng(seed)) for seed in range(12)]
    assert all(each.shape[0] == HIGH and 8 <= each.shape[1] <= WIDEST and each.any() for each in varied)
    assert any(first.shape != second.shape or (first != second).any() for first, second in pairwise(varied))
    assert np.array_equal(varied[3], vary_strip(strip, np.random.default_rng(3)))


def test_strips_are_kept_as_they_are(tmp_path: Path) -> None:
    taken = join_strips([take_strips(make_page(seed, size=(640, 480), only="touching")) for seed in (1, 2)])
    for strips in (taken, Strips((), ())):
        save_strips(tmp_path / "strips.npz", strips)
        loaded = load_strips(tmp_path / "strips.npz")
        assert loaded.texts == strips.texts
        assert len(loaded.strips) == len(strips.strips)
        assert all(np.array_equal(a, b) for a, b in zip(loaded.strips, strips.strips))
