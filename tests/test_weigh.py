"""What hypotheses weigh is learnt from sheets: the loss falls, its slope is right, and what is learnt reads pages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pages import page_of, silent

from camcount.classify import load_classifier
from camcount.evaluation.scoring import edit_distance
from camcount.reader import Reader
from camcount.synthesis import make_empty, make_page
from camcount.training.hypotheses import UNKNOWN
from camcount.training.sheets import Sheet, take_sheet
from camcount.types import Frame

# Keras 3.15 asks TensorFlow's arrays for a copy in a way that numpy 2 deprecates.
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]


def drawn_sheets(seeds: range) -> list[Sheet]:
    """Draw small pages: every fourth without a digit, every second of the others with digits that touch."""
    pages = [
        make_empty(seed, (480, 360)) if seed % 4 == 0
        else make_page(seed, size=(480, 360), only="touching" if seed % 2 else None)
        for seed in seeds
    ]
    return [take_sheet(page, load_classifier(), silent) for page in pages]


def test_the_loss_falls_and_what_is_learnt_reads_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    from camcount.training import weigh

    monkeypatch.setattr(weigh, "EPOCHS", (12, 12))
    classifier = load_classifier(None)
    told: list[tuple[int, float]] = []
    learnt = weigh.learn_potentials(drawn_sheets(range(16)), on_epoch=lambda *row: told.append(row))
    assert [epoch for epoch, _ in told] == [*range(12), *range(12)]
    for losses in (told[:12], told[12:]):
        assert losses[-1][1] < 0.6 * losses[0][1], losses
    texts = []
    for seed in range(6):
        reader = Reader(classifier=classifier, touching=silent, potentials=learnt)
        texts.append(reader.read(Frame(page_of("4071\n225 38", seed=seed).image)).text)
    assert sum(edit_distance(text, "4071\n225 38") for text in texts) <= 8, texts


def test_the_slope_is_that_of_the_loss() -> None:
    from camcount.training import weigh

    sheet = take_sheet(make_page(3, size=(480, 360), only="touching"), load_classifier(), silent)
    rng = np.random.default_rng(5)
    labels = sheet.labels.copy()
    labels[:2] = UNKNOWN
    sheet = replace(sheet, labels=labels)
    potentials = rng.normal(0, 2, (len(labels), 2))
    slopes, loss, weight = weigh._grade(sheet, potentials, rng)
    assert loss > 0 and weight > 0 and np.abs(slopes).sum(axis=0).min() > 0.1
    step = 1e-5
    for i, kind in np.ndindex(potentials.shape):
        sides = []
        for sign in (1, -1):
            moved = potentials.copy()
            moved[i, kind] += sign * step
            sides.append(weigh._grade(sheet, moved, rng)[1])
        assert slopes[i, kind] == pytest.approx((sides[0] - sides[1]) / (2 * step), abs=1e-4)


def test_of_what_nobody_knows_nothing_is_learnt() -> None:
    from camcount.training import weigh

    sheet = take_sheet(make_page(3, size=(480, 360), only="touching"), load_classifier(), silent)
    unknown = replace(sheet, labels=np.full(len(sheet.labels), UNKNOWN))
    slopes, loss, weight = weigh._grade(unknown, np.ones((len(sheet.labels), 2)), np.random.default_rng(1))
    assert not slopes.any() and (loss, weight) == (0, 0)


def test_what_is_learnt_takes_the_numbers_as_they_come() -> None:
    from camcount.training import weigh

    rng = np.random.default_rng(2)
    mean, deviation = rng.normal(0, 3, 7).astype(np.float32), rng.uniform(0.1, 4, 7).astype(np.float32)
    model = weigh._build(7)
    numbers = rng.normal(0, 3, (20, 7)).astype(np.float32)
    baked = weigh._bake(model, mean, deviation)
    assert baked(numbers) == pytest.approx(np.asarray(model((numbers - mean) / deviation)), abs=1e-4)
