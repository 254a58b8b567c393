"""camcount train --pages: pages are drawn once, learnt from and validated on, and the card tells what came of it."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from material import make_files
from rich.console import Console
from trial import equal, history, train

from camcount.classify import shipped_model
from camcount.errors import ModelError
from camcount.potentials import Potentials, find_potentials, load_potentials, save_potentials
from camcount.reader import Reader
from camcount.touching import TouchingNetwork
from camcount.training.dataset import Material, load_material
from camcount.training.hypotheses import Hypotheses, load_hypotheses
from camcount.training.plan import Plan
from camcount.training.strips import load_strips

# Keras 3.15 asks TensorFlow's arrays for a copy in a way that numpy 2 deprecates.
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

PAGES = 17
"""Two pages to validate on, of which one is without a digit."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_files(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def start(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network to start from: with one, pages are learnt from at once."""
    from camcount.training.architectures import ARCHITECTURES

    path = tmp_path_factory.mktemp("start") / "start.keras"
    ARCHITECTURES["camcount"]().save(path)
    return path


@pytest.fixture(scope="module")
def trained(files: dict[str, Path], start: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two epochs, as the command leaves them."""
    folder = tmp_path_factory.mktemp("trained")
    result = train(files, folder, "--epochs", 2, "--pages", PAGES, "--start", start)
    assert result.exit_code == 0, result.output
    told = result.stderr.splitlines()
    assert f"{PAGES} pages drawn" in told, "once they are all drawn"
    assert told.index(f"{PAGES} pages drawn") < [line.startswith("epoch 1/2: ") for line in told].index(True)
    assert all(", pages " in line for line in told if line.startswith("epoch "))
    spelt = [line for line in told if line.startswith("touching digits, epoch ")]
    assert [line.split(":")[0] for line in spelt] == ["touching digits, epoch 1/2", "touching digits, epoch 2/2"]
    return folder


@pytest.fixture
def material(files: dict[str, Path]) -> tuple[Material, Material]:
    strokes = files["strokes"], files["letters"]
    return load_material(files["digits"], strokes, (files["doodles"],), files["writers"], seed=1)


def plan_of(start: Path, **more: int) -> Plan:
    return Plan(**{"epochs": 2, "batch_size": 64, "pages": PAGES, **more}, start=str(start))  # type: ignore[arg-type]


@pytest.fixture
def nothing_drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Draw pages no more."""

    def refuse(*arguments: object) -> None:
        raise AssertionError("pages are drawn")

    monkeypatch.setattr("camcount.training.fit.draw_hypotheses", refuse)
    yield


def test_pages_to_learn_from_and_to_validate_on_are_kept_in_the_run_s_folder(trained: Path) -> None:
    learnt, validated = (load_hypotheses(trained / "run" / name) for name in ("pages.npz", "validation.npz"))
    assert len(learnt) > len(validated) > 0
    assert len(set(learnt.labels.tolist())) > 5


def test_the_card_tells_how_far_confidences_can_be_trusted(trained: Path) -> None:
    card = json.loads((trained / "models" / "digits.json").read_text(encoding="utf-8"))
    assert card["plan"]["pages"] == PAGES
    assert 0 <= card["validation"]["pages"] <= 1
    calibration = card["calibration"]
    assert 0.25 <= calibration["temperature"] <= 4
    assert calibration["on"] == "digits read on 1 drawn pages, in hands held out from training"
    assert {"digits", "error", "reliability", "coverage"} <= set(calibration)


def test_potentials_are_learnt_from_pages_and_lie_beside_the_model(trained: Path) -> None:
    models = trained / "models"
    path = find_potentials(models / "digits.tflite")
    assert path == models / "potentials.npz"
    card = json.loads((models / "digits.json").read_text(encoding="utf-8"))
    content = path.read_bytes()
    assert card["files"]["potentials.npz"] == {
        "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()
    }
    assert not equal_potentials(load_potentials(path), load_potentials(find_potentials(None)))
    assert set(card["litert_keras"]) == {"digits.tflite", "touching.tflite"}
    assert card["parameters"] == sum(card["parameters_of"].values()) <= 250_000
    for name in ("touching.keras", "touching.tflite"):
        content = (models / name).read_bytes()
        assert card["files"][name] == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    reader = Reader(models / "digits.tflite")
    assert equal_potentials(reader.potentials, load_potentials(path)), "a reader with this model takes them"


def test_touching_digits_are_learnt_once_and_the_strips_are_kept(
    trained: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    run, models = tmp_path / "run", tmp_path / "models"
    assert len(load_strips(run / "strips.npz")) > len(load_strips(run / "validation-strips.npz")) > 0
    before = (run / "touching.keras").read_bytes()
    assert equal(run / "touching.keras", models / "touching.keras")
    reader = Reader(models / "digits.tflite")
    assert isinstance(reader.touching, TouchingNetwork)
    strip = load_strips(run / "strips.npz").strips[:1]
    own, shipped = (spell(strip)[0].likelihood for spell in (reader.touching, Reader().touching))
    assert own != shipped, "a reader with this model takes its network"
    result = train(files, tmp_path, "--epochs", 2, "--resume", "--overwrite")
    assert result.exit_code == 0, result.output
    assert "touching digits, epoch" not in result.stderr
    assert (run / "touching.keras").read_bytes() == before


def test_the_network_for_touching_digits_is_kept_where_it_is_not_to_learn(
    material: tuple[Material, Material], tmp_path: Path
) -> None:
    from camcount.training.fit import TOUCHING
    from camcount.training.spelling import fit_touching

    start = shipped_model().with_suffix(".keras")
    plan = Plan(pages=PAGES, spelling_epochs=0, start=str(start))
    assert not list(fit_touching(*material, plan, tmp_path, lambda *_: None, lambda *_: None))
    assert equal(tmp_path / TOUCHING, start.with_name(TOUCHING))
    assert len(load_strips(tmp_path / "validation-strips.npz")), "on which LiteRT is compared"


def test_potentials_are_kept_where_new_ones_are_not_to_be_learnt(
    trained: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    start, kept = tmp_path / "digits.keras", tmp_path / "potentials.npz"
    shutil.copy(trained / "models" / "digits.keras", start)
    more = ["--epochs", 1, "--spelling-epochs", 0, "--limit", 60, "--start", start, "--keep-potentials"]
    result = train(files, tmp_path / "none", *more)
    assert result.exit_code == 2
    assert "keeps potentials.npz beside --start, but there is none. Leave it out" in result.stderr
    kept.write_bytes(b"no potentials")
    result = train(files, tmp_path / "none", *more)
    assert result.exit_code == 5
    assert "potentials.npz: not a file of potentials" in result.stderr
    assert not (tmp_path / "none").exists(), "told before anything is done"
    shutil.copy(shipped_model().with_name(kept.name), kept)
    result = train(files, tmp_path, *more, "--pages", PAGES)
    assert result.exit_code == 0, result.output
    assert "potentials, epoch" not in result.stderr
    assert (tmp_path / "models" / kept.name).read_bytes() == kept.read_bytes()
    card = json.loads((tmp_path / "models" / "digits.json").read_text(encoding="utf-8"))
    assert "--keep-potentials" in card["command"]


def test_the_network_for_touching_digits_starts_from_the_one_beside_the_network_to_start_from(
    trained: Path, material: tuple[Material, Material], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from camcount.training import spelling
    from camcount.training.fit import TOUCHING

    monkeypatch.setattr(spelling, "LEARNING_RATE", 1e-6)
    for name in ("strips.npz", "validation-strips.npz", "best.keras"):
        shutil.copy(trained / "run" / name, tmp_path / name)

    def fit(start: Path | None) -> float:
        plan = Plan(pages=PAGES, spelling_epochs=1, start=str(start or ""))
        (tmp_path / TOUCHING).unlink(missing_ok=True)
        return next(spelling.fit_touching(*material, plan, tmp_path, lambda *_: None, lambda *_: None)).score

    shipped = shipped_model().with_suffix(".keras")
    assert fit(shipped) > fit(None) + 0.3
    start = tmp_path / "start"
    start.mkdir()
    shutil.copy(shipped, start / TOUCHING)
    with pytest.raises(ModelError, match="touching.keras: not a network that reads touching digits"):
        fit(start / "digits.keras")


@pytest.mark.parametrize(
    ("bound", "said"),
    [
        ("AGREEMENT", "LiteRT and Keras differ by"), ("CHANGED", "of the crops are told otherwise"),
        ("ROUNDING", "Rounded weights move a probability by"),
    ],
)
def test_a_network_that_conversion_changes_is_not_exported(
    trained: Path, bound: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from camcount.training import convert
    from camcount.engines import load_keras

    monkeypatch.setattr(convert, bound, -1.0)
    crops = load_hypotheses(trained / "run" / "validation.npz").crops
    with pytest.raises(convert.ParityError, match=said):
        convert.convert(load_keras(trained / "run" / "best.keras"), crops, tmp_path / "digits.tflite")


@pytest.mark.parametrize(
    ("bound", "said"), [("AGREEMENT", "differ by .* on golden strips"), ("TURNED", "of the strips are spelt otherwise")]
)
def test_a_network_for_touching_digits_that_conversion_changes_is_not_exported(
    trained: Path, bound: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from camcount.training import convert
    from camcount.engines import load_keras

    monkeypatch.setattr(convert, bound, -1.0)
    strips = load_strips(trained / "run" / "validation-strips.npz")
    with pytest.raises(convert.ParityError, match=said):
        convert.convert_touching(load_keras(trained / "run" / "touching.keras"), strips, tmp_path / "touching.tflite")


def equal_potentials(first: Potentials, second: Potentials) -> bool:
    return save_potentials(first) == save_potentials(second)


def test_a_run_that_resumes_draws_no_page_again_and_ends_as_if_it_had_not_stopped(
    trained: Path, material: tuple[Material, Material], start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from camcount.training import fit

    begun = fit.train(*material, plan_of(start), tmp_path)
    next(begun)
    begun.close()  # type: ignore[attr-defined]
    assert history(tmp_path) == history(trained / "run")[:1]
    for name in ("pages.npz", "validation.npz"):
        one, other = (load_hypotheses(folder / name) for folder in (tmp_path, trained / "run"))
        assert np.array_equal(one.crops, other.crops) and np.array_equal(one.labels, other.labels)
    monkeypatch.delattr(fit, "draw_hypotheses")
    list(fit.train(*material, plan_of(start), tmp_path, resume=True))
    first, second = history(tmp_path)
    assert [first["epoch"], second["epoch"]] == [1, 2]
    assert second["loss"] == pytest.approx(history(trained / "run")[1]["loss"], rel=1e-4)


def test_a_new_run_in_the_same_folder_draws_its_own_pages(
    material: tuple[Material, Material], start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from camcount.training import fit

    asked: list[tuple[object, range]] = []

    def note(scribes: object, seeds: range, on_page: object = None) -> Hypotheses:
        asked.append((scribes, seeds))
        return Hypotheses(np.zeros((3, 28, 28), np.uint8), np.array([10, 4, 10]), np.array([True, True, False]))

    monkeypatch.setattr(fit, "draw_hypotheses", note)
    training, validation = material
    for seed in (1, 2):
        next(fit.train(training, validation, plan_of(start, seed=seed, epochs=1), tmp_path))
    assert len(asked) == 4, "to validate on and to learn from, each time"
    (held_out, first), (learning, second), _, (_, third) = asked
    assert held_out is not None and learning is not None
    assert not set(first) & set(second) and not set(second) & set(third) and len(second) == PAGES
    assert "pages" in history(tmp_path)[0]


@pytest.mark.usefixtures("nothing_drawn")
def test_without_pages_none_is_drawn(material: tuple[Material, Material], start: Path, tmp_path: Path) -> None:
    from camcount.training.fit import train as run
    from camcount.training.fit import validation_sets

    list(run(*material, plan_of(start, pages=0, epochs=1), tmp_path))
    assert "pages" not in history(tmp_path)[0]
    assert "pages" not in validation_sets(material[1], plan_of(start, pages=0), tmp_path)


def test_pages_make_another_network(
    trained: Path, material: tuple[Material, Material], start: Path, tmp_path: Path
) -> None:
    from camcount.training.fit import train as run

    list(run(*material, plan_of(start, pages=0, epochs=2), tmp_path))
    assert not equal(tmp_path / "last.keras", trained / "run" / "last.keras")


def test_what_has_no_digit_s_ink_and_is_surely_taken_for_one_is_left_out() -> None:
    from camcount.training.sieve import sieve_hypotheses

    class Judge:
        """Takes all for a 4; how surely, the first pixel tells."""

        def predict(self, crops: np.ndarray, **settings: object) -> np.ndarray:  # type: ignore[type-arg]
            told = np.full((len(crops), 11), 0.001)
            told[:, 4] = crops[:, 0, 0, 0] / 100
            told[:, 10] = 1 - told[:, 4]
            return told

    crops = np.zeros((5, 28, 28), np.uint8)
    crops[:, 0, 0] = 99, 99, 60, 99, 10
    labels = np.array([10, 10, 10, 7, 10])
    inked = np.array([False, True, False, True, False])
    kept = sieve_hypotheses(Hypotheses(crops, labels, inked), Judge())  # type: ignore[arg-type]
    assert kept.crops[:, 0, 0].tolist() == [99, 60, 99, 10]
    assert kept.labels.tolist() == [10, 10, 7, 10] and kept.inked.tolist() == [True, False, True, False]


def test_a_terminal_shows_how_many_pages_and_crops_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    from camcount.cli.train import _Display

    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=100, color_system=None)
    monkeypatch.setattr("camcount.cli.train.Console", lambda stderr: console)
    with _Display(Plan(epochs=2, pages=40)) as display:
        display.on_page(39, 40)
        display._bar.refresh()
        assert "drawing pages" in shown.getvalue() and "40 pages drawn" not in shown.getvalue()
        display.on_page(40, 40)
        display.on_batch(64, 128)
        display._bar.refresh()
    assert shown.getvalue().count("40 pages drawn") == 1
    assert "epoch 1/2" in shown.getvalue() and "crops/s" in shown.getvalue()
