"""camcount explain: why a picture was read as it was."""

from __future__ import annotations

import json
from pathlib import Path

import click

from camcount.cli.options import option, reader_options
from camcount.cli.tables import show_table
from camcount.errors import SourceError
from camcount.explain import explain_frame
from camcount.files import write_whole
from camcount.heat import draw_explanations
from camcount.look import tell_why
from camcount.reader import Reader
from camcount.sinks.files import refuse_existing
from camcount.sinks.pictures import encode_image
from camcount.sources import open_source
from camcount.types import SCHEMA


@click.command(short_help="Draw which ink spoke for each digit, and why a mark was not read.")
@click.argument("image", metavar="IMAGE")
@option("--output", type=click.Path(path_type=Path), metavar="FILE.png", help="Default: IMAGE-explained.png, here.")
@option("--overwrite", is_flag=True, help="Replace the file if it exists.")
@option("--json", "as_json", is_flag=True, help="Print one JSON object, with the heat of each crop.")
@reader_options
def command(image: str, output: Path | None, overwrite: bool, as_json: bool, reader: Reader) -> None:
    """Draw which ink spoke for each digit and which for the runner-up, and tell why a mark was not read.

    Ink is taken away from a crop, a small square at a time, and what that does to the odds is drawn over the crop and
    over the photo: blue where it spoke for the digit, vermillion with dots where it spoke against it. Of a network
    that only weighs pixels (softmax) its weights are drawn.
    """
    frame = next(iter(open_source(image)), None)
    if frame is None:
        raise SourceError(f"{image}: no picture in it. Name a photo.")
    stem = Path(image).stem if Path(image).is_file() else "picture"
    target = output or Path(f"{stem}-explained.png")
    if target.suffix != ".png":
        raise click.BadParameter(f"{target} must end in .png.", param_hint="--output")
    refuse_existing(target, overwrite)
    explanations = explain_frame(reader, frame)
    note = "" if explanations else f"nothing is read, {tell_why(frame.image, 0)}"
    write_whole(target, encode_image(draw_explanations(frame.image, explanations, note), ".png"))
    if as_json:
        told = {"schema": SCHEMA, "source": frame.source, "output": str(target)}
        click.echo(json.dumps({**told, "marks": [each.to_dict() for each in explanations]}))
        return
    rows = [
        (f"{number}", each.value if each.read else "", each.rival if each.read else "", each.reason)
        for number, each in enumerate(explanations, 1)
    ]
    show_table(f"{target}" + (f": {note}" if note else ""), ("", "read as", "rather than", "why"), rows)
