"""Reports on single digits: every figure by another way, every file read back."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from material import DIGITS, picture

from camcount.cli import main
from camcount.evaluation.digits import mean_loss
from camcount.evaluation.plots import draw_confusion
from camcount.evaluation.report import DigitReport, write_predictions
from camcount.types import Probabilities


def told(*rows: tuple[int, float]) -> Probabilities:
    """Give probabilities that tell a class so surely, the rest shared by all others."""
    table = np.empty((len(rows), 11), np.float32)
    for row, (value, sure) in zip(table, rows):
        row[:] = (1 - sure) / 10
        row[value] = sure
    return table


@pytest.fixture
def small() -> DigitReport:
    """Five digits: 3 right, 3 as 5, 5 right, 5 refused, 7 right."""
    probabilities = told((3, 0.9), (5, 0.8), (5, 0.7), (10, 0.6), (7, 0.5))
    return DigitReport("small", np.zeros((5, 28, 28), np.uint8), np.array([3, 3, 5, 5, 7]), probabilities)


def test_the_figures_are_what_they_are_called(small: DigitReport) -> None:
    figures = small.to_dict()
    assert (figures["digits"], figures["wrong"], figures["accuracy"]) == (5, 2, 0.6)
    likely = [0.9, 0.02, 0.7, 0.04, 0.5]
    assert figures["loss"] == pytest.approx(-np.log(likely).mean(), rel=1e-4)
    three, five, eight = (figures["by_digit"][digit] for digit in (3, 5, 8))
    assert (three["precision"], three["recall"], three["support"]) == (1.0, 0.5, 2.0)
    assert (five["precision"], five["recall"]) == (0.5, 0.5) and five["f1"] == pytest.approx(0.5)
    assert eight["support"] == 0 and eight["f1"] == 0
    assert figures["confused"] == [
        {"digit": "3", "taken_for": "5", "times": 1}, {"digit": "5", "taken_for": "not a digit", "times": 1},
    ]
    assert [error["id"] for error in figures["worst"]] == [1, 3], "the surest first"


def test_what_is_printed_without_scikit_learn_is_what_it_tells(small: DigitReport) -> None:
    assert mean_loss(small.probabilities, small.labels) == pytest.approx(small.loss, rel=1e-6)
    for own, theirs in zip(small.score.by_digit, small.digits, strict=True):
        assert own == pytest.approx(theirs)


def test_a_confusion_without_errors_is_drawn_as_one() -> None:
    right = np.pad(np.diag(np.arange(90, 100)), ((0, 0), (0, 1)))
    wrong = right.copy()
    wrong[4, 9] = 1
    blue, orange = [], []
    for confusion in (right, wrong):
        drawn = cv2.imdecode(np.frombuffer(draw_confusion(confusion, "ours"), np.uint8), cv2.IMREAD_COLOR)
        assert drawn is not None
        blue.append((drawn[..., 0].astype(int) - drawn[..., 2] > 60).mean())
        orange.append((drawn[..., 2].astype(int) - drawn[..., 0] > 25).mean())
    assert min(blue) > 0.05, "the diagonal"
    assert orange[0] == 0 and orange[1] > 0.004, "one error in a hundred is seen"


def test_predictions_of_several_files_tell_which(small: DigitReport, tmp_path: Path) -> None:
    write_predictions([small], tmp_path / "one.csv")
    rows = list(csv.reader((tmp_path / "one.csv").read_text().splitlines()))
    assert rows[:3] == [["id", "label", "confidence"], ["0", "3", "0.900000"], ["1", "5", "0.800000"]]
    assert rows[4] == ["3", "", "0.600000"], "taken for no digit"
    write_predictions([small, small], tmp_path / "two.csv")
    rows = list(csv.reader((tmp_path / "two.csv").read_text().splitlines()))
    assert rows[0][0] == "source" and len(rows) == 11 and rows[10][:2] == ["small", "4"]


def evaluate(*words: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, words)], catch_exceptions=False)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("digits")
    for name, hands in (("ours", range(8)), ("others", range(50, 54))):
        crops = np.stack([picture(digit, hand) for hand in hands for digit in DIGITS])
        labels = np.tile(np.arange(10), len(hands))
        labels[3] = 9  # by mistake: one error at least
        np.savez(folder / f"{name}.npz", x_test=crops, y_test=labels)
    return [folder / "ours.npz", folder / "others.npz"]


def test_a_report_has_tables_and_pictures(data: list[Path], tmp_path: Path) -> None:
    folder, predictions = tmp_path / "deep" / "report", tmp_path / "predictions.csv"
    done = evaluate(*data, "--report", folder, "--predictions", predictions)
    assert done.exit_code == 0, done.output
    words = (folder / "report.md").read_text(encoding="utf-8")
    assert "|  | ours | others |" in words and "## others" in words and "| digits | 80 | 40 |" in words
    figures = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert figures["model"] == "digits.tflite"
    for report in figures["reports"]:
        name, count = report["source"], report["digits"]
        for kind in ("confusion", "reliability", "worst"):
            drawn = cv2.imread(str(folder / f"{kind}-{name}.png"))
            assert drawn is not None and drawn.std() > 5, "something is drawn"
            assert f"({kind}-{name}.png)" in words
        table = list(csv.reader((folder / f"confusion-{name}.csv").read_text().splitlines()))
        assert table[0] == ["digit", *DIGITS, "not a digit"] and len(table) == 11
        assert sum(int(cell) for row in table[1:] for cell in row[1:]) == count
        assert sum(int(table[1 + i][1 + i]) for i in range(10)) == count - report["wrong"]
    rows = list(csv.DictReader(predictions.read_text().splitlines()))
    assert len(rows) == 120
    wanted = {3: "9"}
    right = sum(row["label"] == wanted.get(int(row["id"]), row["id"][-1]) for row in rows)
    assert right == 120 - sum(report["wrong"] for report in figures["reports"])


def test_files_that_exist_stay(data: list[Path], tmp_path: Path) -> None:
    assert evaluate(data[0], "--report", tmp_path).exit_code == 0
    again = evaluate(data[0], "--report", tmp_path)
    assert again.exit_code == 6 and "report.md: exists already" in again.stderr
    assert evaluate(data[0], "--report", tmp_path, "--overwrite").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{manifest}", "--report", "r"], "--report is for data files of digits"),
        (["{data}", "--not-digits", "--predictions", "p.csv"], "--predictions is for data files of digits"),
        (["--generated", "1", "--report", "r"], "--report is for data files of digits"),
        (["{data}", "{data}", "--report", "r"], "two are called alike"),
        (["{data}", "--predictions", "p.txt"], "p.txt must end in .csv"),
    ],
)
def test_what_cannot_be_reported_on_is_told_before_any_work(
    words: list[str], said: str, data: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = {"data": data[0], "manifest": Path(__file__).parents[1] / "samples" / "manifest.json"}
    done = evaluate(*(word.format(**names) for word in words))
    assert done.exit_code == 2 and said in " ".join(done.stderr.split())
    assert not list(tmp_path.iterdir())
