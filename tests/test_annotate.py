"""Annotate: what a drawn reading must and must not do to the picture."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from conftest import drawn
from hypothesis import given, settings
from hypothesis import strategies as st

from camcount.annotate import annotate
from camcount.shot import Shot
from camcount.types import Box, Digit, Line, Reading

BLUE, VERMILLION, WHITE = (178, 114, 0), (0, 94, 213), (255, 255, 255)


def pixels_of(image: np.ndarray, color: tuple[int, int, int]) -> int:
    return int((image == color).all(axis=2).sum())


def reading_of(boxes: list[Box], size: tuple[int, int], value: str = "8") -> Reading:
    return Reading((Line(tuple(Digit(value, 0.5, box) for box in boxes)),) if boxes else (), size)


@pytest.mark.parametrize(
    ("size", "height", "enlarged"),
    [((120, 50), 20, 6), ((640, 480), 60, 1), ((1280, 720), 16, 1), ((4032, 3024), 900, 1), ((28, 28), 20, 23)],
    ids=["tiny", "webcam", "small-digits", "telephone", "one-crop"],
)
def test_every_digit_gets_a_box_and_a_label_of_readable_size(
    size: tuple[int, int], height: int, enlarged: int
) -> None:
    page = drawn("40" if size[0] > 28 else "", size, height)
    boxes = page.boxes.tolist() or [[6, 9, 18, 20]]
    reading = reading_of([Box(*box) for box in boxes], size)
    image = annotate(page.frame.image, reading)
    assert image.shape == (size[1] * enlarged, size[0] * enlarged, 3)
    labels = labels_in(image, reading, enlarged)
    assert len(labels) == len(boxes)
    assert min(labels) >= max(18, max(image.shape) // 60)


def labels_in(image: np.ndarray, reading: Reading, enlarged: int) -> list[int]:
    """Give the heights of the plates outside the outlines of the digits."""
    colored = ((image == BLUE) | (image == WHITE)).all(axis=2).astype(np.uint8)
    for digit in reading.lines[0].digits:
        x0, y0, x1, y1 = (c * enlarged for c in digit.box)
        margin = 1 + 2 * max(1, min(max(image.shape) // 320, (y1 - y0) // 12))  # the outline's
        colored[max(0, y0 - margin):y1 + margin, max(0, x0 - margin):x1 + margin] = 0
    contours = cv2.findContours(colored, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[-2]
    return [cv2.boundingRect(contour)[3] for contour in contours]


def test_drawing_leaves_the_frame_as_it_was_and_happens_once() -> None:
    page = drawn("407 12")
    before = page.frame.image.copy()
    shot = Shot(page.frame, page.reading)
    assert shot.annotated is shot.annotated
    assert (page.frame.image == before).all() and (shot.annotated != before).any()


def test_a_picture_without_digits_stays_as_it_is() -> None:
    page = drawn("", (640, 360))
    image = annotate(page.frame.image, page.reading)
    assert image is not page.frame.image and (image == page.frame.image).all()


def test_what_is_unsure_is_dashed_and_not_only_of_another_colour() -> None:
    page = drawn("7", (640, 480), 120)
    box = Box(*page.boxes[0])
    for value, color, dashed in (("7", BLUE, False), ("?", VERMILLION, True)):
        image = annotate(page.frame.image, reading_of([box], (640, 480), value))
        outline = image[box.y0 + 5:box.y1 - 5, box.x0 - 3:box.x0]
        column = max((outline[:, x] for x in range(3)), key=lambda c: int((c == color).all(axis=1).sum()))
        painted = (column == color).all(axis=1)
        assert painted.any() and painted.all() != dashed


def test_the_confidence_is_never_rounded_up_to_a_certainty() -> None:
    page = drawn("7")
    digit = page.reading.lines[0].digits[0]
    images = [
        annotate(page.frame.image, replace(page.reading, lines=(Line((replace(digit, confidence=p),)),)))
        for p in (0.99, 0.9999, 0.98)
    ]
    assert (images[0] == images[1]).all() and (images[0] != images[2]).any()


boxes = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h), st.integers(0, 600), st.integers(0, 440), st.integers(1, 80),
    st.integers(1, 80),
)


@settings(deadline=None, max_examples=30)
@given(st.lists(boxes, max_size=40))
def test_no_digit_is_covered_however_crowded_the_page(boxes: list[Box]) -> None:
    image = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    annotated = annotate(image, reading_of(boxes, (640, 480)))
    for box in boxes:
        cut = slice(box.y0, box.y1), slice(box.x0, box.x1)
        assert (annotated[cut] == image[cut]).all()


def test_a_digit_that_fills_the_picture_is_labelled_on_bare_paper() -> None:
    image = np.full((480, 640, 3), 220, np.uint8)
    cv2.line(image, (10, 10), (620, 470), (20, 20, 20), 30)
    annotated = annotate(image, reading_of([Box(0, 0, 640, 480)], (640, 480)))
    assert pixels_of(annotated, BLUE) > 100
    assert (annotated[image[..., 0] == 20] == 20).all()
