"""camcount evaluate: how well a reader does on labelled pictures."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import track

from camcount.annotate import annotate
from camcount.binarize import binarize
from camcount.cli.drawing import drawing_options, load_scribes, show_drawn
from camcount.cli.figures import show_calibration, show_digits, show_scores, show_streams
from camcount.cli.options import option, reader_options
from camcount.data import load_digits
from camcount.ensemble import name_network
from camcount.errors import SourceError
from camcount.evaluation.calibration import Outcomes
from camcount.evaluation.generated import Drawing, Drawn, read_drawn
from camcount.evaluation.letters import SURE, load_not_digits, share_called_digit
from camcount.evaluation.manifest import Page, load_manifest
from camcount.evaluation.matching import Outcome, outcomes_by_text
from camcount.evaluation.pages import read_pages
from camcount.evaluation.plots import draw_calibration, require_matplotlib
from camcount.evaluation.digits import mean_loss
from camcount.evaluation.report import DigitReport, report_digits, require_report, write_predictions, write_report
from camcount.evaluation.scoring import PageResult, scores_by_group
from camcount.evaluation.sheet import ErrorSheet
from camcount.files import write_whole
from camcount.reader import Reader
from camcount.sinks.files import refuse_existing
from camcount.sinks.pictures import encode_image
from camcount.types import SCHEMA, Frame, Reading

PATH = click.Path(path_type=Path)
Step = TypeVar("Step")


@click.command(short_help="Measure a model on labelled photos, single digits or drawn pages.")
@click.argument("targets", nargs=-1, metavar="[MANIFEST.json|DATA.npz]...", type=PATH)
@drawing_options
@option("--errors", type=PATH, metavar="SHEET.png", help="Draw every page that was read wrongly.")
@option("--plot", type=PATH, metavar="FILE.png", help="Draw how far confidences can be trusted; needs matplotlib.")
@option("--report", type=PATH, metavar="DIR", help="Of data files, write report.md there, with tables and pictures.")
@option("--predictions", type=PATH, metavar="FILE.csv", help="Of data files, write what each digit was taken for.")
@option("--overwrite", is_flag=True, help="Replace files that exist.")
@option("--split", metavar="NAME", help="Of a manifest, only these records; of a data file, x_NAME and y_NAME.")
@option(
    "--filmed", type=click.FloatRange(1, 3600), metavar="S",
    help="Film each photo of a manifest from a hand for S seconds, and measure the stream; without one, made pages.",
)
@option("--not-digits", is_flag=True, help="The data files hold no digits: tell how many are called one.")
@option("--json", "as_json", is_flag=True, help="Print one JSON object a target.")
@reader_options
def command(
    targets: tuple[Path, ...], drawing: Drawing | None, strokes: tuple[Path, ...], errors: Path | None,
    plot: Path | None, report: Path | None, predictions: Path | None, overwrite: bool, split: str | None,
    filmed: float | None, not_digits: bool, as_json: bool, reader: Reader,
) -> None:
    """Measure a reader against what persons read, or against what was drawn.

    MANIFEST.json lists photos and the lines in each; DATA.npz holds single digits with the keys of Keras's MNIST file
    (x_test, y_test), on which the model alone is measured. With --generated, pages are drawn of which every digit and
    its place are known.
    """
    if filmed:
        _measure_filmed(reader, targets, split or "", filmed, as_json)
        return
    _check_usage(targets, drawing, errors, plot, not_digits)
    _check_reports(targets, report, predictions, not_digits)
    if plot:
        require_matplotlib()
    if report:
        require_report()
    for path in (errors, plot, predictions, report and report / "report.md"):
        if path:
            refuse_existing(path, overwrite)
    sheet = ErrorSheet() if errors else None
    unreadable: list[PageResult] = []
    outcomes: list[Outcome] = []
    measured: list[DigitReport] = []
    if drawing:
        outcomes += _measure_drawn(reader, replace(drawing, scribes=load_scribes(strokes, reader)), sheet, as_json)
    # All are loaded before the first is read: a mistake in the last shows at once, not after minutes.
    pages = {target: load_manifest(target, split or "") for target in targets if target.suffix == ".json"}
    for target in targets:
        if target in pages:
            results, judged = _read(reader, pages[target], sheet)
            unreadable += [result for result in results if result.error]
            outcomes += judged
            _show_pages(target, results, judged, as_json)
        elif not_digits:
            _show_not_digits(target, reader, as_json)
        else:
            crops, labels = load_digits(target, split or "test")
            measured.append(report_digits(target.stem, crops, labels, reader.classifier))
            _show_digits(target, measured[-1], as_json)
    if predictions:
        write_predictions(measured, predictions)
    if report:
        write_report(measured, name_network(reader.classifier, reader.model), report)
    if errors and sheet:
        write_whole(errors, encode_image(sheet.draw(), errors.suffix))
    if plot:
        write_whole(plot, draw_calibration(Outcomes.of(outcomes)))
    if unreadable:
        told = "\n".join(f"  {result.error}" for result in unreadable)
        count = "1 picture" if len(unreadable) == 1 else f"{len(unreadable)} pictures"
        raise SourceError(f"{count} could not be read, and counted as if nothing stood there:\n{told}")


def _measure_filmed(reader: Reader, targets: tuple[Path, ...], split: str, seconds: float, as_json: bool) -> None:
    from camcount.evaluation.streams import MADE, film_made, film_pages

    if wrong := next((target for target in targets if target.suffix != ".json"), None):
        raise click.UsageError(f"--filmed films photos: {wrong} is no manifest (.json).")
    manifests = {str(target): load_manifest(target, split) for target in targets}
    for name, pages in manifests.items():
        core = [page for page in pages if page.core] or list(pages)
        told = list(_tracked(film_pages(reader, core, seconds), "filming and reading", len(core)))
        show_streams(name, [score for score in told if score], told.count(None), as_json)
    if not manifests:
        made = list(_tracked(film_made(reader, seconds), "filming and reading", MADE))
        show_streams("made pages whose numbers count up", made, 0, as_json)


def _check_usage(
    targets: tuple[Path, ...], drawing: Drawing | None, errors: Path | None, plot: Path | None, not_digits: bool
) -> None:
    if not targets and not drawing:
        raise click.UsageError("nothing to measure on. Name a MANIFEST.json or DATA.npz, or add --generated 1000.")
    if targets and drawing:
        raise click.UsageError(f"--generated draws its own pages. Measure {targets[0]} in a call of its own.")
    for target in targets:
        if target.suffix not in (".json", ".npz"):
            raise click.BadParameter(f"{target} is neither a manifest (.json) of photos nor a data file (.npz).")
        if not_digits and target.suffix == ".json":
            raise click.UsageError(f"--not-digits is for DATA.npz; {target} is a manifest.")
    if not_digits and drawing:
        raise click.UsageError("--not-digits is for DATA.npz; for drawn pages without a digit there is --empty N.")
    if errors and errors.suffix not in (".png", ".jpg"):
        raise click.BadParameter(f"{errors} must end in .png or .jpg.", param_hint="--errors")
    if plot and plot.suffix != ".png":
        raise click.BadParameter(f"{plot} must end in .png.", param_hint="--plot")
    for name in [name for name, path in (("errors", errors), ("plot", plot)) if path]:
        if not drawing and all(target.suffix == ".npz" for target in targets):
            raise click.UsageError(f"--{name} draws what was read of pages: give a MANIFEST.json or --generated N.")


def _check_reports(
    targets: tuple[Path, ...], report: Path | None, predictions: Path | None, not_digits: bool
) -> None:
    names = [target.stem for target in targets]
    for option_, wanted in (("--report", report), ("--predictions", predictions)):
        if wanted and (not targets or not_digits or any(target.suffix != ".npz" for target in targets)):
            raise click.UsageError(f"{option_} is for data files of digits (DATA.npz) alone.")
        if wanted and len(set(names)) < len(names):
            raise click.UsageError(f"{option_} tells data files by their names, and two are called alike.")
    if predictions and predictions.suffix != ".csv":
        raise click.BadParameter(f"{predictions} must end in .csv.", param_hint="--predictions")


def _measure_drawn(reader: Reader, drawing: Drawing, sheet: ErrorSheet | None, as_json: bool) -> list[Outcome]:
    both: list[list[Drawn]] = []
    for empty, count in ((False, drawing.pages), (True, drawing.empty)):
        steps = _tracked(read_drawn(reader, drawing, empty), "drawing and reading", count)
        both.append([])
        for drawn, frame, reading in steps:
            both[-1].append(drawn)
            _note(sheet, reader, drawn.result, frame, reading)
    show_drawn(drawing, both[0], both[1], as_json)
    return [outcome for page in both[0] for outcome in page.outcomes]


def _read(
    reader: Reader, pages: tuple[Page, ...], sheet: ErrorSheet | None
) -> tuple[list[PageResult], list[Outcome]]:
    results: list[PageResult] = []
    outcomes: list[Outcome] = []
    for result, frame, reading in _tracked(read_pages(reader, pages), "reading", len(pages)):
        results.append(result)
        if frame and reading:
            _note(sheet, reader, result, frame, reading)
            # Where digits have no order, the text alone does not tell which of them are right.
            if result.page.ordered:
                outcomes += outcomes_by_text(reading.lines, "".join(result.wanted))
    return results, outcomes


def _tracked(steps: Iterable[Step], told: str, count: int) -> Iterable[Step]:
    console = Console(stderr=True)
    return track(steps, told, count, console=console, disable=not console.is_terminal)


def _note(sheet: ErrorSheet | None, reader: Reader, result: PageResult, frame: Frame, reading: Reading) -> None:
    """Draw a page on the sheet if it was read wrongly."""
    if sheet and not result.exact:
        lines = [line.text for line in reading.lines]
        sheet.add(result, lines, annotate(frame.image, reading), binarize(frame.image, reader.ink).mask)


def _show_pages(target: Path, results: list[PageResult], judged: list[Outcome], as_json: bool) -> None:
    scores, outcomes = scores_by_group(results), Outcomes.of(judged)
    if as_json:
        groups = {name: score.to_dict() for name, score in scores.items()}
        told = [result.to_dict() for result in results]
        _print_json(target, scores=groups, calibration=outcomes.to_dict(), pages=told)
        return
    show_scores(str(target), scores)
    show_calibration(outcomes)


def _show_digits(target: Path, report: DigitReport, as_json: bool) -> None:
    if not as_json:
        show_digits(str(target), report)
        return
    told = {"loss": mean_loss(report.probabilities, report.labels), "by_digit": report.score.by_digit}
    parts = {"parts": [part._asdict() for part in report.parts]} if report.parts else {}
    _print_json(target, **report.score.to_dict(), **told, calibration=report.outcomes.to_dict(), **parts)


def _show_not_digits(target: Path, reader: Reader, as_json: bool) -> None:
    crops = load_not_digits(target)
    share = share_called_digit(reader.classifier, crops)
    if as_json:
        _print_json(target, marks=len(crops), confidence_over=SURE, called_digit=share)
    else:
        click.echo(f"{target}: {share:.2%} of {len(crops)} marks are called a digit with confidence over {SURE:g}")


def _print_json(target: Path, **figures: Any) -> None:
    click.echo(json.dumps({"schema": SCHEMA, "source": str(target), **figures}))
