"""camcount evaluate: how well a reader does on labelled pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import cv2
from rich.console import Console
from rich.progress import track

from camcount.annotate import annotate
from camcount.binarize import binarize
from camcount.cli.options import option, reader_options
from camcount.cli.tables import show_table
from camcount.data import load_digits
from camcount.errors import SourceError
from camcount.evaluation.digits import DigitScore, measure_digits
from camcount.evaluation.letters import SURE, load_not_digits, share_called_digit
from camcount.evaluation.manifest import Page, load_manifest
from camcount.evaluation.pages import read_pages
from camcount.evaluation.scoring import PageResult, scores_by_group
from camcount.evaluation.sheet import ErrorSheet
from camcount.files import write_whole
from camcount.reader import Reader
from camcount.sinks.files import refuse_existing
from camcount.types import SCHEMA

PATH = click.Path(path_type=Path)
PAGE_HEADERS = ("", "pages", "digits", "digit accuracy", "exact lines", "exact pages", "spurious/page", "ms/page")


@click.command(short_help="Measure a model on labelled photos or single digits.")
@click.argument("targets", nargs=-1, required=True, metavar="MANIFEST.json|DATA.npz...", type=PATH)
@option("--errors", type=PATH, metavar="SHEET.png", help="Draw every page that was read wrongly.")
@option("--overwrite", is_flag=True, help="Replace SHEET.png if it exists.")
@option("--split", metavar="NAME", help="Of a manifest, only these records; of a data file, x_NAME and y_NAME.")
@option("--not-digits", is_flag=True, help="The data files hold no digits: tell how many are called one.")
@option("--json", "as_json", is_flag=True, help="Print one JSON object a target.")
@reader_options
def command(
    targets: tuple[Path, ...], errors: Path | None, overwrite: bool, split: str | None, not_digits: bool,
    as_json: bool, reader: Reader,
) -> None:
    """Measure a reader against what persons read.

    MANIFEST.json lists photos and the lines in each; DATA.npz holds single digits with the keys of Keras's MNIST file
    (x_test, y_test), on which the model alone is measured.
    """
    _check_usage(targets, errors, not_digits)
    if errors:
        refuse_existing(errors, overwrite)
    sheet = ErrorSheet() if errors else None
    unreadable: list[PageResult] = []
    # All are loaded before the first is read: a mistake in the last shows at once, not after minutes.
    pages = {target: load_manifest(target, split or "") for target in targets if target.suffix == ".json"}
    for target in targets:
        if target in pages:
            results = _read(reader, pages[target], sheet)
            unreadable += [result for result in results if result.error]
            _show_pages(target, results, as_json)
        elif not_digits:
            _show_not_digits(target, reader, as_json)
        else:
            crops, labels = load_digits(target, split or "test")
            _show_digits(target, measure_digits(reader.classifier, crops, labels), as_json)
    if errors and sheet:
        write_whole(errors, _encode(sheet, errors))
    if unreadable:
        told = "\n".join(f"  {result.error}" for result in unreadable)
        count = "1 picture" if len(unreadable) == 1 else f"{len(unreadable)} pictures"
        raise SourceError(f"{count} could not be read, and counted as if nothing stood there:\n{told}")


def _check_usage(targets: tuple[Path, ...], errors: Path | None, not_digits: bool) -> None:
    for target in targets:
        if target.suffix not in (".json", ".npz"):
            raise click.BadParameter(f"{target} is neither a manifest (.json) of photos nor a data file (.npz).")
        if not_digits and target.suffix == ".json":
            raise click.UsageError(f"--not-digits is for DATA.npz; {target} is a manifest.")
    if errors and errors.suffix not in (".png", ".jpg"):
        raise click.BadParameter(f"{errors} must end in .png or .jpg.", param_hint="--errors")
    if errors and all(target.suffix == ".npz" for target in targets):
        raise click.UsageError("--errors draws pages of a MANIFEST.json; none was given.")


def _read(reader: Reader, pages: tuple[Page, ...], sheet: ErrorSheet | None) -> list[PageResult]:
    results = []
    console = Console(stderr=True)
    steps = track(read_pages(reader, pages), "reading", len(pages), console=console, disable=not console.is_terminal)
    for result, frame, reading in steps:
        results.append(result)
        if sheet and not result.exact and frame and reading:
            lines = [line.text for line in reading.lines]
            sheet.add(result, lines, annotate(frame.image, reading), binarize(frame.image, reader.ink).mask)
    return results


def _encode(sheet: ErrorSheet, path: Path) -> bytes:
    _, data = cv2.imencode(path.suffix, sheet.draw())
    return data.tobytes()


def _show_pages(target: Path, results: list[PageResult], as_json: bool) -> None:
    scores = scores_by_group(results)
    if as_json:
        groups = {name: score.to_dict() for name, score in scores.items()}
        _print_json(target, scores=groups, pages=[result.to_dict() for result in results])
        return
    rows = [
        (name, f"{score.pages}", f"{score.digits}", f"{score.digit_accuracy:.2%}", f"{score.exact_lines:.2%}",
         f"{score.exact_pages:.2%}", f"{score.spurious:.2f}", f"{score.elapsed_ms:.1f}")
        for name, score in scores.items()
    ]
    show_table(str(target), PAGE_HEADERS, rows)


def _show_digits(target: Path, score: DigitScore, as_json: bool) -> None:
    if as_json:
        _print_json(target, **score.to_dict())
        return
    rows = []
    for digit, taken in enumerate(score.confusion):
        count, right, refused = int(taken.sum()), int(taken[digit]), int(taken[10])
        wrong = [(int(n), str(other)) for other, n in enumerate(taken[:10]) if n and other != digit]
        confused = ", ".join(f"{other} ({n})" for n, other in sorted(wrong, reverse=True)[:3])
        of_ten = f"{score.likeliest[digit] / max(1, count):.2%}"
        rows.append((f"{digit}", f"{count}", f"{right / max(1, count):.2%}", of_ten, f"{refused}", confused))
    refused = int(score.confusion[:, 10].sum())
    wrong_count = f"{score.count - score.correct} wrong"
    rows.append(
        ("ALL", f"{score.count}", f"{score.accuracy:.2%}", f"{score.accuracy_of_ten:.2%}", f"{refused}", wrong_count)
    )
    headers = ("digit", "count", "accuracy", "likeliest of ten", "taken for no digit", "taken for")
    show_table(str(target), headers, rows)


def _show_not_digits(target: Path, reader: Reader, as_json: bool) -> None:
    crops = load_not_digits(target)
    share = share_called_digit(reader.classifier, crops)
    if as_json:
        _print_json(target, marks=len(crops), confidence_over=SURE, called_digit=share)
    else:
        click.echo(f"{target}: {share:.2%} of {len(crops)} marks are called a digit with confidence over {SURE:g}")


def _print_json(target: Path, **figures: Any) -> None:
    click.echo(json.dumps({"schema": SCHEMA, "source": str(target), **figures}))
