"""The made camera: what a spec asks for is what the frames show."""

from __future__ import annotations

import itertools
import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camcount.errors import SourceError
from camcount.sources import SourceOptions, open_source
from camcount.sources.synth import RATE, SynthSource, parse_spec
from camcount.synthesis.ink import PENS
from camcount.synthesis.paper import PAPERS
from camcount.types import Frame

SMALL = "size=320x240"


def frames(spec: str, count: int = 1) -> list[Frame]:
    with open_source(spec) as source:
        return list(itertools.islice(source, count))


def test_every_key_of_the_grammar_is_read() -> None:
    spec = parse_spec("synth:text=5071:size=1280x720:noise=4:shadow=0.4:tilt=8:seed=1:paper=ruled:pen=gel:frames=2")

    assert (spec.text, spec.size, spec.noise, spec.shadow, spec.tilt) == ("5071", (1280, 720), 4.0, 0.4, 8.0)
    assert (spec.seed, spec.paper, spec.pen, spec.frames) == (1, "ruled", "gel", 2)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        pytest.param("synth:colour=red", r"no key 'colour'. Its keys: text, size, paper, .*frames", id="unknown key"),
        pytest.param("synth:5071", r"no key '5071'. Its keys: text", id="value without key"),
        pytest.param("synth:text", r"text has no value; it must be of digits", id="key without value"),
        pytest.param("synth:text=Größe", r"text=Größe must be of digits", id="cannot be written"),
        pytest.param("synth:size=1280", r"size=1280 must be WIDTHxHEIGHT", id="one number as size"),
        pytest.param("synth:size=0x0", r"size=0x0 must be WIDTHxHEIGHT in pixels, each from 32", id="no pixels"),
        pytest.param("synth:size=20000x20000", r"must be WIDTHxHEIGHT", id="too many pixels"),
        pytest.param("synth:size=axb", r"size=axb must be", id="letters as size"),
        pytest.param("synth:noise=-1", r"noise=-1 must be a number from 0 to 60", id="negative noise"),
        pytest.param("synth:noise=nan", r"noise=nan must be a number", id="not a number"),
        pytest.param("synth:noise=", r"noise= must be a number", id="empty"),
        pytest.param("synth:shadow=1", r"shadow=1 must be a number from 0 to 0.9", id="total darkness"),
        pytest.param("synth:tilt=90", r"tilt=90 must be a number from 0 to 40", id="along the page"),
        pytest.param("synth:seed=1.5", r"seed=1.5 must be a whole number", id="broken seed"),
        pytest.param("synth:seed=-1", r"seed=-1 must be a whole number from 0", id="negative seed"),
        pytest.param("synth:frames=0", r"frames=0 must be a whole number from 1", id="no frames"),
        pytest.param("synth:paper=silk", r"paper=silk must be one of plain, ruled", id="unknown paper"),
        pytest.param("synth:pen=quill", r"pen=quill must be one of ballpoint", id="unknown pen"),
        pytest.param("synth:ink=red", r"ink=red must be one of dark, light", id="unknown ink"),
        pytest.param("synth:ink=light:pen=gel", r"pen=gel does not write light ink. These do: chalk", id="dark pen"),
        pytest.param("synth:ink=dark:pen=chalk", r"pen=chalk does not write dark ink", id="light pen"),
        pytest.param("synth:ink=light:paper=plain", r"on paper=plain. It shows on: blackboard", id="white on white"),
        pytest.param("synth:ink=dark:paper=blackboard", r"paper=blackboard. It shows on: plain", id="black on black"),
    ],
)
def test_a_wrong_spec_names_the_key_and_what_is_right(spec: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as raised:
        open_source(spec)
    assert str(raised.value).startswith(f"{spec}: ")
    assert raised.value.exit_code == 3


def test_a_text_that_would_be_unreadably_small_is_refused() -> None:
    with pytest.raises(SourceError, match="text is too long for 320x240"):
        frames(f"synth:text={'0123456789' * 10}:{SMALL}")


def test_the_limit_of_pixels_holds_here_too() -> None:
    with pytest.raises(SourceError, match="more than 100000 pixels"):
        open_source("synth:size=640x480", max_pixels=100_000)


def test_it_stands_alone() -> None:
    with pytest.raises(SourceError, match="alone"):
        SynthSource(("synth:", "synth:seed=2"), SourceOptions())


@pytest.mark.parametrize(
    ("text", "truth"),
    [("5071", "5071"), ("007", "007"), ("50 71", "50 71"), ("407, 22,5", "407\n22\n5"), ("1+2", "1 2"), ("", "")],
)
def test_it_knows_its_truth(text: str, truth: str) -> None:
    assert SynthSource((f"synth:text={text}:{SMALL}",)).truth == truth


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_without_a_text_it_writes_five_digits(seed: int) -> None:
    truth = SynthSource((f"synth:{SMALL}:seed={seed}",)).truth

    assert len(truth) == 5 and truth.isdigit()


def test_frames_are_counted_and_timed() -> None:
    shown = frames(f"synth:{SMALL}:frames=4", 100)

    assert [frame.index for frame in shown] == [0, 1, 2, 3]
    assert [frame.time for frame in shown] == pytest.approx([0, 1 / RATE, 2 / RATE, 3 / RATE])
    assert {frame.source for frame in shown} == {f"synth:{SMALL}:frames=4"}
    assert {frame.size for frame in shown} == {(320, 240)}
    assert len(frames(f"synth:{SMALL}", 50)) == 50


@pytest.mark.parametrize(("spec", "hint"), [("synth:frames=7", 7), ("synth:", 0)])
def test_it_tells_how_many_frames_will_come(spec: str, hint: int) -> None:
    assert operator.length_hint(open_source(spec)) == hint


def test_the_same_seed_films_the_same_and_another_does_not() -> None:
    first, second = (frames(f"synth:{SMALL}:seed=3", 3) for _ in range(2))
    other = frames(f"synth:{SMALL}:seed=4", 3)

    assert all(np.array_equal(a.image, b.image) for a, b in zip(first, second))
    assert not np.array_equal(first[0].image, other[0].image)


def test_the_hand_that_holds_the_camera_moves_slowly() -> None:
    still = [frame.image.astype(float) for frame in frames(f"synth:{SMALL}:noise=0:seed=1", 31)]
    step = np.abs(still[1] - still[0]).mean()
    second = np.abs(still[30] - still[0]).mean()

    assert 0 < step < second
    assert np.abs(frames(f"synth:{SMALL}:noise=9:seed=1")[0].image - still[0]).mean() > 4


@pytest.mark.parametrize("spec", ["ink=light", "paper=blackboard", "pen=chalk", "pen=paint"])
def test_light_ink_comes_on_a_dark_ground(spec: str) -> None:
    image = frames(f"synth:{SMALL}:{spec}")[0].image

    assert np.median(image) < 110 and image.max() > 180


@pytest.mark.parametrize("spec", [f"paper={paper}" for paper in PAPERS] + [f"pen={pen}" for pen in PENS])
def test_each_paper_and_each_pen_goes_with_what_it_needs(spec: str) -> None:
    image = frames(f"synth:text=8:{SMALL}:{spec}:noise=0")[0].image
    blank = frames(f"synth:text=:{SMALL}:{spec}:noise=0")[0].image

    assert (np.abs(image.astype(int) - blank).max(2) > 40).sum() > 100
