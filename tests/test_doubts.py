"""Doubts: recorded digits that look like nobody else's are cut wrongly, or named wrongly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from material import recorded

from camcount.synthesis.doubts import undoubted_digits
from camcount.synthesis.shapes import DIGITS
from camcount.synthesis.strokes import StrokeSet

HANDS = 12
CHARACTERS = [(digit, hand) for hand in range(HANDS) for digit in DIGITS]


@pytest.fixture(scope="module")
def strokes() -> StrokeSet:
    return recorded(CHARACTERS)


def renamed(strokes: StrokeSet, changes: dict[int, str]) -> StrokeSet:
    labels = list(strokes.labels)
    for index, label in changes.items():
        labels[index] = label
    return replace(strokes, labels=tuple(labels))


def test_well_written_digits_are_not_doubted(strokes: StrokeSet) -> None:
    assert undoubted_digits(strokes).mean() > 0.97


@pytest.mark.parametrize(("shown", "told"), [("0", "4"), ("6", "7"), ("7", "6"), ("3", "0")])
def test_a_digit_that_is_told_as_another_is_doubted_and_no_other_is(strokes: StrokeSet, shown: str, told: str) -> None:
    wrong = CHARACTERS.index((shown, 5))
    before, after = undoubted_digits(strokes), undoubted_digits(renamed(strokes, {wrong: told}))
    assert before[wrong] and not after[wrong]
    assert (np.delete(before, wrong) == np.delete(after, wrong)).mean() > 0.98


def test_a_writer_s_own_characters_are_no_witnesses() -> None:
    # One hand draws a 0 whenever it is asked for a 4; however often it does, nobody else's 4 looks so.
    shown = recorded(CHARACTERS + [("0", HANDS + 7)] * 12)
    told = renamed(shown, dict.fromkeys(range(len(CHARACTERS), len(shown)), "4"))
    assert not undoubted_digits(told)[len(CHARACTERS):].any()
    by_many = replace(told, writers=np.concatenate([told.writers[: len(CHARACTERS)], 100 + np.arange(12)]))
    assert undoubted_digits(by_many)[len(CHARACTERS):].all(), "but if many write so, it is a way to write it"


def test_among_few_hands_one_s_own_are_no_witnesses_either() -> None:
    two = recorded([("0", 0), ("0", 0), ("7", 1)])
    assert not undoubted_digits(two).any()


def test_of_one_hand_alone_nothing_is_doubted() -> None:
    assert undoubted_digits(recorded([(digit, 3) for digit in DIGITS])).all()


def test_what_is_no_digit_is_not_given() -> None:
    mixed = recorded([(character, hand) for hand in range(4) for character in "07AE"])
    assert undoubted_digits(mixed).tolist() == [label in "07" for label in mixed.labels]
    assert undoubted_digits(recorded([("A", 0), ("E", 1)])).tolist() == [False, False]
