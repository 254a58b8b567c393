"""Several networks, several views: the mean of what each tells, in every command, and what it costs told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from material import DIGITS, picture

from camcount.classify import CLASSES, load_classifier, shipped_model
from camcount.cli import main
from camcount.ensemble import VIEWS, Ensemble, load_ensemble, see_crops
from camcount.types import Crops, Probabilities

CROPS = np.stack([picture(digit, hand) for hand in (3, 4) for digit in DIGITS])


@pytest.fixture
def two(tmp_path: Path) -> list[str]:
    """Two networks of one name: the one that ships, and its copy."""
    (tmp_path / "other").mkdir()
    return [str(shipped_model()), str(shutil.copy(shipped_model(), tmp_path / "other"))]


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)


class Sure:
    """Tells one class of everything."""

    def __init__(self, value: int) -> None:
        self.value = value
        self.asked: list[int] = []

    def __call__(self, crops: Crops) -> Probabilities:
        self.asked.append(len(crops))
        return np.eye(CLASSES, dtype=np.float32)[np.full(len(crops), self.value)]


def test_an_ensemble_tells_the_mean_of_its_networks() -> None:
    told = Ensemble({"one": Sure(1), "two": Sure(2), "three": Sure(2)})(CROPS[:4])
    assert told.shape == (4, CLASSES) and told.dtype == np.float32
    assert np.allclose(told[:, 1], 1 / 3) and np.allclose(told[:, 2], 2 / 3)
    assert Ensemble({"one": Sure(1)}, 3)(CROPS[:0]).shape == (0, CLASSES)


def test_all_views_of_all_crops_are_asked_about_at_once() -> None:
    network = Sure(1)
    Ensemble({"one": network}, 5)(CROPS[:7])
    assert network.asked == [35]


def test_the_mean_over_views_is_that_of_each_view_by_itself() -> None:
    network = load_classifier()
    views = see_crops(CROPS, 5).reshape(5, *CROPS.shape)
    wanted = np.mean([network(view) for view in views], axis=0)
    assert Ensemble({"shipped": network}, 5)(CROPS) == pytest.approx(wanted, abs=0.02)


def test_views_are_the_crop_and_the_crop_a_little_changed() -> None:
    views = see_crops(CROPS, len(VIEWS)).reshape(len(VIEWS), *CROPS.shape)
    assert np.array_equal(views[0], CROPS)
    assert np.array_equal(views[5][:, :, 1:], CROPS[:, :, :-1]), "moved by one pixel to the right"
    smaller, larger = (views[i].sum() for i in (3, 4))
    assert smaller < CROPS.sum() < larger
    for view in views[1:]:
        assert 0 < np.abs(view.astype(int) - CROPS).mean() < 30


@pytest.mark.parametrize(("networks", "views"), [({}, 1), ({"one": Sure(1)}, 0), ({"one": Sure(1)}, len(VIEWS) + 1)])
def test_there_is_a_network_and_as_many_views(networks: dict[str, Sure], views: int) -> None:
    with pytest.raises(ValueError, match="networks and"):
        Ensemble(networks, views)


def test_one_network_with_one_view_is_no_ensemble() -> None:
    assert not isinstance(load_ensemble([]), Ensemble)
    assert not isinstance(load_ensemble([str(shipped_model())] * 2), Ensemble), "the same one twice"


def test_networks_of_one_name_are_told_by_their_folders(two: list[str]) -> None:
    both = load_ensemble(two, 3)
    assert isinstance(both, Ensemble)
    assert list(both.parts()) == [*two, " + ".join(two), " + ".join(two) + ", 3 views"]


def test_pages_and_clips_are_read_with_an_ensemble(two: list[str], tmp_path: Path) -> None:
    plain = json.loads(call("image", "samples/plain.jpg", "--json").stdout)
    assert plain["text"] == "20735"
    for more in (["--tta", 5], ["--model", two[0], "--model", two[1], "--tta", 2]):
        told = json.loads(call("image", "samples/plain.jpg", "--json", *more).stdout)
        assert told["text"] == plain["text"]
        digits = [[digit["confidence"] for digit in each["lines"][0]["digits"]] for each in (plain, told)]
        assert digits[0] != digits[1]
    clip = call("video", "synth:text=407:frames=12:size=640x480", "--output", tmp_path / "x.jsonl", "--tta", 2)
    assert clip.exit_code == 0 and '"407"' in (tmp_path / "x.jsonl").read_text()


def test_the_figures_tell_what_each_part_costs_and_gains(two: list[str], tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x_test=CROPS, y_test=np.tile(np.arange(10), 2))
    result = call("evaluate", tmp_path / "d.npz", "--model", two[0], "--model", two[1], "--tta", 3, "--json")
    parts = json.loads(result.stdout)["parts"]
    assert [part["name"] for part in parts] == [*two, " + ".join(two), " + ".join(two) + ", 3 views"]
    assert all(part["ms_of_ten"] > 0 and 0 <= part["accuracy"] <= part["accuracy_of_ten"] <= 1 for part in parts)
    shown = call("evaluate", tmp_path / "d.npz", "--tta", 3).stdout
    assert "what the ensemble costs and gains" in shown and "camcount, 3 views" in shown
    assert "costs and gains" not in call("evaluate", tmp_path / "d.npz").stdout


@pytest.mark.keras
def test_the_report_tells_them_too(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x_test=CROPS, y_test=np.tile(np.arange(10), 2))
    result = call("evaluate", tmp_path / "d.npz", "--tta", 2, "--report", tmp_path / "report")
    assert result.exit_code == 0, result.output
    text = (tmp_path / "report" / "report.md").read_text()
    assert text.startswith("# camcount, 2 views\n") and "What the ensemble costs and gains" in text
    parts = json.loads((tmp_path / "report" / "report.json").read_text())["reports"][0]["parts"]
    assert [part["name"] for part in parts] == ["camcount", "camcount, 2 views"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--tta", "0"], 2, "0 is not in the range"), (["--tta", "99"], 2, "99 is not in the range"),
        (["--model", "models/digits.tflite", "--model", "gone.tflite"], 5, "gone.tflite: no such model"),
    ],
)
def test_what_is_no_ensemble_is_told(arguments: list[str], code: int, said: str) -> None:
    result = call("image", "samples/plain.jpg", *arguments)
    assert result.exit_code == code and said in result.stderr
