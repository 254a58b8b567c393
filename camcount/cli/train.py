"""camcount train: make the model that reads digits."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from camcount.cli.options import option
from camcount.errors import MissingExtraError, OutputError
from camcount.evaluation.plots import require_matplotlib
from camcount.potentials import NAME as POTENTIALS
from camcount.potentials import load_potentials
from camcount.sinks.files import refuse_existing
from camcount.training.plan import NETWORKS, SCHEDULES, Plan
from camcount.training.presets import PAPER, PRESETS
from camcount.training.report import CURVES, HISTORY, log_epoch, require_board

if TYPE_CHECKING:
    from camcount.training.fit import Progress as Standing
    from camcount.training.spelling import Standing as Spelt

PATH = click.Path(path_type=Path)
DEFAULT = Plan()
FILES = (
    "digits.keras", "digits.tflite", "last.keras", "touching.keras", "touching.tflite", "potentials.npz", "digits.json",
    HISTORY, CURVES,
)
LATER = "epochs", "patience"
"""What may be chosen anew when a run goes on."""
OF_PAGES = "pages", "spelling_epochs", "keep_potentials"
"""What is for those who learn to read pages."""
MOST_PAGES = 10**6
"""More would take a day to draw."""


@click.command(short_help="Train the model that reads digits.")
@option("--data", type=PATH, metavar="FILE.npz", help="Digits with the keys of Keras's MNIST file; default: MNIST.")
@option("--writers", type=PATH, metavar="FILE.npz", help="QMNIST's labels: who wrote which picture of MNIST.")
@option("--strokes", type=PATH, multiple=True, metavar="FILE.npz", help="Pen strokes of digits and letters; repeat.")
@option("--not-digits", type=PATH, multiple=True, metavar="FILE.npz", help="Pictures (x) that are no digits; repeat.")
@option("--output", type=PATH, default="models", show_default=True, metavar="DIR", help="Where the model goes.")
@option("--work", type=PATH, default="runs/digits", show_default=True, metavar="DIR", help="Where the run is kept.")
@option(
    "--resume", is_flag=True,
    help="Go on with the run in --work as it was planned; only --epochs and --patience may be others.",
)
@option("--overwrite", is_flag=True, help="Replace the model in --output, and the run in --work.")
@option("--architecture", type=click.Choice(NETWORKS), help=f"The network.  [default: {DEFAULT.architecture}]")
@option(
    "--augmentation", type=click.Choice([PAPER, *PRESETS]),
    help="How digits are altered; all but paper learn MNIST's ten digits alone.  [default: paper]",
)
@option("--epochs", type=click.IntRange(1), help=f"Times that all digits are seen.  [default: {DEFAULT.epochs}]")
@option("--batch-size", type=click.IntRange(1), help=f"Crops to one step.  [default: {DEFAULT.batch_size}]")
@option(
    "--start", metavar="MODEL.keras",
    help=(
        "Start from the weights of this model, and of touching.keras beside it, not from chance; of first layers that "
        "differ, from chance."
    ),
)
@option(
    "--last-layer/--all-layers", default=None,
    help="Let the last layer learn alone, the others stay as in --start; or all.  [default: all-layers]",
)
@option(
    "--learning-rate", type=click.FloatRange(0, 1, min_open=True),
    help=f"At its highest.  [default: {DEFAULT.learning_rate}]",
)
@option(
    "--schedule", type=click.Choice(SCHEDULES),
    help="How fast it learns: warming up, then down a cosine; halved on a plateau; constant.  [default: cosine]",
)
@option(
    "--weight-decay", type=click.FloatRange(0, 1),
    help=f"Share by which weights shrink, times the learning rate.  [default: {DEFAULT.weight_decay}]",
)
@option("--patience", type=click.IntRange(0), help="Stop after so many epochs that were no better; 0 for never.")
@option("--average/--no-average", default=None, help="Keep an average of the weights.  [default: average]")
@option(
    "--pages", type=click.IntRange(0, MOST_PAGES),
    help=f"Pages to draw, read and learn from; 0 leaves them out.  [default: {DEFAULT.pages}]",
)
@option(
    "--spelling-epochs", type=click.IntRange(0),
    help=(
        "Times that touching digits of pages are seen; 0 leaves them out, and touching.keras beside --start as it is."
        f"  [default: {DEFAULT.spelling_epochs}]"
    ),
)
@option(
    "--keep-potentials/--learn-potentials", default=None,
    help="Keep potentials.npz beside --start, or learn new ones from as many pages again.  [default: learn]",
)
@option("--seed", type=int, help=f"Of all that is random.  [default: {DEFAULT.seed}]")
@option("--tensorboard", type=PATH, metavar="DIR", help="Write each epoch's figures there for TensorBoard, too.")
@option("--limit", type=click.IntRange(20), help="Use at most so many of each file: a quick trial.")
@click.pass_context
def command(
    ctx: click.Context, /, data: Path | None, writers: Path | None, strokes: tuple[Path, ...],
    not_digits: tuple[Path, ...], output: Path, work: Path, resume: bool, overwrite: bool,
    tensorboard: Path | None, **given: Any,
) -> None:
    """Train what reads digits: digits.keras and .tflite, touching.keras and .tflite, potentials.npz, digits.json.

    It learns from crops such as a camera gives: MNIST's digits and pen strokes, bent, blurred and binarized anew each
    epoch, among letters, doodles, signs and pieces that are no digits. After four epochs, or at once with --start, it
    draws pages too, and learns from all that the reader may take a mark for there, whole, cut or joined. Hands that it
    never saw choose the best epoch. From such pages a second, small network learns to read touching digits as a whole.
    Ctrl-C ends it early with the best model so far; --resume goes on.
    """
    for name in FILES:
        refuse_existing(output / name, overwrite)
    _require_keras()
    require_matplotlib()
    if tensorboard:
        require_board()
    from camcount.training.dataset import load_material
    from camcount.training.export import export_model
    from camcount.training.fit import BEST, STATE, train, validation_sets
    from camcount.training.fit import Progress as Standing
    from camcount.training.spelling import fit_touching

    chosen = {name: value for name, value in given.items() if value is not None}
    if resume:
        plan = _go_on(Standing.load(work).plan, chosen)
    else:
        _refuse_run(work / STATE, overwrite)
        plan = replace(Plan(), **chosen)
    if not plan.on_paper:
        of_pages = [(f"--{name.replace('_', '-')}", chosen.get(name)) for name in OF_PAGES]
        for name, value in (("--strokes", strokes), ("--not-digits", not_digits), *of_pages):
            if value:
                why = f"{name} is for --augmentation {PAPER}; {plan.augmentation} learns digits alone."
                raise click.UsageError(why)
        plan = replace(plan, pages=0, spelling_epochs=0)
    if plan.last_layer and not plan.start:
        raise click.UsageError("--last-layer keeps all other layers as in --start, but there is none. Name a network.")
    if plan.keep_potentials:
        _find_kept(plan)
    training, validation = load_material(data, strokes, not_digits, writers, plan.seed, plan.limit or None)
    standing, interrupted = None, False
    with _Display(plan) as display:
        try:
            told = {"on_batch": display.on_batch, "on_page": display.on_page}
            for standing in train(training, validation, plan, work, resume=resume, **told):
                display.on_epoch(standing)
                if tensorboard:
                    log_epoch(standing.history[-1], tensorboard)
            for spelling in fit_touching(training, validation, plan, work, display.on_page, display.on_strips):
                display.on_spelling(spelling)
        except KeyboardInterrupt:
            interrupted = True
    # The best network that lies there may be an older run's.
    if interrupted and not (standing or resume):
        click.echo("Stopped before the first epoch was done: there is no new model.", err=True)
        ctx.exit(130)
    standing = Standing.load(work)
    sets = validation_sets(validation, standing.plan, work)
    given_files = {"data": [data], "writers": [writers], "strokes": strokes, "not-digits": not_digits}
    files = {name: [path for path in paths if path] for name, paths in given_files.items() if any(paths)}
    held_out = {path.name: part.writers for path, part in zip(strokes, validation.characters)}
    with _Display(standing.plan) as display:
        card = export_model(
            work / BEST, output, sets, standing, files, training, validation, held_out,
            display.on_page, display.on_potentials,
        )
    click.echo(f"{output / 'digits.tflite'}: {card['parameters']} parameters, score {card['validation']['score']:.2%}")
    ctx.exit(130 if interrupted else 0)


def _go_on(plan: Plan, chosen: dict[str, Any]) -> Plan:
    """Give the plan of a run that goes on; it may end sooner or later, all else was settled when it began."""
    differing = [name for name, value in chosen.items() if name not in LATER and value != getattr(plan, name)]
    if differing:
        names = ", ".join("--" + name.replace("_", "-") for name in differing)
        was = ", ".join(f"{getattr(plan, name)}" for name in differing)
        raise click.UsageError(
            f"the run in --work was begun with another {names} ({was}). Leave that out to go on with it, or train anew "
            "in another --work."
        )
    return replace(plan, **{name: chosen[name] for name in LATER if name in chosen})


def _find_kept(plan: Plan) -> None:
    """Raise where there are no potentials to keep; an hour later it would be too late."""
    path = Path(plan.start).with_name(POTENTIALS) if plan.start else None
    if path is None or not path.is_file():
        why = f"--keep-potentials keeps {POTENTIALS} beside --start, but there is none. Leave it out to learn new ones."
        raise click.UsageError(why)
    load_potentials(path)


def _refuse_run(state: Path, overwrite: bool) -> None:
    """Raise OutputError where a run lies that would be lost."""
    if state.is_file() and not overwrite:
        raise OutputError(
            f"{state.parent}: holds a run already. Go on with it by --resume, name another folder by --work, or "
            "replace it by --overwrite."
        )


def _require_keras() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import keras  # noqa: F401
        import tensorflow  # noqa: F401
    except ImportError as error:
        raise MissingExtraError('Training needs TensorFlow. Run: pip install "camcount[train]"') from error


class _Display:
    """A bar for the epoch, with rate and time left for the whole run, and a line for each epoch done."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._console = Console(stderr=True)
        rate = TextColumn("{task.fields[rate]}")
        columns = (TextColumn("{task.description}"), BarColumn(), rate, TimeRemainingColumn())
        self._bar = Progress(*columns, console=self._console, disable=not self._console.is_terminal)
        self._task = self._bar.add_task("making crops", total=None, rate="")
        self._epoch = 0
        self._started = time.monotonic()

    def __enter__(self) -> _Display:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def on_batch(self, done: int, total: int) -> None:
        if done <= self._plan.batch_size:
            self._started = time.monotonic()
        rate = done / max(1e-9, time.monotonic() - self._started)
        self._bar.update(
            self._task,
            description=f"epoch {self._epoch + 1}/{self._plan.epochs}",
            completed=self._epoch * total + done,
            total=self._plan.epochs * total,
            rate=f"{rate:.0f} crops/s",
        )

    def on_page(self, done: int, total: int) -> None:
        self._bar.update(self._task, description="drawing pages", completed=done, total=total, rate="")
        if done == total:
            self._console.print(f"{total} pages drawn", soft_wrap=True)

    def on_strips(self, epoch: int, done: int, total: int) -> None:
        told = f"touching digits, epoch {epoch + 1}/{self._plan.spelling_epochs}"
        whole = self._plan.spelling_epochs * total
        self._bar.update(self._task, description=told, completed=epoch * total + done, total=whole, rate="")

    def on_spelling(self, standing: Spelt) -> None:
        told = ", ".join(f"{share:.2%} of {kind}" for kind, share in standing.right.items())
        number = f"{standing.epoch}/{self._plan.spelling_epochs}"
        self._console.print(f"touching digits, epoch {number}: loss {standing.loss:.4f}, {told} digits", soft_wrap=True)

    def on_potentials(self, epoch: int, loss: float) -> None:
        self._console.print(f"potentials, epoch {epoch + 1}: loss {loss:.4f}", soft_wrap=True)

    def on_epoch(self, standing: Standing) -> None:
        self._epoch = standing.epoch
        told = f"epoch {standing.epoch}/{self._plan.epochs}: " + ", ".join(_figures(standing))
        self._console.print(told, soft_wrap=True)


def _figures(standing: Standing) -> Iterator[str]:
    row = standing.history[-1]
    yield f"loss {row['loss']:.4f}"
    yield f"accuracy {row['accuracy']:.2%}"
    yield f"validation loss {row['validation_loss']:.4f}"
    for name, value in row.items():
        if name not in ("epoch", "loss", "accuracy", "validation_loss", "seconds", "score"):
            yield f"{name} {value:.2%}"
    yield f"{row['seconds']:.0f} s"
    if row["score"] >= standing.best:
        yield "best so far"
