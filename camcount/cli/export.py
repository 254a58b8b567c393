"""camcount export: a trained model in another format."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from camcount.classify import load_card, load_classifier
from camcount.cli.options import option
from camcount.cli.tables import show_table
from camcount.data import load_digits
from camcount.errors import MissingExtraError, OutputError
from camcount.sinks.files import refuse_existing
from camcount.training.plan import FORMATS, QUANTIZATIONS
from camcount.types import SCHEMA

PATH = click.Path(path_type=Path)
FILES = {".keras", ".h5", ".json", *FORMATS.values()} - {""}
"""Suffixes that no folder should have: what ends so is taken for a model, or for its card."""


@click.command(short_help="Write a trained model for another engine.")
@click.argument("model", metavar="MODEL.keras", type=PATH)
@option("--to", "form", type=click.Choice(list(FORMATS)), required=True, help="The format.")
@option(
    "--quantize", type=click.Choice(QUANTIZATIONS), default="none", show_default=True,
    help="Round weights to two bytes (fp16) or one (int8, dynamic); int8 rounds what flows through the network, too.",
)
@option("--output", type=PATH, metavar="PATH", help="Where it goes; default: beside MODEL, under its name.")
@option("--data", type=PATH, metavar="DATA.npz", help="Compare on these digits (x_test, y_test), not on drawn ones.")
@option("--overwrite", is_flag=True, help="Replace what is there.")
@option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    model: Path, form: str, quantize: str, output: Path | None, data: Path | None, overwrite: bool, as_json: bool
) -> None:
    """Write a Keras model (.keras, .h5) for another engine, and tell what that changed.

    Both are asked about the same golden digits, drawn in camcount's own hands: the largest difference between their
    probabilities, digits told otherwise, accuracy, size, milliseconds for 1 and 10 digits. Where more than one digit
    in a thousand is told otherwise, nothing is written. A .tflite or .onnx file can be read with at once: --model FILE.
    """
    if model.suffix not in (".keras", ".h5"):
        raise click.BadParameter(f"{model} is no Keras model (.keras, .h5): only those are exported.")
    if form == "saved_model" and quantize != "none":
        raise click.UsageError(f"--quantize {quantize} is for tflite and onnx; a SavedModel keeps its weights.")
    name = model.stem if quantize == "none" else f"{model.stem}-{quantize}"
    target = output or model.with_name(name + (FORMATS[form] or "_saved_model"))
    if FORMATS[form] and target.suffix != FORMATS[form]:
        raise click.BadParameter(f"{target} must end in {FORMATS[form]}.", param_hint="--output")
    if not FORMATS[form] and target.suffix in FILES:
        why = f"{target} is to be a folder: do not end it in {target.suffix}."
        raise click.BadParameter(why, param_hint="--output")
    _refuse(target, not FORMATS[form], overwrite)
    try:
        from camcount.training.formats import require_onnx
        from camcount.training.exchange import draw_golden, exchange, take_golden
    except ImportError as error:
        raise MissingExtraError(f'Exporting needs {error.name}. Run: pip install "camcount[train,onnx]"') from error
    # Told before any page is drawn.
    load_classifier(model)
    if form == "onnx":
        require_onnx()
    if data:
        golden = take_golden(*load_digits(data))
    else:
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("golden digits", total=None)
            golden = draw_golden(lambda done, total: progress.update(task, completed=done, total=total))
    compared = exchange(model, target, form, quantize, golden)
    if as_json:
        click.echo(json.dumps({"schema": SCHEMA, "source": str(model), "output": str(target), **compared.to_dict()}))
        return
    headers = ("", "bytes", "accuracy", *(f"{n} digit{'s' * (n != '1')}, ms" for n in compared.keras.ms))
    rows = [
        (str(path), f"{told.bytes}", f"{told.accuracy:.2%}", *(f"{ms:.2f}" for ms in told.ms.values()))
        for path, told in ((model, compared.keras), (target, compared.exported))
    ]
    show_table(f"on {compared.digits} golden digits", headers, rows)
    click.echo(
        f"largest difference between probabilities: {compared.difference:.1e}; "
        f"told otherwise: {compared.changed:.2%} of the digits"
    )


def _refuse(target: Path, folder: bool, overwrite: bool) -> None:
    """Raise OutputError where something stands that may not be replaced: of folders, all but a SavedModel."""
    if not folder:
        refuse_existing(target, overwrite)
    elif not target.name or target.name == "..":
        raise OutputError(f"{target}: no name for a folder. Name one, such as served.")
    elif target.is_file() or target.is_dir() and any(target.iterdir()):
        if not (target / "saved_model.pb").is_file():
            raise OutputError(f"{target}: something else than a SavedModel stands there. Name another folder.")
        if not overwrite:
            raise OutputError(f"{target}: exists already. Name another folder, or add --overwrite.")
    card = load_card(target)
    if card is not None and target.name in card.get("files", {}) and "exported_from" not in card:
        raise OutputError(f"{target.with_suffix('.json')} tells of {target.name} as it was trained. Name another file.")
