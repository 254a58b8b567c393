"""A trained network -> the files that ship: Keras, LiteRT, and the card that tells what they are."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

from camcount import __version__
from camcount.classify import CLASS_NAMES, PREPROCESSING, LiteRTClassifier
from camcount.errors import CamcountError
from camcount.evaluation.calibration import Outcomes
from camcount.evaluation.digits import classify
from camcount.evaluation.generated import Drawing, read_drawn
from camcount.files import write_whole
from camcount.potentials import NAME as POTENTIALS
from camcount.potentials import save_potentials
from camcount.reader import Reader
from camcount.synthesis.scribes import Scribes
from camcount.synthesis.seeds import WEIGHING_SEEDS
from camcount.training.dataset import Material, Sets
from camcount.training.fit import SHEETS, OnBatch, Progress
from camcount.training.hypotheses import harvest_pages
from camcount.training.plan import Plan
from camcount.training.sheets import Sheet, load_sheets, save_sheets, take_sheet
from camcount.training.temper import temper
from camcount.training.weigh import learn_potentials
from camcount.types import Crops

NAME = "digits"
GOLDEN = 64
"""Crops on which LiteRT and Keras are compared."""
AGREEMENT = 1e-5
"""LiteRT and Keras tell the same probabilities up to this."""

SOURCES = {
    "mnist": "MNIST (LeCun, Cortes, Burges), CC BY-SA 3.0",
    "unipen_digits_strokes": "UNIPEN train_r01_v07, digits (1a), CC BY 4.0",
    "unipen_letters_strokes": "UNIPEN train_r01_v07, letters (1b, 1c), CC BY 4.0",
    "quickdraw_doodles_28x28": "Quick, Draw! (Google), CC BY 4.0",
    "omniglot_small1_28x28": "Omniglot (Lake, Salakhutdinov, Tenenbaum), MIT",
    "qmnist_labels": "QMNIST (Yadav, Bottou), BSD: who wrote which picture",
}
"""Data that is known by its file name, with its licence."""


class ParityError(CamcountError):
    """The exported model does not tell what the trained one tells."""


def export_model(
    best: Path, folder: Path, sets: Sets, progress: Progress, data: list[Path], training: Material,
    validation: Material, held_out: dict[str, list[int]], on_page: OnBatch = lambda done, total: None,
    on_potentials: Callable[[int, float], None] | None = None,
) -> dict[str, Any]:
    """Temper a network, learn potentials with it, and write both and their card, all whole or none.

    Args:
        best: the trained network, as `train` left it.
        folder: where the files go.
        sets: what was validated on: with its pages, else all of it, the network is tempered; on the first of its digits
            LiteRT and Keras are compared.
        progress: of the run, for the card.
        data: the files that were trained on, for the card.
        training: whose hands write the pages from which the potentials are learnt.
        validation: hands that training never saw: they write the pages on which the card tells how sure the reader may
            be.
        held_out: of each file of pen strokes, the writers that training never saw, for the card.
        on_page: told how many pages are drawn for the potentials, and of how many.
        on_potentials: told each of their epochs, and its loss.

    Returns:
        The card.

    Raises:
        ParityError: when LiteRT and Keras differ by more than `AGREEMENT`.
        OutputError: when a file cannot be written.
    """
    model = keras.models.load_model(best, compile=False)
    chosen = [sets["pages"]] if "pages" in sets else list(sets.values())
    temperature = temper(model, *(np.concatenate(arrays) for arrays in zip(*chosen)))
    with tempfile.TemporaryDirectory() as scratch:
        converted = Path(scratch) / f"{NAME}.tflite"
        model.export(converted, format="litert", verbose=False)
        difference = largest_difference(model, converted, sets["digits"][0][:GOLDEN])
        if not difference <= AGREEMENT:
            raise ParityError(f"LiteRT and Keras differ by {difference:.1e} on golden crops, over {AGREEMENT:.0e}.")
        # Without the optimizer's memory, which is two thirds of what training keeps.
        bare = Path(scratch) / f"{NAME}.keras"
        model.save(bare)
        files = {path.name: path.read_bytes() for path in (bare, converted)}
        classifier = LiteRTClassifier(converted)
        potentials = None
        if progress.plan.pages:
            sheets = draw_sheets(training.scribes, progress.plan, best.with_name(SHEETS), on_page)
            potentials = learn_potentials(sheets, classifier, progress.plan.seed, on_potentials)
            files[POTENTIALS] = save_potentials(potentials)
        drawing = Drawing(-(-progress.plan.pages // 20), scribes=validation.scribes)
        trust = measure_trust(Reader(classifier=classifier, potentials=potentials), drawing)
    card = make_card(model.count_params(), files, progress, data, held_out, difference)
    card |= {"calibration": {"temperature": temperature} | trust}
    for name, content in files.items():
        write_whole(folder / name, content)
    write_whole(folder / f"{NAME}.json", (json.dumps(card, indent=2) + "\n").encode())
    return card


def draw_sheets(scribes: Scribes | None, plan: Plan, file: Path, on_page: OnBatch) -> list[Sheet]:
    """Draw the pages from which potentials are learnt, as many as the network learnt from; they are kept."""
    if not file.is_file():
        count = plan.pages
        first = WEIGHING_SEEDS + plan.seed % 1000 * count
        seeds = range(first, first + count)
        save_sheets(file, harvest_pages(take_sheet, scribes, seeds, lambda done: on_page(done, count)))
    return load_sheets(file)


def measure_trust(reader: Reader, drawing: Drawing) -> dict[str, Any]:
    """Tell how often a reader is right that is so and so sure, on drawn pages; nothing without pages."""
    if not drawing.pages:
        return {}
    outcomes = [outcome for drawn, _, _ in read_drawn(reader, drawing) for outcome in drawn.outcomes]
    hands = "in hands held out from training" if drawing.scribes else "in invented hands"
    return {"on": f"digits read on {drawing.pages} drawn pages, {hands}"} | Outcomes.of(outcomes).to_dict()


def largest_difference(model: keras.Model, converted: Path, crops: Crops) -> float:
    """Give by how much the probabilities of Keras and LiteRT differ at most."""
    ours = np.asarray(model(crops[..., None].astype(np.float32), training=False))
    theirs = classify(LiteRTClassifier(converted), crops)[:, : ours.shape[1]]
    return float(np.abs(ours - theirs).max())


def make_card(
    parameters: int, files: dict[str, bytes], progress: Progress, data: list[Path], held_out: dict[str, list[int]],
    difference: float,
) -> dict[str, Any]:
    """Tell what a model is: how it was made, of what, and how good it is."""
    best = max(progress.history, key=lambda row: row["score"])
    return {
        "name": NAME,
        "camcount": __version__,
        "architecture": progress.plan.architecture,
        "parameters": parameters,
        "input": "(n, 28, 28, 1), 0 to 255, ink 255",
        "classes": list(CLASS_NAMES),
        "preprocessing": PREPROCESSING,
        "data": [{"file": path.name, "what": SOURCES.get(path.stem, "not known to camcount")} for path in data],
        # So that `camcount evaluate` can measure on hands that were never learnt.
        "held_out": held_out,
        # Only the name of a file: where it lay is nobody's concern.
        "plan": asdict(progress.plan) | {"start": Path(progress.plan.start).name},
        "epochs": progress.epoch,
        "validation": {"on": "hands held out from training", **best},
        "litert_keras_difference": difference,
        "commit": _commit(),
        "versions": {name: version(name) for name in ("tensorflow", "keras", "numpy", "opencv-python")},
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        },
    }


def _commit() -> str:
    """Give the commit of the tree that trains, or "" outside of one."""
    here = Path(__file__).parent
    try:
        told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return told.stdout.strip()
