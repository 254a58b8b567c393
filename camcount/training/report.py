"""A run -> its history as a table and as curves, and the words that repeat it."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from camcount.errors import MissingExtraError
from camcount.files import cannot_write
from camcount.training.plan import Plan

HISTORY, CURVES = "history.csv", "curves.png"
SIZE = 10.0, 4.2
"""Of the curves, inches of 100 pixels."""


def write_history(rows: Sequence[dict[str, float]]) -> bytes:
    """Write what each epoch came to as CSV: loss and accuracy in training and in validation, then each validation set.

    The accuracy of validation is the mean over its sets, which chooses the best epoch.
    """
    own = [name for name in rows[0] if name not in ("epoch", "loss", "accuracy", "score", "validation_loss", "seconds")]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    leading = ["epoch", "loss", "accuracy", "validation_loss", "validation_accuracy"]
    table.writerow([*leading, *(name.replace(" ", "_") for name in own), "seconds"])
    for row in rows:
        figures = [row["loss"], row["accuracy"], row["validation_loss"], row["score"], *(row[name] for name in own)]
        table.writerow([int(row["epoch"]), *(f"{figure:.6f}" for figure in figures), row["seconds"]])
    return text.getvalue().encode()


def require_board() -> None:
    """Raise MissingExtraError unless TensorBoard is there: told before anything is trained."""
    try:
        import tensorboard  # noqa: F401
    except ImportError as error:
        raise MissingExtraError('--tensorboard needs TensorBoard. Run: pip install "camcount[board]"') from error


def log_epoch(row: Mapping[str, float], folder: Path) -> None:
    """Write what an epoch came to where TensorBoard finds it.

    Raises:
        OutputError: when it cannot be written.
    """
    import tensorflow as tf

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(str(folder), error) from error
    with tf.summary.create_file_writer(str(folder)).as_default():
        for name, figure in row.items():
            if name != "epoch":
                tf.summary.scalar(name.replace(" ", "_"), figure, step=int(row["epoch"]))


def draw_history(rows: Sequence[dict[str, float]]) -> bytes:
    """Draw loss and accuracy over the epochs, in training and in validation, as a PNG file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, dpi=100, layout="constrained")
    epochs = [row["epoch"] for row in rows]
    for axes, told, names in zip(
        figure.subplots(1, 2), ("loss", "accuracy"), (("loss", "validation_loss"), ("accuracy", "score"))
    ):
        for name, label, style in zip(names, ("training", "validation"), ("-", "--")):
            axes.plot(epochs, [row[name] for row in rows], style, marker=".", label=label)
        axes.set(xlabel="epoch", ylabel=told, title=f"{told} by epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend()
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def tell_command(plan: Plan, files: Mapping[str, Sequence[Path]]) -> str:
    """Give the command that repeats a run; of files only their names, where they lay is nobody's concern.

    Args:
        plan: of the run.
        files: those that it learnt from, by the option that names them.
    """
    words = ["camcount", "train"]
    for option in fields(Plan):
        value = getattr(plan, option.name)
        name = option.name.replace("_", "-")
        if value == option.default:
            continue
        if isinstance(value, bool):
            words.append(f"--{name}" if value else f"--no-{name}")
        else:
            words += [f"--{name}", Path(value).name if option.name == "start" else str(value)]
    for name, paths in files.items():
        for path in paths:
            words += [f"--{name}", path.name]
    return shlex.join(words)
