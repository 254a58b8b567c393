"""camcount live: the number, steady, while a camera looks at it."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from camcount.binarize import POLARITIES
from camcount.cli import VERBOSITY
from camcount.cli.options import option, reader_options, size_between
from camcount.cli.streams import StreamOutcome, Wanted, check_video, stream_options, tell_what_came
from camcount.errors import DisplayError, SourceError
from camcount.events import Event
from camcount.reader import Reader
from camcount.run import run
from camcount.shot import Shot
from camcount.sinks import Sink
from camcount.sinks.ages import Ages
from camcount.sinks.limits import Duration, Once
from camcount.sinks.recorder import Recorder
from camcount.sources import SourceOptions, open_live
from camcount.sources.live import LiveSource
from camcount.track import Tracker, Unsteady
from camcount.types import Image
from camcount.view import Roi

STEP = 0.05
"""By which [ and ] change what confidence is needed."""


@click.command(short_help="Read numbers from a camera, steadily, in a window.")
@click.argument("source", required=False)
@option("--camera", metavar="N|NAME|URL", help="The same as SOURCE.  [default: 0]")
@option("--headless", is_flag=True, help="Without a window.")
@option("--window", is_flag=True, help="With a window, or not at all: exit with 4 where there is no display.")
@option("--record", metavar="FILE", help="Record the picture with its reading: .mp4, .webm, .mkv, .mov or .avi.")
@option("--snapshots", metavar="DIR", default="snapshots", show_default=True, help="Where key s keeps its pictures.")
@option("--duration", type=click.FloatRange(0, min_open=True), metavar="S", help="End after so many seconds.")
@option("--size", metavar="WxH", callback=size_between(16, 16384), help="Ask the camera for this size.")
@option("--fps", type=click.FloatRange(1, 1000), help="Ask the camera for so many frames a second.")
@option("--mirror", is_flag=True, help="Show the picture mirrored; it is read as it is.")
@option(
    "--reconnect", type=click.Choice(["on", "off"]), default="on", show_default=True,
    help="Look again and again for a camera that was lost, or exit with 3.",
)
@stream_options
@reader_options
@click.pass_context
def command(
    ctx: click.Context, source: str | None, camera: str | None, headless: bool, window: bool, record: str | None,
    snapshots: str, duration: float | None, size: tuple[int, int] | None, fps: float | None, mirror: bool,
    reconnect: str, wanted: Wanted, reader: Reader,
) -> None:
    """Read numbers from a camera, steadily, in a window.

    SOURCE is a camera's number, its name or a part of it, an address (http: MJPEG, rtsp:), a clip or pictures, which
    are played, or synth: for a made camera. Each reading that stays the same is printed; --output keeps it. Keys in
    the window: h lists them.
    """
    typed = [name for name in ("camera", "headless", "window") if _is_typed(ctx, name)]
    if source and "camera" in typed:
        raise click.UsageError("SOURCE and --camera are the same: give one.")
    if headless and window:
        if ("headless" in typed) == ("window" in typed):
            raise click.UsageError("--headless and --window exclude each other.")
        headless, window = "headless" in typed, "window" in typed
    check_video(record, wanted.record_raw)
    reader.digits = wanted.expected.digits
    sinks: list[Sink] = []

    def tell(event: Event) -> None:
        for sink in sinks:
            sink.tell(event)

    def skip(name: str, error: SourceError) -> None:
        for sink in sinks:
            sink.skip(name, error)

    options = SourceOptions(size=size, rate=fps, reconnect=reconnect == "on", on_event=tell, on_error=skip)
    live = open_live(source or camera or "0", options)
    tracker = wanted.tracker(reader.min_confidence)
    recorder = Recorder(record or "", wanted.options(0.0))
    outcome = StreamOutcome(wanted, ctx.meta[VERBOSITY] > 0)
    sinks += [*wanted.sinks(0.0), recorder, outcome]
    if not headless and (window or not wanted.once):
        from camcount.sinks.window import Window, missing_display

        why = missing_display()
        if why and window:
            raise DisplayError(f"{why} Run without --window, or where there is a screen.")
        if why:
            click.echo(f"No window: {why} Reading goes on; Ctrl-C ends it.", err=True)
        else:
            sinks.append(Window(_Controls(live, reader, tracker, recorder, Path(snapshots)), mirror))
    sinks += [Ages(live)] if ctx.meta[VERBOSITY] > 0 else []
    # Last what ends the run, so that all others get the last shot.
    sinks += [Duration(duration)] if duration else []
    sinks += [Once()] if wanted.once else []
    run(live, reader, sinks, tracker=tracker)
    tell_what_came(sinks)
    ctx.exit(outcome.exit_code())


def _is_typed(ctx: click.Context, name: str) -> bool:
    """Tell whether an option stands on the command line, which goes before the environment."""
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


class _Controls:
    """What the keys of the window act upon."""

    def __init__(
        self, source: LiveSource, reader: Reader, tracker: Tracker | Unsteady, recorder: Recorder, snapshots: Path
    ) -> None:
        self._source, self._reader, self._tracker = source, reader, tracker
        self._recorder, self._snapshots = recorder, snapshots
        self._rate, self._before = 0.0, 0.0

    @property
    def recording(self) -> bool:
        return self._recorder.on

    @property
    def region(self) -> Roi | None:
        return self._reader.roi

    def status(self, shot: Shot) -> str:
        if shot.frame.time != self._before:
            passed = shot.frame.time - self._before
            self._rate = 0.9 * self._rate + 0.1 / passed if self._rate and passed > 0 else self._rate or 30.0
            self._before = shot.frame.time
        name = shot.frame.source
        camera = f"camera {name}" if name.isdigit() else name if len(name) <= 32 else f"{name[:14]}...{name[-15:]}"
        return f"{self._rate:.0f} fps  {self._source.age(shot.frame) * 1000:.0f} ms  {camera}"

    def pause(self, on: bool) -> None:
        self._source.pause(on)

    def snapshot(self, shot: Shot) -> str:
        from camcount.cli.snapshot import keep_snapshot

        return f"kept {keep_snapshot(shot, self._snapshots)}"

    def record(self) -> str:
        return self._recorder.switch()

    def stages(self, shot: Shot) -> Image:
        from camcount.stages import draw_stages

        return draw_stages(shot.frame.image, shot.reading, self._reader.see(shot.frame))

    def choose(self, roi: Roi | None) -> str:
        self._reader.roi = roi
        self._forget()
        return f"reads {roi[2]:g}x{roi[3]:g} at {roi[0]:g},{roi[1]:g}" if roi else "reads the whole picture"

    def nudge(self, step: int) -> str:
        needed = min(1.0, max(0.0, round(self._reader.min_confidence + STEP * step, 2)))
        self._reader.min_confidence = needed
        if isinstance(self._tracker, Tracker):
            self._tracker.min_confidence = needed
        self._forget()
        return f"confidence needed: {needed:.2f}"

    def turn_ink(self) -> str:
        self._reader.ink = POLARITIES[(POLARITIES.index(self._reader.ink) + 1) % len(POLARITIES)]
        self._forget()
        return f"ink: {self._reader.ink}"

    def _forget(self) -> None:
        """Let nothing stand that was read otherwise than from now on."""
        if isinstance(self._tracker, Tracker):
            self._tracker.reset()

    def next_camera(self) -> str:
        from camcount.sources.devices import list_devices

        devices = list_devices()
        others = [device for device in devices if str(device.index) != self._source.name]
        if not others:
            return "there is no other camera"
        now = int(self._source.name) if self._source.name.isdigit() else -1
        chosen = next((device for device in others if device.index > now), others[0])
        self._source.change_to(chosen.index)
        self._forget()
        return f"camera {chosen.index}: {chosen.name}"
