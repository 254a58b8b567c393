"""How well a frame can be read, and why nothing was."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from conftest import drawn

from camcount.look import look_at_image, tell_why
from camcount.reader import Reader
from camcount.shot import Shot
from camcount.synthesis import make_empty
from camcount.types import Frame, Image


def sheet(value: int = 215, size: tuple[int, int] = (640, 480)) -> Image:
    noise = np.random.default_rng(1).normal(0, 2, (size[1], size[0], 1))
    return np.repeat(np.clip(value + noise, 0, 255), 3, axis=2).astype(np.uint8)


def test_blur_lowers_sharpness() -> None:
    image = drawn("40712\n225").frame.image
    sharp = [look_at_image(cv2.GaussianBlur(image, (0, 0), s) if s else image).sharpness for s in (0, 1, 2, 4)]
    assert sharp == sorted(sharp, reverse=True) and sharp[0] > 4 * sharp[-1]


def test_another_page_is_another_scene_but_light_and_a_small_move_are_none() -> None:
    page = make_empty(3).image
    look = look_at_image(page)
    assert not look_at_image(np.roll(page, 6, axis=1)).is_cut_from(look)
    assert not look_at_image(cv2.convertScaleAbs(page, alpha=1.0, beta=25)).is_cut_from(look)
    board = cv2.bitwise_not(drawn("407", (page.shape[1], page.shape[0]), 300, 60).frame.image)
    assert look_at_image(board).is_cut_from(look_at_image(drawn("12", (page.shape[1], page.shape[0])).frame.image))


@pytest.mark.parametrize(
    ("image", "marks", "told"),
    [
        pytest.param(sheet(12), 0, "too dark", id="dark"),
        pytest.param(sheet(), 0, "no ink", id="blank"),
        pytest.param(sheet(), 61, "more than 60 marks: is this text?", id="text"),
        pytest.param(drawn("3").frame.image, 1, "no mark looks like a digit", id="sharp"),
        pytest.param(cv2.GaussianBlur(drawn("407").frame.image, (0, 0), 9), 0, "blurred", id="blurred"),
    ],
)
def test_why_nothing_is_read_is_told_from_the_frame(image: Image, marks: int, told: str) -> None:
    assert tell_why(image, marks) == told


def test_a_shot_tells_why_only_where_nothing_was_read() -> None:
    reader = Reader()
    dark = Frame(sheet(10))
    assert Shot(dark, reader.read(dark)).why == "too dark"
    page = drawn("40723", height=90)
    assert Shot(page.frame, page.reading).why == ""
