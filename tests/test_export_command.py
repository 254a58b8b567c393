"""camcount export: each format reads as the network that it came from, and nothing is written that does not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from material import DIGITS, picture

from camcount.classify import load_classifier, shipped_model
from camcount.cli import main

# Keras 3.15 asks TensorFlow's arrays for a copy in a way that numpy 2 deprecates.
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

MODEL = shipped_model().with_suffix(".keras")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four hundred digits of the project's own hands: half of them are compared, by half of them int8 learns."""
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    crops = np.stack([picture(digit, hand) for hand in range(40) for digit in DIGITS])
    np.savez(path, x_test=crops, y_test=np.tile(np.arange(10), 40))
    return path


def export(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, arguments)], catch_exceptions=False)


@pytest.mark.parametrize("quantize", ["none", "fp16", "int8", "dynamic"])
@pytest.mark.parametrize("form", ["tflite", "onnx"])
def test_each_format_reads_as_the_network_did(form: str, quantize: str, data: Path, tmp_path: Path) -> None:
    target = tmp_path / f"mine.{form}"
    result = export(MODEL, "--to", form, "--quantize", quantize, "--data", data, "--output", target, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["digits"] == 200 and told["changed"] <= 1e-3
    least, most = {"none": (0, 1e-5), "fp16": (1e-6, 1e-2)}.get(quantize, (1e-4, 0.3))
    assert least <= told["difference"] <= most
    assert told["exported"]["bytes"] == target.stat().st_size
    shrunk = told["exported"]["bytes"] / told["keras"]["bytes"]
    assert shrunk < {"none": 1, "fp16": 0.5}.get(quantize, 0.3)
    assert all(ms > 0 for each in ("keras", "exported") for ms in told[each]["ms"].values())
    with np.load(data) as arrays:
        crops, labels = arrays["x_test"], arrays["y_test"]
    both = [load_classifier(path)(crops) for path in (MODEL, target)]
    # What rounds as it runs does so by the batch that it runs in, and those are others here.
    by_batch = 0.05 if quantize == "dynamic" else 1e-6
    assert np.abs(both[0] - both[1]).max() >= told["difference"] - by_batch
    assert told["exported"]["accuracy"] == pytest.approx((both[1][:, :10].argmax(axis=1) == labels).mean(), abs=0.05)
    assert told["exported"]["accuracy"] > 0.9
    card = json.loads(target.with_suffix(".json").read_text())
    assert card["exported_from"] == MODEL.name and card["files"][target.name]["quantize"] == quantize
    target.write_bytes(target.read_bytes() + b"\0")
    read = CliRunner().invoke(main, ["image", "samples/plain.jpg", "--model", str(target)])
    assert read.exit_code == 5 and "is not the file that mine.json tells of" in read.stderr


def test_a_saved_model_is_a_folder_that_tensorflow_serves(data: Path, tmp_path: Path) -> None:
    import tensorflow as tf

    target = tmp_path / "served.1"
    result = export(MODEL, "--to", "saved_model", "--data", data, "--output", target)
    assert result.exit_code == 0, result.output
    assert "told otherwise: 0.00% of the digits" in result.stdout
    model = tf.saved_model.load(str(target))
    assert model.serve(np.zeros((3, 28, 28, 1), np.float32)).shape == (3, 11)
    again = export(MODEL, "--to", "saved_model", "--data", data, "--output", target)
    assert again.exit_code == 6 and "exists already" in again.stderr
    assert export(MODEL, "--to", "saved_model", "--data", data, "--output", target, "--overwrite").exit_code == 0


def test_golden_digits_are_drawn_where_no_data_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from camcount.training import exchange

    monkeypatch.setattr(exchange, "PAGES", 8)
    first, again = exchange.draw_golden(), exchange.draw_golden()
    assert np.array_equal(first.crops, again.crops) and set(first.labels.tolist()) <= set(range(10))
    assert len(first.labels) > 10 and len(first.others) > 10
    result = export(MODEL, "--to", "onnx", "--output", tmp_path / "mine.onnx")
    assert result.exit_code == 0, result.output
    assert f"on {len(first.labels)} golden digits" in result.stdout


def test_a_network_whose_digits_change_is_not_written(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from camcount.training import exchange

    monkeypatch.setattr(exchange, "CHANGED", -1.0)
    result = export(MODEL, "--to", "tflite", "--data", data, "--output", tmp_path / "mine.tflite")
    assert result.exit_code == 6, "1 is for --digits and --match"
    assert "mine.tflite is not written: of 200 golden digits 0.00% are told otherwise" in result.stderr
    assert not list(tmp_path.iterdir())


def test_an_export_follows_another_of_its_name(data: Path, tmp_path: Path) -> None:
    for form, quantize in (("tflite", "none"), ("onnx", "none"), ("tflite", "fp16")):
        target = tmp_path / f"mine.{form}"
        result = export(
            MODEL, "--to", form, "--quantize", quantize, "--data", data, "--output", target, "--overwrite"
        )
        assert result.exit_code == 0, result.output
    card = json.loads((tmp_path / "mine.json").read_text())
    quantized = {name: told["quantize"] for name, told in card["files"].items()}
    assert quantized == {"mine.tflite": "fp16", "mine.onnx": "none"}
    for name in card["files"]:
        load_classifier(tmp_path / name)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(["gone.keras", "--to", "onnx"], 5, "gone.keras: no such model", id="missing"),
        pytest.param(["{data}", "--to", "onnx"], 2, "is no Keras model (.keras, .h5)", id="no model"),
        pytest.param(["{model}", "--to", "saved_model", "--quantize", "int8"], 2, "keeps its weights", id="rounded"),
        pytest.param(["{model}", "--to", "onnx", "--output", "x.tflite"], 2, "must end in .onnx", id="suffix"),
        pytest.param(["{model}", "--to", "saved_model", "--output", "x.onnx"], 2, "is to be a folder", id="a file"),
        pytest.param(["{model}", "--to", "tflite"], 6, "digits.tflite: exists already", id="the one that ships"),
        pytest.param(["{model}", "--to", "tflite", "--overwrite"], 6, "as it was trained. Name another", id="its card"),
        pytest.param(["{touching}", "--to", "onnx"], 5, "expects input (None, 32, None, 2)", id="another shape"),
        pytest.param(["{model}", "--to", "onnx", "--data", "{model}"], 3, "digits.keras", id="no data"),
        pytest.param(["{model}"], 2, "Missing option '--to'", id="no format"),
    ],
)
def test_what_cannot_be_exported_is_told(
    arguments: list[str], code: int, said: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    known = {"data": data, "model": MODEL, "touching": MODEL.with_name("touching.keras")}
    words = [word.format(**known) for word in arguments]
    if "--data" not in words:
        words += ["--data", str(data)]
    result = export(*words)
    assert result.exit_code == code, result.output
    assert said in result.stderr and "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


def test_no_folder_but_a_saved_model_is_replaced(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    precious = tmp_path / "work"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years")
    for target in (precious, ".", ".."):
        monkeypatch.chdir(precious)
        result = export(MODEL, "--to", "saved_model", "--data", data, "--output", target, "--overwrite")
        assert result.exit_code == 6, result.output
    assert (precious / "thesis.txt").read_text() == "years"
