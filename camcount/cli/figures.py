"""Scores and confidences -> the tables that `camcount evaluate` prints."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

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
from camcount.evaluation.digits import DigitScore, mean_loss
from camcount.evaluation.report import PART_HEADERS, DigitReport, part_rows
from camcount.evaluation.scoring import Score
from camcount.evaluation.streams import StreamScore, sum_up
from camcount.types import SCHEMA

DIGIT_HEADERS = ("digit", "count", "recall", "precision", "F1", "likeliest of ten", "no digit", "taken for")
HEADERS = ("", "pages", "digits", "digit accuracy", "exact lines", "exact pages", "spurious/page", "ms/page")


def show_scores(title: str, scores: Mapping[str, Score]) -> None:
    """Print a row a group of pages."""
    rows = [
        (name, f"{score.pages}", f"{score.digits}", f"{score.digit_accuracy:.2%}", f"{score.exact_lines:.2%}",
         f"{score.exact_pages:.2%}", f"{score.spurious:.2f}", f"{score.elapsed_ms:.1f}")
        for name, score in scores.items()
    ]
    show_table(title, HEADERS, rows)


def show_digits(title: str, report: DigitReport) -> None:
    """Print a row a digit, what an ensemble is made of, and below how good all of it is."""
    score = report.score
    rows = [_digit_row(score, digit) for digit in range(10)]
    refused = int(score.confusion[:, 10].sum())
    of_all = ("ALL", f"{score.count}", f"{score.accuracy:.2%}", "", "", f"{score.accuracy_of_ten:.2%}", f"{refused}")
    show_table(title, DIGIT_HEADERS, [*rows, (*of_all, f"{score.count - score.correct} wrong")])
    if report.parts:
        show_table("\nwhat the ensemble costs and gains", PART_HEADERS, part_rows(report))
    click.echo(f"\naccuracy {score.accuracy:.2%}, loss {mean_loss(report.probabilities, report.labels):.4f}")
    error = calibration_error(bins_of_equal_width(report.outcomes))
    click.echo(f"calibration error, {BINS} bins of equal width: {error:.4f}")


def _digit_row(score: DigitScore, digit: int) -> tuple[str, ...]:
    taken, shares = score.confusion[digit], score.by_digit[digit]
    wrong = [(int(n), str(other)) for other, n in enumerate(taken[:10]) if n and other != digit]
    confused = ", ".join(f"{other} ({n})" for n, other in sorted(wrong, reverse=True)[:3])
    of_ten = score.likeliest[digit] / max(1, taken.sum())
    figures = (shares["recall"], shares["precision"], shares["f1"], of_ten)
    return f"{digit}", f"{taken.sum()}", *(f"{figure:.2%}" for figure in figures), f"{taken[10]}", confused


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
    show_threshold(outcomes)
    for name, bins in (("width", bins_of_equal_width(outcomes)), ("mass", bins_of_equal_mass(outcomes))):
        click.echo(f"calibration error, {BINS} bins of equal {name}: {calibration_error(bins):.4f}")


def show_threshold(outcomes: Outcomes, of: str = "") -> None:
    """Print from which confidence on at most one digit in a hundred is wrong."""
    threshold = safe_threshold(outcomes) if len(outcomes) else None
    if threshold is None:
        click.echo(f"{of}no confidence is enough for at most {MOST_WRONG:.0%} wrong")
        return
    (point,) = coverage(outcomes, [threshold])
    # A reader tells six decimals, and the surest digits differ in the last ones only.
    click.echo(f"{of}at most {MOST_WRONG:.0%} wrong: from confidence {threshold:.6f}, which shows {point.shown:.2%}")


def show_streams(name: str, scores: Sequence[StreamScore], left_out: int, as_json: bool) -> None:
    """Print what came of streams; `left_out` photos were not filmed, since they are misread as they stand."""
    told = sum_up(scores)
    if as_json:
        rows = [score.to_dict() for score in scores]
        click.echo(json.dumps({"schema": SCHEMA, "source": name, "left_out": left_out, **told, "of_each": rows}))
        return
    click.echo(f"{name}: {told['streams']} streams, {told['seconds']:g} s ({left_out} photos misread as they stand)")
    click.echo(f"stable reading in {told['stable']}, after {told['median_stable_after']:.2f} s at the median")
    click.echo(f"from then on the text is right in {told['right_share']:.2%} of the frames")
    click.echo(f"wrong stable readings in five minutes: {told['wrong_in_five_minutes']:.2f}")
    click.echo(f"changes of the text a second, where nothing changes: {told['changes_a_second']:.3f}")
    for score in scores:
        if score.stable_after is None or score.right < score.frames or score.wrong:
            after = "never stable" if score.stable_after is None else f"{score.right} of {score.frames} frames right"
            click.echo(f"  {score.name}: {after}, {score.wrong} wrong readings, {score.changes} changes")
