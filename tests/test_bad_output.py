"""An output that cannot be written is told in plain words, and nothing that stands there is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import pytest
from click.testing import CliRunner
from conftest import drawn, without_privileges

from camcount.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder with two pictures."""
    monkeypatch.chdir(tmp_path)
    for name in ("first.png", "last.png"):
        cv2.imwrite(name, drawn("4071", (320, 120)).frame.image)


OUTPUTS = {
    "output-exists": (["--output", "first.png"], "first.png: exists already. Name another file, or add --overwrite."),
    "output-is-a-folder": (["--output", "full"], "full: a folder stands there. Name a file."),
    "output-without-folder": (
        ["--output", "gone/out.txt"], "gone/out.txt: cannot be written (No such file or directory)"
    ),
    "output-below-a-file": (["--output", "last.png/out.txt"], "last.png/out.txt: cannot be written (Not a directory)"),
    "annotated-exists": (["--annotated", "last.png"], "last.png: exists already."),
    "annotated-folder-full": (["--annotated", "full"], "full: not empty. Name another folder, or add --overwrite."),
    "annotated-without-folder": (
        ["--annotated", "gone/a.png"], "gone/a.png: its folder does not exist. Make it first."
    ),
    "annotated-below-a-file": (["--annotated", "last.png/a"], "last.png/a: cannot be written"),
    "crops-folder-full": (["--crops", "full"], "full: not empty."),
    "crops-on-a-file": (["--crops", "last.png"], "last.png: cannot be written (File exists). A file stands where"),
    "annotated-over-itself": (["--annotated", ".", "--overwrite"], "first.png: this would replace what is read."),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_an_output_that_cannot_be_written(case: str) -> None:
    flags, words = OUTPUTS[case]
    Path("full").mkdir()
    Path("full/precious").write_text("old")
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    result = CliRunner().invoke(main, ["image", "first.png", *flags], catch_exceptions=False)
    assert result.exit_code == 6
    assert words in result.stderr and result.stderr.startswith("Error: ")
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_one_annotated_file_for_two_pictures() -> None:
    arguments = ["image", "first.png", "last.png", "--annotated", "a.png"]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert (result.stdout, result.exit_code) == ("", 6)
    assert result.stderr == "Error: a.png: one file cannot hold several pictures. Name a folder.\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_no_permission_to_write() -> None:
    place = Path(tempfile.mkdtemp())
    try:
        place.chmod(0o555)
        picture = Path(shutil.copy("first.png", f"{place}.png"))
        CliRunner().invoke(main, ["image", str(picture), "--crops", "crops", "--annotated", "drawn.png"])
        with without_privileges():
            for output in ("--output", "--annotated", "--crops"):
                target = str(place / "out.jpg") if output != "--crops" else str(place / "out")
                result = CliRunner().invoke(main, ["image", str(picture), output, target], catch_exceptions=False)
                assert result.exit_code == 6, output
                assert "cannot be written (Permission denied)" in result.stderr
        assert not list(place.iterdir())
    finally:
        picture.unlink()
        place.chmod(0o700)
        shutil.rmtree(place)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a full device")
@pytest.mark.parametrize("command", [["doctor"], ["explain", "first.png"], ["image", "first.png"]])
def test_a_full_disk_behind_standard_output_is_told(command: list[str]) -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "camcount", *command], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert ended.returncode == 6, ended.stderr
    assert "cannot be written" in ended.stderr and "Traceback" not in ended.stderr
