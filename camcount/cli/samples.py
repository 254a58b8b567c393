"""camcount samples: draw the pictures of `samples/` anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import cv2

from camcount.files import write_whole
from camcount.synthesis.samples import QUALITY, SEED, draw_samples, truth


@click.command(hidden=True, short_help="Draw the sample pictures.")
@click.argument("folder", metavar="[DIR]", default="samples", type=click.Path(file_okay=False, path_type=Path))
@click.option("--seed", default=SEED, show_default=True, type=click.IntRange(0, 2**28), help="Decides who writes.")
def command(folder: Path, seed: int) -> None:
    """Draw eight pictures of handwritten numbers into DIR, each with its truth beside it.

    PICTURE.jpg comes with PICTURE.json, the lines and the box of each digit; manifest.json is for `camcount evaluate`.
    The same seed always gives the same pictures.
    """
    records: list[dict[str, Any]] = []
    for name, page in draw_samples(seed):
        picture = folder / f"{name}.jpg"
        write_whole(picture, cv2.imencode(".jpg", page.image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes())
        write_whole(picture.with_suffix(".json"), _to_json(truth(page)))
        records.append({"file": picture.name, "lines": truth(page)["lines"], "category": "sample"})
        click.echo(picture)
    write_whole(folder / "manifest.json", _to_json(records))


def _to_json(data: dict[str, Any] | list[dict[str, Any]]) -> bytes:
    return (json.dumps(data, indent=1) + "\n").encode()
