"""Sinks: the contract that all keep, and what each writes."""

from __future__ import annotations

import csv
import json
import os
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import drawn

from camcount.shot import Shot
from camcount.errors import OutputError, SourceError
from camcount.sinks import KINDS, SINKS, SinkOptions, load_sink, open_sink
from camcount.types import Line, Reading

ONE = SinkOptions(many=False)
PLACES = {"text": "out.txt", "jsonl": "out.jsonl", "csv": "out.csv", "annotated": "out.png", "crops": "out"}
KIND = pytest.mark.parametrize("kind", KINDS)


def shot(text: str = "407 12\n225", source: str = "page.jpg") -> Shot:
    page = drawn(text, source=source)
    return Shot(page.frame, page.reading)


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def index_of(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "index.csv").read_text(encoding="utf-8").splitlines()))


def test_every_sink_is_a_kind_with_a_place() -> None:
    assert tuple(load_sink(row).kind for row in SINKS) == KINDS == tuple(PLACES)


@KIND
def test_a_sink_accepts_its_own_kind_only(kind: str) -> None:
    accepting = [load_sink(row).kind for row in SINKS if load_sink(row).accepts(f"{kind}:out.csv")]
    assert accepting == [kind]
    assert type(open_sink(f"{kind}:out.csv", ONE)).kind == kind


@pytest.mark.parametrize(
    ("target", "kind"), [("a.TXT", "text"), ("a.jsonl", "jsonl"), ("C:\\a.csv", "csv"), ("a/b.jpg", "annotated")]
)
def test_a_suffix_tells_the_kind(target: str, kind: str) -> None:
    assert type(open_sink(target, ONE)).kind == kind


def test_a_target_that_no_sink_accepts_names_the_kinds() -> None:
    with pytest.raises(OutputError, match="^out.xyz: what shall be written there.*text, jsonl, csv"):
        open_sink("out.xyz")


@KIND
def test_a_closed_sink_leaves_whole_files_only(kind: str, tmp_path: Path) -> None:
    with open_sink(f"{kind}:{tmp_path / PLACES[kind]}", ONE) as sink:
        sink.write(shot())
        sink.skip("broken.jpg", SourceError("broken.jpg: empty"))
    names = files_in(tmp_path)
    assert names and not any("part" in name for name in names)
    assert all((tmp_path / name).stat().st_size for name in names)


@KIND
def test_an_error_leaves_nothing_half_written(kind: str, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), open_sink(f"{kind}:{tmp_path / PLACES[kind]}", ONE) as sink:
        if kind != "annotated":  # whose one file is whole as soon as it is there
            sink.write(shot())
        raise KeyboardInterrupt
    if kind == "crops":
        listed = [row["file"] for row in index_of(tmp_path / "out")]
        assert len(listed) == 8 and files_in(tmp_path / "out") == sorted([*listed, "index.csv"])
    else:
        assert files_in(tmp_path) == []


@KIND
def test_what_stands_there_is_replaced_only_on_demand(kind: str, tmp_path: Path) -> None:
    place = tmp_path / PLACES[kind]
    old = place / "index.csv" if kind == "crops" else place
    old.parent.mkdir(exist_ok=True)
    old.write_text("precious")
    with pytest.raises(OutputError, match="--overwrite"), open_sink(f"{kind}:{place}", ONE):
        pass
    assert old.read_text() == "precious"
    with open_sink(f"{kind}:{place}", SinkOptions(overwrite=True, many=False)) as sink:
        sink.write(shot())
        assert old.read_bytes() == b"precious" or kind == "annotated"
    assert old.read_bytes() != b"precious"


@KIND
def test_a_place_that_cannot_be_written_is_told_when_the_sink_opens(kind: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file.*(folder|file)"):
        with open_sink(f"{kind}:{tmp_path}/file/{PLACES[kind]}", ONE):
            pass
    assert files_in(tmp_path) == ["file"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_name_is_an_error(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "something").write_text("")
    with pytest.raises(OutputError), open_sink(f"{kind}:", ONE):
        pass
    assert files_in(tmp_path) == ["something"]


def written(kind: str, tmp_path: Path, options: SinkOptions) -> str:
    """Write two shots and a failure between them; give the file's text."""
    place = tmp_path / PLACES[kind]
    with open_sink(f"{kind}:{place}", options) as sink:
        sink.write(shot())
        sink.skip("broken.jpg", SourceError("broken.jpg: empty (0 bytes)."))
        sink.write(shot("", source="blank sheet ä.png"))
    return place.read_bytes().decode("utf-8")


def test_text_of_several_pictures_stands_behind_their_names(tmp_path: Path) -> None:
    text = written("text", tmp_path, SinkOptions(many=True))
    assert text == "page.jpg: 407 12\npage.jpg: 225\nblank sheet ä.png:\n"


def test_text_of_one_picture_is_the_text(tmp_path: Path) -> None:
    assert written("text", tmp_path, ONE) == "407 12\n225\n"


def test_json_lines_are_readings_or_errors(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in written("jsonl", tmp_path, ONE).splitlines()]
    assert Reading.from_dict(rows[0]) == shot().reading
    assert rows[1] == {"schema": 1, "source": "broken.jpg", "error": "broken.jpg: empty (0 bytes)."}
    assert (rows[2]["source"], rows[2]["lines"]) == ("blank sheet ä.png", [])


def test_csv_has_a_row_a_line(tmp_path: Path) -> None:
    rows = list(csv.reader(written("csv", tmp_path, ONE).splitlines()))
    assert rows[0] == ["at", "time", "index", "source", "text", "confidence"]
    assert [row[1:] for row in rows[1:]] == [
        ["0.000", "0", "page.jpg", "407 12", "0.9700"], ["0.000", "0", "page.jpg", "225", "0.9700"]
    ]
    assert abs((datetime.now().astimezone() - datetime.fromisoformat(rows[1][0])).total_seconds()) < 60


def test_crops_are_named_by_what_the_model_said(tmp_path: Path) -> None:
    page = shot("40")
    first, second = page.reading.lines[0].digits
    unsure = replace(second, value="?", confidence=0.4)
    reading = replace(page.reading, lines=(Line((first, unsure)),))
    with open_sink(f"crops:{tmp_path / 'out'}") as sink:
        sink.write(Shot(page.frame, reading))
        sink.write(Shot(page.frame, Reading.from_dict(reading.to_dict())))  # without crops
    assert files_in(tmp_path / "out") == ["index.csv", "page-01-4-0.97.png", "page-02-unsure-0.40.png"]
    rows = index_of(tmp_path / "out")
    x0, y0, x1, y1 = map(str, first.box)
    assert rows[0] == {
        "file": "page-01-4-0.97.png", "value": "4", "confidence": "0.9700", "x0": x0, "y0": y0, "x1": x1, "y1": y1,
        "source": "page.jpg",
    }
    assert (rows[1]["value"], rows[1]["confidence"]) == ("?", "0.4000")
    crop = cv2.imread(str(tmp_path / "out" / rows[0]["file"]), cv2.IMREAD_UNCHANGED)
    assert crop.dtype == np.uint8 and (crop == first.crop).all()


def test_annotated_pictures_of_the_same_name_do_not_replace_each_other(tmp_path: Path) -> None:
    with open_sink(f"annotated:{tmp_path / 'out'}") as sink:
        for source in ("a/IMG 1.jpg", "b/img 1.jpg", "c/IMG 1.png", "-", "synth:text=1", "synth:text=1"):
            sink.write(shot("4", source=source))
    assert files_in(tmp_path / "out") == [
        "IMG 1-3.png", "IMG 1.jpg", "img 1-2.jpg", "picture-000000.png", "synth-text-1-000000-2.png",
        "synth-text-1-000000.png",
    ]
    drawn_on = cv2.imread(str(tmp_path / "out" / "picture-000000.png"))
    assert (drawn_on == shot("4").annotated).all()


def test_one_file_cannot_hold_several_pictures(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="one file cannot hold several pictures"):
        open_sink(f"annotated:{tmp_path / 'out.png'}", SinkOptions(many=True)).__enter__()


def test_an_annotated_copy_never_replaces_the_picture_itself(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"the only copy")
    with pytest.raises(OutputError, match="replace what is read"):
        with open_sink(f"annotated:{tmp_path}", SinkOptions(overwrite=True)) as sink:
            sink.write(shot("4", source=str(photo)))
    assert photo.read_bytes() == b"the only copy"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody make links")
def test_text_goes_through_links_and_into_devices(tmp_path: Path) -> None:
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    for place, options in ((str(link), SinkOptions(overwrite=True, many=False)), (os.devnull, SinkOptions())):
        with open_sink(f"text:{place}", options) as sink:
            sink.write(shot("407"))
    assert link.is_symlink() and target.read_text() == "407\n" and Path(os.devnull).is_char_device()


def test_a_picture_too_large_for_its_format_is_an_error(tmp_path: Path) -> None:
    page = shot("4")
    wide = replace(page.frame, image=np.zeros((1, 70000, 3), np.uint8))
    with pytest.raises(OutputError, match="cannot write a .jpg"), open_sink(str(tmp_path / "out.jpg"), ONE) as sink:
        sink.write(Shot(wide, replace(page.reading, lines=())))
    assert files_in(tmp_path) == []
