"""Files: whole or not at all."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from camcount.errors import OutputError
from camcount.files import write_whole


def test_missing_folders_are_made(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b" / "file", b"new")
    assert (tmp_path / "a/b/file").read_bytes() == b"new"
    assert os.listdir(tmp_path / "a/b") == ["file"]


def test_a_file_is_replaced_at_once_never_written_into(tmp_path: Path) -> None:
    path, held = tmp_path / "file", tmp_path / "held"
    path.write_bytes(b"old")
    os.link(path, held)  # whoever has the old file open goes on seeing it whole
    write_whole(path, b"new")
    assert (path.read_bytes(), held.read_bytes()) == (b"new", b"old")


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=r"folder: cannot be written \("):
        write_whole(tmp_path / "folder", b"new")
    assert os.listdir(tmp_path) == ["folder"]


def test_a_link_is_followed_not_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_bytes(b"old")
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("this system lets nobody make links")
    write_whole(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_a_pipe_is_written_to_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_whole(pipe, b"told")
    reader.join(10)
    assert got == [b"told"] and pipe.is_fifo()
