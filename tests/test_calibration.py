"""How far confidences can be trusted, on cases made by hand, and which read digit stands for which."""

from __future__ import annotations

import json
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from camcount.errors import MissingExtraError
from camcount.evaluation.calibration import (
    Outcomes,
    bins_of_equal_mass,
    bins_of_equal_width,
    calibration_error,
    coverage,
    isotonic,
    safe_threshold,
)
from camcount.evaluation.matching import kept_by_edits, match_boxes, outcomes_by_place, outcomes_by_text, right_places
from camcount.evaluation.plots import draw_calibration, require_matplotlib
from camcount.evaluation.scoring import edit_distance
from camcount.types import Box, Digit, Line

pairs = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.62, 0.9, 0.99, 1.0]), st.booleans()), max_size=40)
digits = st.text("0123456789", max_size=12)


def test_calibration_error_by_hand() -> None:
    outcomes = Outcomes.of([(0.95, True)] * 3 + [(0.95, False), (0.61, True), (0.65, False)])
    low, high = bins_of_equal_width(outcomes)
    assert (low.digits, low.confidence, low.accuracy) == (2, pytest.approx(0.63), 0.5)
    assert (low.least, low.most) == (pytest.approx(9 / 15), pytest.approx(10 / 15))
    assert (high.digits, high.confidence, high.accuracy) == (4, pytest.approx(0.95), 0.75)
    assert calibration_error((low, high)) == pytest.approx((2 * 0.13 + 4 * 0.2) / 6)


def test_bins_of_equal_width_hold_their_upper_edge() -> None:
    bins = bins_of_equal_width(Outcomes.of([(0.0, False), (0.25, True), (0.5, True), (1.0, True)]), 4)
    assert [(part.least, part.digits) for part in bins] == [(0.0, 2), (0.25, 1), (0.75, 1)]


def test_bins_of_equal_mass_hold_as_many_each() -> None:
    outcomes = Outcomes.of([(0.9 + 0.001 * i, i % 3 > 0) for i in range(31)])
    bins = bins_of_equal_mass(outcomes)
    assert [part.digits for part in bins] == [3] + [2] * 14
    assert (bins[0].least, bins[0].most) == (pytest.approx(0.9), pytest.approx(0.902))


@pytest.mark.parametrize("bins", [bins_of_equal_width, bins_of_equal_mass])
def test_perfect_confidence_has_no_error(bins: object) -> None:
    perfect = Outcomes.of([(0.75, i < 3) for i in range(4)] * 20 + [(1.0, True)] * 15)
    assert callable(bins)
    assert calibration_error(bins(perfect)) == pytest.approx(0, abs=0.02)
    assert calibration_error(bins(Outcomes.of([]))) == 0


@given(pairs, st.randoms())
def test_the_order_of_the_digits_is_nothing(found: list[tuple[float, bool]], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert Outcomes.of(shuffled).to_dict() == Outcomes.of(found).to_dict()


def test_coverage_by_hand() -> None:
    outcomes = Outcomes.of([(0.4, False), (0.6, True), (0.6, False), (0.9, True)])
    shown = [(point.shown, point.wrong) for point in coverage(outcomes, (0, 0.5, 0.6, 0.7, 0.95))]
    assert shown == [(1.0, 0.5), (0.75, pytest.approx(1 / 3)), (0.75, pytest.approx(1 / 3)), (0.25, 0.0), (0.0, 0.0)]


@given(st.lists(st.floats(0, 1), max_size=30))
def test_isotonic_rises_and_keeps_the_mean(values: list[float]) -> None:
    fitted = isotonic(np.array(values))
    assert len(fitted) == len(values)
    assert (np.diff(fitted) >= -1e-12).all()
    assert fitted.sum() == pytest.approx(sum(values))


def test_isotonic_by_hand() -> None:
    assert isotonic(np.array([0.0, 1, 0, 0, 1, 1])).tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3, 1, 1])


@pytest.mark.parametrize(
    ("found", "threshold"),
    [
        pytest.param([(0.7, True)] * 9, 0.0, id="all right: all may be shown"),
        pytest.param([(0.99, False)] + [(0.5, True)], None, id="the surest is wrong"),
        pytest.param([], None, id="nothing read"),
        pytest.param([(0.5, False), (0.8, True), (0.9, True)], 0.8, id="from the first right one on"),
        pytest.param([(0.5, False)] + [(0.8, True)] * 99, 0.0, id="one wrong in a hundred is enough"),
        pytest.param([(0.5, False)] * 2 + [(0.8, True)] * 99, 0.8, id="two are too many"),
        pytest.param([(0.8, i > 1) for i in range(100)] + [(0.9, True)] * 10, 0.9, id="all of a confidence or none"),
        pytest.param([(0.5, i > 4) for i in range(10)] + [(0.6, i > 0) for i in range(10)] + [(0.9, True)] * 30, 0.9,
                     id="a step at a time"),
    ],
)
def test_safe_threshold(found: list[tuple[float, bool]], threshold: float | None) -> None:
    assert safe_threshold(Outcomes.of(found)) == threshold


def test_a_lucky_spot_earns_nothing() -> None:
    """Three of the 33 least sure are wrong; after the first of them the others are thinned out, by luck alone."""
    found = [(0.6 + i * 1e-3, i % 11 < 10) for i in range(33)] + [(0.8 + i * 1e-4, True) for i in range(200)]
    outcomes = Outcomes.of(found)
    naive = next(point.threshold for point in coverage(outcomes, outcomes.confidence.tolist()) if point.wrong <= 0.01)
    assert naive == pytest.approx(0.611)
    assert safe_threshold(outcomes) == 0.8


@given(pairs)
def test_a_safe_threshold_is_safe(found: list[tuple[float, bool]]) -> None:
    outcomes = Outcomes.of(found)
    threshold = safe_threshold(outcomes, 0.2)
    if threshold is not None:
        (point,) = coverage(outcomes, [threshold])
        assert point.shown and point.wrong <= 0.2 + 1e-9


def digit(value: str, x: int, confidence: float = 0.9, width: int = 20) -> Digit:
    return Digit(value if confidence >= 0.6 else "?", confidence, Box(x, 0, x + width, 40), ((value, confidence),))


def test_boxes_are_matched_best_first() -> None:
    wanted = [Box(0, 0, 20, 40), Box(22, 0, 42, 40)]
    assert match_boxes([Box(10, 0, 42, 40), Box(0, 0, 20, 40)], wanted) == {0: 1, 1: 0}
    assert match_boxes([Box(1, 1, 21, 40), Box(0, 0, 20, 40)], wanted) == {1: 0}, "one read digit for one wanted"
    assert match_boxes([Box(0, 0, 20, 8), Box(200, 0, 220, 40)], wanted) == {}, "a piece, and one far off"
    assert match_boxes([], wanted) == match_boxes(wanted, []) == {}


def test_digits_are_judged_by_place() -> None:
    wanted = [Line((digit("4", 0), digit("0", 30))), Line((digit("7", 60),))]
    read = [Line((digit("4", 1), digit("6", 31, 0.8), digit("7", 58, 0.3), digit("1", 300, 0.7)))]
    assert outcomes_by_place(read, wanted) == [(0.9, True), (0.8, False), (0.3, True), (0.7, False)]
    assert right_places(read, wanted) == (True, False, False), "what is printed as ? is not shown"
    assert right_places([], wanted) == (False, False, False)


def test_digits_are_judged_by_text_where_no_place_is_known() -> None:
    read = [Line((digit("4", 0), digit("0", 30, 0.5), digit("1", 60))), Line((digit("2", 0),))]
    assert outcomes_by_text(read, "40172") == [(0.9, True), (0.5, True), (0.9, True), (0.9, True)]
    assert outcomes_by_text(read, "") == [(0.9, False), (0.5, False), (0.9, False), (0.9, False)]


@pytest.mark.parametrize(
    ("read", "wanted", "kept"),
    [
        pytest.param("4071", "4071", "1111", id="exact"),
        pytest.param("4011", "4071", "1101", id="one changed"),
        pytest.param("471", "4071", "111", id="one missing"),
        pytest.param("40171", "4071", "11011", id="one too many"),
        pytest.param("", "4071", "", id="nothing read"),
        pytest.param("12", "", "00", id="made up"),
    ],
)
def test_kept_by_edits(read: str, wanted: str, kept: str) -> None:
    assert kept_by_edits(read, wanted) == [mark == "1" for mark in kept]


@given(digits, digits)
def test_what_is_kept_fits_the_edit_distance(read: str, wanted: str) -> None:
    kept = sum(kept_by_edits(read, wanted))
    distance = edit_distance(wanted, read)
    assert max(len(read), len(wanted)) - distance <= kept <= len(read) + len(wanted) - distance


@pytest.mark.filterwarnings("default")
def test_the_plot_is_a_picture_of_both_curves() -> None:
    pytest.importorskip("matplotlib")
    found = [(0.5 + i / 2000, i % 7 > 0) for i in range(1000)]
    for outcomes in (Outcomes.of(found), Outcomes.of([])):
        picture = cv2.imdecode(np.frombuffer(draw_calibration(outcomes), np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None and picture.shape == (460, 1000, 3)
    assert json.dumps(Outcomes.of(found).to_dict())


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r'pip install "camcount\[plot\]"'):
        require_matplotlib()
