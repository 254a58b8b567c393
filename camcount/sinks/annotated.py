"""The frame with its reading drawn on it, as a picture file."""

from __future__ import annotations

import os
from pathlib import Path

from camcount.shot import Shot
from camcount.errors import OutputError
from camcount.files import write_whole
from camcount.sinks.base import Sink, SinkOptions
from camcount.sinks.files import open_folder, refuse_existing, refuse_source
from camcount.sinks.pictures import WRITABLE, Names, encode_image


class AnnotatedSink(Sink):
    """The frame with its reading drawn on it: in a file, or each in a folder under its picture's name."""

    kind = "annotated"
    suffixes = WRITABLE

    def __init__(self, path: str, options: SinkOptions = SinkOptions()) -> None:
        self._path = Path(path)
        self._options = options
        self._is_file = self._path.suffix.lower() in WRITABLE and not os.path.isdir(path)
        self._names = Names()

    def __enter__(self) -> Sink:
        if not self._is_file:
            open_folder(self._path, self._options.overwrite)
            return self
        if self._options.many:
            raise OutputError(f"{self._path}: one file cannot hold several pictures. Name a folder.")
        refuse_existing(self._path, self._options.overwrite)
        if not os.path.isdir(self._path.parent):
            raise OutputError(f"{self._path}: its folder does not exist. Make it first.")
        return self

    def write(self, shot: Shot) -> None:
        path = self._path
        if not self._is_file:
            suffix = ".jpg" if shot.frame.source.lower().endswith((".jpg", ".jpeg")) else ".png"
            path = path / self._names.unused(shot.frame, suffix)
        refuse_source(path, shot.frame.source)
        write_whole(path, encode_image(shot.annotated, path.suffix))
