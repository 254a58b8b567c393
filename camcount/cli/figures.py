"""Scores and confidences -> the tables that `camcount evaluate` prints."""

from __future__ import annotations

from collections.abc import Mapping

import click

from camcount.cli.tables import show_table
from camcount.evaluation.calibration import (
    BINS,
    MOST_WRONG,
    Outcomes,
    bins_of_equal_mass,
    bins_of_equal_width,
    calibration_error,
    coverage,
    safe_threshold,
)
from camcount.evaluation.scoring import Score

HEADERS = ("", "pages", "digits", "digit accuracy", "exact lines", "exact pages", "spurious/page", "ms/page")


def show_scores(title: str, scores: Mapping[str, Score]) -> None:
    """Print a row a group of pages."""
    rows = [
        (name, f"{score.pages}", f"{score.digits}", f"{score.digit_accuracy:.2%}", f"{score.exact_lines:.2%}",
         f"{score.exact_pages:.2%}", f"{score.spurious:.2f}", f"{score.elapsed_ms:.1f}")
        for name, score in scores.items()
    ]
    show_table(title, HEADERS, rows)


def show_calibration(outcomes: Outcomes) -> None:
    """Print what comes of showing only digits of some confidence, and how far a confidence can be trusted."""
    if not len(outcomes):
        return
    rows = [
        (f"{point.threshold:.2f}", f"{point.shown:.2%}", f"{point.wrong:.2%}" if point.shown else "-")
        for point in coverage(outcomes)
    ]
    click.echo()
    show_table(f"{len(outcomes)} digits read, by confidence", ("at least", "shown", "wrong of shown"), rows)
    threshold = safe_threshold(outcomes)
    if threshold is None:
        click.echo(f"no confidence is enough for at most {MOST_WRONG:.0%} wrong")
    else:
        (point,) = coverage(outcomes, [threshold])
        # A reader tells six decimals, and the surest digits differ in the last ones only.
        click.echo(f"at most {MOST_WRONG:.0%} wrong: from confidence {threshold:.6f}, which shows {point.shown:.2%}")
    for name, bins in (("width", bins_of_equal_width(outcomes)), ("mass", bins_of_equal_mass(outcomes))):
        click.echo(f"calibration error, {BINS} bins of equal {name}: {calibration_error(bins):.4f}")
