"""Rows: how they lean, and pages read levelled where they lean much."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from byhand import PLAIN, row_of, sure, table
from conftest import drawn
from pages import boxes_of, page_of

from camcount.evaluation.scoring import edit_distance
from camcount.reader import LEANING, Reader
from camcount.rows import tell_slant
from camcount.synthesis import Page, Scene
from camcount.types import Box, Boxes, Crops, Digit, Frame, Image, Line, Probabilities

TEXT = "4071 225\n38 2073\n5468"


def lines_of(*rows: str, slope: float = 0) -> list[Line]:
    lines = []
    for i, row in enumerate(rows):
        boxes = [Box(*np.rint(box).astype(int).tolist()) for box in row_of(row, 100, 200 + 100 * i, slope=slope)]
        lines.append(Line(tuple(Digit("4", 0.9, box, (("4", 0.9),)) for box in boxes)))
    return lines


@pytest.mark.parametrize("degrees", [-25, -10, 0, 3, 12, 30])
def test_rows_tell_how_they_lean(degrees: float) -> None:
    assert tell_slant(lines_of("40755", "22538", slope=np.tan(np.deg2rad(degrees)))) == pytest.approx(degrees, abs=1)


def test_too_few_digits_and_rows_that_disagree_tell_nothing() -> None:
    assert tell_slant([]) == tell_slant(lines_of("4")) == 0
    assert tell_slant(lines_of("40", slope=0.3)) == 0, "two digits may stand anyhow"
    assert tell_slant([*lines_of("40", slope=0.4), *lines_of("40", slope=-0.4), *lines_of("40")]) == 0


def leaned(image: Image, boxes: list[Box], degrees: float) -> tuple[Image, Boxes]:
    """Turn a page clockwise on a larger sheet, and give the boxes of its digits there, as if each were round."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    matrix[:, 2] += 150
    turned = cv2.warpAffine(image, matrix, (width + 300, height + 300), borderMode=cv2.BORDER_REPLICATE)
    middles = np.array([((x0 + x1) / 2, (y0 + y1) / 2, 1) for x0, y0, x1, y1 in boxes]) @ matrix.T
    half = np.array([(x1 - x0, y1 - y0) for x0, y0, x1, y1 in boxes]) / 2
    return np.asarray(turned, np.uint8), np.rint(np.hstack([middles - half, middles + half])).astype(np.int32)


class Clearer:
    """Takes all for a 7, each reading surer than the one before, or less sure; counts its readings."""

    def __init__(self, *confidences: float) -> None:
        self.confidences = confidences
        self.count = 0

    def __call__(self, crops: Crops) -> Probabilities:
        self.count += 1
        return table(sure("7" * len(crops), self.confidences[self.count - 1]))


@pytest.mark.parametrize("degrees", [14, -20])
@pytest.mark.parametrize(
    ("second", "levelled"), [pytest.param(0.9999, True, id="surer"), pytest.param(0.9, False, id="less sure")]
)
def test_of_both_readings_of_a_leaning_page_the_surer_counts(degrees: float, second: float, levelled: bool) -> None:
    picture = drawn("20735\n53702")
    image, boxes = leaned(picture.frame.image, [Box(*box) for box in picture.boxes.tolist()], degrees)
    classifier = Clearer(0.99, second)
    lines = Reader(classifier=classifier, min_confidence=0, potentials=PLAIN).read(Frame(image)).lines
    assert classifier.count == 2
    found = np.array([digit.box for line in lines for digit in line.digits])
    upright = Reader(classifier=Clearer(0.99), min_confidence=0, rotate="0", potentials=PLAIN).read(Frame(image)).lines
    assert (lines == upright) == (not levelled)
    if levelled:
        assert [line.text for line in lines] == ["77777"] * 2
        assert np.abs(found - boxes).max() <= 4, "boxes lie on the digits of the page as it came"


@pytest.mark.parametrize(("degrees", "readings"), [(0, 1), (LEANING - 4, 1), (LEANING + 4, 2)])
def test_only_pages_that_lean_much_are_read_twice(degrees: float, readings: int) -> None:
    picture = drawn("20735\n53702")
    image, _ = leaned(picture.frame.image, [Box(*box) for box in picture.boxes.tolist()], degrees)
    classifier = Clearer(0.99, 0.99)
    Reader(classifier=classifier).read(Frame(image))
    assert classifier.count == readings


def test_a_page_that_is_told_to_stand_upright_is_not_levelled() -> None:
    picture = drawn("20735\n53702")
    image, _ = leaned(picture.frame.image, [Box(*box) for box in picture.boxes.tolist()], 20)
    classifier = Clearer(0.99, 0.99)
    Reader(classifier=classifier, rotate="0").read(Frame(image))
    assert classifier.count == 1


def edits(reader: Reader, image: Image, page: Page) -> int:
    return edit_distance(reader.read(Frame(image)).text, page.text)


def test_pages_that_lean_by_twenty_degrees_are_read_at_least_as_well_levelled() -> None:
    levelling, plain = Reader(), Reader(rotate="0")
    wrong, unlevelled, near = 0, 0, []
    for seed in range(6):
        page = page_of(TEXT, Scene(), seed)
        image, boxes = leaned(page.image, boxes_of(page), 20 if seed % 2 else -20)
        wrong += edits(levelling, image, page)
        unlevelled += edits(plain, image, page)
        found = np.array([digit.box for line in levelling.read(Frame(image)).lines for digit in line.digits])
        near += [np.abs(found - box).max(axis=1).min() <= 16 for box in boxes]
    assert wrong <= min(unlevelled, 6)
    assert np.mean(near) > 0.9
