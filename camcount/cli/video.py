"""camcount video: every frame of a clip."""

from __future__ import annotations

import operator
import sys

import click

from camcount.cli import VERBOSITY
from camcount.cli.options import option, reader_options
from camcount.cli.streams import StreamOutcome, Wanted, check_video, stream_options, tell_what_came
from camcount.crew import Crew, usual_processes
from camcount.errors import SourceError
from camcount.reader import Reader
from camcount.run import run
from camcount.sinks import Sink, open_sink
from camcount.sinks.limits import Once
from camcount.sources import SourceOptions, open_stream


@click.command(short_help="Read every frame of a clip.")
@click.argument("clip")
@option("--record", metavar="FILE", help="Record the clip with its readings: .mp4, .webm, .mkv, .mov or .avi.")
@option("--start", type=click.FloatRange(0), default=0.0, metavar="S", help="Begin at this second of the clip,")
@option("--end", type=click.FloatRange(0, min_open=True), metavar="S", help="and end at this one.")
@option("--every", type=click.IntRange(1), default=1, metavar="N", help="Read only every Nth frame.")
@option("--fps", type=click.FloatRange(1, 1000), help="Of pictures that follow each other.  [default: 30]")
@option("--jobs", type=click.IntRange(1, 64), metavar="N", help="Processes that read.  [default: one a core, up to 4]")
@stream_options
@reader_options
@click.pass_context
def command(
    ctx: click.Context, clip: str, record: str | None, start: float, end: float | None, every: int, fps: float | None,
    jobs: int | None, wanted: Wanted, reader: Reader,
) -> None:
    """Read every frame of a clip.

    CLIP is a video file, a folder or glob of pictures, a pattern such as frames/%04d.png, or synth:. Readings that
    stay the same are printed; --output keeps them, --record the clip with them drawn on it. Frames that cannot be
    decoded are passed over and counted.
    """
    if end is not None and end <= start:
        raise click.UsageError(f"--end {end:g} is not after --start {start:g}.")
    check_video(record, wanted.record_raw)
    reader.digits = wanted.expected.digits
    sinks: list[Sink] = []

    def skip(name: str, error: SourceError) -> None:
        for sink in sinks:
            sink.skip(name, error)

    options = SourceOptions(on_error=skip, start=start, end=end, every=every, rate=fps)
    with open_stream(clip, options) as source:
        rate = float(getattr(source, "rate", 30.0)) / every
        outcome = StreamOutcome(wanted, ctx.meta[VERBOSITY] > 0)
        sinks += wanted.sinks(rate)
        sinks += [open_sink(f"video:{record}", wanted.options(rate))] if record else []
        sinks.append(outcome)
        if sys.stderr.isatty() and ("-" not in (wanted.outputs or "-") or not sys.stdout.isatty()):
            from camcount.cli.progress import ProgressSink  # rich takes 60 ms

            sinks.append(ProgressSink("", total=operator.length_hint(source) or None, of="frames"))
        sinks += [Once()] if wanted.once else []
        with Crew(reader, jobs or usual_processes()) as crew:
            run(source, crew, sinks, tracker=wanted.tracker(reader.min_confidence))
        tell_what_came(sinks)
        if skipped := int(getattr(source, "skipped", 0)):
            click.echo(f"{clip}: {skipped} damaged frames were passed over.", err=True)
        if missing := int(getattr(source, "missing", 0)):
            click.echo(f"{clip}: it ends {missing} frames too soon. Copy it again?", err=True)
    ctx.exit(outcome.exit_code())
