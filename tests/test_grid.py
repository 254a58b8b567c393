"""Forms: lines are found and taken out, leaning ones levelled, cells read in order, and printed names left unread."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from camcount.binarize import binarize
from camcount.form import part_ink
from camcount.grid import find_grid
from camcount.lean import tell_lean
from camcount.reader import Reader
from camcount.sheet import keep_sheet
from camcount.synthesis import Hand
from camcount.synthesis.ink import PENS, draw_strokes, lay_ink
from camcount.types import Frame, Image
from camcount.view import view_image

WIDTH, HEIGHT, SIDE = 1000, 800, 110


def form(rows: list[str], shade: int = 120, thickness: int = 2, size: float = 0.6, lean: float = 0.0) -> Image:
    """Draw one character a cell; "." leaves it empty."""
    rng = np.random.default_rng(3)
    page = np.full((HEIGHT, WIDTH, 3), 225, np.uint8)
    wide, high = SIDE * len(rows[0]), SIDE * len(rows)
    left, top = (WIDTH - wide) // 2, (HEIGHT - high) // 2
    for i in range(len(rows) + 1):
        cv2.line(page, (left, top + i * SIDE), (left + wide, top + i * SIDE), (shade,) * 3, thickness, cv2.LINE_AA)
    for i in range(len(rows[0]) + 1):
        cv2.line(page, (left + i * SIDE, top), (left + i * SIDE, top + high), (shade,) * 3, thickness, cv2.LINE_AA)
    hand, pen = Hand(5, neatness=0.9), PENS["gel"]
    for y, row in enumerate(rows):
        for x, character in enumerate(row):
            if character != ".":
                corner = [left + (x + 0.3) * SIDE, top + (y + 0.5 - size / 2) * SIDE]
                strokes = [(stroke * size * SIDE + corner).astype(np.float32) for stroke in hand(character, rng)]
                coverage, box = draw_strokes(strokes, 4.5, pen, rng)
                lay_ink(page, coverage, box, (34, 30, 30))
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), -lean, 1.0)
    return np.asarray(cv2.warpAffine(page, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE), np.uint8)


ROWS = ["4.72", "35.8", "2.64"]


def read(image: Image) -> list[str]:
    return [line.text.replace(" ", "") for line in Reader().read(Frame(image)).lines]


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(form(ROWS), id="plain"),
        pytest.param(form(ROWS, shade=190, thickness=1), id="pale lines"),
        pytest.param(form(ROWS, shade=30, thickness=4), id="thick dark lines"),
        pytest.param(form(ROWS, lean=12), id="leaning"),
        pytest.param(form(ROWS, lean=-28), id="leaning far the other way"),
        pytest.param(np.ascontiguousarray(np.rot90(form(ROWS))), id="on its side"),
    ],
)
def test_cells_are_read_row_by_row(image: Image) -> None:
    assert read(image) == ["472", "358", "264"]


@pytest.mark.parametrize("lean", [0, 9, -17, 30])
def test_the_lines_of_a_form_tell_how_it_leans(lean: float) -> None:
    told = tell_lean(binarize(form(ROWS, lean=lean)))
    assert told is not None and abs(told - lean) < 1


def test_a_page_without_lines_holds_no_form() -> None:
    page = form(ROWS, shade=225)
    assert tell_lean(binarize(page)) is None and find_grid(binarize(page)) is None


def test_lines_are_found_where_they_are() -> None:
    grid = find_grid(binarize(form(["...."] * 3)))
    assert grid is not None
    scale = binarize(form(ROWS)).scale
    assert [round(rule.places.mean() / scale / 5) * 5 for rule in grid.level] == [235, 345, 455, 565]
    assert len(grid.upright) == 5


def test_the_lines_go_and_the_strokes_across_them_stay() -> None:
    ink, bare = binarize(form(ROWS, size=1.1)), binarize(form(ROWS, shade=225, size=1.1))
    grid = find_grid(ink)
    assert grid is not None
    cleared = grid.erase(ink)
    assert cleared is not None
    left = cleared.mask > 0
    assert (left & ~cv2.dilate(bare.mask, np.ones((5, 5), np.uint8)).astype(bool)).sum() < 0.02 * left.sum()
    assert (left & (bare.mask > 0)).sum() > 0.9 * (bare.mask > 0).sum()


@pytest.mark.parametrize("lean", [0, 20])
def test_a_form_is_parted_level_and_without_its_lines(lean: float) -> None:
    view = view_image(form(["...."] * 3, lean=lean))
    level, ink, grid = part_ink(view)
    assert grid is not None and len(grid.level) == 4 and len(grid.upright) == 5
    assert (level is view) == (lean == 0)
    assert cv2.countNonZero(ink.mask) < 0.05 * cv2.countNonZero(binarize(view.image).mask)
    left, top = np.rint(level.matrix @ [level.size[0] / 2, level.size[1] / 2, 1])
    assert abs(left - WIDTH / 2) <= 1 and abs(top - HEIGHT / 2) <= 1, "its middle is that of the picture"


@pytest.mark.parametrize("shade", [225, 235])
def test_what_is_no_form_is_parted_as_it_stands(shade: int) -> None:
    view = view_image(form(ROWS, shade=shade, lean=12))
    same, ink, grid = part_ink(view, "dark")
    assert same is view and grid is None and ink.polarity == "dark"
    assert np.array_equal(ink.mask, binarize(view.image, "dark").mask)


def test_boxes_of_a_leaning_form_stand_on_its_digits() -> None:
    image = form(["7.2", ".5.", "4.3"], lean=20)
    ink = np.asarray(image.min(axis=2)) < 90
    digits = [digit for line in Reader().read(Frame(image)).lines for digit in line.digits]
    assert len(digits) == 5
    for digit in digits:
        x0, y0, x1, y1 = digit.box
        assert ink[y0:y1, x0:x1].sum() > 0.8 * ink[y0 - 15 : y1 + 15, x0 - 15 : x1 + 15].sum()


def test_names_of_rows_are_left_unread() -> None:
    image = form([".47", ".25", ".83"])
    for y, name in zip((300, 410, 520), ("Name", "Hemd", "Kamm")):
        cv2.putText(image, name, (345, y), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (60, 60, 60), 2, cv2.LINE_AA)
    assert read(image) == ["47", "25", "83"]


def test_ink_is_kept_on_the_sheet_alone() -> None:
    mask = np.random.default_rng(1).integers(0, 2, (400, 400), np.uint8) * np.uint8(255)
    mask[80:320, 80:320] = 0
    mask[190:210, 150:250] = 255
    paper = np.full((50, 50), 40, np.uint8)
    paper[10:40, 10:40] = 220
    kept = keep_sheet(mask, paper)
    assert kept[190:210, 150:250].all() and cv2.countNonZero(kept) < 0.1 * cv2.countNonZero(mask)
    light = np.full((50, 50), 220, np.uint8)
    assert keep_sheet(mask, light) is mask, "without a dark ground there is nothing to take away"
