"""camcount image: the numbers in pictures."""

from __future__ import annotations

import operator
import sys
from pathlib import Path

import click

from camcount.cli import VERBOSITY
from camcount.cli.options import Expected, expected_options, option, reader_options
from camcount.cli.outcome import Outcome
from camcount.errors import SourceError
from camcount.reader import Reader
from camcount.run import run
from camcount.sinks import Sink, SinkOptions, open_sink
from camcount.sources import MAX_PIXELS, open_source

FORMATS = ("text", "jsonl", "csv")


@click.command(short_help="Read the numbers in pictures.")
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...")
@option("--format", "form", type=click.Choice(FORMATS), help="Default: as the suffix of --output says, else text.")
@option("--json", "as_json", is_flag=True, help="The same as --format jsonl.")
@option("--output", metavar="FILE", default="-", help="Write there instead of to standard output.")
@option("--annotated", metavar="DIR|FILE", help="Write copies with boxes, digits and confidences drawn on them.")
@option("--crops", metavar="DIR", help="Write every digit as the model saw it, 28x28, and index.csv.")
@option("--overwrite", is_flag=True, help="Replace files that exist.")
@option("--fail-empty", is_flag=True, help="Exit with 7 when nothing is recognised in a picture.")
@option(
    "--max-pixels", type=click.IntRange(1), default=MAX_PIXELS, show_default=True, help="Refuse larger pictures unread."
)
@expected_options
@reader_options
@click.pass_context
def command(
    ctx: click.Context, photos: tuple[str, ...], form: str | None, as_json: bool, output: str, annotated: str | None,
    crops: str | None, overwrite: bool, fail_empty: bool, max_pixels: int, expected: Expected, reader: Reader,
) -> None:
    """Read the numbers in pictures.

    PHOTO is a picture, a folder (with those in it), a glob such as 'photos/*.jpg', or - for one on standard input.

    The text of a single picture is printed as it is; of several, each line behind the picture's name and a colon. A
    picture that cannot be read is told on standard error, the others are read all the same, and the exit code is 3.
    """
    reader.digits = expected.digits
    sinks: list[Sink] = []

    def skip(source: str, error: SourceError) -> None:
        for sink in sinks:
            sink.skip(source, error)

    source = open_source(*photos, max_pixels=max_pixels, on_error=skip)
    count = operator.length_hint(source) or 1  # of a stream without end, the first frame
    options = SinkOptions(overwrite, many=count > 1)
    outcome = Outcome("", options, expected, fail_empty, ctx.meta[VERBOSITY] > 0)
    kind = "jsonl" if as_json else form or {".jsonl": "jsonl", ".json": "jsonl", ".csv": "csv"}.get(
        Path(output).suffix.lower(), "text"
    )
    targets = [f"{kind}:{output}", annotated and f"annotated:{annotated}", crops and f"crops:{crops}"]
    sinks += [open_sink(target, options) for target in targets if target]
    sinks.append(outcome)
    if count > 1 and sys.stderr.isatty() and (output != "-" or not sys.stdout.isatty()):
        from camcount.cli.progress import ProgressSink  # rich takes 60 ms

        sinks.append(ProgressSink("", options, count))
    run(source, reader, sinks, count)
    ctx.exit(outcome.exit_code())
