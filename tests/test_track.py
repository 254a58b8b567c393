"""A steady reading: when a text becomes stable, when it stays, when it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camcount.look import Look, look_at_image
from camcount.track import MAX_GAP, STABLE_AFTER, Tracker, Unsteady
from camcount.types import Box, Digit, Line, Reading

RATE = 30.0


def line(text: str, x: int = 100, y: int = 100, confidence: float = 0.97) -> Line:
    """Give a line of digits 40 pixels high, each surely what it is but "?"."""
    digits = []
    for i, value in enumerate(text):
        sure = 0.4 if value == "?" else confidence
        doubted = (("1", sure), ("7", 0.35), ("2", 0.2))
        top = doubted if value == "?" else ((value, sure), ("7" if value != "7" else "1", 1 - sure))
        digits.append(Digit(value, sure, Box(x + 40 * i, y, x + 40 * i + 30, y + 40), top))
    return Line(tuple(digits))


def readings(texts: Iterable[str | Line | None], rate: float = RATE, start: float = 0.0) -> Iterator[Reading]:
    """Give a reading a frame; None is a frame in which nothing is read."""
    for i, text in enumerate(texts):
        lines = () if text is None else (text if isinstance(text, Line) else line(text),)
        yield Reading(lines, (640, 480), i, start + i / rate)


def stable_text(reading: Reading) -> str:
    return "\n".join(each.text for each in reading.lines if each.stable)


def changes(tracker: Tracker, stream: Iterable[Reading]) -> list[tuple[float, str, str]]:
    """Give what a tracker tells of a stream: when, what, which text."""
    told = []
    for reading in stream:
        tracker.update(reading)
        told += [(round(reading.time, 3), each.kind, "/".join(x.text for x in each.lines)) for each in tracker.changes]
    return told


@pytest.mark.parametrize("rate", [8.0, 30.0, 120.0])
def test_a_text_is_stable_after_a_time_whatever_the_rate(rate: float) -> None:
    told = changes(Tracker(), readings(["407"] * round(2 * rate), rate))
    ((when, kind, text),) = told
    assert (kind, text) == ("reading", "407")
    assert STABLE_AFTER - 1e-3 <= when <= STABLE_AFTER + 1 / rate


def test_a_stable_line_is_told_once_and_shown_from_then_on() -> None:
    tracker = Tracker()
    shown = [stable_text(tracker.update(reading)) for reading in readings(["407"] * 60)]
    first = shown.index("407")
    assert set(shown[:first]) == {""} and set(shown[first:]) == {"407"}


def test_single_frames_that_err_change_nothing() -> None:
    texts = ["407"] * 90
    texts[40], texts[55], texts[56], texts[70] = "401", "40", "40", "1407"
    tracker = Tracker()
    shown = [stable_text(tracker.update(reading)) for reading in readings(texts)]
    assert set(shown[20:]) == {"407"}


@pytest.mark.parametrize(("before", "after"), [("129", "130"), ("99", "100"), ("1000", "7")])
def test_a_number_that_changes_is_followed_within_half_a_second(before: str, after: str) -> None:
    told = changes(Tracker(), readings([before] * 30 + [after] * 30))
    assert [text for _, kind, text in told if kind == "reading"] == [before, after]
    when = next(when for when, _, text in told if text == after)
    assert 1.0 < when <= 1.5


def test_what_doubts_is_tentative_and_never_stable() -> None:
    tracker = Tracker()
    shown = [tracker.update(reading) for reading in readings(["4?7"] * 60)]
    assert not any(each.stable for reading in shown for each in reading.lines)
    assert shown[-1].lines[0].text == "4?7" and not shown[0].lines


def test_a_stable_text_that_is_doubted_for_long_is_given_up() -> None:
    told = changes(Tracker(), readings(["407"] * 30 + ["4?7"] * 15 + ["407"] * 15))
    assert [kind for _, kind, _ in told] == ["reading"]
    told = changes(Tracker(), readings(["407"] * 30 + ["4?7"] * 60))
    assert [kind for _, kind, _ in told] == ["reading", "gone"]
    assert 1.0 + MAX_GAP < told[1][0] < 1.5 + MAX_GAP


def test_a_digit_that_flickers_between_two_values_is_not_stable() -> None:
    assert changes(Tracker(), readings(["407", "401"] * 60)) == []


def test_a_hand_before_the_number_keeps_it_but_not_for_ever() -> None:
    short, long = round(0.8 * MAX_GAP * RATE), round(1.5 * MAX_GAP * RATE)
    told = changes(Tracker(), readings(["407"] * 30 + [None] * short + ["407"] * 30 + [None] * long))
    assert [kind for _, kind, _ in told] == ["reading", "gone"]
    gone = told[-1]
    assert gone[2] == "407" and gone[0] == pytest.approx(2 + (short - 1) / RATE + MAX_GAP, abs=0.1)


def test_a_long_row_that_slides_past_the_edge_keeps_its_boxes_on_the_ink() -> None:
    row, pixels = "23456789", 2
    slid = []
    for frame in range(150):
        seen = [digit for digit in line(row, 100 - pixels * frame).digits if 0 <= digit.box.x0 < 160]
        slid.append(Line(tuple(seen)))
    tracker, shown = Tracker(), []
    for frame, reading in enumerate(readings(slid)):
        for each in tracker.update(reading).lines:
            shown.append(each.text)
            for digit in each.digits:
                truly = 100 - pixels * frame + 40 * row.index(digit.value)
                assert abs(digit.box.x0 - truly) <= 2 * pixels, (frame, each.text)
    assert {"2345", "3456", "4567"} <= set(shown)


def test_a_line_that_moves_keeps_its_track_and_its_boxes_follow() -> None:
    tracker = Tracker()
    moving = [line("407", 100 + 6 * i, 100 + 2 * i) for i in range(60)]
    steady = [tracker.update(reading) for reading in readings(moving)]
    assert {each.track for reading in steady for each in reading.lines} == {1}
    assert steady[-1].lines[0].box == moving[-1].box


def test_lines_are_followed_each_by_itself_and_stand_from_the_top() -> None:
    tracker = Tracker()
    both = line("12", 50, 300), line("407", 100, 100)
    steady = [tracker.update(Reading(both, (640, 480), i, i / RATE)) for i in range(30)]
    assert steady[-1].text == "407\n12" and [each.track for each in steady[-1].lines] == [2, 1]


def test_a_reading_waits_for_its_other_lines_but_not_for_one_that_stays_in_doubt() -> None:
    def stream(second: str) -> Iterator[Reading]:
        for i in range(60):
            later = (line(second, 100, 300),) if i >= 5 else ()
            yield Reading((line("407"), *later), (640, 480), i, i / RATE)

    assert [text for _, _, text in changes(Tracker(), stream("12"))] == ["407/12"]
    told = changes(Tracker(), stream("1?"))
    assert [text for _, _, text in told] == ["407"] and told[0][0] > STABLE_AFTER + 0.5


def test_another_scene_ends_all_lines_at_once() -> None:
    tracker = Tracker()
    here, there = (np.random.default_rng(seed).integers(0, 256, (24, 32), np.uint8) for seed in (1, 2))
    for i, reading in enumerate(readings(["407"] * 30 + [None] * 3)):
        picture = cv2.resize(here if i < 30 else there, (640, 480), interpolation=cv2.INTER_NEAREST)
        steady = tracker.update(reading, look_at_image(np.repeat(picture[..., None], 3, axis=2)))
        if i == 30:
            assert [each.kind for each in tracker.changes] == ["gone"] and not steady.lines


def test_blurred_frames_count_for_less() -> None:
    tracker = Tracker()
    thumb = np.zeros((18, 32), np.float32)
    for i, reading in enumerate(readings((["407"] * 30) + ["401"] * 12)):
        steady = tracker.update(reading, Look(20.0 if i < 30 else 3.0, thumb))
    assert stable_text(steady) == "407"
    followed = Tracker()
    for i, reading in enumerate(readings((["407"] * 30) + ["401"] * 20)):
        steady = followed.update(reading, Look(20.0, thumb))
    assert stable_text(steady) == "401"


def test_only_what_is_accepted_becomes_stable() -> None:
    tracker = Tracker(accepts=lambda text: len(text) == 4)
    assert changes(tracker, readings(["407"] * 60)) == []
    assert [text for _, _, text in changes(tracker, readings(["4071"] * 60, start=10))] == ["4071"]


def test_a_number_on_another_sheet_takes_the_place_of_the_first() -> None:
    moved = [line("407")] * 30 + [line("12", 300, 300)] * 30
    tracker = Tracker()
    told = changes(tracker, readings(moved))
    assert [(kind, text) for _, kind, text in told] == [("reading", "407"), ("gone", "407"), ("reading", "12")]
    assert told[1][0] <= 1.5 and told[2][0] <= 1.5


def test_two_tracks_on_one_line_become_one() -> None:
    tracker = Tracker()
    halves = [Reading((line("40"), line("71", 180)), (640, 480), i, i / RATE) for i in range(4)]
    whole = [Reading((line("4071"),), (640, 480), i, i / RATE) for i in range(4, 60)]
    for reading in [*halves, *whole]:
        steady = tracker.update(reading)
    assert [each.text for each in steady.lines] == ["4071"]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(["407", "40", "1", None]), max_size=60), st.floats(5, 120))
def test_any_stream_gives_lines_of_digits_with_confidences(texts: list[str | None], rate: float) -> None:
    tracker = Tracker()
    for reading in readings(texts, rate):
        for each in tracker.update(reading).lines:
            assert each.text.replace(" ", "").replace("?", "").isdigit() or set(each.text) <= {"?", " "}
            assert 0 <= each.confidence <= 1 and each.track


def test_without_memory_each_frame_stands_for_itself() -> None:
    tracker = Unsteady()
    told = []
    for reading in readings(["407", "407", "401", None, "407"]):
        assert tracker.update(reading).text == reading.text
        told += [each.lines[0].text for each in tracker.changes]
    assert told == ["407", "401", "401", "407"] and [each.kind for each in tracker.changes] == ["reading"]


def test_a_line_glimpsed_once_does_no_harm() -> None:
    for rate in (50.0, 120.0, 240.0):
        tracker = Tracker()
        for i, reading in enumerate(readings(["407"] + [None] * round(rate), rate)):
            tracker.update(reading, Look(20.0 if i else 1.0, np.zeros((18, 32), np.float32)))


def test_what_is_forgotten_is_told_as_gone() -> None:
    tracker = Tracker()
    assert changes(tracker, readings(["407"] * 30))
    tracker.reset()
    assert changes(tracker, readings([None], start=1.0)) == [(1.0, "gone", "407")]


def test_times_that_stand_still_do_no_harm() -> None:
    tracker = Tracker()
    for reading in readings(["407"] * 20):
        tracker.update(replace(reading, time=1.0))
    assert not tracker.changes


def test_a_space_that_a_few_frames_see_is_none_and_one_that_they_miss_stays() -> None:
    plain = line("4072")
    spaced = replace(plain, spaces=(2,))
    for usual, odd, text in ((plain, spaced, "4072"), (spaced, plain, "40 72")):
        tracker = Tracker()
        told = changes(tracker, readings([usual] * 30 + [odd] * 2 + [usual] * 10 + [odd, usual] * 5))
        assert [(kind, shown) for _, kind, shown in told] == [("reading", text)]


def test_a_space_that_stays_is_followed() -> None:
    plain = line("4072")
    tracker = Tracker()
    told = changes(tracker, readings([plain] * 30 + [replace(plain, spaces=(2,))] * 30))
    assert [shown for _, _, shown in told] == ["4072", "40 72"]
