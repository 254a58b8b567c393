"""Files -> one epoch of crops with their labels, and the crops to validate on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from camcount.classify import NOT_A_DIGIT
from camcount.crop import cut_to_ink
from camcount.data import Labels, load_array, load_marks
from camcount.errors import SourceError
from camcount.training import negatives
from camcount.training.augment import Grey, Rng, enlarge, jiggle, lay_grey, photograph, write_strokes
from camcount.training.hypotheses import Hypotheses
from camcount.training.labelled import download_mnist, load_labelled, require_arrays
from camcount.training.presets import PAPER, PRESETS, alter
from camcount.synthesis.scribes import Scribes
from camcount.synthesis.strokes import LIKE_DIGITS, StrokeSet, load_strokes
from camcount.types import Crops

HELD_OUT = 0.1
"""Share of the writers that training never sees: validation is on their hands."""
PLAIN = 0.75
"""Share of the digit pictures that are only moved, not photographed: MNIST as it is stays part of what is learnt."""
ELASTIC = 0.5
"""Share of those that are bent unevenly, too."""
ONES_A_DIGIT = 0.025
"""Ones in an epoch that MNIST shows too few of, per digit picture: bare straight strokes, since of ones that were bent
few are straight and much that is none is, and ones with a flag or a foot, since a long flag looks like a 7's bar."""
STROKES_A_DIGIT = 0.2
"""Pen-stroke digits in an epoch, per digit picture."""
LETTERS_A_DIGIT = 0.1
SIGNS_A_DIGIT = 0.12
"""Other things that are no digit: doodles, pieces, pairs, signs, blots."""
HYPOTHESES_A_DIGIT = 0.9
"""Hypotheses of drawn pages in an epoch, per digit picture."""
JIGGLED = 0.5
"""Share of the hypotheses that are turned and bent a little more."""
DOUBT, HYPOTHESIS_DOUBT = 0.2, 0.5
"""Weight of what is not a digit, by itself and on a page: a shape that may be either is rather a digit, since digits
are what is shown; of its own cuts the reader must learn which are wrong."""


Sets = dict[str, tuple[Crops, Labels]]
"""Crops to validate on and what they show, by what they are made of."""


class Epoch(NamedTuple):
    """Crops to fit, with what they show and what each weighs."""

    crops: Crops
    labels: Labels
    weights: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Pictures of 28x28 with labels 0 to 10, and who drew them."""

    crops: Crops
    labels: Labels
    writers: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, chosen: npt.NDArray[np.bool_]) -> Pictures:
        return Pictures(self.crops[chosen], self.labels[chosen], self.writers[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Characters:
    """Some characters of a stroke file: digits with their value, letters as what is not a digit."""

    strokes: StrokeSet
    indices: npt.NDArray[np.int64]
    labels: Labels

    def __len__(self) -> int:
        return len(self.indices)

    def part(self, chosen: npt.NDArray[np.bool_]) -> Characters:
        return Characters(self.strokes, self.indices[chosen], self.labels[chosen])

    @property
    def writers(self) -> list[int]:
        """Whose hands they are, each once."""
        return [int(writer) for writer in np.unique(self.strokes.writers[self.indices])]

    def write(self, position: int, rng: Rng) -> Grey:
        """Write one of them with a random pen and photograph it: (28, 28)."""
        return photograph(write_strokes(self.strokes.strokes(int(self.indices[position])), rng), rng)


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """All that crops are made of, for training or for validation."""

    digits: Pictures
    characters: list[Characters] = field(default_factory=list)
    """Of each stroke file, in the order in which the files were given."""
    doodles: list[Pictures] = field(default_factory=list)
    hypotheses: Hypotheses | None = None
    """What the reader makes of pages in the hand of these writers; None before pages are drawn."""

    @property
    def scribes(self) -> Scribes | None:
        """Those who wrote the pen strokes, to write pages; None when no file has all the digits."""
        digits = [part for part in self.characters if set(range(NOT_A_DIGIT)) <= set(part.labels.tolist())]
        letters = [part for part in self.characters if (part.labels == NOT_A_DIGIT).any()]
        if not digits:
            return None
        usable = np.isin(np.arange(len(digits[0].strokes)), digits[0].indices)
        if not letters:
            return Scribes(digits[0].strokes, usable=usable)
        theirs = np.isin(letters[0].strokes.writers, letters[0].writers)
        return Scribes(digits[0].strokes, letters[0].strokes, usable=usable, usable_letters=theirs)


def load_material(
    data: Path | None,
    strokes: tuple[Path, ...],
    not_digits: tuple[Path, ...],
    writers: Path | None,
    seed: int,
    limit: int | None = None,
) -> tuple[Material, Material]:
    """Load all files and part them by writer.

    Args:
        data: digits with the keys of Keras's MNIST file; None downloads MNIST through Keras.
        strokes: pen strokes of digits and letters.
        not_digits: pictures (key x) of what is not a digit.
        writers: QMNIST's labels, which tell who wrote each picture of MNIST; without it each picture is its own hand.
        seed: of the choice of the writers that are held out.
        limit: at most so many pictures and characters a file: for a quick trial.

    Returns:
        What to train on, and what to validate on: no hand is in both.

    Raises:
        SourceError: when a file cannot be read or is not what it should be.
    """
    rng = np.random.default_rng(seed)
    digits = _some(_load_digits(data, writers), limit)
    held = _hold_out(digits.writers, rng)
    training, validation = Material(digits.part(~held)), Material(digits.part(held))
    for path in strokes:
        characters, hands = _load_characters(path, limit, rng)
        held = _hold_out(hands, rng)
        training.characters.append(characters.part(~held))
        validation.characters.append(characters.part(held))
    for path in not_digits:
        doodles = _some(_load_doodles(path), limit)
        held = _hold_out(doodles.writers, rng)
        training.doodles.append(doodles.part(~held))
        validation.doodles.append(doodles.part(held))
    return training, validation


def make_epoch(material: Material, rng: Rng, augmentation: str = PAPER) -> Epoch:
    """Make one epoch of crops, shuffled: every digit picture once, written and drawn things anew each time."""
    if augmentation != PAPER:
        digits = material.digits
        order = rng.permutation(len(digits))
        altered = alter(digits.crops[order], PRESETS[augmentation], rng)
        return Epoch(altered, digits.labels[order], np.ones(len(digits), np.float32))
    crops: list[Grey] = []
    labels: list[int] = []
    for digit, label in zip(material.digits.crops, material.digits.labels):
        crops.append(_move(digit, rng) if rng.random() < PLAIN else photograph(enlarge(digit, rng), rng))
        labels.append(int(label))
    for _ in range(round(ONES_A_DIGIT * len(material.digits))):
        crops.append(_straight_one(rng))
        labels.append(1)
    for characters in material.characters:
        digits, letters = characters.labels != NOT_A_DIGIT, characters.labels == NOT_A_DIGIT
        for chosen, share in ((digits, STROKES_A_DIGIT), (letters, LETTERS_A_DIGIT)):
            for position in _draw(np.flatnonzero(chosen), share * len(material.digits), rng):
                crops.append(characters.write(int(position), rng))
                labels.append(int(characters.labels[position]))
    for _ in range(round(SIGNS_A_DIGIT * len(material.digits))):
        crops.append(_no_digit(material, rng))
        labels.append(NOT_A_DIGIT)
    weights = [DOUBT if label == NOT_A_DIGIT else 1.0 for label in labels]
    if material.hypotheses:
        pages = material.hypotheses
        for position in rng.permutation(len(pages))[: round(HYPOTHESES_A_DIGIT * len(material.digits))]:
            crop = pages.crops[position]
            crops.append(jiggle(crop, rng) if rng.random() < JIGGLED else crop)
            labels.append(int(pages.labels[position]))
            weights.append(HYPOTHESIS_DOUBT if labels[-1] == NOT_A_DIGIT else 1.0)
    order = rng.permutation(len(crops))
    return Epoch(np.stack(crops)[order], np.array(labels)[order], np.array(weights, np.float32)[order])


def make_validation(material: Material, rng: Rng, augmentation: str = PAPER) -> Sets:
    """Make the crops to validate on, by what they show: digits as they are, photographed, in pen strokes, no digits.

    What does not learn to read paper is validated on digits as they are alone.
    """
    digits = material.digits
    sets = {"digits": (digits.crops, digits.labels)}
    if augmentation != PAPER:
        return sets
    sets["photographed"] = (
        np.stack([photograph(enlarge(digit, rng), rng) for digit in digits.crops]),
        digits.labels,
    )
    written: list[tuple[Grey, int]] = []
    others: list[tuple[Grey, int]] = []
    for characters in material.characters:
        positions = rng.permutation(len(characters))[: len(digits)]
        for position in positions:
            label = int(characters.labels[position])
            (others if label == NOT_A_DIGIT else written).append((characters.write(int(position), rng), label))
    others += [(_no_digit(material, rng), NOT_A_DIGIT) for _ in range(len(digits) // 3)]
    for name, pairs in (("strokes", written), ("not digits", others)):
        if pairs:
            sets[name] = np.stack([crop for crop, _ in pairs]), np.array([label for _, label in pairs])
    if material.hypotheses:
        sets["pages"] = material.hypotheses.crops, material.hypotheses.labels
    return sets


def _move(digit: Grey, rng: Rng) -> Grey:
    """Move a digit as another hand might have written it, without a camera: (28, 28)."""
    return alter(digit[None], PRESETS["elastic"], rng)[0] if rng.random() < ELASTIC else jiggle(digit, rng)


def _straight_one(rng: Rng) -> Grey:
    """Draw a 1 with a straight stem, bare, flagged or flagged on a foot, with a pen or on a canvas: (28, 28)."""
    top, stem = rng.normal(60, 90), 1000.0
    strokes = [np.array([(top, 0), (0, stem)], np.float32)]
    shape = rng.choice(["bare", "flag", "flag and foot"], p=[0.6, 0.3, 0.1])
    if shape != "bare":
        reach, droop = rng.uniform(100, 350), rng.uniform(0.9, 1.8)  # how far the flag goes left; its fall on that way
        strokes.append(np.array([(top, 0), (top - reach, reach * droop)], np.float32))
    if shape == "flag and foot":
        half = rng.uniform(120, 350)
        strokes.append(np.array([(-half, stem), (half, stem)], np.float32))
    written = write_strokes(strokes, rng)
    return photograph(written, rng) if rng.random() < 0.5 else lay_grey(written)


def _no_digit(material: Material, rng: Rng) -> Grey:
    """Draw one thing that is not a digit: (28, 28)."""
    kind = rng.choice(["doodle", "piece", "pair", "sign", "blot"], p=[0.22, 0.2, 0.2, 0.32, 0.06])
    if kind == "doodle" and material.doodles:
        doodles = material.doodles[rng.integers(len(material.doodles))]
        doodle = doodles.crops[rng.integers(len(doodles))]
        return photograph(enlarge(doodle, rng), rng) if rng.random() < 0.5 else lay_grey(doodle)
    if kind == "piece":
        position = rng.integers(len(material.digits))
        part = negatives.piece(material.digits.crops[position], int(material.digits.labels[position]), rng)
        if part is not None and part.any():
            return _as_photographed(part, rng)
    if kind == "pair":
        first, second = rng.integers(len(material.digits), size=2)
        both = negatives.pair(material.digits.crops[first], material.digits.crops[second], rng)
        return _as_photographed(both, rng)
    if kind == "blot":
        return lay_grey(negatives.blot(rng))
    return photograph(negatives.sign(rng), rng)


def _as_photographed(picture: Grey, rng: Rng) -> Grey:
    """Photograph a picture of MNIST's scale whatever its size, or lay it as it is."""
    if rng.random() < 0.5:
        return lay_grey(picture)
    zoom = float(rng.uniform(1, 3))
    larger = cv2.resize(cut_to_ink(picture), None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    return photograph(cv2.copyMakeBorder(larger, 3, 3, 3, 3, cv2.BORDER_CONSTANT, value=0).astype(np.uint8), rng)


def _draw(positions: Labels, count: float, rng: Rng) -> Labels:
    """Draw positions: each once before any comes twice."""
    if not len(positions):
        return positions
    rounds = -(-round(count) // len(positions))
    return np.concatenate([rng.permutation(positions) for _ in range(max(rounds, 1))])[: round(count)]


def _hold_out(writers: npt.NDArray[np.integer], rng: Rng) -> npt.NDArray[np.bool_]:
    """Tell which samples are of the writers that are held out."""
    known = np.unique(writers)
    chosen = rng.choice(known, max(1, round(HELD_OUT * len(known))), replace=False)
    return np.isin(writers, chosen)


def _some(pictures: Pictures, limit: int | None) -> Pictures:
    return pictures.part(np.arange(len(pictures)) < (limit or len(pictures)))


def _load_digits(data: Path | None, writers: Path | None) -> Pictures:
    crops, labels = download_mnist() if data is None else load_labelled(data)
    if writers is not None:
        require_arrays(writers, "train_writer")
    hands = np.arange(len(labels)) if writers is None else load_array(writers, "train_writer")
    if len(hands) != len(labels):
        raise SourceError(f"{writers}: tells the writers of {len(hands)} pictures, but there are {len(labels)}.")
    return Pictures(crops, labels.astype(np.int64), hands.astype(np.int64))


def _load_characters(path: Path, limit: int | None, rng: Rng) -> tuple[Characters, npt.NDArray[np.int64]]:
    strokes = load_strokes(path)
    names = np.array(strokes.labels)
    fair = np.flatnonzero(~np.isin(names, list(LIKE_DIGITS)))
    chosen = rng.permutation(fair)[: limit or len(fair)]
    labels = [int(name) if name in "0123456789" else NOT_A_DIGIT for name in names[chosen]]
    return Characters(strokes, chosen, np.array(labels, np.int64)), strokes.writers[chosen].astype(np.int64)


def _load_doodles(path: Path) -> Pictures:
    require_arrays(path, "x")
    crops = load_marks(path)
    return Pictures(crops, np.full(len(crops), NOT_A_DIGIT), np.arange(len(crops)))
