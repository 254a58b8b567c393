"""CTC: logits along a strip are read as digits, and weighed by all paths that spell the same."""

from __future__ import annotations

from itertools import groupby, product

import numpy as np
import numpy.typing as npt
import pytest

from camcount.ctc import BLANK, spell, spell_views, weigh_spelling


def logits_of(path: str, sure: float = 8.0) -> npt.NDArray[np.float32]:
    """Give logits whose likeliest path is this one; "-" stands for the blank."""
    logits = np.zeros((len(path), BLANK + 1), np.float32)
    for step, sign in enumerate(path):
        logits[step, BLANK if sign == "-" else int(sign)] = sure
    return logits


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("--44--00--", "40"), ("4400", "40"), ("4-4", "44"), ("444", "4"), ("----", ""), ("1-1-1", "111"),
        ("9", "9"), ("-", ""), ("77-7711", "771"),
    ],
)
def test_repeats_are_one_digit_and_a_blank_parts_two(path: str, text: str) -> None:
    spelling = spell(logits_of(path))
    assert "".join(map(str, spelling.values)) == text
    assert spelling.shares.shape == (len(text), 10) and spelling.steps.shape == (len(text),)
    assert spelling.likelihood > 0.9 and spelling.certainty >= spelling.likelihood


def test_each_digit_is_seen_in_the_middle_of_its_run() -> None:
    assert spell(logits_of("--444---0-")).steps.tolist() == [3.0, 8.0]


def test_the_likelihood_is_the_sum_over_all_paths_that_spell_the_same() -> None:
    rng = np.random.default_rng(0)
    likely = np.zeros((5, BLANK + 1))
    likely[:, [3, 7, BLANK]] = rng.dirichlet(np.ones(3), 5)
    sums: dict[str, float] = {}
    for path in product((3, 7, BLANK), repeat=5):
        text = "".join(str(value) for value, _ in groupby(path) if value != BLANK)
        sums[text] = sums.get(text, 0.0) + float(np.prod(likely[range(5), path]))
    assert sum(sums.values()) == pytest.approx(1)
    for text, wanted in sums.items():
        assert weigh_spelling(likely, [int(value) for value in text]) == pytest.approx(wanted), text


def test_which_digit_and_how_many_are_told_apart() -> None:
    logits = logits_of("-4--0-")
    logits[1, 9] = logits[1, 4]
    spelling = spell(logits)
    assert spelling.shares[0, [4, 9]].tolist() == pytest.approx([0.5, 0.5], abs=0.01)
    assert spelling.likelihood == pytest.approx(0.5, abs=0.01)
    assert spelling.certainty > 0.97, "that two stand there is not in doubt"
    logits = logits_of("-4----")
    logits[4, 0] = logits[4, BLANK]
    assert spell(logits).certainty == pytest.approx(0.5, abs=0.05)


def test_views_are_read_as_what_all_of_them_find_likeliest() -> None:
    sure, doubtful = logits_of("-4--0-"), logits_of("-4----")
    doubtful[4, 0] = 7.5
    spelling, surest = spell_views([doubtful, sure])
    assert (spelling.values, surest) == ((4, 0), 1)
    alone, other = spell(sure).likelihood, weigh_spelling(likely(doubtful), [4, 0])
    assert spelling.likelihood == pytest.approx((alone + other) / 2) and other < 0.5 < alone


def test_one_view_is_read_as_by_itself() -> None:
    spelling, surest = spell_views([logits_of("-4--0-")])
    assert surest == 0 and spelling.values == (4, 0)
    assert spelling.likelihood == pytest.approx(spell(logits_of("-4--0-")).likelihood)


def likely(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    raised = np.exp(logits.astype(np.float64))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
