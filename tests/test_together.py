"""Files that are written together: all of them, or none."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from camcount.errors import OutputError
from camcount.training.together import write_together

FILES = {"a": b"new a", "b": b"new b", "c": b"new c"}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_all_files_stand_where_they_belong(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "models"
    for _ in "once", "again":
        write_together(folder, FILES)
        assert contents(folder) == FILES


def test_where_one_cannot_be_written_none_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if data == b"new b":
            write(path, data[:2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="cannot be written .No space left on device"):
        write_together(tmp_path / "models", FILES)
    assert not (tmp_path / "models").exists()


def test_where_one_cannot_take_its_name_all_are_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {"b": b"old b", "c": b"old c"}
    write_together(tmp_path, before)
    replace = os.replace

    def refuse(source: Any, target: Any) -> None:
        if Path(source).suffix == ".part" and Path(target).name == "c":
            raise PermissionError(errno.EACCES, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OutputError, match="Permission denied"):
        write_together(tmp_path, FILES)
    assert contents(tmp_path) == before
