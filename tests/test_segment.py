"""Marks and the ways to part and join them: each digit is a glyph, whatever touches, breaks or surrounds it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from conftest import STROKES
from pages import boxes_of, find, page_of

from camcount.binarize import Ink, binarize
from camcount.cut import find_glyphs
from camcount.marks import Glyphs, Mark
from camcount.synthesis import Scene
from camcount.types import Box, Image

Strokes = Sequence[Sequence[tuple[float, float]]]
FIVE = [[(30, 0), (12, 45), (50, 45), (70, 75), (45, 100), (0, 95)]]
BAR = [[(42, 0), (80, -4)]]
RING = [[(50 + 30 * np.cos(t), 50 + 50 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 40)]]


def paint(*marks: tuple[Strokes, float, float], pen: int = 9, size: tuple[int, int] = (640, 480)) -> Image:
    """Paint strokes on a sheet, each mark at its place."""
    image = np.full((size[1], size[0], 3), 225, np.uint8)
    for strokes, x, y in marks:
        for stroke in strokes:
            points = np.rint((np.array(stroke) + [x, y]) * 16).astype(np.int32)
            cv2.polylines(image, [points], False, (40, 40, 40), pen, cv2.LINE_AA, 4)
    return image


def glyphs_of(image: Image) -> tuple[Ink, Glyphs]:
    ink = binarize(image)
    return ink, find_glyphs(ink)


def paste(mark: Mark, box: npt.NDArray[np.int32], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    canvas = np.zeros(shape, bool)
    x0, y0, x1, y1 = box
    canvas[y0:y1, x0:x1] = mark > 0
    return canvas


def test_each_digit_of_a_calm_page_is_there_whole_and_nothing_else_is() -> None:
    for seed in range(4):
        page = page_of("20735\n46", Scene(spacing=0.35), seed)
        ink, glyphs = glyphs_of(page.image)
        found = [[i for i in find(ink, glyphs, box) if glyphs.whole[i]] for box in boxes_of(page)]
        assert [len(which) for which in found] == [1] * 7
        assert glyphs.whole.sum() == len(set(glyphs.cluster)) == 7


def test_glyphs_tell_their_ink() -> None:
    ink, glyphs = glyphs_of(page_of("20735\n46").image)
    for mark, (x0, y0, x1, y1), darkness in zip(glyphs.marks, glyphs.boxes, glyphs.darkness):
        assert mark.shape == (y1 - y0, x1 - x0) and set(np.unique(mark)) <= {0, 255}
        assert mark[0].any() and mark[-1].any() and mark[:, 0].any() and mark[:, -1].any(), "cut to its box"
        assert not (mark & ~ink.mask[y0:y1, x0:x1]).any(), "nothing but ink"
        assert darkness == pytest.approx(ink.darkness[y0:y1, x0:x1][mark > 0].mean(), abs=0.01)


@pytest.mark.parametrize("scene", [Scene(spacing=-0.08), Scene(pen="pencil", paper="ruled")])
def test_a_glyph_is_the_union_of_its_pieces(scene: Scene) -> None:
    ink, glyphs = glyphs_of(page_of("2073\n5468", scene, 8).image)
    single = {
        (cluster, first): paste(mark, box, ink.mask.shape)
        for mark, box, cluster, first, last in zip(
            glyphs.marks, glyphs.boxes, glyphs.cluster, glyphs.first, glyphs.last
        )
        if first == last
    }
    assert len(single) < len(glyphs), "there are pieces to join"
    for i, mark in enumerate(glyphs.marks):
        pieces = [single[glyphs.cluster[i], k] for k in range(glyphs.first[i], glyphs.last[i] + 1)]
        assert np.array_equal(paste(mark, glyphs.boxes[i], ink.mask.shape), np.any(pieces, axis=0))
    for cluster in set(glyphs.cluster):
        spans = {(f, n) for c, f, n in zip(glyphs.cluster, glyphs.first, glyphs.last) if c == cluster}
        count = max(n for _, n in spans) + 1
        assert {(k, k) for k in range(count)} <= spans, "each piece by itself"
        assert spans <= {(f, n) for f in range(count) for n in range(f, count)}
        assert count > 3 or len(spans) == count * (count + 1) / 2, "of few pieces, every way to join neighbours"


def test_two_rings_with_a_bridge_may_be_cut_between_them() -> None:
    image = paint((RING, 200, 150), (RING, 280, 150), ([[(85, 60), (96, 56)]], 200, 150))
    ink, glyphs = glyphs_of(image)
    assert len(set(glyphs.cluster)) == 1
    assert int(np.flatnonzero(glyphs.whole)[0]) in find(ink, glyphs, Box(215, 145, 365, 255), 0.9)
    for left in (200, 280):
        halves = find(ink, glyphs, Box(left + 15, 145, left + 86, 255), 0.8)
        assert halves and not glyphs.whole[halves].any()


@pytest.mark.parametrize("text", ["40", "00", "66", "88", "06"])
def test_digits_that_touch_have_glyphs_of_their_own(text: str) -> None:
    found = []
    for seed in range(12):
        page = page_of(text, Scene(spacing=-0.06), seed)
        ink, glyphs = glyphs_of(page.image)
        if len(set(glyphs.cluster)) == 1:
            found += [bool(find(ink, glyphs, box, 0.75)) for box in boxes_of(page)]
    assert len(found) >= 8 and np.mean(found) >= 0.75


def joined(glyphs: Glyphs) -> list[int]:
    """Give the glyphs that are all pieces of their cluster."""
    last = {cluster: glyphs.last[glyphs.cluster == cluster].max() for cluster in set(glyphs.cluster.tolist())}
    return [i for i in range(len(glyphs)) if glyphs.first[i] == 0 and glyphs.last[i] == last[int(glyphs.cluster[i])]]


def test_a_five_with_a_loose_bar_may_be_joined() -> None:
    ink, glyphs = glyphs_of(paint((FIVE, 250, 150), (BAR, 250, 150)))
    assert len(set(glyphs.cluster)) == 1
    (five,) = joined(glyphs)
    assert five in find(ink, glyphs, Box(245, 141, 335, 255), 0.9), "the whole five"
    alone = [i for i in find(ink, glyphs, Box(245, 145, 325, 255), 0.85) if glyphs.whole[i]]
    assert len(alone) == 1, "and the five without its bar"
    assert glyphs.whole.sum() == 2, "bar and five, each as it stands, whatever else they may be cut into"


def test_a_digit_broken_in_halves_may_be_joined() -> None:
    top = [RING[0][20:]]
    bottom = [RING[0][1:19]]
    ink, glyphs = glyphs_of(paint((top, 250, 150), (bottom, 250, 158)))
    assert set(joined(glyphs)) & set(find(ink, glyphs, Box(265, 145, 335, 263), 0.85))


@pytest.mark.parametrize("x", [10, 40, 70])
def test_a_digit_that_may_be_cut_is_there_whole_without_the_speck_beside_it(x: int) -> None:
    speck = [[(x, -30), (x + 10, -24)]]
    _, glyphs = glyphs_of(paint((FIVE, 250, 150), (speck, 250, 150)))
    assert len(set(glyphs.cluster)) == 1 and len(glyphs) > 3
    assert glyphs.whole.sum() == 2


def test_a_mark_may_be_cut_and_one_of_its_parts_joined_with_a_loose_bar() -> None:
    # A 0 touches a 5, of which the bar stands off: the 5 is a part of one mark and all of another.
    bridge = [[(82, 52), (98, 46)]]
    ink, glyphs = glyphs_of(paint((RING, 180, 150), (FIVE, 268, 150), (bridge, 180, 150), (BAR, 268, 150)))
    assert len(set(glyphs.cluster)) == 1
    for left, right in ((195, 268), (265, 353)):
        assert find(ink, glyphs, Box(left, 142, right, 255), 0.8)
    five = max(find(ink, glyphs, Box(265, 142, 353, 255), 0.8), key=lambda i: int(glyphs.last[i] - glyphs.first[i]))
    assert not glyphs.whole[five], "part of one mark, and all of another"


def test_a_clean_row_has_as_many_glyphs_as_digits_since_marks_as_wide_as_most_are_no_pair() -> None:
    # Each is wide enough to be two narrow digits, but they cannot all be.
    row = [(FIVE, 60 + 140 * i, 60 + 160 * k) for i in range(4) for k in range(2)]
    _, glyphs = glyphs_of(paint(*row))
    assert len(glyphs) == 8 and glyphs.whole.all()
    _, alone = glyphs_of(paint(row[0], row[2]))
    assert len(alone) > 2, "of a few nobody knows"


def test_in_a_crowd_of_like_digits_the_pair_that_touches_is_cut() -> None:
    row = [(RING, 20 + 110 * i, 60 + 170 * k) for i in range(4) for k in range(2)]
    pair = (RING, 130, 420), (RING, 198, 420)
    ink, glyphs = glyphs_of(paint(*row, *pair, size=(640, 600)))
    assert glyphs.whole.sum() == 9
    assert len(set(glyphs.cluster[~glyphs.whole].tolist())) == 1
    for _, left, top in pair:
        assert find(ink, glyphs, Box(left + 15, top - 5, left + 86, top + 105), 0.8)


@pytest.mark.parametrize(("text", "apart"), [("49", 28), ("43", 32), ("27", 34), ("66", 34), ("06", 40)])
def test_in_a_crowd_a_pair_no_wider_than_most_is_cut_where_it_is_notched(text: str, apart: int) -> None:
    crowd = [(RING, 20 + 110 * i, 60 + 170 * k) for i in range(4) for k in range(2)]
    narrow = [[[(34 * x, 100 * y) for x, y in stroke] for stroke in STROKES[character]] for character in text]
    pair = (narrow[0], 150, 420), (narrow[1], 150 + apart, 420)
    ink, glyphs = glyphs_of(paint(*crowd, *pair, size=(640, 600)))
    assert glyphs.whole.sum() == 9 and len(set(glyphs.cluster[~glyphs.whole].tolist())) == 1, "the crowd stays whole"
    for _, left, top in pair:
        parts = find(ink, glyphs, Box(left - 5, top - 5, left + 40, top + 106), 0.65)
        assert not glyphs.whole[parts].all()


def test_a_row_that_hangs_together_has_each_digit_but_no_glyph_of_half_the_row() -> None:
    rings = [(RING, 20 + 66 * i, 150) for i in range(8)]
    ink, glyphs = glyphs_of(paint(*rings))
    assert len(set(glyphs.cluster)) == 1 and glyphs.whole.sum() == 1
    found = [find(ink, glyphs, Box(left + 15, 145, left + 86, 255), 0.75) for _, left, _ in rings]
    assert sum(map(bool, found)) >= 6
    wide = glyphs.boxes[:, 2] - glyphs.boxes[:, 0]
    high = glyphs.boxes[:, 3] - glyphs.boxes[:, 1]
    assert (glyphs.whole | (wide < 3 * high.max())).all()
    assert len(glyphs) < 150


def test_rows_above_each_other_are_not_only_joined() -> None:
    for seed in range(4):
        page = page_of("712\n345\n106", Scene(spacing=0.3), seed)
        ink, glyphs = glyphs_of(page.image)
        assert all(find(ink, glyphs, box) for box in boxes_of(page))


@pytest.mark.parametrize("gap", [25, 60])
def test_a_frame_around_a_number_leaves_its_digits(gap: int) -> None:
    page = page_of("407", Scene(fill=0.5), 3)
    boxes = np.array(boxes_of(page))
    image = page.image.copy()
    x0, y0 = (int(side) for side in boxes[:, :2].min(axis=0) - gap)
    x1, y1 = (int(side) for side in boxes[:, 2:].max(axis=0) + gap)
    cv2.rectangle(image, (x0, y0), (x1, y1), (60, 50, 50), 5)
    ink, glyphs = glyphs_of(image)
    assert all(find(ink, glyphs, box) for box in boxes_of(page))


def test_specks_and_lines_are_left_out() -> None:
    image = paint((RING, 300, 180))
    rng = np.random.default_rng(4)
    for x, y in rng.integers(20, 460, (150, 2)):
        if not 280 < x < 400:
            cv2.circle(image, (int(x), int(y)), 1, (40, 40, 40), -1)
    cv2.line(image, (30, 400), (500, 410), (40, 40, 40), 5)
    cv2.line(image, (40, 60), (140, 64), (40, 40, 40), 4)
    cv2.line(image, (0, 440), (639, 440), (40, 40, 40), 3)
    ink, glyphs = glyphs_of(image)
    assert len(set(glyphs.cluster)) == glyphs.whole.sum() == 1
    assert np.flatnonzero(glyphs.whole)[0] in find(ink, glyphs, Box(315, 175, 385, 285), 0.9)


@pytest.mark.parametrize(("side", "step"), [(9, 18), (14, 28), (20, 32), (40, 70)])
def test_a_texture_is_looked_at_within_bounds(side: int, step: int) -> None:
    image = np.full((720, 1280, 3), 230, np.uint8)
    image[(np.indices((720, 1280)) % step < side).all(axis=0)] = 30
    _, glyphs = glyphs_of(image)
    assert 0 < len(glyphs) <= 300, "blots are neither cut nor joined"


def test_no_ink_gives_no_glyphs_but_arrays_of_the_usual_shape() -> None:
    _, glyphs = glyphs_of(np.full((480, 640, 3), 200, np.uint8))
    assert len(glyphs) == 0 and glyphs.marks == ()
    assert glyphs.boxes.shape == (0, 4) and glyphs.boxes.dtype == np.int32
    for column in (glyphs.darkness, glyphs.whole, glyphs.cluster, glyphs.first, glyphs.last):
        assert column.shape == (0,)


def four(gap: float) -> Strokes:
    """Write a 4 whose two strokes, one as high as the other, do not quite meet."""
    return [[(20, 0), (10, 75), (60, 75)], [(62 + gap, 10), (62 + gap, 100)]]


@pytest.mark.parametrize(("gap", "joined"), [(13, True), (22, True), (45, False)])
def test_large_pieces_are_joined_where_their_ink_nearly_meets(gap: float, joined: bool) -> None:
    _, glyphs = glyphs_of(paint((four(gap), 200, 200)))
    assert glyphs.whole.sum() == 2
    width = glyphs.boxes[:, 2] - glyphs.boxes[:, 0]
    assert bool((width > 60 + gap).any()) == joined


def test_rows_that_stand_close_together_are_no_pieces_of_each_other() -> None:
    zigzag = [[(40.0 * i, 50.0 * (i % 2)) for i in range(5)]]
    ink, glyphs = glyphs_of(paint((zigzag, 200, 200), (zigzag, 200, 270)))
    upper = glyphs.boxes[:, 1] + glyphs.boxes[:, 3] < 2 * 260 * ink.scale
    rows = [set(glyphs.cluster[which].tolist()) for which in (upper, ~upper)]
    assert all(rows) and not rows[0] & rows[1]
