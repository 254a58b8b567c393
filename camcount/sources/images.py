"""Still pictures: files, folders, globs and standard input -> frames."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from camcount.errors import SourceError
from camcount.sources.base import Source, SourceOptions
from camcount.sources.decode import decode_image
from camcount.sources.headers import read_header
from camcount.types import Frame

SUFFIXES = (".jpg", ".jpeg", ".jpe", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".pnm", ".pbm", ".pgm", ".ppm")
_FOREIGN_SUFFIXES = (".heic", ".heif", ".avif")
STDIN = "-"


class ImageSource(Source):
    """Pictures one after another, in the order given; those of a folder or glob in natural order, a2 before a10."""

    def __init__(self, targets: Sequence[str], options: SourceOptions = SourceOptions()) -> None:
        self.names = tuple(name for target in targets for name in _expand(target))
        self._options = options

    @classmethod
    def accepts(cls, target: str) -> bool:
        """Take any path, there or not; leave camera numbers and `word:...` (URLs, made sources) to others."""
        if target == STDIN or os.path.exists(target):
            return True
        return not target.isdigit() and not re.match(r"[A-Za-z][\w+.-]+:", target)

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Frame]:
        for index, name in enumerate(self.names):
            try:
                image = decode_image(*_read_bytes(name), self._options.max_pixels)
            except SourceError as error:
                self._options.on_error(name, error)
            else:
                rate = self._options.rate
                yield Frame(image, index, index / rate if rate else 0.0, name)


def _expand(target: str) -> list[str]:
    """List what a target stands for; itself where it stands for nothing, so that reading it says why."""
    if target != STDIN and os.path.isdir(target):
        return _list_folder(target) or [target]
    if glob.has_magic(target) and not os.path.exists(target):
        hits = sorted(glob.glob(target, recursive=True), key=_natural)
        return [name for hit in hits for name in _expand(hit)] or [target]
    return [target]


def _list_folder(folder: str) -> list[str]:
    from imutils.paths import list_files  # it brings in urllib.request, 40 ms, which a single photo need not wait for

    # HEIC is listed too: passing over a telephone's photos without a word would look as if all had been read.
    names = list_files(folder, validExts=SUFFIXES + _FOREIGN_SUFFIXES)
    return sorted((name for name in names if not os.path.basename(name).startswith(".")), key=_natural)


def _natural(name: str) -> tuple[list[str | int], str]:
    parts = re.split(r"(\d+)", name.casefold())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], name


def _read_bytes(name: str) -> tuple[bytes, str]:
    """Read a whole file; give its bytes, and what errors call it.

    Raises:
        SourceError: when it cannot be read.
    """
    if name == STDIN:
        return _read_picture(sys.stdin.buffer), "standard input"
    try:
        with open(name, "rb") as file:
            return _read_picture(file), name
    except OSError as error:
        raise SourceError(f"{name}: {_why(name, error)}") from None
    except ValueError as error:  # a name with a NUL in it
        raise SourceError(f"{name!r}: {error}") from None


def _read_picture(file: BinaryIO) -> bytes:
    """Read the rest only of what begins like a picture: a video of gigabytes among the photos is not taken in."""
    head = file.read(4096)
    try:
        known = read_header(head) is not None
    except EOFError:
        known = True
    return head + file.read() if known else head


def _why(name: str, error: OSError) -> str:
    if os.path.isdir(name):
        return f"no pictures in this folder. Looked for: {' '.join(SUFFIXES)}"
    if isinstance(error, FileNotFoundError) and glob.has_magic(name):
        return "no file matches this pattern. Check it, and where you are."
    if isinstance(error, FileNotFoundError):
        return "no such file or folder. Check its name."
    if isinstance(error, PermissionError):
        return "no permission to read it. Make it readable, or copy it to where it is yours."
    return f"cannot be read ({error.strerror}). Check the disk, or copy it elsewhere."
