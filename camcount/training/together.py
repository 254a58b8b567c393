"""Several files -> a folder: all of them, or none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from camcount.files import cannot_write, part_of


def write_together(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files beside their places, then rename all; where one fails, what stood there before stands there.

    Args:
        folder: where they go; it is made.
        files: what is in each, by its name.

    Raises:
        OutputError: when one cannot be written.
    """
    there = folder.is_dir()
    parts = {folder / name: part_of(folder / name) for name in files}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part, content in zip(parts.values(), files.values()):
            part.write_bytes(content)
        _rename_all(parts)
    except OSError as error:
        raise cannot_write(folder, error) from None
    finally:
        for part in parts.values():
            _remove(part)
        if not there:
            with suppress(OSError):
                folder.rmdir()  # if nothing came into it


def _rename_all(parts: Mapping[Path, Path]) -> None:
    """Give each part its name; where one does not take it, all have again what they had."""
    before = {path: part.with_suffix(".before") for path, part in parts.items() if path.exists()}
    placed: list[Path] = []
    try:
        for path, part in parts.items():
            if path in before:
                os.replace(path, before[path])
            placed.append(path)
            os.replace(part, path)
    except OSError:
        for path in placed:
            _remove(path)
            if path in before:
                os.replace(before[path], path)
        raise
    for old in before.values():
        _remove(old)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
