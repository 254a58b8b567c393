"""Text files, standard output and folders that sinks write to."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from camcount.errors import OutputError, SinkClosed
from camcount.files import cannot_write, is_device, part_of, silence_stdout

STDOUT = "-"


class TextFile:
    """A UTF-8 text file, or standard output ("-").

    A file stands whole or not at all; one that is not `whole` grows under its own name, line by line, and so does what
    is written to a device or a pipe. A link is followed.
    """

    def __init__(self, path: str, overwrite: bool, whole: bool = True) -> None:
        self._path = path
        self._overwrite = overwrite
        self._whole = whole and not is_device(path)
        self._stream: TextIO | None = None

    def open(self) -> None:
        """Open it.

        Raises:
            OutputError: when it exists and may not be replaced, or cannot be written.
        """
        if self._path == STDOUT:
            # A file name may hold characters that the terminal's encoding does not: print those escaped.
            getattr(sys.stdout, "reconfigure", lambda **_: None)(errors="backslashreplace")
            self._stream = sys.stdout
            return
        refuse_existing(Path(self._path), self._overwrite)
        try:
            part = self._part
            self._stream = open(part, "w", encoding="utf-8", errors="backslashreplace", newline="\n")
        except OSError as error:
            raise cannot_write(self._path, error) from None

    def write(self, text: str) -> None:
        """Write and flush, so that whoever reads the pipe or the terminal sees it at once.

        Raises:
            SinkClosed: when the pipe was closed by its reader.
            OutputError: when the disk is full, or the like.
        """
        if self._stream is None:
            raise ValueError("write to a file that is not open")
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError as error:
            if self._path == STDOUT and error.errno in (errno.EPIPE, errno.EINVAL):  # the latter on Windows
                silence_stdout()
                raise SinkClosed from None
            raise cannot_write(self._path, error) from None

    def close(self) -> None:
        """Close it and give it its name."""
        stream, self._stream = self._stream, None
        if stream is None or self._path == STDOUT:
            return
        try:
            stream.close()
            if self._whole:
                os.replace(self._part, os.path.realpath(self._path))
        except OSError as error:
            raise cannot_write(self._path, error) from None

    def abort(self) -> None:
        """Throw away what was written to a file."""
        stream, self._stream = self._stream, None
        if stream is not None and self._path != STDOUT:
            with suppress(OSError):  # a full disk fails again when the rest is flushed
                stream.close()
            if not is_device(self._path):
                with suppress(OSError):
                    self._part.unlink()

    @property
    def _part(self) -> Path:
        """What is written to: another name until the file is whole."""
        path = Path(os.path.realpath(self._path))
        return part_of(path) if self._whole else path


def open_folder(folder: Path, overwrite: bool) -> None:
    """Make a folder to write in.

    Raises:
        OutputError: when it holds something already and nothing may be replaced, or cannot be made or written in.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()) and not overwrite:
            raise OutputError(f"{folder}: not empty. Name another folder, or add --overwrite.")
        probe = part_of(folder / "probe")
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise cannot_write(str(folder), error) from None


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raise OutputError for a file that exists, unless it may be replaced; a device or a pipe is not replaced."""
    if is_device(path):
        return
    if os.path.isdir(path):
        raise OutputError(f"{path}: a folder stands there. Name a file.")
    if os.path.exists(path) and not overwrite:
        raise OutputError(f"{path}: exists already. Name another file, or add --overwrite.")


def refuse_source(path: Path, source: str) -> None:
    """Raise OutputError when an output would replace what is read."""
    if os.path.exists(path) and os.path.exists(source) and os.path.samefile(path, source):
        raise OutputError(f"{path}: this would replace what is read. Name another place.")
