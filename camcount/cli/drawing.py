"""camcount evaluate --generated: which pages to draw, by whom, and what came of reading them."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from camcount.classify import load_card
from camcount.cli.figures import show_calibration, show_scores, show_threshold
from camcount.cli.options import Command, option, size_between
from camcount.cli.tables import show_table
from camcount.errors import SourceError
from camcount.evaluation.calibration import Outcomes
from camcount.evaluation.generated import Drawing, Drawn, false_alarms_by_trait, scores_by_trait
from camcount.reader import Reader
from camcount.synthesis import TRAITS, Scribes
from camcount.synthesis.doubts import undoubted_digits
from camcount.synthesis.seeds import EVALUATION_SEEDS, MOST_EVALUATION_SEEDS
from camcount.synthesis.strokes import StrokeSet, load_strokes
from camcount.types import SCHEMA

SMALLEST, LARGEST = 160, 4096
"""Bounds of a drawn page's sides, pixels."""
MOST_PAGES = 10**6
"""More would take a day."""
_OWN = ("empty", "strokes", "seed", "only", "size")
"""Options that are of use only beside --generated."""


def drawing_options(command: Command) -> Command:
    """Add --generated and its like, and hand over what to draw, as keyword `drawing`, and its stroke files."""

    @option("--generated", type=click.IntRange(1, MOST_PAGES), metavar="N", help="Draw N pages and measure on those.")
    @option("--empty", type=click.IntRange(0, MOST_PAGES), default=0, metavar="N", help="Draw N without a digit too.")
    @option(
        "--strokes", type=click.Path(path_type=Path), multiple=True, metavar="FILE.npz",
        help="Pen strokes of those who write: digits, and letters if you like; repeat.  [default: invented hands]",
    )
    @option(
        "--seed", type=click.IntRange(0, MOST_EVALUATION_SEEDS - MOST_PAGES), default=0, show_default=True,
        help=f"Number of the first page; page N is drawn from seed {EVALUATION_SEEDS} + N, which training never uses.",
    )
    @option("--only", type=click.Choice(TRAITS), help="Draw pages with this one difficulty, and no calm ones.")
    @option(
        "--size", default="1280x720", show_default=True, metavar="WxH", callback=size_between(SMALLEST, LARGEST),
        help="Of the pages.",
    )
    @functools.wraps(command)
    def with_drawing(
        *args: Any, generated: int | None, empty: int, strokes: tuple[Path, ...], seed: int, only: str | None,
        size: tuple[int, int], **values: Any,
    ) -> Any:
        ctx = click.get_current_context()
        lost = [name for name in _OWN if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
        if not generated and lost:
            raise click.UsageError(f"--{lost[0]} is for drawn pages. Add --generated 1000.")
        drawing = Drawing(generated, empty, seed, size, only=only) if generated else None
        return command(*args, drawing=drawing, strokes=strokes, **values)

    return with_drawing  # type: ignore[return-value]


def load_scribes(paths: Sequence[Path], reader: Reader) -> Scribes | None:
    """Load those who write: of each file, the writers that the card of the reader's model says were held out.

    Raises:
        SourceError: when a file cannot be read, or they do not make one of digits and at most one of letters.
    """
    if not paths:
        return None
    card = load_card(reader.model) if reader.model else None
    held_out = (card or {}).get("held_out")
    if held_out is None:
        click.echo("The model's card does not tell which writers were held out: all write, learnt ones too.", err=True)
    digits: list[StrokeSet] = []
    letters: list[StrokeSet] = []
    for path in paths:
        strokes = load_strokes(path)
        of_digits = set(strokes.labels) <= set("0123456789")
        if held_out is not None:
            strokes = _held_out(path, strokes, held_out)
        (digits if of_digits else letters).append(strokes)
    if len(digits) != 1 or len(letters) > 1:
        names = ", ".join(map(str, paths))
        raise SourceError(f"{names}: --strokes takes one file of digits, and at most one of letters.")
    try:
        return Scribes(digits[0], letters[0] if letters else None, usable=undoubted_digits(digits[0]))
    except ValueError as error:
        raise SourceError(f"{', '.join(map(str, paths))}: {error}. Give a file of more hands.") from error


def _held_out(path: Path, strokes: StrokeSet, held_out: dict[str, list[int]]) -> StrokeSet:
    if path.name not in held_out:
        click.echo(f"{path.name}: the model learnt nothing from it, says its card: all its writers write.", err=True)
        return strokes
    try:
        return strokes.of(held_out[path.name])
    except ValueError:
        raise SourceError(f"{path}: none of its writers is one that the model's card tells as held out.") from None


def show_drawn(drawing: Drawing, pages: Sequence[Drawn], empty: Sequence[Drawn], as_json: bool) -> None:
    """Print the figures of drawn pages."""
    outcomes = Outcomes.of(outcome for page in pages for outcome in page.outcomes)
    pairs = [pair for page in pages for pair in page.pairs]
    beside = [pair for page in pages for pair in page.beside]
    scores, alarms = scores_by_trait(pages), false_alarms_by_trait(empty)
    if as_json:
        figures = {
            "schema": SCHEMA,
            "source": "generated",
            "first_seed": drawing.seeds(1)[0],
            "size": list(drawing.size),
            "scores": {name: score.to_dict() for name, score in scores.items()},
            "touching_pairs": {"pairs": len(pairs), "exact": sum(pairs)},
            "neighbours_apart": {"pairs": len(beside), "exact": sum(beside)},
            "empty": {name: alarm.to_dict() for name, alarm in alarms.items()},
            "calibration": outcomes.to_dict(),
            "pages": [page.to_dict() for page in (*pages, *empty)],
        }
        click.echo(json.dumps(figures))
        return
    seeds = drawing.seeds(drawing.pages)
    show_scores(f"pages drawn from seeds {seeds[0]} to {seeds[-1]}", scores)
    for name, all_ in (("touching pairs", pairs), ("neighbours beside them that do not touch", beside)):
        exact = f", {sum(all_) / len(all_):.2%} exact" if all_ else ""
        click.echo(f"{name}: {len(all_)}{exact}")
    if empty:
        click.echo()
        told = alarms["ALL"]
        title = f"pages without a digit: {told.pages}, of which {told.showing} show a digit ({told.share:.2%})"
        rows = [(name, f"{a.pages}", f"{a.showing}", f"{a.share:.2%}", f"{a.digits}") for name, a in alarms.items()]
        show_table(title, ("", "pages", "show a digit", "share", "digits"), rows)
    show_calibration(outcomes)
    if calm := [outcome for page in pages if not page.traits for outcome in page.outcomes]:
        show_threshold(Outcomes.of(calm), "calm pages alone: ")
