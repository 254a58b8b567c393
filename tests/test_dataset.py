"""What training learns from: hands kept apart, letters that are fair, crops such as a camera gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from material import DIGITS, HANDS, LETTERS, make_files, picture, write

from camcount.classify import NOT_A_DIGIT
from camcount.errors import SourceError
from camcount.synthesis.scribes import Scribes
from camcount.synthesis.strokes import LIKE_DIGITS
from camcount.training import dataset
from camcount.training.augment import camera_height, enlarge, jiggle, photograph, write_strokes
from camcount.training.dataset import Material, Pictures, load_material, make_epoch, make_validation
from camcount.training.hypotheses import Hypotheses


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_files(tmp_path_factory.mktemp("data"))


@pytest.fixture
def material(files: dict[str, Path]) -> tuple[Material, Material]:
    strokes = files["strokes"], files["letters"]
    return load_material(files["digits"], strokes, (files["doodles"],), files["writers"], seed=1)


def test_no_hand_is_both_learnt_from_and_validated_on(material: tuple[Material, Material]) -> None:
    training, validation = material
    assert set(training.digits.writers) | set(validation.digits.writers) == set(range(HANDS))
    assert not set(training.digits.writers) & set(validation.digits.writers)
    assert len(set(validation.digits.writers)) == 3, "a tenth of the hands"
    for ours, theirs in zip(training.characters, validation.characters):
        hands = [set(part.strokes.writers[part.indices].tolist()) for part in (ours, theirs)]
        assert hands[0] and hands[1] and not hands[0] & hands[1]
    assert not set(training.doodles[0].writers) & set(validation.doodles[0].writers)
    assert len(training.doodles[0]) + len(validation.doodles[0]) == 4 * len(LETTERS)


def test_the_seed_chooses_the_hands(files: dict[str, Path]) -> None:
    def held(seed: int) -> list[int]:
        return np.unique(load_material(files["digits"], (), (), files["writers"], seed)[1].digits.writers).tolist()

    assert held(1) == held(1)
    assert len({tuple(held(seed)) for seed in range(6)}) > 1


@pytest.mark.parametrize(
    ("seed", "digits", "strokes", "letters", "doodles"),
    [
        pytest.param(1, [13, 14, 22], [1], [1], [8, 30, 39, 42], id="seed 1"),
        pytest.param(2, [3, 7, 23], [5], [2], [15, 17, 25, 26], id="seed 2"),
    ],
)
def test_a_seed_holds_out_the_same_hands_for_ever(
    files: dict[str, Path], seed: int, digits: list[int], strokes: list[int], letters: list[int], doodles: list[int]
) -> None:
    given = files["strokes"], files["letters"]
    training, held = load_material(files["digits"], given, (files["doodles"],), files["writers"], seed)
    assert np.unique(held.digits.writers).tolist() == digits, "a card would tell hands that a model has learnt from"
    assert [part.writers for part in held.characters] == [strokes, letters]
    assert np.unique(held.doodles[0].writers).tolist() == doodles
    assert not set(training.characters[0].writers) & set(strokes)


def test_letters_that_look_like_digits_are_not_learnt_as_none(material: tuple[Material, Material]) -> None:
    training, validation = material
    for part in (training, validation):
        for characters in part.characters:
            names = [characters.strokes.labels[i] for i in characters.indices]
            assert not set(names) & LIKE_DIGITS
            wanted = [int(name) if name in DIGITS else NOT_A_DIGIT for name in names]
            assert characters.labels.tolist() == wanted


def test_an_epoch_shows_each_digit_and_much_that_is_none(material: tuple[Material, Material]) -> None:
    training, _ = material
    crops, labels, weights = make_epoch(training, np.random.default_rng(3))
    assert crops.shape == (len(labels), 28, 28) and len(weights) == len(labels) and crops.dtype == np.uint8
    counts = np.bincount(labels, minlength=11)
    assert len(counts) == 11 and (counts[:10] >= len(training.digits) / 10).all()
    assert 0.15 < counts[NOT_A_DIGIT] / len(labels) < 0.6
    assert (crops.reshape(len(crops), -1).max(axis=1) > 60).mean() > 0.99, "hardly a crop is blank"
    assert np.ptp(np.flatnonzero(labels == 3)) > len(labels) / 2, "shuffled"


def some_hypotheses(count: int = 60) -> Hypotheses:
    """Give hypotheses that nothing else in an epoch looks like: a bar, by its height a digit or none."""
    crops = np.zeros((count, 28, 28), np.uint8)
    crops[:, 12:16, 2:26] = 255
    labels = np.where(np.arange(count) % 3 == 0, NOT_A_DIGIT, np.arange(count) % 10)
    return Hypotheses(crops, labels, np.ones(count, bool))


def test_what_is_no_digit_weighs_less_and_on_a_page_less_than_a_digit(material: tuple[Material, Material]) -> None:
    training, _ = material
    epoch = make_epoch(training, np.random.default_rng(3))
    assert epoch.weights.shape == epoch.labels.shape and epoch.weights.dtype == np.float32
    assert set(epoch.weights[epoch.labels != NOT_A_DIGIT].tolist()) == {1.0}
    (doubt,) = set(epoch.weights[epoch.labels == NOT_A_DIGIT].tolist())
    with_pages = make_epoch(replace(training, hypotheses=some_hypotheses()), np.random.default_rng(3))
    weights = with_pages.weights[with_pages.labels == NOT_A_DIGIT]
    assert 0 < doubt < max(weights.tolist()) < 1, "a wrong cut must be known as wrong; a doodle may be anything"
    assert set(with_pages.weights[with_pages.labels != NOT_A_DIGIT].tolist()) == {1.0}


@pytest.mark.parametrize("count", [1, 60, 5000])
def test_hypotheses_come_once_an_epoch_and_never_outnumber_the_digits(
    material: tuple[Material, Material], count: int
) -> None:
    training, _ = material
    with_pages = replace(training, hypotheses=some_hypotheses(count))
    more = len(make_epoch(with_pages, np.random.default_rng(3)).labels)
    added = more - len(make_epoch(training, np.random.default_rng(3)).labels)
    assert added == count if count < 100 else 0 < added <= len(training.digits)


def test_pages_are_validated_on_where_there_are_any(material: tuple[Material, Material]) -> None:
    _, validation = material
    pages = some_hypotheses()
    sets = make_validation(replace(validation, hypotheses=pages), np.random.default_rng(7))
    assert np.array_equal(sets["pages"][0], pages.crops) and np.array_equal(sets["pages"][1], pages.labels)
    none = replace(validation, hypotheses=pages.part(np.zeros(len(pages), bool)))
    assert "pages" not in make_validation(none, np.random.default_rng(7))


def test_those_who_learn_and_those_who_are_held_out_write_pages_of_their_own(
    material: tuple[Material, Material], files: dict[str, Path]
) -> None:
    training, validation = material
    assert training.scribes is not None and validation.scribes is not None
    assert set(LETTERS) <= set(training.scribes.alphabet)
    own, theirs = (draw_many(part.scribes) for part in (training, validation))
    assert len(own) > len(theirs) == 1, "the hand of the one who was held out, and not one more"
    assert not own & theirs
    without, _ = load_material(files["digits"], (files["letters"],), (), files["writers"], seed=1)
    assert without.scribes is None, "nobody wrote digits"


def draw_many(scribes: Scribes | None) -> set[int]:
    """Draw people by lot, and tell them by the numbers under which they wrote."""
    assert scribes is not None
    rng = np.random.default_rng(0)
    return {scribes.draw(rng)._writer for _ in range(30)}  # type: ignore[attr-defined]


def test_an_epoch_is_decided_by_its_chances_alone(material: tuple[Material, Material]) -> None:
    training, validation = material
    first, again, other = (make_epoch(training, np.random.default_rng([1, epoch])) for epoch in (4, 4, 5))
    assert np.array_equal(first[0], again[0]) and np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0][: len(other[0])], other[0][: len(first[0])])
    one, two = (make_validation(validation, np.random.default_rng(7)) for _ in range(2))
    assert set(one) == {"digits", "photographed", "strokes", "not digits"}
    assert all(np.array_equal(one[name][0], two[name][0]) for name in one)


def test_what_is_photographed_still_shows_its_digit() -> None:
    rng = np.random.default_rng(2)
    for make in (lambda digit: photograph(enlarge(digit, rng), rng), lambda digit: jiggle(digit, rng)):
        own, others = [], []
        shown = {digit: picture(digit, 3) for digit in "0147"}
        for digit, crop in shown.items():
            for _ in range(12):
                seen = make(crop).astype(int)
                assert seen.shape == (28, 28)
                own.append(np.abs(seen - crop).mean())
                others.append(np.mean([np.abs(seen - other).mean() for name, other in shown.items() if name != digit]))
        assert np.mean(own) < 0.75 * np.mean(others)


def test_some_plain_digits_are_bent_unevenly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A straight stroke stays straight however it is turned, slanted and stretched."""
    stroke = np.zeros((28, 28), np.uint8)
    stroke[4:24, 13:15] = 255
    digits = Pictures(np.repeat(stroke[None], 500, axis=0), np.ones(500, np.int64), np.arange(500))

    def bent() -> float:
        epoch = make_epoch(Material(digits), np.random.default_rng(0))
        return float(np.mean([off_straight(crop) > 0.15 for crop in epoch.crops[epoch.labels == 1].astype(float)]))

    some = bent()
    monkeypatch.setattr(dataset, "ELASTIC", 0.0)
    assert some > 2 * bent()


def test_straight_ones_are_bare_or_flagged() -> None:
    """No digit here is a 1, so all ones are such strokes."""
    digits = Pictures(np.zeros((2000, 28, 28), np.uint8), np.zeros(2000, np.int64), np.arange(2000))
    epoch = make_epoch(Material(digits), np.random.default_rng(0))
    ones = epoch.crops[epoch.labels == 1]
    assert len(ones) == 50
    assert np.mean([off_straight(one.astype(float)) < 0.5 for one in ones]) >= 0.5
    heights, widths = ((ones > 100).any(axis=axis).sum(axis=1) for axis in (2, 1))
    assert np.median(heights / np.maximum(widths, 1)) > 2
    breadths = [min(cv2.minAreaRect(np.argwhere(one > 60).astype(np.float32))[1]) for one in ones]
    assert 0.2 < np.mean(np.array(breadths) > 5) < 0.6, "a bare stroke is narrower than 5 pixels, a flag makes it wider"


def off_straight(crop: npt.NDArray[np.floating]) -> float:
    """Give how far the middles of a stroke's rows lie from a straight line, pixels: the root of the mean square."""
    rows = np.flatnonzero(crop.sum(axis=1) > 200)[2:-2]
    if len(rows) < 8:
        return 0.0  # little is left of a fine stroke
    middles = crop[rows] @ np.arange(28) / crop[rows].sum(axis=1)
    return float(np.sqrt(np.mean((middles - np.polyval(np.polyfit(rows, middles, 1), rows)) ** 2)))


def test_characters_are_written_at_every_size_a_camera_sees() -> None:
    rng = np.random.default_rng(5)
    heights = [camera_height(rng) for _ in range(500)]
    assert min(heights) < 15 and max(heights) > 65
    strokes = [stroke.astype(np.float32) for stroke in write("8", 2)]
    shapes = [max(write_strokes(strokes, rng).shape) for _ in range(60)]
    assert min(shapes) < 35 and max(shapes) > 60


def test_a_file_that_tells_of_other_writers_is_refused(files: dict[str, Path], tmp_path: Path) -> None:
    np.savez(tmp_path / "few.npz", train_writer=np.arange(5))
    with pytest.raises(SourceError, match="few.npz: tells the writers of 5 pictures, but there are 300."):
        load_material(files["digits"], (), (), tmp_path / "few.npz", seed=1)
