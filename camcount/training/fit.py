"""Train a network on crops made anew each epoch; keep the best average of its weights."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from camcount.engines import load_keras
from camcount.errors import SourceError
from camcount.files import cannot_write, write_whole
from camcount.synthesis.seeds import VALIDATION_SEEDS, training_seeds
from camcount.training.dataset import Epoch, Material, Sets, make_epoch, make_validation
from camcount.training.hypotheses import draw_hypotheses, load_hypotheses, save_hypotheses
from camcount.training.interrupt import Interrupt, ask
from camcount.training.judge import rate, share_right
from camcount.training.plan import Plan
from camcount.training.sieve import sieve, sieve_hypotheses
from camcount.training.start import build_network

BEST = "best.keras"
LAST = "last.keras"
JUDGE = "judge.keras"
"""The network that sieves."""
PAGES, VALIDATION_PAGES = "pages.npz", "validation.npz"
"""What the reader makes of the drawn pages: crops to learn from, and to validate on."""
STRIPS, VALIDATION_STRIPS, TOUCHING = "strips.npz", "validation-strips.npz", "touching.keras"
"""Clusters of drawn pages, to learn from and to validate on, and the network that reads them as a whole."""
STATE = "state.json"
WAIT, SLOWER = 2, 0.5
"""On a plateau, after so many epochs without a better score, it learns so much slower."""
SIEVE_AFTER = 4
"""Epochs after which pen strokes that the network itself disputes are left out, and the others write pages; a run that
starts from a trained network does both at once."""


@dataclass(slots=True)
class Progress:
    """Where a run stands; kept in its folder so that it can go on."""

    plan: Plan
    epoch: int = 0
    """Epochs done."""
    best: float = 0.0
    """Best score so far; see `camcount.training.judge.rate`."""
    history: list[dict[str, float]] = field(default_factory=list)
    resumed: list[dict[str, int]] = field(default_factory=list)
    """Each time that it went on with another number of epochs: after how many, and how many had been planned."""

    @property
    def stale(self) -> int:
        """Epochs since the best one."""
        scores = [row["score"] for row in self.history]
        return len(scores) - 1 - scores.index(max(scores)) if scores else 0

    def save(self, folder: Path) -> None:
        write_whole(folder / STATE, json.dumps(asdict(self), indent=1).encode())

    @classmethod
    def load(cls, folder: Path) -> Progress:
        try:
            data = json.loads((folder / STATE).read_text())
            return cls(Plan(**data.pop("plan")), **data)
        except (OSError, ValueError, TypeError) as error:
            raise SourceError(f"{folder}: holds no run to resume ({error}). Train without --resume.") from error

    def go_on(self, plan: Plan) -> None:
        """Go on to the end of another plan, which may be nearer or farther; all else of the run stays as it was."""
        if plan.epochs != self.plan.epochs:
            self.resumed.append({"after": self.epoch, "planned": self.plan.epochs})
        self.plan = replace(self.plan, epochs=plan.epochs, patience=plan.patience)


Weights = npt.NDArray[np.float32]
OnBatch = Callable[[int, int], None]
"""Told the crops done in an epoch, and its crops in all."""


def train(
    training: Material,
    validation: Material,
    plan: Plan,
    folder: Path,
    *,
    resume: bool = False,
    on_batch: OnBatch = lambda done, total: None,
    on_page: OnBatch = lambda done, total: None,
) -> Iterator[Progress]:
    """Train, and tell after each epoch how it stands; the best network lies in the folder at any time.

    AdamW (Loshchilov and Hutter 2019) with a cosine schedule after one epoch of warm-up, and an exponential average of
    the weights (Polyak and Juditsky 1992): it is the average that is validated and kept.

    Args:
        training: what to learn from.
        validation: hands that training never sees; what they rate (`judge.rate`) chooses the best epoch.
        plan: how.
        folder: where the run lies: best and last network, state.
        resume: go on where the run in the folder stopped, as it was planned but for the epochs and the patience.
        on_batch: for a progress display; told the crops done in an epoch, and its crops in all.
        on_page: the same of the pages that are drawn to learn from.

    Raises:
        SourceError: when there is no run to resume.
        ModelError: when the network to resume with, or to start from, cannot be read.
    """
    keras.utils.set_random_seed(plan.seed)
    tf.config.experimental.enable_op_determinism()
    progress, model = _go_on(plan, folder) if resume else _begin(plan, folder)
    plan = progress.plan
    sets = validation_sets(validation, plan, folder)
    for epoch in _epochs(training, plan, progress.epoch, folder, on_page):
        if not model.compiled:
            _compile(model, plan, len(epoch.labels))
        _set_chances(model, plan.seed, progress.epoch)
        started = time.monotonic()
        # Ctrl-C waits for all of it: an epoch that was trained is judged and kept, too.
        with Interrupt() as interrupt:
            fitted, weights = _fit_epoch(model, epoch, plan, on_batch, interrupt)
            progress.epoch += 1
            _judge(model, sets, progress, folder)
            progress.history[-1] |= {**fitted, "seconds": round(time.monotonic() - started, 1)}
            model.set_weights(weights)
            if plan.schedule == "plateau" and progress.stale and progress.stale % WAIT == 0:
                model.optimizer.learning_rate.assign(model.optimizer.learning_rate * SLOWER)
            save_network(model, folder / LAST)
            if progress.epoch == SIEVE_AFTER and plan.on_paper and not plan.start:
                write_whole(folder / JUDGE, (folder / BEST).read_bytes())
            progress.save(folder)
            yield progress
        if plan.patience and progress.stale >= plan.patience:
            return


def _begin(plan: Plan, folder: Path) -> tuple[Progress, keras.Model]:
    """Start a run anew; of an older one in the folder only its networks stay until there are others."""
    model = build_network(plan)
    folder.mkdir(parents=True, exist_ok=True)
    # Pages of an older run are by other writers, and judged by another network.
    for name in (STATE, PAGES, VALIDATION_PAGES, STRIPS, VALIDATION_STRIPS, TOUCHING):
        (folder / name).unlink(missing_ok=True)
    return Progress(plan), model


def _go_on(plan: Plan, folder: Path) -> tuple[Progress, keras.Model]:
    """Load a run that stopped; where its end moved, its cosine comes down there."""
    progress, model = Progress.load(folder), load_keras(folder / LAST, compiled=True)
    before = progress.plan
    progress.go_on(plan)
    if progress.plan.schedule == "cosine" and progress.plan.epochs != before.epochs:
        steps = model.optimizer.get_config()["learning_rate"]["config"]["warmup_steps"]
        model.optimizer.learning_rate = _cosine(progress.plan, steps)
    return progress, model


def validation_sets(material: Material, plan: Plan, folder: Path) -> Sets:
    """Make the crops to validate on; those of pages lie in the folder once they were drawn."""
    if plan.pages:
        file = folder / VALIDATION_PAGES
        if not file.is_file():
            seeds = range(VALIDATION_SEEDS, VALIDATION_SEEDS + -(-plan.pages // 15))
            save_hypotheses(file, draw_hypotheses(material.scribes, seeds))
        material = replace(material, hypotheses=load_hypotheses(file))
    return make_validation(material, np.random.default_rng([plan.seed, 0]), plan.augmentation)


def _set_chances(model: keras.Model, seed: int, epoch: int) -> None:
    """Let the chances of an epoch depend on seed and epoch alone: Keras forgets where they stood when a run resumes."""
    for layer in model.layers:
        if generator := getattr(layer, "seed_generator", None):
            generator.state.assign([seed, epoch])


def save_network(model: keras.Model, path: Path) -> None:
    """Save a network beside the path, then rename: nobody ever finds half of one.

    Raises:
        OutputError: when it cannot be written.
    """
    part = path.with_name(f".{path.name}")
    try:
        model.save(part)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise cannot_write(str(path), error) from error


def _epochs(material: Material, plan: Plan, start: int, folder: Path, on_page: OnBatch) -> Iterator[Epoch]:
    """Make the epochs from `start` on, each while the one before it is trained on."""
    sieved = False
    with ThreadPoolExecutor(1) as maker:
        coming: list[Future[Epoch]] = []
        for epoch in range(start, plan.epochs):
            for wanted in range(epoch + len(coming), min(epoch + 2, plan.epochs)):
                if plan.on_paper and not sieved and (plan.start or wanted > SIEVE_AFTER):
                    judge = load_keras(Path(plan.start) if plan.start else folder / JUDGE)
                    material, sieved = _sieve(material, judge, plan, folder / PAGES, on_page), True
                rng = np.random.default_rng([plan.seed, 1, wanted])
                coming.append(maker.submit(make_epoch, material, rng, plan.augmentation))
            yield coming.pop(0).result()


def _sieve(material: Material, judge: keras.Model, plan: Plan, file: Path, on_page: OnBatch) -> Material:
    """Leave out what a first network disputes, and have the writers that are left write pages.

    What the reader makes of the pages is kept in the file, for the run that resumes.
    """
    material = sieve(material, judge)
    if not plan.pages:
        return material
    if file.is_file():
        return replace(material, hypotheses=load_hypotheses(file))
    seeds = training_seeds(plan.seed, plan.pages)
    drawn = draw_hypotheses(material.scribes, seeds, lambda done: on_page(done, plan.pages))
    hypotheses = sieve_hypotheses(drawn, judge)
    save_hypotheses(file, hypotheses)
    return replace(material, hypotheses=hypotheses)


def _compile(model: keras.Model, plan: Plan, epoch_size: int) -> None:
    steps = -(-epoch_size // plan.batch_size)
    rate = _cosine(plan, steps) if plan.schedule == "cosine" else plan.learning_rate
    # The average reaches back over a fortieth of the run, whatever its length.
    momentum = 1 - min(0.2, 40 / (plan.epochs * steps))
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=plan.weight_decay, use_ema=plan.average, ema_momentum=momentum
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])


def _cosine(plan: Plan, steps: int) -> Any:
    """Give the schedule that warms up for one epoch of so many steps, then goes down until the last."""
    return keras.optimizers.schedules.CosineDecay(
        plan.learning_rate / 50,
        decay_steps=max(1, (plan.epochs - 1) * steps),
        warmup_target=plan.learning_rate,
        warmup_steps=steps,
        alpha=0.01,
    )


def _fit_epoch(
    model: keras.Model, epoch: Epoch, plan: Plan, on_batch: OnBatch, interrupt: Interrupt
) -> tuple[dict[str, float], list[Weights]]:
    """Fit one epoch; give its loss and accuracy, and its weights, and leave the model with their average."""
    weights: list[Weights] = []
    count = len(epoch.labels)

    def after_batch(batch: int, logs: Any) -> None:
        interrupt.check()
        on_batch(min((batch + 1) * plan.batch_size, count), count)

    told = keras.callbacks.LambdaCallback(
        on_train_batch_end=after_batch,
        on_epoch_end=lambda number, logs: weights.extend(model.get_weights()),
    )
    history = model.fit(
        epoch.crops[..., None],
        epoch.labels,
        plan.batch_size,
        sample_weight=epoch.weights,
        epochs=1,
        verbose=0,
        shuffle=False,
        callbacks=[told],
    )
    return {name: float(history.history[name][0]) for name in ("loss", "accuracy")}, weights


def _judge(model: keras.Model, sets: Sets, progress: Progress, folder: Path) -> None:
    """Validate the averaged weights, and keep them when they are the best so far."""
    figures, losses = {}, []
    for name, (crops, labels) in sets.items():
        probabilities = ask(model, crops)
        losses.append(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-7)).mean())
        figures[name] = share_right(probabilities, labels, name != "pages")
    score = rate([(figures[name], len(labels)) for name, (_, labels) in sets.items()])
    if score > progress.best or not progress.history:
        progress.best = score
        save_network(model, folder / BEST)
    told = {"score": score, "validation_loss": float(np.mean(losses)), **figures}
    progress.history.append({"epoch": progress.epoch, **told})
