"""Drawn pages: the same seed gives the same page, and the truth is where the ink is."""

from __future__ import annotations

import itertools
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camcount.synthesis import Hand, Page, Scene, Strokes, draw_page, make_page, random_scene
from camcount.synthesis.camera import Sensor, homography, project, seen_part
from camcount.synthesis.ink import FAINT_PENS, PENS, draw_strokes
from camcount.synthesis.paper import DARK_PAPERS, PAPERS
from camcount.synthesis.shapes import CHARACTERS, DIGITS, MARKS, SHAPES

SIZE = (480, 360)
CALM = Scene(noise=0, blur=0, quality=None)
texts = st.lists(
    st.lists(st.text(DIGITS, min_size=1, max_size=4), min_size=1, max_size=2).map(" ".join), min_size=1, max_size=3
).map("\n".join)


def page_of(text: str, scene: Scene = CALM, seed: int = 5) -> Page:
    return draw_page(text, SIZE, scene, np.random.default_rng(seed), Hand(seed))


def ink_of(text: str, scene: Scene, seed: int = 5) -> npt.NDArray[np.bool_]:
    """The pixels that the ink changed: the same sheet in the same light, written on and blank."""
    written, blank = page_of(text, scene, seed).image, page_of("", scene, seed).image
    return np.asarray(cv2.absdiff(written, blank).max(2) > 24)


def boxes_of(page: Page) -> list[tuple[int, int, int, int]]:
    return [tuple(digit.box) for line in page.lines for digit in line.digits]


@settings(max_examples=25, deadline=None)
@given(texts, st.integers(0, 2**32 - 1))
def test_truth_is_the_text_and_every_box_lies_in_the_picture(text: str, seed: int) -> None:
    scene = random_scene(np.random.default_rng(seed))
    page = draw_page(text, SIZE, scene, np.random.default_rng(seed), Hand(seed))

    assert page.image.shape == (SIZE[1], SIZE[0], 3) and page.image.dtype == np.uint8
    assert page.text == text
    assert [len(line.digits) for line in page.lines] == [len(row.replace(" ", "")) for row in text.split("\n")]
    assert all(0 <= x0 < x1 <= SIZE[0] and 0 <= y0 < y1 <= SIZE[1] for x0, y0, x1, y1 in boxes_of(page))


def test_the_same_seed_gives_the_same_page() -> None:
    first, second, other = make_page(7), make_page(7), make_page(8)

    assert np.array_equal(first.image, second.image)
    assert first.lines == second.lines
    assert not np.array_equal(first.image, other.image)


@pytest.mark.parametrize(
    "scene",
    [
        pytest.param(CALM, id="straight from above"),
        pytest.param(replace(CALM, tilt=25), id="from aslant"),
        pytest.param(replace(CALM, rotation=14), id="turned"),
        pytest.param(replace(CALM, rotation=180, tilt=10), id="upside down"),
        pytest.param(replace(CALM, pen="marker"), id="thick"),
    ],
)
def test_each_box_holds_the_ink_of_its_digit_and_no_more(scene: Scene) -> None:
    text = "20795\n46 138"
    ink, page = ink_of(text, scene), page_of(text, scene)

    rest = ink.copy()
    for x0, y0, x1, y1 in boxes_of(page):
        rows, columns = np.nonzero(ink[y0:y1, x0:x1])
        assert len(rows), "no ink in the box"
        extent = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        assert np.abs(np.array(extent) - [0, 0, x1 - x0, y1 - y0]).max() <= 2
        rest[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1] = False
    assert not rest.any()


def test_another_paper_pen_or_light_moves_no_digit_out_of_its_place() -> None:
    plain = page_of("4071\n22 5")
    for paper in PAPERS:
        other = page_of("4071\n22 5", replace(CALM, paper=paper, shadow=0.5, flash=0.3, noise=5, quality=60))
        assert other.lines == plain.lines


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        pytest.param("9x2+7", "9 2 7", id="signs part groups"),
        pytest.param("12 + 3=15", "12 3 15", id="signs among blanks"),
        pytest.param("A7\nKM\n0", "7\n0", id="letters are not read"),
        pytest.param("007", "007", id="leading zeros stay"),
        pytest.param("", "", id="blank page"),
        pytest.param("?\n-", "", id="only signs"),
    ],
)
def test_what_is_not_a_digit_is_drawn_but_not_in_the_truth(text: str, truth: str) -> None:
    assert page_of(text).text == truth
    assert ink_of(text, CALM).any() == bool(text)


def test_every_shape_can_be_written() -> None:
    for seed, name in itertools.product(range(3), SHAPES):
        strokes = Hand(seed)(name, np.random.default_rng(seed))
        points = np.concatenate(strokes)
        assert all(stroke.ndim == 2 and stroke.shape[1] == 2 and stroke.dtype == np.float32 for stroke in strokes)
        assert np.isfinite(points).all()
        assert -0.6 < points.min() and points.max() < 2.2
    assert set(DIGITS) <= CHARACTERS and not CHARACTERS & set(MARKS)


def test_a_digit_is_as_high_as_the_unit() -> None:
    heights = [np.ptp(np.concatenate(Hand(s)(d, np.random.default_rng(s)))[:, 1]) for s in range(20) for d in DIGITS]

    assert 0.95 < np.mean(heights) < 1.1
    assert 0.75 < np.min(heights) and np.max(heights) < 1.4


def test_one_hand_writes_more_alike_than_two() -> None:
    def write(hand: int, chance: int) -> npt.NDArray[np.float32]:
        strokes = [Hand(hand)(digit, np.random.default_rng(chance)) for digit in DIGITS]
        pictures = []
        for digit in strokes:
            canvas = np.zeros((48, 48), np.uint8)
            for stroke in digit:
                cv2.polylines(canvas, [np.int32(stroke * 32 + 8).reshape(-1, 1, 2)], False, 255, 3)
            pictures.append(cv2.GaussianBlur(canvas, (0, 0), 2))
        return np.array(pictures, np.float32)

    own = [np.abs(write(hand, 1) - write(hand, 2)).mean() for hand in range(12)]
    others = [np.abs(write(hand, 1) - write(hand + 1, 2)).mean() for hand in range(12)]
    assert 0 < np.mean(own) < 0.7 * np.mean(others)


def test_any_supplier_of_strokes_writes_the_page() -> None:
    def square(character: str, rng: np.random.Generator) -> Strokes:
        return [np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], np.float32)]

    page = draw_page("3 1", SIZE, CALM, np.random.default_rng(0), square)

    assert page.text == "3 1"
    for x0, y0, x1, y1 in boxes_of(page):
        assert abs((x1 - x0) - (y1 - y0)) <= 2


def test_a_writer_says_what_it_cannot_write() -> None:
    with pytest.raises(KeyError, match="ß"):
        page_of("ß")


@pytest.mark.parametrize(("spacing", "touches"), [(-0.3, True), (0.3, False)])
def test_spacing_decides_whether_digits_touch(spacing: float, touches: bool) -> None:
    page = page_of("808080", replace(CALM, spacing=spacing))
    digits = page.lines[0].digits

    assert any(left.box.x1 > right.box.x0 for left, right in zip(digits, digits[1:])) == touches


@pytest.mark.parametrize(("key", "value"), [("paper", "papyrus"), ("pen", "quill")])
def test_a_scene_names_what_there_is(key: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"no {key} is called '{value}'; there are"):
        replace(CALM, **{key: value})


@pytest.mark.parametrize(("paper", "pen"), [(paper, pen) for paper in PAPERS for pen in PENS])
def test_ink_shows_on_its_paper(paper: str, pen: str) -> None:
    if PENS[pen].light != (paper in DARK_PAPERS):
        return
    scene = replace(CALM, paper=paper, pen=pen)
    with_ink, without = page_of("8", scene).image, page_of("", scene).image
    x0, y0, x1, y1 = boxes_of(page_of("8", scene))[0]
    difference = with_ink[y0:y1, x0:x1].astype(int).mean(2) - without[y0:y1, x0:x1].mean(2)

    strongest = difference.max() if PENS[pen].light else -difference.min()
    assert strongest > (25 if pen in FAINT_PENS else 50)


@pytest.mark.parametrize("width", [0.8, 2.0, 5.5, 20.0])
def test_a_line_is_as_wide_as_the_pen(width: float) -> None:
    pen = replace(PENS["gel"], pressure=0.0, fading=0.0, opacity=(1.0, 1.0))
    coverage, box = draw_strokes([np.array([[10.0, 50], [110, 50]], np.float32)], width, pen, np.random.default_rng(0))
    column = coverage[:, 60 - box.x0].astype(float)

    assert column.sum() / 255 == pytest.approx(width, rel=0.15, abs=0.35)
    assert (column * (np.arange(len(column)) + box.y0)).sum() / column.sum() == pytest.approx(50, abs=0.6)


@given(st.floats(0, 40), st.floats(-180, 180), st.floats(0, 360))
def test_the_camera_looks_at_the_middle_and_sees_all_of_its_part(tilt: float, rotation: float, towards: float) -> None:
    matrix = homography(SIZE, tilt, rotation, towards)
    x0, y0, x1, y1 = seen_part(matrix, SIZE)
    corners = np.array([[0, 0], [SIZE[0], 0], [SIZE[0], SIZE[1]], [0, SIZE[1]]], float)
    on_page = project(np.linalg.inv(matrix), corners)

    assert project(matrix, np.array([[240.0, 180.0]])) == pytest.approx(np.array([[240.0, 180.0]]))
    assert (on_page >= [x0, y0]).all() and (on_page <= [x1, y1]).all()
    assert project(matrix, on_page) == pytest.approx(corners, abs=1e-6)


def test_noise_has_the_deviation_asked_for_and_is_fresh_each_time() -> None:
    grey = np.full((200, 300, 3), 128, np.uint8)
    rng = np.random.default_rng(0)
    sensor = Sensor((300, 200), 6.0, rng)
    first, second = (sensor.expose(grey, rng).astype(int) - 128 for _ in range(2))

    assert first.std() == pytest.approx(6.0, rel=0.15)
    assert abs(first.mean()) < 0.5
    assert (first - second).std() > 6.0
    assert np.array_equal(Sensor((300, 200), 0.0, rng).expose(grey, rng), grey)


def test_a_shadow_takes_its_share_of_the_light() -> None:
    page = page_of("", replace(CALM, shadow=0.5, vignette=0, slope=0)).image.mean(2)
    lit, shaded = np.percentile(page, 98), np.percentile(page, 2)

    assert shaded / lit == pytest.approx(0.5, abs=0.06)
