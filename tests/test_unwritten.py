"""What nobody wrote is not read: words, textures, hatching, lines and specks give no digits, nor do they cost any."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from pages import boxes_of, page_of

from camcount.evaluation.scoring import edit_distance
from camcount.reader import Reader
from camcount.synthesis import Hand, Page, Scene, draw_page, make_empty
from camcount.synthesis.chance import random_word
from camcount.synthesis.manner import Manner
from camcount.synthesis.page import ALPHABET
from camcount.types import Frame, Image

PAGES = range(12)
"""Seeds."""
INK = (40, 40, 40)
TEXT = "4071\n2258"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def count_digits(reader: Reader, image: Image) -> int:
    return sum(len(line.digits) for line in reader.read(Frame(image)).lines)


def pages_with_digits(reader: Reader, draw: Callable[[int], Image], seeds: range = PAGES) -> list[int]:
    """Give the seeds of the pages on which something is read."""
    return [seed for seed in seeds if count_digits(reader, draw(seed))]


def mistakes(reader: Reader, draw: Callable[[int], Image], text: str, seeds: range = PAGES) -> float:
    """Give how many characters are wrong on pages that all show a text, as a share of the text."""
    wrong = [edit_distance(reader.read(Frame(draw(seed))).text, text) for seed in seeds]
    return sum(wrong) / len(wrong) / len(text)


def page(text: str, seed: int, scene: Scene = Scene(), manner: Manner | None = None) -> Page:
    return draw_page(text, (800, 600), scene, np.random.default_rng(seed), Hand(seed), manner=manner)


def line(image: Image, start: tuple[float, float], end: tuple[float, float], width: int = 4) -> Image:
    """Draw a line on a copy."""
    drawn: Image = image.copy()
    (x0, y0), (x1, y1) = start, end
    cv2.line(drawn, (round(x0), round(y0)), (round(x1), round(y1)), INK, width, cv2.LINE_AA)
    return drawn


@pytest.mark.parametrize("rows", [1, 4])
def test_words_are_not_read(reader: Reader, rows: int) -> None:
    def words(seed: int) -> Image:
        rng = np.random.default_rng([seed, rows])
        text = "\n".join(" ".join(random_word(rng, ALPHABET) for _ in range(3)) for _ in range(rows))
        return page(text, seed).image

    assert len(pages_with_digits(reader, words)) <= 1


def test_pages_without_digits_are_hardly_ever_read(reader: Reader) -> None:
    found = pages_with_digits(reader, lambda seed: make_empty(seed, (800, 600)).image, range(100, 124))
    assert len(found) <= 3, found


@pytest.mark.parametrize("ground", ["wood", "cloth", "grass", "bricks", "keys", "stripes"])
def test_textures_are_not_read(reader: Reader, ground: str) -> None:
    assert len(pages_with_digits(reader, lambda seed: page("", seed, Scene(paper=ground)).image, range(8))) <= 1


@pytest.mark.parametrize("kind", ["hatch", "tick", "underline", "cross", "frame", "arrow"])
def test_signs_and_drawings_alone_are_not_read(reader: Reader, kind: str) -> None:
    manner = Manner(clutter=(kind,))
    assert len(pages_with_digits(reader, lambda seed: page("", seed, Scene(fill=0.5), manner).image)) <= 1


@pytest.mark.parametrize("strokes", [8, 30])
def test_rows_of_strokes_are_not_read(reader: Reader, strokes: int) -> None:
    def hatching(seed: int) -> Image:
        rng = np.random.default_rng(seed)
        image = page_of("", Scene(), seed).image
        for i in range(strokes):
            x, y = 150 + 16 * i, 250 + rng.uniform(-8, 8)
            image = line(image, (x, y), (x - rng.uniform(0, 12), y + 60), 3)
        return image

    assert len(pages_with_digits(reader, hatching)) <= 1


@pytest.mark.parametrize("angle", [0, 30])
def test_a_lone_line_that_lies_is_not_read(reader: Reader, angle: float) -> None:
    def lying(seed: int) -> Image:
        rng = np.random.default_rng(seed)
        middle, turn = rng.uniform((250, 150), (550, 450)), np.radians(angle + rng.uniform(-8, 8))
        reach = 40 * np.array([np.cos(turn), np.sin(turn)])
        return line(page_of("", Scene(), seed).image, tuple(middle - reach), tuple(middle + reach))

    assert len(pages_with_digits(reader, lying)) <= 1


def test_specks_between_digits_are_left_out(reader: Reader) -> None:
    def speckled(seed: int) -> Image:
        drawn = page_of(TEXT, Scene(), seed)
        image: Image = drawn.image.copy()
        for row in drawn.lines:
            for one, other in zip(row.digits, row.digits[1:]):
                size = max(2, one.box.height // 24)
                if other.box.x0 - one.box.x1 > 4 * size:
                    middle = (one.box.x1 + other.box.x0) // 2
                    cv2.circle(image, (middle, one.box.y1 - size), size, INK, -1, cv2.LINE_AA)
        return image

    assert mistakes(reader, speckled, TEXT) <= 0.05


def test_a_stroke_much_higher_than_the_row_beside_it_is_left_out(reader: Reader) -> None:
    def edged(seed: int) -> Image:
        drawn = page_of("4072", Scene(fill=0.5), seed)
        last = boxes_of(drawn)[-1]
        x, reach = last.x1 + 0.5 * last.height, 0.9 * last.height
        return line(drawn.image, (x, last.y0 - reach), (x, last.y1 + reach))

    assert mistakes(reader, edged, "4072") <= 0.05


@pytest.mark.parametrize("kind", ["line", "underline"])
def test_lines_below_digits_cost_none(reader: Reader, kind: str) -> None:
    def underlined(seed: int) -> Image:
        if kind == "underline":
            return page("4072", seed, Scene(fill=0.5), Manner(clutter=("underline",))).image
        return line(page_of("4072", Scene(fill=0.4), seed).image, (300, 560), (500, 565))

    assert mistakes(reader, underlined, "4072") <= 0.12


def test_a_number_beside_a_word_is_read_without_it(reader: Reader) -> None:
    assert mistakes(reader, lambda seed: page_of("TEH 4072\nKMX 356", Scene(), seed).image, "4072\n356") <= 0.06


def test_bare_ones_among_digits_keep_their_places(reader: Reader) -> None:
    text = "4111\n1217"
    pages = [page_of(text, Scene(), seed).image for seed in PAGES]
    assert sum(count_digits(reader, image) == 8 for image in pages) >= 10
    assert mistakes(reader, lambda seed: pages[seed], text) <= 0.18


def test_digits_whose_strokes_part_are_read_as_one_each(reader: Reader) -> None:
    manner = Manner(broken=0.6)
    assert mistakes(reader, lambda seed: page("5504\n255", seed, Scene(), manner).image, "5504\n255") <= 0.1
