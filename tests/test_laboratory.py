"""Every network of the field is trained by one command, on digits alone or for paper, and leaves what repeats it."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from conftest import small_disk
from material import DIGITS, make_files, picture
from trial import weights

from camcount.classify import load_classifier
from camcount.cli import main
from camcount.training.plan import NETWORKS, Plan
from camcount.training.presets import PAPER, PRESETS, Preset, alter
from camcount.training.report import tell_command

keras = pytest.mark.keras
# Keras 3.15 asks TensorFlow's arrays for a copy in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_files(tmp_path_factory.mktemp("data"))


def learn(files: dict[str, Path], folder: Path, *more: object) -> str:
    """Train on digits alone, and give what was told."""
    arguments = ["--data", files["digits"], "--augmentation", "affine", "--epochs", 1, "--batch-size", 32, *more]
    arguments += ["--output", folder / "models", "--work", folder / "run"]
    result = CliRunner().invoke(main, ["train", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def table(folder: Path) -> list[dict[str, str]]:
    with open(folder / "models" / "history.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@keras
@pytest.mark.parametrize("name", NETWORKS)
def test_each_network_is_trained_and_taken_by_every_engine(name: str, files: dict[str, Path], tmp_path: Path) -> None:
    told = learn(files, tmp_path, "--architecture", name)
    card = json.loads((tmp_path / "models" / "digits.json").read_text(encoding="utf-8"))
    assert card["architecture"] == name and card["classes"] == list(DIGITS)
    assert f"{card['parameters']} parameters" in told
    assert card["parameters"] == sum(array.size for array in weights(tmp_path / "models" / "digits.keras"))
    crops = np.stack([picture(digit, 40) for digit in DIGITS])
    both = [load_classifier(tmp_path / "models" / f"digits.{suffix}")(crops) for suffix in ("tflite", "keras")]
    assert both[0].shape == (10, 11) and not both[0][:, 10].any(), "what is no digit it does not know"
    assert np.abs(both[0] - both[1]).max() < 1e-5, "its weights stay as they are"


@keras
def test_the_parameters_are_those_that_the_field_tells_of() -> None:
    from camcount.training.architectures import ARCHITECTURES

    assert tuple(ARCHITECTURES) == NETWORKS
    counts = {name: ARCHITECTURES[name](10).count_params() for name in NETWORKS}
    assert counts["softmax"] == 784 * 10 + 10
    assert counts["mlp"] == 784 * 50 + 50 + 50 * 50 + 50 + 50 * 10 + 10
    assert 213_000 < counts["cnn-bn"] < 214_000
    assert counts["camcount"] <= 250_000 < counts["residual"]


@keras
def test_history_and_curves_lie_beside_the_model(files: dict[str, Path], tmp_path: Path) -> None:
    learn(files, tmp_path, "--architecture", "mlp", "--epochs", 3)
    rows = table(tmp_path)
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert list(rows[0]) == [
        "epoch", "loss", "accuracy", "validation_loss", "validation_accuracy", "digits", "seconds",
    ]
    assert float(rows[2]["loss"]) < float(rows[0]["loss"])
    assert all(0 <= float(row[name]) <= 1 for row in rows for name in ("accuracy", "validation_accuracy"))
    curves = cv2.imread(str(tmp_path / "models" / "curves.png"))
    assert curves.shape == (420, 1000, 3) and 0.01 < (curves < 200).mean() < 0.5


@keras
def test_the_command_of_the_card_repeats_the_run(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = ["--seed", 7, "--no-average", "--limit", 100, "--weight-decay", 0.5]
    learn(files, tmp_path, "--architecture", "softmax", *more)
    card = json.loads((tmp_path / "models" / "digits.json").read_text(encoding="utf-8"))
    monkeypatch.chdir(files["digits"].parent)
    words = [*shlex.split(card["command"])[1:], "--output", tmp_path / "again", "--work", tmp_path / "run2"]
    assert CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False).exit_code == 0
    first, second = weights(tmp_path / "models" / "digits.keras"), weights(tmp_path / "again" / "digits.keras")
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@keras
def test_tensorboard_finds_each_epoch(files: dict[str, Path], tmp_path: Path) -> None:
    from tensorflow.python.summary.summary_iterator import summary_iterator

    learn(files, tmp_path, "--architecture", "softmax", "--epochs", 2, "--tensorboard", tmp_path / "board")
    told = {
        (value.tag, event.step): float(np.ravel(tensor(value.tensor))[0])
        for file in (tmp_path / "board").iterdir() for event in summary_iterator(str(file))
        for value in event.summary.value
    }
    for row in table(tmp_path):
        for name in ("loss", "validation_loss", "digits"):
            assert told[name, int(row["epoch"])] == pytest.approx(float(row[name]), abs=1e-4)


def tensor(packed: object) -> np.ndarray[Any, np.dtype[np.float32]]:
    import tensorflow as tf

    return np.asarray(tf.make_ndarray(packed))


@keras
def test_a_full_disk_ends_training_with_a_word_and_nothing_half_written(files: dict[str, Path], tmp_path: Path) -> None:
    with small_disk(tmp_path / "run", "256k") as disk:
        arguments = ["--data", files["digits"], "--augmentation", "none", "--architecture", "mlp", "--epochs", 1]
        arguments += ["--output", tmp_path / "models", "--work", disk]
        result = CliRunner().invoke(main, ["train", *map(str, arguments)], catch_exceptions=False)
        assert result.exit_code == 6, result.output
        assert "best.keras: cannot be written" in result.stderr and "Traceback" not in result.stderr
        assert not list(disk.iterdir()) and not (tmp_path / "models").exists()


@keras
def test_a_disk_that_fills_up_with_the_model_keeps_none_of_its_files(files: dict[str, Path], tmp_path: Path) -> None:
    with small_disk(tmp_path / "models", "300k") as disk:
        arguments = ["--data", files["digits"], "--augmentation", "none", "--architecture", "mlp", "--epochs", 1]
        arguments += ["--output", disk, "--work", tmp_path / "run"]
        result = CliRunner().invoke(main, ["train", *map(str, arguments)], catch_exceptions=False)
        assert result.exit_code == 6, result.output
        assert "models: cannot be written (No space left on device)" in result.stderr
        assert not list(disk.iterdir()), "so that the next attempt is not refused"


@keras
def test_training_stops_when_it_gets_no_better(files: dict[str, Path], tmp_path: Path) -> None:
    learn(files, tmp_path, "--architecture", "softmax", "--epochs", 30, "--learning-rate", "1e-9", "--patience", 2)
    assert 3 <= len(table(tmp_path)) < 30


@keras
def test_on_a_plateau_it_learns_slower(files: dict[str, Path], tmp_path: Path) -> None:
    from camcount.engines import load_keras
    from camcount.training.fit import LAST

    rates = {}
    for schedule in ("plateau", "constant"):
        folder = tmp_path / schedule
        more = ["--epochs", 7, "--learning-rate", "1e-9", "--schedule", schedule]
        learn(files, folder, "--architecture", "softmax", *more)
        rates[schedule] = float(load_keras(folder / "run" / LAST, compiled=True).optimizer.learning_rate)
    assert rates["constant"] == pytest.approx(1e-9) and rates["plateau"] <= 0.5e-9


@keras
@pytest.mark.parametrize("given", ["--strokes 9", "--not-digits 9", "--pages 9", "--keep-potentials"])
def test_what_is_for_paper_is_told_where_digits_alone_are_learnt(
    given: str, files: dict[str, Path], tmp_path: Path
) -> None:
    option, *value = given.split()
    words = ["train", "--data", files["digits"], "--augmentation", "none", option, *value]
    words += ["--output", tmp_path / "models", "--work", tmp_path / "run"]
    result = CliRunner().invoke(main, [*map(str, words)])
    assert result.exit_code == 2
    assert f"{option} is for --augmentation paper; none learns digits alone." in " ".join(result.stderr.split())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", PRESETS)
def test_presets_alter_digits_but_leave_them_legible(name: str) -> None:
    crops = np.stack([picture(digit, hand) for digit in DIGITS for hand in range(4)])
    altered = alter(crops, PRESETS[name], np.random.default_rng(0))
    assert altered.shape == crops.shape and altered.dtype == np.uint8
    assert np.array_equal(altered, alter(crops, PRESETS[name], np.random.default_rng(0))), "by the seed alone"
    assert np.array_equal(altered, crops) == (name == "none")
    ink = (altered > 127).sum(axis=(1, 2)) / (crops > 127).sum(axis=(1, 2))
    assert 0.5 < ink.min() and ink.max() < 1.6
    read = load_classifier()(altered)[:, :10].argmax(axis=1) == np.repeat(np.arange(10), 4)
    assert read.mean() > 0.9


def test_each_amount_does_what_it_says() -> None:
    dot = np.zeros((1, 28, 28), np.uint8)
    dot[0, 12:16, 12:16] = 200
    rng = np.random.default_rng(3)

    def middle(crop: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        return np.argwhere(crop > 99).mean(axis=0)

    moved = [middle(alter(dot, Preset(shift=0.2), rng)[0]) - 13.5 for _ in range(30)]
    assert 3 < np.abs(moved).max() <= 5.7
    bright = [int(alter(dot, Preset(brightness=0.5), rng).max()) for _ in range(30)]
    assert min(bright) < 150 and max(bright) == 255
    assert alter(dot, Preset(noise=20), rng)[0, :8].std() > 0
    turned = alter(np.pad(np.full((1, 20, 4), 255, np.uint8), ((0, 0), (4, 4), (12, 12))), Preset(turn=40), rng)[0]
    assert turned[:, [9, 10, 17, 18]].max() > 99
    bars = np.pad(np.full((1, 20, 4), 255, np.uint8), ((0, 0), (4, 4), (12, 12)))
    bent = alter(bars, Preset(elastic=3), rng)[0]
    assert len({int(row.argmax()) for row in bent[6:22]}) > 1, "no longer straight"


def test_a_command_tells_only_what_is_not_the_default() -> None:
    plan = Plan(architecture="mlp", augmentation="none", average=False, start="/home/me/a b.keras")
    told = tell_command(plan, {"data": [Path("/data/mnist.npz")], "strokes": [Path("x/a.npz"), Path("x/b.npz")]})
    assert told == (
        "camcount train --architecture mlp --augmentation none --no-average --start 'a b.keras' "
        "--data mnist.npz --strokes a.npz --strokes b.npz"
    )
    assert tell_command(Plan(limit=50, weight_decay=0.0), {}) == "camcount train --weight-decay 0.0 --limit 50"
    assert Plan().augmentation == PAPER and tell_command(Plan(), {}) == "camcount train"
