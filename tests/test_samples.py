"""`camcount samples`: the committed pictures are what the generator draws."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from camcount.cli.samples import command
from camcount.errors import OutputError
from camcount.synthesis.samples import SAMPLES

FOLDER = Path(__file__).parent.parent / "samples"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples") / "new"
    result = CliRunner().invoke(command, [str(folder)], catch_exceptions=False)
    assert result.output.splitlines() == [str(folder / f"{name}.jpg") for name in SAMPLES]
    return folder


@pytest.mark.parametrize("name", SAMPLES)
def test_a_committed_sample_is_what_the_generator_draws(name: str, drawn: Path) -> None:
    ours, theirs = (cv2.imread(str(folder / f"{name}.jpg")).astype(int) for folder in (drawn, FOLDER))

    assert ours.shape == theirs.shape
    # Versions of OpenCV round differently, by a grey level here and there.
    assert np.abs(ours - theirs).mean() < 1.0
    assert (drawn / f"{name}.json").read_bytes() == (FOLDER / f"{name}.json").read_bytes()


def test_the_folder_holds_the_samples_and_nothing_else(drawn: Path) -> None:
    names = sorted(path.name for path in drawn.iterdir())

    assert names == sorted(path.name for path in FOLDER.iterdir())
    assert len(list(FOLDER.glob("*.jpg"))) == 8
    assert (drawn / "manifest.json").read_bytes() == (FOLDER / "manifest.json").read_bytes()
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_200_000


def test_the_truth_tells_the_text_and_a_box_for_each_digit() -> None:
    for name, sample in SAMPLES.items():
        truth = json.loads((FOLDER / f"{name}.json").read_text())
        assert "\n".join(truth["lines"]) == sample.text
        assert [len(boxes) for boxes in truth["boxes"]] == [len(line.replace(" ", "")) for line in truth["lines"]]


def test_another_seed_has_others_write_the_same(drawn: Path, tmp_path: Path) -> None:
    CliRunner().invoke(command, [str(tmp_path), "--seed", "4"], catch_exceptions=False)
    ours, theirs = (json.loads((folder / "plain.json").read_text()) for folder in (drawn, tmp_path))

    assert ours["lines"] == theirs["lines"]
    assert ours["boxes"] != theirs["boxes"]


def test_a_file_where_the_folder_should_be_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    result = CliRunner().invoke(command, [str(tmp_path / "taken" / "below")])

    assert isinstance(result.exception, OutputError)
    assert result.exception.exit_code == 6
