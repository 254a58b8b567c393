"""camcount bench: how fast every stage is here."""

from __future__ import annotations

import json

import click

from camcount.cli.options import option, reader_options
from camcount.cli.tables import show_table
from camcount.crew import usual_processes
from camcount.ensemble import Ensemble
from camcount.errors import MissingExtraError, SourceError
from camcount.reader import Reader
from camcount.speed import SIZES, STAGES, TEXTS, Timing, load_frames, peak_memory, time_frames, time_start
from camcount.types import SCHEMA

SERVED = "synth:text=40723 98265:size=1280x720:seed=2"
"""What is sent to a server, unless a clip is named."""


@click.command(short_help="Measure how fast every stage is here.")
@click.argument("clip", required=False)
@option("--frames", type=click.IntRange(5), default=60, show_default=True, help="Frames to read of each kind.")
@option(
    "--jobs", type=click.IntRange(1, 64), metavar="N",
    help="Processes that read; of a server, its readers.  [default: one a core, up to 4; of a server 2]",
)
@option("--serve", type=click.IntRange(100), metavar="N", help="Measure camcount serve with N requests instead.")
@option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@reader_options
def command(
    clip: str | None, frames: int, jobs: int | None, serve: int | None, as_json: bool, reader: Reader
) -> None:
    """Measure how fast every stage is here.

    Reads CLIP, or else made pictures of 1, 10 and 40 digits at three sizes. Tells the median and the 95th percentile of
    each stage in milliseconds; frames a second read one after the other, and as a clip by all processes, tracked, with
    overlay, and with recording to MP4; the ratio to the floor, which is the least that must be done (grey, one
    threshold, one contour search, the network once), measured in the same run; memory and start-up time.
    """
    if serve:
        _bench_server(reader, clip or SERVED, serve, jobs, as_json)
        return
    processes = jobs or usual_processes()
    if clip:
        loaded = load_frames(clip, frames)
        if not loaded:
            raise SourceError(f"{clip}: no frame in it. Give another clip.")
        timings = [time_frames(reader, loaded, clip, processes)]
    else:
        timings = []
        for width, height in SIZES:
            for count, text in TEXTS.items():
                made = load_frames(f"synth:text={text}:size={width}x{height}:seed=1:frames={frames}", frames)
                timings.append(time_frames(reader, made, f"{width}x{height}, {count} digits", processes))
    start = time_start()
    memory = peak_memory()
    if as_json:
        told = {"start_seconds": round(start, 3), "peak_memory_mib": round(memory, 1)}
        click.echo(json.dumps({"schema": SCHEMA, "timings": [timing.to_dict() for timing in timings], **told}))
        return
    _show(timings)
    click.echo(f"\nfrom start to the first frame read: {start:.2f} s; most memory of this run: {memory:.0f} MiB")


def _bench_server(reader: Reader, clip: str, requests: int, jobs: int | None, as_json: bool) -> None:
    from camcount.web.load import TOGETHER, load_server

    try:
        import camcount.web.app  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(f'Serving needs {error.name}. Run: pip install "camcount[serve]"') from error

    frames = load_frames(clip, 1)
    if not frames:
        raise SourceError(f"{clip}: no frame in it. Give another clip.")
    options = ["--min-confidence", str(reader.min_confidence)]
    options += ["--model", str(reader.model)] if reader.model else []
    options += ["--workers", str(jobs)] if jobs else []
    if isinstance(reader.classifier, Ensemble):
        if len(reader.classifier.networks) > 1:
            raise click.UsageError("--serve measures one --model at a time.")
        options += ["--tta", str(reader.classifier.views)]
    load = load_server(reader, frames[0], requests, options)
    if as_json:
        click.echo(json.dumps({"schema": SCHEMA, **load.to_dict()}))
        return
    first, last = load.memory_mib
    request = f"a request: {load.request_ms:.1f} ms ({load.ratio:.2f} times)"
    click.echo(f"decoding and reading: {load.own_ms:.1f} ms; {request}")
    click.echo(f"{load.requests} requests, {TOGETHER} at a time: {load.per_second:.0f} a second, {load.lost} lost")
    click.echo(f"the server held {first:.0f} MiB after a tenth of them, {last:.0f} MiB at the end")


def _show(timings: list[Timing]) -> None:
    stages = (*STAGES, "read", "floor")
    rows = []
    for timing in timings:
        told = timing.to_dict()["stages"]
        rows.append((timing.name, *(f"{told[s]['median_ms']:.1f} ({told[s]['p95_ms']:.1f})" for s in stages)))
    show_table("milliseconds, median (95th percentile)", ("", *stages), rows)
    names = ("read", "track", "overlay", "record")
    rates = [
        (t.name, *(f"{t.rates[name]:.0f}" for name in names), f"{t.ratio:.2f}", f"{t.clip_ratio:.2f}") for t in timings
    ]
    click.echo()
    headers = ("", *names, "to the floor, one by one", "as a clip")
    show_table("frames a second: read one by one, then a clip on all cores, each with all before it", headers, rates)
