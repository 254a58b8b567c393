"""Strips -> the network that reads touching digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from camcount.ctc import BLANK, Spelling, spell
from camcount.engines import load_keras
from camcount.errors import ModelError
from camcount.strip import WIDEST, Strip, stack_strips, stack_to
from camcount.synthesis.scribes import Scribes
from camcount.synthesis.seeds import SPELLING_SEEDS, VALIDATION_SEEDS
from camcount.training.architectures import touching
from camcount.training.augment import Rng
from camcount.training.dataset import Material, Pictures
from camcount.training.fit import BEST, STRIPS, TOUCHING, VALIDATION_STRIPS, save_network
from camcount.training.hypotheses import harvest_pages
from camcount.training.interrupt import Interrupt
from camcount.training.plan import Plan
from camcount.training.sieve import sieve
from camcount.training.strips import (
    MOST, Strips, compose_strip, join_strips, load_strips, save_strips, take_strips, vary_strip,
)

WIDTHS = 32, 48, 64, 96, WIDEST
"""Strips are fitted together with others that are about as wide, pixels."""
BATCH = 64
LEARNING_RATE = 2e-3
ON_PAGES = 2
"""On so many of three pages digits touch."""
COMPOSED = 1 / 3
"""Strips that are composed of MNIST's digits, for each that was drawn."""
SINGLES = 0.5
"""Share of the strips of one digit that an epoch takes: there are more of them than of all others."""
NOTHING = -1
"""Stands after the digits of a strip, where others have more."""


class Batch(NamedTuple):
    """Strips of one width, and what they spell."""

    strips: npt.NDArray[np.float32]
    """(n, 32, w, 2)."""
    digits: npt.NDArray[np.int32]
    """(n, `MOST`), `NOTHING` after the last."""


class Standing(NamedTuple):
    """How the run stands after an epoch."""

    epoch: int
    loss: float
    right: dict[str, float]
    """Share of the strips of unknown hands that are spelt rightly: with one digit, two, three or more, and without."""

    @property
    def score(self) -> float:
        return sum(self.right.values()) / max(1, len(self.right))


def fit_touching(
    training: Material, validation: Material, plan: Plan, folder: Path, on_page: Callable[[int, int], None],
    on_batch: Callable[[int, int, int], None],
) -> Iterator[Standing]:
    """Train the network that reads touching digits, and tell after each epoch how it stands; the best is kept.

    Connectionist temporal classification (Graves et al. 2006): the network is told which digits stand in a strip, not
    where. AdamW with a cosine schedule and averaged weights, as for single digits. Strips and network are kept in the
    folder: a network that is there is not trained again. Without epochs the one to start from is kept as it is.

    Args:
        training: whose hands write the pages, and whose digits are set side by side.
        validation: hands that training never sees; they choose the best epoch.
        plan: how.
        folder: where the run lies.
        on_page: told how many pages are drawn, and of how many.
        on_batch: told the epoch, how many of its batches are done, and of how many.

    Raises:
        ModelError: when the network to start from cannot be read.
    """
    if (folder / TOUCHING).is_file() or not plan.pages or not (plan.spelling_epochs or _before(plan)):
        return
    unknown = -(-plan.pages // 15)
    held = draw_strips(folder / VALIDATION_STRIPS, validation.scribes, VALIDATION_SEEDS, unknown, lambda *_: None)
    if not plan.spelling_epochs:
        save_network(_build(plan), folder / TOUCHING)
        return
    count = plan.pages * 5 // 4
    first = SPELLING_SEEDS + plan.seed % 1000 * count
    training = sieve(training, load_keras(folder / BEST))
    strips = draw_strips(folder / STRIPS, training.scribes, first, count, on_page)
    if not len(strips):
        return
    keras.utils.set_random_seed(plan.seed)
    model: Any = _build(plan)
    best = -1.0
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(make_batches, strips, training.digits, np.random.default_rng([plan.seed, 2, 0]))
        for epoch in range(plan.spelling_epochs):
            batches = coming.result()
            if epoch + 1 < plan.spelling_epochs:
                rng = np.random.default_rng([plan.seed, 2, epoch + 1])
                coming = maker.submit(make_batches, strips, training.digits, rng)
            if not epoch:
                _compile(model, plan, len(batches))
            with Interrupt() as interrupt:
                losses = []
                for done, batch in enumerate(batches, 1):
                    losses.append(float(model.train_on_batch(*batch)))
                    on_batch(epoch, done, len(batches))
                    interrupt.check()
                weights = model.get_weights()
                model.optimizer.finalize_variable_values(model.trainable_variables)
                standing = Standing(epoch + 1, float(np.mean(losses)), measure_spelling(model, held))
                if standing.score > best:
                    best = standing.score
                    save_network(model, folder / TOUCHING)
                model.set_weights(weights)
                yield standing


def _build(plan: Plan) -> keras.Model:
    """Build the network, with the weights of the one beside the network to start from, where one lies there."""
    model = touching()
    if before := _before(plan):
        try:
            model.set_weights(load_keras(before).get_weights())
        except ValueError as error:
            raise ModelError(f"{before}: not a network that reads touching digits.") from error
    return model


def _before(plan: Plan) -> Path | None:
    """Give the network that reads touching digits beside the one to start from, where one lies there."""
    path = Path(plan.start).with_name(TOUCHING) if plan.start else None
    return path if path and path.is_file() else None


def draw_strips(
    file: Path, scribes: Scribes | None, first: int, count: int, on_page: Callable[[int, int], None]
) -> Strips:
    """Draw so many pages and take their strips, unless they lie in the file; they are kept there."""
    if not file.is_file():
        seeds = range(first, first + count)
        drawn = harvest_pages(take_strips, scribes, seeds, lambda done: on_page(done, count), ON_PAGES)
        save_strips(file, join_strips(drawn))
    return load_strips(file)


def make_batches(strips: Strips, digits: Pictures, rng: Rng) -> list[Batch]:
    """Make the batches of one epoch: each strip varied anew, among others that are composed."""
    varied: list[tuple[Strip, str]] = []
    for strip, text in zip(strips.strips, strips.texts):
        if len(text) != 1 or rng.random() < SINGLES:
            varied.append((vary_strip(strip, rng), text))
    for _ in range(round(COMPOSED * len(strips)) if len(digits) else 0):
        if composed := compose_strip(digits, rng):
            varied.append((vary_strip(composed[0], rng), composed[1]))
    waiting: dict[int, list[tuple[Strip, str]]] = {width: [] for width in WIDTHS}
    batches = []
    for i in rng.permutation(len(varied)).tolist():
        width = next(width for width in WIDTHS if varied[i][0].shape[1] <= width)
        waiting[width].append(varied[i])
        if len(waiting[width]) == BATCH:
            batches.append(pack_batch(waiting[width], width))
            waiting[width] = []
    batches += [pack_batch(rest, width) for width, rest in waiting.items() if rest]
    return [batches[i] for i in rng.permutation(len(batches)).tolist()]


def pack_batch(strips: list[tuple[Strip, str]], width: int) -> Batch:
    """Make one batch of strips, none of them wider than it."""
    digits = np.full((len(strips), MOST), NOTHING, np.int32)
    for row, (_, text) in zip(digits, strips):
        row[: len(text)] = [int(value) for value in text]
    return Batch(stack_to([strip for strip, _ in strips], width), digits)


def measure_spelling(model: keras.Model, strips: Strips) -> dict[str, float]:
    """Give the share of strips that are spelt rightly, by how many digits they have; "3" stands for three or more."""
    right: dict[str, list[bool]] = {}
    for spelling, text in zip(spell_with(model, strips), strips.texts):
        spelt = "".join(map(str, spelling.values))
        right.setdefault(str(min(len(text), 3)), []).append(spelt == text)
    return {kind: float(np.mean(right[kind])) for kind in sorted(right)}


def spell_with(model: keras.Model, strips: Strips) -> list[Spelling]:
    """Spell strips with a network as training has it."""
    told: dict[int, Spelling] = {}
    for places, stack in stack_strips(strips.strips):
        told.update(zip(places, map(spell, np.asarray(model.predict(stack, batch_size=256, verbose=0)))))
    return [told[i] for i in range(len(strips))]


def spelling_loss(digits: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Give how unlikely each strip spells its digits: the negative logarithm, (n,).

    Args:
        digits: (n, most), `NOTHING` after the last.
        logits: (n, steps, 11), `BLANK` last.
    """
    digits = tf.cast(digits, tf.int32)
    empty = tf.reduce_all(digits == NOTHING, axis=1)
    # TensorFlow's own knows no strips without a digit: those spell one here, which does not count.
    some = tf.where(empty[:, None] & (tf.range(tf.shape(digits)[1]) == 0), 0, digits)
    places = tf.where(some != NOTHING)
    labels = tf.SparseTensor(places, tf.gather_nd(some, places), tf.cast(tf.shape(some), tf.int64))
    steps = tf.fill(tf.shape(logits)[:1], tf.shape(logits)[1])
    spelt = tf.nn.ctc_loss(labels, logits, None, steps, logits_time_major=False, blank_index=BLANK)
    blank = -tf.reduce_sum(tf.nn.log_softmax(logits)[..., BLANK], axis=1)
    return tf.where(empty, blank, spelt)


def _compile(model: keras.Model, plan: Plan, batches: int) -> None:
    steps = plan.spelling_epochs * batches
    warm = min(400, batches)
    schedule = keras.optimizers.schedules.CosineDecay(
        LEARNING_RATE / 50, max(1, steps - warm), warmup_target=LEARNING_RATE, warmup_steps=warm, alpha=0.01
    )
    momentum = 1 - min(0.2, 40 / steps)
    optimizer = keras.optimizers.AdamW(schedule, plan.weight_decay, clipnorm=1.0, use_ema=True, ema_momentum=momentum)
    model.compile(optimizer, spelling_loss)
