"""A quick trial of `camcount train`, and what it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from click.testing import CliRunner, Result

from camcount.cli import main


def train(files: dict[str, Path], folder: Path, *more: object) -> Result:
    """Run the command on the files of `make_files`; the model goes to models, the run to run."""
    arguments = ["--data", files["digits"], "--writers", files["writers"], "--strokes", files["strokes"]]
    arguments += ["--strokes", files["letters"], "--not-digits", files["doodles"], "--batch-size", 64]
    arguments += ["--spelling-epochs", 2]
    arguments += ["--output", folder / "models", "--work", folder / "run", *more]
    return CliRunner().invoke(main, ["train", *map(str, arguments)], catch_exceptions=False)


def weights(path: Path) -> list[npt.NDArray[np.float32]]:
    import keras

    loaded: list[npt.NDArray[np.float32]] = keras.models.load_model(path, compile=False).get_weights()
    return loaded


def equal(first: Path, second: Path) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(weights(first), weights(second), strict=True))


def history(run: Path) -> list[dict[str, float]]:
    """Give the figures of each epoch, without the time that it took."""
    rows = json.loads((run / "state.json").read_text(encoding="utf-8"))["history"]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]
