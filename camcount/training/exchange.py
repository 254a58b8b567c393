"""A Keras model -> a file of another format, once both tell the same of golden digits."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from camcount import __version__
from camcount.classify import CLASS_NAMES, PREPROCESSING, Classifier, NetworkClassifier, load_card
from camcount.data import Labels
from camcount.engines import load_keras
from camcount.evaluation.digits import classify, time_classifier
from camcount.files import cannot_write, fingerprint, part_of, write_whole
from camcount.synthesis.seeds import GOLDEN_SEEDS
from camcount.training.convert import CHANGED, ParityError, largest_difference
from camcount.training.formats import CLASSIFIERS, WRITERS
from camcount.training.hypotheses import draw_hypotheses
from camcount.types import Crops

PAGES = 160
"""Drawn pages from which the golden digits are: some 1,600."""
LEARNT = 300
"""Crops by which int8 learns the range of what flows through the network."""
COUNTS = 1, 10
"""With so many digits at once."""


class Golden(NamedTuple):
    """Digits on which two networks are compared, and others to learn the range of int8 from."""

    crops: Crops
    labels: Labels
    others: Crops


@dataclass(frozen=True, slots=True)
class Told:
    """What one network is like."""

    bytes: int
    accuracy: float
    """Share of the golden digits of which the likeliest of the ten is the right one."""
    ms: dict[str, float]
    """Median milliseconds, by how many digits are classified at once."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An exported network beside what it came from."""

    digits: int
    """Golden digits that both were asked about."""
    difference: float
    """The largest between probabilities."""
    changed: float
    """Share of the golden digits with another likeliest class."""
    keras: Told
    exported: Told

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def take_golden(crops: Crops, labels: Labels) -> Golden:
    """Take golden digits from a data file: those by which int8 learns are not those that are compared."""
    learnt = np.zeros(len(crops), bool)
    learnt[np.random.default_rng(0).permutation(len(crops))[: min(LEARNT, len(crops) // 2)]] = True
    return Golden(crops[~learnt], labels[~learnt], crops[learnt])


def draw_golden(on_page: Callable[[int, int], None] = lambda done, total: None) -> Golden:
    """Draw pages in camcount's own hands, and take their digits: the same each time."""
    seeds = range(GOLDEN_SEEDS, GOLDEN_SEEDS + PAGES)
    drawn = draw_hypotheses(None, seeds, lambda done: on_page(done, PAGES))
    digits = drawn.part(drawn.labels < 10)
    return take_golden(digits.crops, digits.labels.astype(np.int64))


def exchange(source: Path, target: Path, form: str, quantize: str, golden: Golden) -> Comparison:
    """Write a model in another format; it, and a card where none lies beside it, stand there whole or not at all.

    Args:
        source: a .keras or .h5 file.
        target: where it goes; what is there is replaced.
        form: a key of `WRITERS`.
        quantize: how weights are rounded; see `write_litert`.
        golden: digits to compare on.

    Raises:
        ModelError: when the source cannot be read, or is no network that reads digits.
        MissingExtraError: when what writes the format is not installed.
        ParityError: when more than `CHANGED` of the golden digits are told otherwise.
        OutputError: when it cannot be written.
    """
    before, model = NetworkClassifier(source), load_keras(source)
    with tempfile.TemporaryDirectory() as scratch:
        written = Path(scratch) / target.name
        try:
            WRITERS[form](model, written, quantize, golden.others)
        except OSError as error:
            raise cannot_write(str(target), error) from error
        after = CLASSIFIERS[form](written)
        compared = compare(before, after, golden, _size(source), _size(written))
        if compared.changed > CHANGED:
            raise ParityError(
                f"{target} is not written: of {compared.digits} golden digits {compared.changed:.2%} are told "
                f"otherwise than before, over {CHANGED:.1%}. Round less: --quantize fp16 or none."
            )
        _put(written, target)
    card = load_card(target)
    if card is None or "exported_from" in card:
        told = {"format": form, "quantize": quantize, **compared.to_dict()}
        write_whole(target.with_suffix(".json"), _card(source, target, card or {}, told))
    return compared


def compare(before: Classifier, after: Classifier, golden: Golden, *sizes: int) -> Comparison:
    """Ask two networks about the golden digits; the sizes are those of their files, bytes."""
    both = [classify(classifier, golden.crops) for classifier in (before, after)]
    turned = both[0].argmax(axis=1) != both[1].argmax(axis=1)
    told = []
    for classifier, probabilities, size in zip((before, after), both, sizes):
        accuracy = float((probabilities[:, :10].argmax(axis=1) == golden.labels).mean())
        told.append(Told(size, accuracy, {str(n): time_classifier(classifier, golden.crops[:n]) for n in COUNTS}))
    return Comparison(len(golden.labels), largest_difference(*both), float(turned.mean()), *told)


def _card(source: Path, target: Path, before: dict[str, Any], told: dict[str, Any]) -> bytes:
    """Give the card of an exported model, beside others of the same name: what to check it by, and what changed."""
    own = load_card(source) or {}
    if target.is_file():
        told = fingerprint(target.read_bytes()) | told
    card = {
        "name": target.stem, "camcount": __version__, "exported_from": source.name,
        "classes": own.get("classes", CLASS_NAMES), "preprocessing": own.get("preprocessing", PREPROCESSING),
        "files": before.get("files", {}) | {target.name: told},
    }
    return (json.dumps(card, indent=2) + "\n").encode()


def _size(path: Path) -> int:
    """Give the bytes of a file, or of all in a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


def _put(written: Path, target: Path) -> None:
    """Put a file or a folder where it belongs."""
    if written.is_file():
        write_whole(target, written.read_bytes())
        return
    part = part_of(target)
    before = part.with_suffix(".before")
    try:
        shutil.copytree(written, part)
        if target.is_dir():
            os.replace(target, before)
        os.replace(part, target)
    except OSError as error:
        if before.is_dir() and not target.exists():
            os.replace(before, target)
        raise cannot_write(str(target), error) from error
    finally:
        for rest in (part, before):
            shutil.rmtree(rest, ignore_errors=True)
