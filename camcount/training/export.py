"""A trained network -> the files that ship: Keras, LiteRT, and the card that tells what they are."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import chain
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

from camcount import __version__
from camcount.classify import CLASS_NAMES, PREPROCESSING, NetworkClassifier
from camcount.engines import load_keras
from camcount.evaluation.calibration import Outcomes
from camcount.evaluation.generated import Drawing, read_drawn
from camcount.files import cannot_write, fingerprint
from camcount.potentials import NAME as POTENTIALS
from camcount.potentials import load_potentials, save_potentials
from camcount.reader import Reader
from camcount.synthesis.scribes import Scribes
from camcount.synthesis.seeds import WEIGHING_SEEDS
from camcount.touching import NAME as STRIP_READER
from camcount.touching import TouchingNetwork, find_touching
from camcount.training.convert import Parity, convert, convert_touching
from camcount.training.dataset import Material, Sets
from camcount.training.even import even_out
from camcount.training.fit import LAST, TOUCHING, VALIDATION_STRIPS, OnBatch, Progress
from camcount.training.hypotheses import harvest_pages
from camcount.training.plan import NETWORKS, Plan
from camcount.training.report import CURVES, HISTORY, draw_history, tell_command, write_history
from camcount.training.sheets import Sheet, draw_sheet
from camcount.training.strips import load_strips
from camcount.training.temper import temper
from camcount.training.together import write_together
from camcount.training.weigh import learn_potentials

NAME = "digits"

SOURCES = {
    "mnist": "MNIST (LeCun, Cortes, Burges), CC BY-SA 3.0",
    "unipen_digits_strokes": "UNIPEN train_r01_v07, digits (1a), CC BY 4.0",
    "unipen_letters_strokes": "UNIPEN train_r01_v07, letters (1b, 1c), CC BY 4.0",
    "quickdraw_doodles_28x28": "Quick, Draw! (Google), CC BY 4.0",
    "omniglot_small1_28x28": "Omniglot (Lake, Salakhutdinov, Tenenbaum), MIT",
    "qmnist_labels": "QMNIST (Yadav, Bottou), BSD: who wrote which picture",
}
"""Data that is known by its file name, with its licence."""


def export_model(
    best: Path, folder: Path, sets: Sets, progress: Progress, data: Mapping[str, Sequence[Path]], training: Material,
    validation: Material, held_out: dict[str, list[int]], on_page: OnBatch = lambda done, total: None,
    on_potentials: Callable[[int, float], None] | None = None,
) -> dict[str, Any]:
    """Temper a network, learn or keep potentials, and write both and their card, all whole or none.

    Args:
        best: the trained network, as `train` left it.
        folder: where the files go.
        sets: what was validated on: with its pages, else all of it, the network is tempered; on all of it LiteRT and
            Keras are compared.
        progress: of the run, for the card.
        data: the files that were trained on, by the option that names them, for the card.
        training: whose hands write the pages from which the potentials are learnt.
        validation: hands that training never saw: they write the pages on which the card tells how sure the reader may
            be.
        held_out: of each file of pen strokes, the writers that training never saw, for the card.
        on_page: told how many pages are drawn for the potentials, and of how many.
        on_potentials: told each of their epochs, and its loss.

    Returns:
        The card.

    Raises:
        ModelError: when the potentials to keep cannot be read.
        ParityError: when LiteRT does not tell what Keras tells; see `convert`.
        OutputError: when a file cannot be written.
    """
    model = load_keras(best)
    chosen = [sets["pages"]] if "pages" in sets else list(sets.values())
    crops, labels = (np.concatenate(arrays) for arrays in zip(*chosen))
    temperature = temper(model, crops, labels)
    with tempfile.TemporaryDirectory() as scratch:
        converted = Path(scratch) / f"{NAME}.tflite"
        # Whose weights are rounded is the network that ships; of others the lab measures what rounding costs.
        shipped = progress.plan.architecture == NETWORKS[0] and progress.plan.on_paper
        if shipped:
            even_out(model, crops)
        parity = convert(model, np.concatenate([crops for crops, _ in sets.values()]), converted, shipped)
        files = {f"{NAME}.keras": pack_network(model), converted.name: converted.read_bytes()}
        files[LAST] = pack_network(load_keras(best.with_name(LAST)))
        parameters, parities = {f"{NAME}.keras": model.count_params()}, {converted.name: parity}
        potentials, speller = None, find_touching(None)
        if (trained := best.with_name(TOUCHING)).is_file():
            speller, network = Path(scratch) / STRIP_READER, load_keras(trained)
            parities[speller.name] = convert_touching(network, load_strips(best.with_name(VALIDATION_STRIPS)), speller)
            parameters[TOUCHING] = network.count_params()
            files |= {TOUCHING: pack_network(network), speller.name: speller.read_bytes()}
        if progress.plan.keep_potentials:
            potentials = load_potentials(Path(progress.plan.start).with_name(POTENTIALS))
        elif progress.plan.pages:
            sheets = draw_sheets(training.scribes, progress.plan, converted, speller, on_page)
            potentials = learn_potentials(sheets, progress.plan.seed, on_potentials)
        if potentials:
            files[POTENTIALS] = save_potentials(potentials)
        drawing = Drawing(-(-progress.plan.pages // 20), scribes=validation.scribes)
        classifier, touching = NetworkClassifier(converted), TouchingNetwork(speller)
        trust = measure_trust(Reader(classifier=classifier, touching=touching, potentials=potentials), drawing)
    card = make_card(parameters, files, progress, data, held_out, parities)
    card |= {"calibration": {"temperature": temperature} | trust}
    files |= {HISTORY: write_history(progress.history), CURVES: draw_history(progress.history)}
    write_together(folder, files | {f"{NAME}.json": (json.dumps(card, indent=2) + "\n").encode()})
    return card


def pack_network(model: keras.Model) -> bytes:
    """Give a network as a .keras file; loaded without its optimizer's memory, it is a third of what training keeps.

    Whoever loads it may train all of it, whatever was frozen in this run.

    Raises:
        OutputError: when there is no room for it.
    """
    for layer in model.layers:
        layer.trainable = True
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / f"{NAME}.keras"
        try:
            model.save(path)
            return path.read_bytes()
        except OSError as error:
            raise cannot_write(path, error) from error


def draw_sheets(
    scribes: Scribes | None, plan: Plan, model: Path, touching: Path, on_page: OnBatch
) -> list[Sheet]:
    """Draw the pages from which potentials are learnt, as many as the network learnt from, and read them with it."""
    first = WEIGHING_SEEDS + plan.seed % 1000 * plan.pages
    seeds = range(first, first + plan.pages)
    return harvest_pages(partial(draw_sheet, model, touching), scribes, seeds, lambda done: on_page(done, plan.pages))


def measure_trust(reader: Reader, drawing: Drawing) -> dict[str, Any]:
    """Tell how often a reader is right that is so and so sure, on drawn pages; nothing without pages."""
    if not drawing.pages:
        return {}
    outcomes = [outcome for drawn, _, _ in read_drawn(reader, drawing) for outcome in drawn.outcomes]
    hands = "in hands held out from training" if drawing.scribes else "in invented hands"
    return {"on": f"digits read on {drawing.pages} drawn pages, {hands}"} | Outcomes.of(outcomes).to_dict()


def make_card(
    parameters: dict[str, int], files: dict[str, bytes], progress: Progress, data: Mapping[str, Sequence[Path]],
    held_out: dict[str, list[int]], parities: dict[str, Parity],
) -> dict[str, Any]:
    """Tell what a model is: how it was made, of what, and how good it is."""
    best = max(progress.history, key=lambda row: row["score"])
    return {
        "name": NAME,
        "camcount": __version__,
        "architecture": progress.plan.architecture,
        "parameters": sum(parameters.values()),
        "parameters_of": parameters,
        "input": "(n, 28, 28, 1), 0 to 255, ink 255",
        "classes": list(CLASS_NAMES[: progress.plan.classes]),
        "preprocessing": PREPROCESSING,
        "data": [
            {"file": path.name, "what": SOURCES.get(path.stem, "not known to camcount")}
            for path in chain([Path("mnist.npz")] if "data" not in data else [], *data.values())
        ],
        # So that `camcount evaluate` can measure on hands that were never learnt.
        "held_out": held_out,
        # Only the name of a file: where it lay is nobody's concern.
        "plan": asdict(progress.plan) | {"start": Path(progress.plan.start).name},
        "command": tell_command(progress.plan, data),
        # Where it is not empty, one command more for each: --resume, with the epochs that were planned next.
        "resumed": progress.resumed,
        "epochs": progress.epoch,
        "validation": {"on": "hands held out from training", **best},
        "litert_keras": {name: asdict(parity) for name, parity in parities.items()},
        "commit": _commit(),
        "versions": {name: version(name) for name in ("tensorflow", "keras", "numpy", "opencv-python")},
        "files": {name: fingerprint(content) for name, content in files.items()},
    }


def _commit() -> str:
    """Give the commit of the tree that trains, or "" outside of one."""
    here = Path(__file__).parent
    try:
        told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return told.stdout.strip()
