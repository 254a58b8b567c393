"""Types: what they say of themselves, and the JSON shape."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from camcount.types import Box, Digit, Frame, Line, Reading

probabilities = st.floats(0, 1)
pixels = st.integers(0, 5000)
boxes = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), pixels, pixels, pixels, pixels)
values = st.sampled_from("0123456789?")
digits = st.builds(Digit, values, probabilities, boxes, st.lists(st.tuples(values, probabilities)).map(tuple))


@st.composite
def lines(draw: st.DrawFn) -> Line:
    marks = draw(st.lists(digits, min_size=1, max_size=12))
    spaces = draw(st.sets(st.integers(1, len(marks) - 1))) if len(marks) > 1 else set()
    return Line(tuple(marks), draw(st.none() | st.integers(0)), tuple(sorted(spaces)))


readings = st.builds(
    Reading, st.lists(lines(), max_size=5).map(tuple), st.tuples(pixels, pixels), st.integers(0), st.floats(0, 1e6),
    st.text(), st.floats(0, 1e6),
)


@given(readings)
def test_a_reading_survives_its_json(reading: Reading) -> None:
    assert Reading.from_dict(json.loads(json.dumps(reading.to_dict()))) == reading


def test_another_schema_is_refused() -> None:
    data = Reading((), (4, 3)).to_dict()
    with pytest.raises(ValueError, match="schema 2 is not 1"):
        Reading.from_dict({**data, "schema": 2})


def test_a_line_is_as_sure_as_its_least_sure_digit_and_holds_them_all() -> None:
    line = Line((Digit("0", 0.9, Box(10, 5, 20, 30)), Digit("7", 0.6, Box(25, 2, 40, 28))), spaces=(1,))
    assert (line.text, line.confidence, line.box) == ("0 7", 0.6, Box(10, 2, 40, 30))


def test_the_crop_is_neither_compared_nor_written() -> None:
    digit = Digit("3", 0.8, Box(0, 0, 5, 9))
    with_crop = replace(digit, crop=np.zeros((28, 28), np.uint8))
    assert with_crop == digit and hash(with_crop) == hash(digit)
    assert "crop" not in json.dumps(Reading((Line((with_crop,)),), (10, 10)).to_dict())


def test_frame_and_box_tell_their_size() -> None:
    assert Frame(np.zeros((3, 7, 3), np.uint8)).size == (7, 3)
    assert (Box(2, 3, 10, 5).width, Box(2, 3, 10, 5).height) == (8, 2)
