"""camcount train: a run is repeatable, resumable, and leaves whole files and a card that tells what they are."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from material import DIGITS, make_files, picture
from trial import equal, history, train, weights

from camcount.classify import NOT_A_DIGIT, PREPROCESSING, load_classifier
from camcount.cli import main
from camcount.litert import ROUNDING
from camcount.training.dataset import Material, load_material

# Keras 3.15 asks TensorFlow's arrays for a copy in a way that numpy 2 deprecates.
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_files(tmp_path_factory.mktemp("data"))


@pytest.fixture
def material(files: dict[str, Path]) -> tuple[Material, Material]:
    strokes = files["strokes"], files["letters"]
    return load_material(files["digits"], strokes, (files["doodles"],), files["writers"], seed=1)


@pytest.fixture(scope="module")
def trained(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two epochs, as the command leaves them."""
    folder = tmp_path_factory.mktemp("trained")
    result = train(files, folder, "--epochs", 2, "--pages", 0)
    assert result.exit_code == 0, result.output
    told = r"epoch 2/2: loss \d\.\d+, accuracy .*, validation loss \d\.\d+, digits \S+%, photographed .*, not digits "
    assert re.search(told, result.stderr)
    assert "digits.tflite: " in result.stdout and " parameters, score " in result.stdout
    return folder


def test_training_writes_a_model_that_camcount_takes(trained: Path) -> None:
    models = trained / "models"
    found = sorted(path.name for path in models.iterdir())
    assert found == ["curves.png", "digits.json", "digits.keras", "digits.tflite", "history.csv", "last.keras"]
    assert equal(models / "last.keras", trained / "run" / "last.keras")
    crops = np.stack([picture(digit, 40) for digit in DIGITS])
    light, heavy = load_classifier(models / "digits.tflite")(crops), load_classifier(models / "digits.keras")(crops)
    assert light.shape == (10, 11)
    assert np.abs(light - heavy).max() < 0.03


def test_the_model_is_the_best_network_but_for_its_temperature_and_how_rare_others_are(trained: Path) -> None:
    from camcount.training.even import BLOCKS

    *before, last_before, bias_before = weights(trained / "run" / "best.keras")
    *after, last, bias = weights(trained / "models" / "digits.keras")
    # The first blocks are evened out: what a normalization gives is scaled, and the filters after it scale it back.
    for start in range(0, 5 * BLOCKS, 5):
        scales = before[start + 1] / after[start + 1]
        after[start + 1 : start + 3] = [array * scales for array in after[start + 1 : start + 3]]
        after[start + 5] = after[start + 5] / scales[:, None]
    assert all(np.allclose(a, b, rtol=5e-7, atol=0) for a, b in zip(before, after, strict=True))
    card = json.loads((trained / "models" / "digits.json").read_text(encoding="utf-8"))
    temperature = card["calibration"]["temperature"]
    assert temperature != 1
    assert np.allclose(last * temperature, last_before, rtol=1e-5)
    lower = bias * temperature - bias_before
    assert np.allclose(lower[:NOT_A_DIGIT], 0, atol=1e-5) and lower[NOT_A_DIGIT] < 0


def test_the_card_tells_what_the_model_is(trained: Path, files: dict[str, Path]) -> None:
    card = json.loads((trained / "models" / "digits.json").read_text(encoding="utf-8"))
    assert card["classes"] == [*DIGITS, "not a digit"]
    assert card["preprocessing"] == PREPROCESSING
    assert card["parameters"] == sum(w.size for w in weights(trained / "models" / "digits.keras")) <= 250_000
    assert [file["file"] for file in card["data"]] == [
        files[name].name for name in ("digits", "writers", "strokes", "letters", "doodles")
    ]
    assert all(file["what"] for file in card["data"])
    assert card["held_out"] == {files["strokes"].name: [1], files["letters"].name: [1]}
    assert card["plan"]["seed"] == 1 and card["plan"]["epochs"] == card["epochs"] == 2
    assert {"score", "digits", "photographed", "strokes", "not digits", "loss"} <= set(card["validation"])
    assert all(0 <= card["validation"][name] <= 1 for name in ("score", "digits", "not digits"))
    (parity,) = card["litert_keras"].values()
    assert parity["difference"] <= 1e-5 and parity["rounded_difference"] <= ROUNDING and parity["changed"] <= 1e-3
    assert set(card["calibration"]) == {"temperature"}, "without pages nothing is known of how sure it may be"
    assert 0.25 <= card["calibration"]["temperature"] <= 4
    assert re.fullmatch(r"[0-9a-f]{40}|", card["commit"])
    assert {"tensorflow", "keras", "numpy"} <= set(card["versions"])
    for name in ("digits.keras", "digits.tflite"):
        content = (trained / "models" / name).read_bytes()
        told = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        assert card["files"][name] == told


def test_the_same_seed_gives_the_same_weights_and_another_does_not(
    trained: Path, material: tuple[Material, Material], tmp_path: Path
) -> None:
    from camcount.training.plan import Plan
    from camcount.training.fit import train as run

    list(run(*material, Plan(epochs=2, batch_size=64, pages=0), tmp_path / "again"))
    assert history(tmp_path / "again") == history(trained / "run")
    assert equal(tmp_path / "again" / "last.keras", trained / "run" / "last.keras")
    assert equal(tmp_path / "again" / "best.keras", trained / "run" / "best.keras")
    list(run(*material, Plan(epochs=1, batch_size=64, seed=2, pages=0), tmp_path / "other"))
    assert history(tmp_path / "other")[0]["loss"] != history(trained / "run")[0]["loss"]


def test_resume_goes_on_where_a_run_stopped(
    trained: Path, files: dict[str, Path], material: tuple[Material, Material], tmp_path: Path
) -> None:
    from camcount.training.plan import Plan
    from camcount.training.fit import train as run

    begun = run(*material, Plan(epochs=2, batch_size=64, pages=0, spelling_epochs=2), tmp_path / "run")
    next(begun)
    begun.close()  # type: ignore[attr-defined]
    assert history(tmp_path / "run") == history(trained / "run")[:1]
    result = train(files, tmp_path, "--resume")
    assert result.exit_code == 0, result.output
    assert "epoch 2/2" in result.stderr and "epoch 1/" not in result.stderr
    first, second = history(tmp_path / "run")
    assert [first["epoch"], second["epoch"]] == [1, 2]
    assert second["loss"] == pytest.approx(history(trained / "run")[1]["loss"], rel=1e-4)
    card = json.loads((tmp_path / "models" / "digits.json").read_text(encoding="utf-8"))
    assert card["epochs"] == 2 and card["resumed"] == []
    load_classifier(tmp_path / "models" / "digits.tflite")


def test_a_run_goes_on_to_another_end_and_its_rate_comes_down_there(
    trained: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    from camcount.engines import load_keras

    shutil.copytree(trained / "run", tmp_path / "run")
    result = train(files, tmp_path, "--resume", "--epochs", 3, "--patience", 5)
    assert result.exit_code == 0, result.output
    assert len(history(tmp_path / "run")) == 3
    schedules = [
        load_keras(folder / "run" / "last.keras", compiled=True).optimizer.get_config()["learning_rate"]["config"]
        for folder in (trained, tmp_path)
    ]
    assert [told["decay_steps"] / told["warmup_steps"] for told in schedules] == [1, 2]
    card = json.loads((tmp_path / "models" / "digits.json").read_text(encoding="utf-8"))
    assert (card["plan"]["epochs"], card["plan"]["patience"]) == (3, 5)
    assert card["resumed"] == [{"after": 2, "planned": 2}]


@pytest.mark.parametrize("settings", [{}, {"CAMCOUNT_LEARNING_RATE": "0.5"}], ids=["options", "environment"])
def test_what_was_settled_when_a_run_began_is_not_silently_left_as_it_was(
    trained: Path, files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]
) -> None:
    shutil.copytree(trained / "run", tmp_path / "run")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    more = [] if settings else ["--seed", 2, "--no-average"]
    result = train(files, tmp_path, "--resume", "--epochs", 3, *more)
    assert result.exit_code == 2, result.output
    named = "--learning-rate (0.002)" if settings else "--seed, --average (1, True)"
    assert f"the run in --work was begun with another {named}." in " ".join(result.stderr.split())
    assert not (tmp_path / "models").exists() and history(tmp_path / "run") == history(trained / "run")


def test_a_run_is_not_replaced_unless_asked(trained: Path, files: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(trained / "run", tmp_path / "run")
    result = train(files, tmp_path, "--epochs", 1, "--pages", 0)
    assert result.exit_code == 6, result.output
    assert "run: holds a run already. Go on with it by --resume" in result.stderr
    assert history(tmp_path / "run") == history(trained / "run")
    assert train(files, tmp_path, "--epochs", 1, "--pages", 0, "--overwrite").exit_code == 0
    assert len(history(tmp_path / "run")) == 1


def test_without_matplotlib_nothing_is_trained(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = train(files, tmp_path, "--epochs", 1)
    assert result.exit_code == 8 and "pip install" in result.stderr, result.output
    assert not list(tmp_path.iterdir())


def test_where_mnist_cannot_be_downloaded_a_file_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from keras.datasets import mnist

    def fail() -> None:
        print("Downloading data")
        raise Exception("URL fetch failure on https://example.org/mnist.npz: None -- no network")

    monkeypatch.setattr(mnist, "load_data", fail)
    words = ["train", "--output", str(tmp_path / "models"), "--work", str(tmp_path / "run")]
    result = CliRunner().invoke(main, words, catch_exceptions=False)
    assert result.exit_code == 3 and result.stdout == "", result.output
    assert "MNIST cannot be downloaded: URL fetch failure on " in result.stderr
    assert "Train on a file of yours: --data FILE.npz" in result.stderr


def test_wrong_labels_are_told_in_the_words_of_this_command(files: dict[str, Path], tmp_path: Path) -> None:
    with np.load(files["digits"]) as data:
        np.savez(tmp_path / "letters.npz", x_train=data["x_train"], y_train=data["y_train"] + 1)
    result = train(files, tmp_path, "--data", tmp_path / "letters.npz")
    assert result.exit_code == 3, result.output
    assert "y_train must hold whole numbers 0 to 9." in result.stderr and "--not-digits FILE.npz" in result.stderr


def test_a_model_is_not_replaced_unless_asked(trained: Path, files: dict[str, Path]) -> None:
    before = {path.name: path.read_bytes() for path in (trained / "models").iterdir()}
    result = train(files, trained, "--epochs", 1)
    assert result.exit_code == 6
    assert "digits.keras: exists already. Name another file, or add --overwrite." in result.stderr
    assert {path.name: path.read_bytes() for path in (trained / "models").iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--data", "none.npz"], "none.npz cannot be opened: No such file", id="no digits"),
        pytest.param(["--data", "text.npz"], "text.npz is not a whole .npz file", id="text for digits"),
        pytest.param(["--data", "{strokes}"], "It needs x_train and y_train: see", id="strokes for digits"),
        pytest.param(["--strokes", "{digits}"], "not a file of pen strokes", id="digits for strokes"),
        pytest.param(["--strokes", "none.npz"], "none.npz: not a file of pen strokes", id="no strokes"),
        pytest.param(["--not-digits", "{digits}"], "holds no x, only x_train, y_train", id="digits for doodles"),
        pytest.param(["--writers", "{digits}"], "holds no train_writer", id="digits for writers"),
        pytest.param(["--resume"], "holds no run to resume", id="nothing to resume"),
    ],
)
def test_wrong_files_are_told(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.npz").write_text("no digits\n")
    result = train(files, tmp_path, *(argument.format(**files) for argument in arguments))
    assert result.exit_code == 3, result.output
    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.output and "--split" not in result.output
    assert not (tmp_path / "models").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process alone")
def test_ctrl_c_leaves_the_best_model_so_far(files: dict[str, Path], tmp_path: Path) -> None:
    call = [sys.executable, "-m", "camcount", "train", "--data", files["digits"], "--epochs", "500", "--pages", "0"]
    call += ["--output", tmp_path / "models", "--work", tmp_path / "run"]
    with subprocess.Popen(list(map(str, call)), cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = []
        for line in process.stderr:
            told.append(line)
            if line.startswith("epoch 1/500"):
                process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130, told
    assert not any("Traceback" in line for line in told)
    card = json.loads((tmp_path / "models" / "digits.json").read_text(encoding="utf-8"))
    assert 1 <= card["epochs"] < 500
    load_classifier(tmp_path / "models" / "digits.tflite")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process alone")
def test_ctrl_c_before_the_first_epoch_does_not_pass_an_older_run_s_model_off_as_new(
    trained: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(trained / "run", tmp_path / "run")
    (tmp_path / "run" / "state.json").unlink()
    with np.load(files["digits"]) as data:
        many = {key: np.concatenate([data[key]] * 30) for key in ("x_train", "y_train")}
    np.savez(tmp_path / "many.npz", **many)
    call = [sys.executable, "-m", "camcount", "train", "--data", tmp_path / "many.npz", "--pages", "0"]
    call += ["--output", tmp_path / "models", "--work", tmp_path / "run"]
    with subprocess.Popen(list(map(str, call)), cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(7)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "Traceback" not in told
    assert not (tmp_path / "models").exists()


def test_ctrl_c_while_an_epoch_is_judged_loses_nothing_of_it(
    material: tuple[Material, Material], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from camcount.training import fit
    from camcount.training.plan import Plan

    judge = fit._judge

    def pressed(*arguments: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        judge(*arguments)

    monkeypatch.setattr(fit, "_judge", pressed)
    epochs = fit.train(*material, Plan(epochs=3, batch_size=64, pages=0), tmp_path)
    assert next(epochs).epoch == 1 and (tmp_path / fit.BEST).is_file()
    assert fit.Progress.load(tmp_path).epoch == 1
    with pytest.raises(KeyboardInterrupt):
        next(epochs)


def test_ctrl_c_is_held_back_until_it_is_asked_for() -> None:
    """Raised within TensorFlow, it would end training with a SystemError."""
    from camcount.training.interrupt import Interrupt  # with Keras, which the other tests here need not wait for

    before = signal.getsignal(signal.SIGINT)
    with Interrupt() as interrupt:
        interrupt.check()
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            interrupt.check()
        interrupt.check()
    with pytest.raises(KeyboardInterrupt), Interrupt():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
