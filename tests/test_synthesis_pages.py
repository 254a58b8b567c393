"""Pages by lot: every kind can be drawn, and what they tell of themselves is true."""

from __future__ import annotations

import functools
from dataclasses import replace

import cv2
import numpy as np
import pytest

from camcount.synthesis import OTHER, TRAITS, Hand, Page, Scene, draw_page, make_empty, make_page
from camcount.synthesis.chance import plan_page, random_text
from camcount.synthesis.grounds import GROUNDS
from camcount.synthesis.manner import ALIGNMENTS, CLUTTER, Manner
from camcount.synthesis.paper import PAPERS, RULED_PAPERS
from camcount.synthesis.traces import TRACES
from camcount.types import Box

SIZE = (640, 480)
CALM = Scene(noise=0, blur=0, quality=None, rotation=2)
SEEDS = range(60)


def page_of(text: str, manner: Manner | None = Manner(), scene: Scene = CALM, seed: int = 5) -> Page:
    return draw_page(text, SIZE, scene, np.random.default_rng(seed), Hand(seed), manner=manner)


def boxes_of(page: Page) -> list[Box]:
    return [digit.box for line in page.lines for digit in line.digits]


@functools.cache
def by_lot(seed: int) -> Page:
    return make_page(seed, None, SIZE)


def test_the_same_seed_gives_the_same_page_and_truth() -> None:
    for seed in range(4):
        for make in (make_page, make_empty):
            first, second = make(seed, size=SIZE), make(seed, size=SIZE)
            assert np.array_equal(first.image, second.image)
            assert np.array_equal(first.digit_map, second.digit_map)
            assert (first.lines, first.traits, first.touching) == (second.lines, second.traits, second.touching)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_map_agrees_with_the_boxes(seed: int) -> None:
    page = by_lot(seed)
    boxes = boxes_of(page)
    touching = {number for pair in page.touching for number in pair}

    assert page.digit_map.shape == page.image.shape[:2] and page.digit_map.dtype == np.uint16
    assert set(np.unique(page.digit_map)) <= {0, OTHER, *range(1, len(boxes) + 1)}
    for number, (x0, y0, x1, y1) in enumerate(boxes, 1):
        rows, columns = np.nonzero(page.digit_map == number)
        assert len(rows) or number in touching
        if number in touching:
            continue
        assert columns.min() >= x0 and rows.min() >= y0 and columns.max() < x1 and rows.max() < y1
        assert columns.max() - columns.min() + 1 >= x1 - x0 - 3 and rows.max() - rows.min() + 1 >= y1 - y0 - 3


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_come_from_the_top_and_digits_from_the_left(seed: int) -> None:
    page = by_lot(seed)
    turned = "tilt" in page.traits
    for line in page.lines:
        centres = [(digit.box.x0 + digit.box.x1) / 2 for digit in line.digits]
        assert turned or centres == sorted(centres)
        assert all(digit.confidence == 1 and digit.value.isdigit() for digit in line.digits)
    tops = [np.mean([digit.box.y0 + digit.box.y1 for digit in line.digits]) for line in page.lines]
    assert turned or tops == sorted(tops)


def test_ink_of_the_map_is_ink_of_the_picture() -> None:
    page, blank = page_of("20795\n46 138"), page_of("")
    changed = cv2.absdiff(page.image, blank.image).max(2) > 24

    assert changed[page.digit_map > 0].mean() > 0.9
    assert (page.digit_map > 0)[changed].mean() > 0.75


def test_traits_are_true() -> None:
    for seed in SEEDS:
        page = by_lot(seed)
        heights = [box.height for box in boxes_of(page)]
        assert page.traits <= set(TRAITS)
        assert ("touching" in page.traits) == bool(page.touching)
        assert ("clutter" in page.traits) == bool((page.digit_map == OTHER).any())
        assert ("small" in page.traits) == bool(heights and np.median(heights) * 1280 / SIZE[0] < 28)


def test_each_difficulty_comes_up_by_lot() -> None:
    # Small pictures have hardly room for small writing that can still be read.
    seen = [make_page(seed, size=(1280, 720)).traits for seed in range(30)]
    assert set().union(*seen) == set(TRAITS)


@pytest.mark.parametrize("trait", TRAITS)
def test_pages_of_one_difficulty_have_no_other(trait: str) -> None:
    traits = [make_page(seed, size=SIZE, only=trait).traits for seed in range(6)]
    assert all(told <= {trait} for told in traits)
    assert sum(trait in told for told in traits) >= 5


@pytest.mark.parametrize(
    ("scene", "manner", "traits"),
    [
        pytest.param(CALM, Manner(), set(), id="calm"),
        pytest.param(replace(CALM, tilt=12), Manner(), {"tilt"}, id="tilted"),
        pytest.param(replace(CALM, rotation=-9), Manner(), {"tilt"}, id="turned"),
        pytest.param(replace(CALM, rotation=358), Manner(), set(), id="hardly turned"),
        pytest.param(replace(CALM, shadow=0.3), Manner(), {"shadow"}, id="shaded"),
        pytest.param(replace(CALM, fill=0.1), Manner(), {"small"}, id="small"),
        pytest.param(CALM, Manner(touching=1.0), {"touching"}, id="touching"),
        pytest.param(CALM, Manner(broken=1.0, spacing=0.3), {"broken"}, id="broken"),
        pytest.param(CALM, Manner(clutter=("circle",)), {"clutter"}, id="clutter"),
    ],
)
def test_a_trait_is_told_where_it_was_asked_for(scene: Scene, manner: Manner, traits: set[str]) -> None:
    assert page_of("407 1283", manner, scene).traits == traits


def test_touching_digits_are_one_piece_of_ink_and_broken_ones_several() -> None:
    pairs = 0
    for seed in range(12):
        page = page_of("4071\n2253", Manner(touching=0.6), seed=seed)
        _, pieces = cv2.connectedComponents(np.uint8(page.digit_map > 0), connectivity=8)
        for first, second in page.touching:
            ours, theirs = (set(pieces[page.digit_map == number]) for number in (first, second))
            assert ours & theirs
            pairs += 1
    assert pairs > 20


def test_far_digits_do_not_touch() -> None:
    assert all(not page_of("4071\n225", Manner(spacing=0.5), seed=seed).touching for seed in range(6))


@pytest.mark.parametrize("kind", CLUTTER)
def test_each_clutter_is_drawn_and_is_no_digit(kind: str) -> None:
    page, plain = page_of("407 12\n225", Manner(clutter=(kind,))), page_of("407 12\n225")

    assert (page.digit_map == OTHER).any() and "clutter" in page.traits
    assert len(boxes_of(page)) < 8 if kind == "strike" else page.text == plain.text
    assert not (plain.digit_map == OTHER).any()


@pytest.mark.parametrize("align", ALIGNMENTS)
def test_each_alignment_keeps_the_text(align: str) -> None:
    assert page_of("40 7 1\n2 25 3\n9 1 1", Manner(align=align, sizes=3.0)).text == "40 7 1\n2 25 3\n9 1 1"


def test_sizes_differ_between_rows() -> None:
    page = page_of("44\n55\n66\n77", Manner(sizes=8))
    heights = [np.median([digit.box.height for digit in line.digits]) for line in page.lines]
    assert max(heights) > 2 * min(heights)


@pytest.mark.parametrize("paper", [*PAPERS, *GROUNDS])
def test_each_paper_is_drawn(paper: str) -> None:
    page = page_of("", scene=replace(CALM, paper=paper))

    assert page.lines == () and not page.digit_map.any()
    assert ("ruled" in page.traits) == (paper in RULED_PAPERS)
    assert page.image.std() > 0 or paper == "canvas"


def test_a_form_has_a_cell_for_each_digit() -> None:
    free, form = (page_of("4071", Manner(cell=1.3), replace(CALM, paper=paper)) for paper in ("plain", "form"))

    assert free.lines == form.lines
    widths = np.diff([(box.x0 + box.x1) / 2 for box in boxes_of(form)])
    assert widths.max() / widths.min() < 1.5


@pytest.mark.parametrize("trace", TRACES)
def test_each_trace_is_left_beside_the_digits(trace: str) -> None:
    scene = replace(CALM, fill=0.3)
    plain, marked = page_of("4071", scene=scene), page_of("4071", scene=replace(scene, traces=(trace,)))

    assert marked.lines == plain.lines
    assert (cv2.absdiff(plain.image, marked.image) > 6).any()
    if trace in ("finger", "punched", "spiral"):
        for x0, y0, x1, y1 in boxes_of(plain):
            assert np.abs(plain.image[y0:y1, x0:x1].astype(int) - marked.image[y0:y1, x0:x1]).mean() < 3


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"caster": "hand", "shadow": 0.4}, id="hand"),
        pytest.param({"shadow": 0.4, "shadows": 3}, id="shadows"),
        pytest.param({"sharpen": 1.0}, id="sharpened"),
        pytest.param({"shrink": 0.5}, id="coarse"),
        pytest.param({"tinge": 0.05}, id="greenish"),
        pytest.param({"desk": True, "ground": "wood"}, id="on wood"),
    ],
)
def test_each_change_of_light_and_camera_shows(change: dict[str, object]) -> None:
    plain, changed = page_of("4071"), page_of("4071", scene=replace(CALM, **change))  # type: ignore[arg-type]

    assert changed.lines == plain.lines
    assert not np.array_equal(changed.image, plain.image)


@pytest.mark.parametrize("seed", range(30))
def test_an_empty_page_has_no_digits(seed: int) -> None:
    page = make_empty(seed, (480, 360))

    assert page.lines == () and page.text == "" and page.touching == ()
    assert set(np.unique(page.digit_map)) <= {0, OTHER}


def test_a_given_text_is_written_as_it_is() -> None:
    for seed in range(20):
        assert make_page(seed, "40 71\n225", (480, 360)).text == "40 71\n225"


def test_texts_have_one_to_twelve_rows_and_digits() -> None:
    rng = np.random.default_rng(0)
    rows = [text.split("\n") for text in (random_text(rng) for _ in range(300))]

    assert {len(text) for text in rows} == set(range(1, 13))
    assert {len(row.replace(" ", "")) for text in rows for row in text} == set(range(1, 13))


def test_most_pages_have_none_of_the_difficulties_but_not_nearly_all() -> None:
    calm = [not by_lot(seed).traits for seed in SEEDS]
    assert 0.5 < np.mean(calm) < 0.75
    plans = [plan_page(np.random.default_rng(seed), SIZE, "AC") for seed in range(400)]
    assert {plan.scene.paper for plan in plans} == set(PAPERS)
    assert {kind for plan in plans for kind in plan.manner.clutter} == set(CLUTTER)


@pytest.mark.parametrize(
    ("field", "value"), [("align", "diagonal"), ("clutter", ("graffiti",))], ids=["alignment", "clutter"]
)
def test_a_manner_names_what_there_is(field: str, value: object) -> None:
    with pytest.raises(ValueError, match="no .* is called .*; there are"):
        replace(Manner(), **{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(("field", "value"), [("ground", "sand"), ("traces", ("bite",))])
def test_a_scene_names_grounds_and_traces(field: str, value: object) -> None:
    with pytest.raises(ValueError, match="no .* is called .*; there are"):
        replace(Scene(), **{field: value})  # type: ignore[arg-type]
