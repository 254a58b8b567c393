"""The ends where frames come from: `open_source` asks each row of SOURCES in turn."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from camcount.errors import SourceError
from camcount.sources.base import MAX_PIXELS, OnError, Source, SourceOptions, fail

__all__ = ["MAX_PIXELS", "SOURCES", "OnError", "Source", "SourceOptions", "load_source", "open_source"]

SOURCES = ("camcount.sources.images:ImageSource", "camcount.sources.synth:SynthSource")
"""Where each source's class is. A row is imported when it is asked, so that a photo does not wait for the others."""


def load_source(row: str) -> type[Source]:
    """Import the class that a row of SOURCES names."""
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
