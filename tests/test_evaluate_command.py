"""camcount evaluate, from the command line to the table."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from camcount.cli import main

ROOT = Path(__file__).parent.parent
SAMPLES = sorted((ROOT / "samples").glob("*.jpg"))
PHOTOS = Path(os.environ.get("CAMCOUNT_PHOTOS", ROOT.parent / "shared" / "photos"))
REFEREE = PHOTOS.parent / "score.py"
ROW = (
    r"camcount +(\S+) +n= *(\d+) digits= *(\d+) digit-acc= *(\S+)% "
    r"line-exact= *(\S+)% page-exact= *(\S+)% spurious/img=(\S+)"
)


def evaluate(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


def truth(sample: Path) -> list[str]:
    lines: list[str] = json.loads(sample.with_suffix(".json").read_text(encoding="utf-8"))["lines"]
    return lines


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Two samples, labelled as they are, the second as core."""
    for sample in SAMPLES[:2]:
        shutil.copy(sample, tmp_path)
    records: list[dict[str, Any]] = [{"file": sample.name, "lines": truth(sample)} for sample in SAMPLES[:2]]
    records[1] |= {"category": "board", "core": True}
    return write(tmp_path, records)


def write(folder: Path, records: object) -> Path:
    path = folder / "manifest.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    return path


def change(manifest: Path, **options: object) -> None:
    """Change the first record."""
    records = json.loads(manifest.read_text(encoding="utf-8"))
    records[0] |= options
    write(manifest.parent, records)


def test_the_table_has_a_row_a_group(manifest: Path) -> None:
    done = evaluate(manifest)
    title, headers, *rows = done.stdout.split("\n\n")[0].splitlines()
    assert title == str(manifest)
    assert re.split("  +", headers.strip()) == [
        "pages", "digits", "digit accuracy", "exact lines", "exact pages", "spurious/page", "ms/page"
    ]
    assert [row.split()[:2] for row in rows] == [["CORE", "1"], ["ALL", "2"], ["board", "1"], ["photo", "1"]]
    assert [row.split()[3:7] for row in rows] == [["100.00%", "100.00%", "100.00%", "0.00"]] * 4
    assert (done.exit_code, done.stderr) == (0, "")


def test_a_second_table_tells_what_showing_only_sure_digits_gains(manifest: Path) -> None:
    change(manifest, lines=[line.translate(str.maketrans("0123456789", "1234567890")) for line in truth(SAMPLES[0])])
    digits = [len("".join(truth(sample)).replace(" ", "")) for sample in SAMPLES[:2]]
    title, headers, first, *more = evaluate(manifest).stdout.split("\n\n")[1].splitlines()
    assert title == f"{sum(digits)} digits read, by confidence"
    assert re.split("  +", headers) == ["at least", "shown", "wrong of shown"]
    assert first.split()[:2] == ["0.00", "100.00%"]
    assert float(first.split()[2][:-1]) == pytest.approx(100 * digits[0] / sum(digits), abs=15), "a page is all wrong"
    assert [line.split()[0] for line in more[:7]] == ["0.50", "0.60", "0.70", "0.80", "0.90", "0.95", "0.99"]
    assert re.fullmatch(r"calibration error, 15 bins of equal width: 0\.\d{4}", more[-2])
    assert json.loads(evaluate("--json", manifest).stdout)["calibration"]["digits"] == sum(digits)


def test_pages_whose_digits_have_no_order_are_in_no_curve(manifest: Path) -> None:
    change(manifest, layout="scattered")
    only = len("".join(truth(SAMPLES[1])).replace(" ", ""))
    assert json.loads(evaluate("--json", manifest).stdout)["calibration"]["digits"] == only


def test_json_gives_every_page_and_every_group(manifest: Path) -> None:
    change(manifest, lines=["1"])
    result = json.loads(evaluate("--json", manifest).stdout)
    assert result["source"] == str(manifest)
    assert list(result["scores"]) == ["CORE", "ALL", "board", "photo"]
    assert result["scores"]["CORE"]["digit_accuracy"] == 1.0
    assert result["scores"]["photo"]["exact_pages"] == 0.0
    wrong, right = result["pages"]
    assert (wrong["file"], wrong["wanted"]) == (SAMPLES[0].name, ["1"])
    assert right["wanted"] == right["read"]
    assert wrong["elapsed_ms"] > 0


def test_pictures_that_cannot_be_read_count_as_empty_and_are_told(manifest: Path) -> None:
    (manifest.parent / SAMPLES[0].name).write_text("a photo, or so it says", encoding="utf-8")
    done = evaluate("--json", manifest)
    assert done.exit_code == 3
    broken, whole = json.loads(done.stdout)["pages"]
    assert broken["read"] == [] and broken["edits"] == len("".join(broken["wanted"]))
    assert SAMPLES[0].name in broken["error"]
    assert whole["wanted"] == whole["read"]
    assert "1 picture could not be read" in done.stderr
    assert SAMPLES[0].name in done.stderr


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("gone.jpg", id="missing"),
        pytest.param(".", id="a folder"),
        pytest.param("*.jpg", id="a pattern"),
        pytest.param("synth:", id="a made camera"),
        pytest.param("a\0b.jpg", id="no name at all"),
    ],
)
def test_a_file_of_a_manifest_is_a_picture_and_nothing_else(manifest: Path, name: str) -> None:
    change(manifest, file=name)
    done = evaluate(manifest)
    assert done.exit_code == 3
    assert "no such file" in done.stderr
    assert done.stdout.splitlines()[3].split()[:2] == ["ALL", "2"]


def test_a_manifest_that_lies_ends_before_anything_is_read(manifest: Path) -> None:
    change(manifest, lines=["none"])
    done = evaluate(manifest)
    assert (done.exit_code, done.stdout) == (3, "")
    assert f'record 1 ({SAMPLES[0].name}): the line "none" holds no digit' in done.stderr


def test_the_sheet_shows_the_pages_that_were_read_wrongly(manifest: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "wrong.png"
    assert evaluate(manifest, "--errors", sheet).exit_code == 0
    none = cv2.imread(str(sheet))
    change(manifest, lines=["1"])
    assert evaluate(manifest, "--errors", sheet).exit_code == 6, "an older sheet must not be lost unasked"
    assert evaluate(manifest, "--errors", sheet, "--overwrite").exit_code == 0
    one = cv2.imread(str(sheet))
    assert none is not None and one is not None
    assert one.shape[0] > none.shape[0] + 100
    assert not list(tmp_path.glob("*.part")), "a half-written file is left behind"


def test_a_sheet_that_cannot_be_written(manifest: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = evaluate(manifest, "--errors", tmp_path / "file" / "wrong.png")
    assert done.exit_code == 6
    assert "wrong.png" in done.stderr


def test_single_digits_are_counted_by_digit(tmp_path: Path) -> None:
    crops = np.zeros((3, 28, 28), np.uint8)
    crops[:, 4:24, 13:15] = 255
    np.savez(tmp_path / "ones.npz", x_test=crops, y_test=[1, 1, 1], x_hard=crops[:1], y_hard=[0])
    done = evaluate(tmp_path / "ones.npz")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[3].split()[:3] == ["1", "3", "100.00%"]
    table, figures = done.stdout.split("\n\n")
    assert table.splitlines()[3].split()[2:5] == ["100.00%"] * 3, "recall, precision, F1"
    assert table.splitlines()[-1].split()[:3] == ["ALL", "3", "100.00%"]
    assert max(map(len, table.splitlines()[1:])) <= 100
    assert re.match(r"accuracy 100.00%, loss 0\.\d{4}\ncalibration error, 15 bins of equal width: 0\.\d{4}\n", figures)
    result = json.loads(evaluate("--json", "--split", "hard", tmp_path / "ones.npz").stdout)
    assert (result["digits"], result["wrong"]) == (1, 1)
    assert result["confusion"][0][1] == 1
    assert result["loss"] > 1 and result["calibration"]["error"] > 0.9 and result["by_digit"][0]["recall"] == 0


def test_marks_that_are_no_digits(tmp_path: Path) -> None:
    blank = np.zeros((2, 28, 28), np.uint8)
    one = blank[:1].copy()
    cv2.ellipse(one[0], (14, 14), (6, 9), 0, 0, 360, 255, 2)
    np.savez(tmp_path / "marks.npz", x=np.concatenate([blank, one]))
    result = json.loads(evaluate("--json", "--not-digits", tmp_path / "marks.npz").stdout)
    assert result["marks"] == 3
    assert result["called_digit"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="nothing"),
        pytest.param(["photo.jpg"], id="a picture"),
        pytest.param(["--not-digits", "manifest.json"], id="a manifest of no digits"),
        pytest.param(["--errors", "wrong.png", "digits.npz"], id="a sheet of single digits"),
        pytest.param(["--errors", "wrong.gif", "manifest.json"], id="a sheet of unknown format"),
    ],
)
def test_usage(arguments: list[str]) -> None:
    done = evaluate(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")


@pytest.mark.photos
@pytest.mark.skipif(not REFEREE.is_file(), reason=f"no labelled photos with their referee at {PHOTOS}")
def test_the_figures_are_those_of_the_referee(tmp_path: Path) -> None:
    program = f"{sys.executable} -m camcount"
    call = [sys.executable, str(REFEREE), "--reader", "camcount", "--with", program]
    dump = tmp_path / "pages.json"
    call += ["--manifest", str(PHOTOS / "manifest.json"), "--images", str(PHOTOS), "--dump", str(dump)]
    told = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    wanted = {name: tuple(figures) for name, *figures in re.findall(ROW, told)}
    result = json.loads(evaluate("--json", PHOTOS / "manifest.json").stdout)
    got = {
        name: (
            str(score["pages"]),
            str(score["digits"]),
            *(f"{100 * score[key]:.2f}" for key in ("digit_accuracy", "exact_lines", "exact_pages")),
            f"{score['spurious']:.2f}",
        )
        for name, score in result["scores"].items()
    }
    assert len(wanted) > 3
    assert got == wanted
    judged = [(page["file"], page["wanted"], page["read"], page["edits"]) for page in result["pages"]]
    pages = json.loads(dump.read_text(encoding="utf-8"))
    assert judged == [(page["file"], page["want"], page["got"], page["edits"]) for page in pages]
