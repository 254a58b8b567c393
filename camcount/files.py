"""Files that stand whole or not at all: written beside under another name, and renamed at the end."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from camcount.errors import OutputError


def write_whole(path: Path, data: bytes) -> None:
    """Write beside the path, then rename: nobody ever sees half a file. Missing folders are made.

    A link is followed, and devices and pipes are written to as they are.

    Raises:
        OutputError: when the file cannot be written.
    """
    path = Path(os.path.realpath(path))
    part = path if is_device(path) else part_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        if part != path:
            os.replace(part, path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        if part != path:
            with suppress(OSError):
                part.unlink()


def is_device(path: Path | str) -> bool:
    """Tell whether a path is a device or a pipe: nothing that could be replaced."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def fingerprint(data: bytes) -> dict[str, Any]:
    """Tell the length and the hash of a file, for a card to be checked by."""
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def part_of(path: Path) -> Path:
    """Give the name under which a file is written until it is whole, in the same folder, hidden from `ls`."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def cannot_write(path: Path | str, error: OSError) -> OutputError:
    """Say why a path cannot be written, and what to do."""
    advice = {
        FileNotFoundError: "Make its folder first.",
        FileExistsError: "A file stands where a folder is meant: name another.",
        NotADirectoryError: "A file stands where a folder is meant: name another.",
        PermissionError: "Name a place that is yours.",
    }.get(type(error), "Check the disk, or name another place.")
    return OutputError(f"{path}: cannot be written ({error.strerror or error}). {advice}")


def silence_stdout() -> None:
    """Point standard output at nothing, or Python's last flush would complain of the closed pipe."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, sys.stdout.fileno())
    finally:
        os.close(nothing)
