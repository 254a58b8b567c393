"""--digits: how many digits are wanted decides where the marks alone do not, and never against what is plain."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from byhand import NEITHER, PLAIN, Sides, alone, clustered, fair, row_of, sure, table, told
from click.testing import CliRunner
from conftest import drawn

from camcount.assemble import assemble_lines
from camcount.classify import NOT_A_DIGIT
from camcount.cli import main
from camcount.marks import Glyphs
from camcount.reader import Reader
from camcount.types import Crops, Probabilities

PAIR_AFTER_FOUR = [(0, 0, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1)]
"""A mark alone, and one that may be cut in two."""


def read(glyphs: Glyphs, rows: list[list[float]], digits: range | None = None) -> list[str]:
    crops = np.zeros((len(glyphs), 28, 28), np.uint8)
    lines = assemble_lines(glyphs, crops, table(rows), fair(glyphs, rows), min_confidence=0, digits=digits)
    return [line.text for line in lines]


def four_and_pair(first: float, whole: float, second: float) -> tuple[Glyphs, list[list[float]]]:
    """Give a 4 and a mark that is 0 as a whole or 2 and 3 in its parts, with such probabilities."""
    boxes: list[Sides] = [(100, 300, 130, 350), (140, 300, 172, 350), (140, 300, 210, 350), (178, 300, 210, 350)]
    glyphs = clustered(boxes, PAIR_AFTER_FOUR, whole=[True, False, True, False])
    return glyphs, [told(4, 0.999), told(2, first), told(0, whole), told(3, second)]


def test_a_mark_is_cut_when_that_gives_as_many_digits_as_wanted() -> None:
    glyphs, rows = four_and_pair(0.6, 0.9, 0.6)
    assert read(glyphs, rows) == ["40"]
    assert read(glyphs, rows, range(2, 3)) == ["40"]
    assert read(glyphs, rows, range(3, 4)) == ["423"]
    assert read(glyphs, rows, range(3, 6)) == ["423"]
    assert read(glyphs, rows, range(1, 4)) == ["40"], "of the wanted lengths, the likeliest"


def test_and_left_whole_when_cutting_gives_too_many() -> None:
    glyphs, rows = four_and_pair(0.9, 0.6, 0.9)
    assert read(glyphs, rows) == ["423"]
    assert read(glyphs, rows, range(2, 3)) == ["40"]


def test_it_is_not_cut_into_what_is_no_digit_at_all() -> None:
    glyphs, rows = four_and_pair(1e-4, 0.99, 1e-4)
    assert read(glyphs, rows, range(3, 4)) == ["40"]


def test_a_doubtful_mark_beside_the_row_is_read_or_left_as_wanted() -> None:
    glyphs = alone(row_of("4071", 100, 300))
    rows = [*sure("407"), told(1, 0.02)]
    assert read(glyphs, rows) == ["407"]
    assert read(glyphs, rows, range(4, 5)) == ["4071"]
    rows = [*sure("407"), told(1, 0.6)]
    assert read(glyphs, rows) == ["4071"]
    assert read(glyphs, rows, range(3, 4)) == ["407"]


@pytest.mark.parametrize("wanted", [range(2, 3), range(5, 6), range(9, 10)], ids=["fewer", "more", "many more"])
def test_plain_digits_are_neither_made_up_nor_left_out(wanted: range) -> None:
    glyphs = alone(row_of("4071", 100, 300) + row_of("8", 330, 300))
    rows = [*sure("4071", 0.9999), told(NOT_A_DIGIT, 0.99999)]
    assert read(glyphs, rows) == read(glyphs, rows, wanted) == ["4071"]


def test_each_row_is_fitted_by_itself_and_the_right_ones_stay() -> None:
    boxes = row_of("407", 100, 100) + row_of("4071", 100, 300)
    rows = [*sure("40", 0.99999), told(7, 0.55), *sure("407", 0.99999), told(1, 0.02)]
    assert read(alone(boxes), rows) == ["407", "407"]
    assert read(alone(boxes), rows, range(4, 5)) == ["407", "4071"], "nothing to add to the first"
    assert read(alone(boxes), rows, range(3, 4)) == ["407", "407"]
    assert read(alone(boxes), rows, range(2, 3)) == ["40", "407"]


def test_a_mark_of_another_row_or_far_off_is_not_taken() -> None:
    for far in ((100.0, 500.0, 130.0, 550.0), (800.0, 300.0, 830.0, 350.0)):
        glyphs = alone([*row_of("407", 100, 300), far])
        rows = [*sure("407"), told(1, 0.4)]
        assert read(glyphs, rows, range(4, 5)) == ["407"]


def test_nothing_stays_nothing() -> None:
    assert read(alone([]), [], range(4, 5)) == []
    assert read(alone(row_of("4", 100, 300)), [NEITHER], range(1, 2)) == []


def doubts_strokes(crops: Crops) -> Probabilities:
    """Take all for a 7, and a mere stroke rather for none; but if for one, for a 1."""
    narrow = [np.ptp(np.nonzero(crop.any(axis=0))[0]) < 8 for crop in crops]
    return table([told(NOT_A_DIGIT, 0.93, 1) if thin else told(7, 0.999) for thin in narrow])


def test_a_reader_is_told_how_many_digits() -> None:
    frame = drawn("7071").frame
    assert Reader(classifier=doubts_strokes, potentials=PLAIN).read(frame).text == "777"
    told_so = Reader(classifier=doubts_strokes, potentials=PLAIN, digits=range(4, 5), min_confidence=0.01)
    assert told_so.read(frame).text == "7771"
    assert told_so.read(drawn("20\n7071").frame).text == "77\n7771"


@pytest.mark.parametrize(
    ("flags", "shown", "code"),
    [
        pytest.param([], "777\n", 0, id="not told"),
        pytest.param(["--digits", "4"], "7771\n", 0, id="likely"),
        pytest.param(["--digits", "3"], "777\n", 0, id="as it is"),
        pytest.param(["--digits", "3-4"], "777\n", 0, id="as it is, in a range"),
        pytest.param(["--digits", "6"], "777\n", 1, id="not to be had"),
        pytest.param(["--digits", "4", "--min-confidence", "0.6"], "777?\n", 1, id="likely, but not sure"),
    ],
)
def test_the_command_tells_the_reader_and_judges_what_it_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: list[str], shown: str, code: int
) -> None:
    monkeypatch.setattr("camcount.reader.load_classifier", lambda model, threads: doubts_strokes)
    monkeypatch.setattr("camcount.reader.load_potentials", lambda path: PLAIN)
    cv2.imwrite(str(tmp_path / "page.png"), drawn("7071", (320, 120)).frame.image)
    arguments = ["image", str(tmp_path / "page.png"), "--min-confidence", "0.01", *flags]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert (result.stdout, result.exit_code) == (shown, code)
    assert ("--digits wants" in result.stderr) == (code == 1)
