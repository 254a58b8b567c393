"""The ends where frames come from: each function asks its rows in turn."""

from __future__ import annotations

import glob
import os
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, cast

from camcount.errors import SourceError
from camcount.sources.base import MAX_PIXELS, OnError, Part, Source, SourceOptions, fail

if TYPE_CHECKING:
    from camcount.sources.live import LiveSource

__all__ = [
    "MAX_PIXELS", "SOURCES", "STREAMS", "OnError", "Source", "SourceOptions", "load_source", "open_live", "open_source",
    "open_stream",
]

SOURCES = ("camcount.sources.images:ImageSource", "camcount.sources.synth:SynthSource")
"""Where each source's class is. A row is imported when it is asked, so that a photo does not wait for the others."""

STREAMS = ("camcount.sources.clips:ClipSource", *reversed(SOURCES))
"""Those that give frames in time, pictures one after another among them."""

SEQUENCE_RATE = 30.0
"""Frames a second of pictures that follow each other."""


def load_source(row: str) -> type[Source]:
    """Import the class that a row of SOURCES or STREAMS names."""
    module, name = row.split(":")
    return cast("type[Source]", getattr(import_module(module), name))


def open_source(*targets: str, max_pixels: int = MAX_PIXELS, on_error: OnError = fail) -> Source:
    """Open one source for all targets, by the one grammar of camcount.

    Args:
        targets: pictures, folders, globs, "-" (a picture on standard input), or one made source ("synth:").
        max_pixels: width times height of a picture above which it is refused.
        on_error: called with the name of a picture that cannot be read and the error; raises it by default.

    Raises:
        SourceError: when no source accepts the targets. What is missing or broken is told while iterating.
    """
    options = SourceOptions(max_pixels, on_error)
    for row in SOURCES:
        source = load_source(row)
        if all(source.accepts(target) for target in targets):
            return source(targets, options)
    strange = next((target for target in targets if not load_source(SOURCES[0]).accepts(target)), "")
    raise SourceError(
        f"{strange}: camcount cannot open this{' together with the rest' if len(targets) > 1 else ''}. "
        "Give pictures, folders, a glob such as 'photos/*.jpg', - for standard input, or synth: alone."
    )


def open_stream(target: str, options: SourceOptions = SourceOptions()) -> Source:
    """Open a source that gives every frame of a clip, of pictures that follow each other, or of "synth:".

    Raises:
        SourceError: when nothing accepts the target.
    """
    if options.rate is None:
        options = replace(options, rate=SEQUENCE_RATE)
    for row in STREAMS:
        source = load_source(row)
        if source.accepts(target):
            opened = source((target,), options)
            whole = row == STREAMS[0] or (options.start, options.end, options.every) == (0.0, None, 1)
            return opened if whole else Part(opened, options)
    raise SourceError(f"{target}: camcount cannot open this as a clip. Give a video file, pictures, or synth:")


def open_live(target: str, options: SourceOptions = SourceOptions()) -> LiveSource:
    """Open a source that gives the newest frame: a camera by number, name or address, or a clip played as it was taken.

    Raises:
        SourceError: when nothing accepts the target, or no camera is called so.
    """
    from camcount.sources.devices import find_device, list_devices
    from camcount.sources.live import LiveSource

    if LiveSource.accepts(target):
        return LiveSource((target,), options)
    devices = list_devices()
    there = os.path.exists(target) or target == "-"
    # A camera's name may look like a file's, "USB2.0 HD WebCam".
    named = not there and any(target.casefold() in device.name.casefold() for device in devices)
    like_a_file = glob.has_magic(target) or "%" in target or ":" in target or os.sep in target
    if there or not named and (like_a_file or os.path.splitext(target)[1]):
        return LiveSource.playing(open_stream(target, options), target, options)
    return LiveSource((str(find_device(target, devices).index),), options)
