"""How streams are measured: what counts as right, soon and steady."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import drawn

from camcount.cli import main
from camcount.evaluation.streams import RATE, StreamScore, measure_stream, moved_frames, sum_up
from camcount.sources.synth import SynthSource
from camcount.types import Frame, Reading

SAMPLES = Path(__file__).parents[1] / "samples" / "manifest.json"


class Script:
    """A reader that reads what it is told."""

    min_confidence = 0.6

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts

    def read(self, frame: Frame) -> Reading:
        made = drawn(self._texts[frame.index], height=40).reading
        return Reading(made.lines, frame.size, frame.index, frame.time)


def measured(shown: list[str], truth: list[str]) -> StreamScore:
    image = drawn("").frame.image
    frames = ((Frame(image, i, i / RATE), text) for i, text in enumerate(truth))
    return measure_stream(Script(shown), frames, "script")  # type: ignore[arg-type]


def test_a_stream_that_is_read_rightly_is_all_right() -> None:
    score = measured(["407"] * 60, ["407"] * 60)
    assert score.stable_after == pytest.approx(0.3, abs=0.04)
    assert score.frames == score.right > 45 and score.wrong == score.changes == 0


def test_a_wrong_reading_that_becomes_stable_counts() -> None:
    score = measured(["407"] * 30 + ["401"] * 60, ["407"] * 90)
    assert score.wrong == 1 and score.changes == 1 and score.right < score.frames - 40


def test_a_number_that_truly_changes_is_no_change_and_has_half_a_second() -> None:
    score = measured(["407"] * 30 + ["408"] * 60, ["407"] * 30 + ["408"] * 60)
    assert (score.wrong, score.changes) == (0, 0) and score.right == score.frames


def test_a_stream_never_stable_says_so() -> None:
    score = measured(["407", "401"] * 30, ["407"] * 60)
    assert score.stable_after is None and score.frames == 0
    told = sum_up([score, measured(["407"] * 60, ["407"] * 60)])
    assert (told["streams"], told["stable"], told["right_share"]) == (2, 1, 1.0)


def test_a_filmed_picture_moves_and_is_the_same_each_time() -> None:
    image = drawn("407", (800, 600), height=120).frame.image
    first, again = ([frame.image for frame in moved_frames(image, 0.5, 3)] for _ in range(2))
    assert len(first) == 15 and first[0].shape == (720, 1280, 3)
    assert all(np.array_equal(one, other) for one, other in zip(first, again))
    assert not np.array_equal(first[0], first[10])


def test_the_numbers_of_a_made_stream_count_up() -> None:
    source = SynthSource(["synth:text=0099 7:change=1:size=320x240:frames=61"])
    assert [source.truth_at(t) for t in (0.0, 0.99, 1.0, 2.0)] == ["0099 7", "0099 7", "0100 8", "0101 9"]
    frames = list(source)
    apart = [float(np.abs(frames[i].image.astype(int) - frames[i + 1].image).mean()) for i in (10, 29, 40, 59)]
    assert min(apart[1], apart[3]) > 1.5 * max(apart[0], apart[2])


def test_evaluate_films_photos_and_made_pages() -> None:
    result = CliRunner().invoke(main, ["evaluate", str(SAMPLES), "--filmed", "1.5", "--json"])
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["streams"] + told["left_out"] == 8 and told["stable"] >= 7
    assert told["right_share"] > 0.95 and told["median_stable_after"] <= 0.5
    assert CliRunner().invoke(main, ["evaluate", "digits.npz", "--filmed", "2"]).exit_code == 2
