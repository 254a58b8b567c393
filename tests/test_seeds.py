"""Seeds: no page is both learnt from and measured on, whatever the seed of a run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camcount.evaluation.generated import Drawing
from camcount.synthesis.seeds import EVALUATION_SEEDS, MOST_EVALUATION_SEEDS, VALIDATION_SEEDS, training_seeds


@given(st.integers(-(2**63), 2**63), st.integers(0, 10**6))
def test_pages_to_learn_from_are_never_those_to_measure_on(seed: int, pages: int) -> None:
    seeds = training_seeds(seed, pages)
    assert len(seeds) == pages
    assert not pages or 0 <= seeds[0] and seeds[-1] < EVALUATION_SEEDS


def test_pages_to_measure_on_are_never_those_to_choose_the_best_epoch_by() -> None:
    last = Drawing(1, first=MOST_EVALUATION_SEEDS - 1).seeds(1)[-1]
    assert EVALUATION_SEEDS <= last < VALIDATION_SEEDS


@pytest.mark.parametrize("pages", [1, 16, 6000])
def test_another_seed_gives_other_pages(pages: int) -> None:
    runs = [set(training_seeds(seed, pages)) for seed in range(8)]
    assert len(set.union(*runs)) == 8 * pages
    assert training_seeds(1, pages) == range(pages, 2 * pages)
