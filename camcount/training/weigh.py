"""Pages, a classifier -> potentials: learn which way through each cluster is the one that was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from camcount.classify import NOT_A_DIGIT
from camcount.data import Labels
from camcount.evidence import look_at
from camcount.lattice import Lattice, build_lattices
from camcount.path import weigh_ways
from camcount.potentials import Perceptron, Potentials, see_together
from camcount.training.hypotheses import UNKNOWN
from camcount.training.sheets import Sheet, cluster_slices

HIDDEN = 48, 24
"""Units of the layers between."""
EPOCHS = 6, 14
"""Times that all pages are seen, by each of the two perceptrons."""
BATCH = 8
"""Pages to one step."""
RATE = 2e-3
DECAY = 1e-3
DROPOUT = 0.1
"""Share of the numbers that are hidden at each step: pages are drawn more alike than photos, and none may decide."""
CLUSTERS = 60
"""At most so many clusters of several glyphs count on one page: textures have hundreds."""
DUE = 9.2
"""Logarithm by which a way is favoured for each digit that it reads: it is to read all."""
MARKS = 100, 0.02
"""Of more marks on one page than so many, each counts the less."""

Floats = npt.NDArray[np.float64]


def learn_potentials(
    sheets: Sequence[Sheet], seed: int = 1, on_epoch: Callable[[int, float], None] | None = None
) -> Potentials:
    """Learn what glyphs are worth: first each cluster by itself, then in the company that this finds.

    The likelihood of the ways that read all digits rightly is made as large as it can be, among all ways (Lafferty,
    McCallum and Pereira 2001); a mark that stands alone is a cluster with one way to read it, and one to leave it.

    Args:
        sheets: pages of which the truth is known.
        seed: of all chance.
        on_epoch: told the epoch and its loss per cluster.
    """
    keras.utils.set_random_seed(seed)
    full = [sheet for sheet in sheets if len(sheet.glyphs)]
    looks = [look_at(sheet.glyphs, sheet.probabilities, sheet.size, sheet.scale) for sheet in full]
    alone = _learn(list(zip(full, looks)), EPOCHS[0], seed, on_epoch)
    seen = [see_together(sheet.glyphs, sheet.probabilities, own, alone(own)) for sheet, own in zip(full, looks)]
    return Potentials(alone, _learn(list(zip(full, seen)), EPOCHS[1], seed, on_epoch))


def _learn(
    cases: list[tuple[Sheet, npt.NDArray[np.float32]]], epochs: int, seed: int,
    on_epoch: Callable[[int, float], None] | None,
) -> Perceptron:
    """Fit a perceptron to the numbers of all cases: AdamW (Loshchilov and Hutter 2019) with a cosine schedule."""
    rng = np.random.default_rng(seed)
    numbers = np.concatenate([each for _, each in cases])
    mean, deviation = numbers.mean(axis=0), numbers.std(axis=0) + 1e-3
    steps = epochs * -(-len(cases) // BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(0.0, steps, warmup_target=RATE, warmup_steps=min(50, steps // 10))
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=DECAY)
    model = _build(numbers.shape[1])
    for epoch in range(epochs):
        losses, counts = 0.0, 0.0
        order = rng.permutation(len(cases))
        for batch in np.array_split(order, -(-len(cases) // BATCH)):
            chosen = [cases[i] for i in batch]
            inputs = tf.constant((np.concatenate([each for _, each in chosen]) - mean) / deviation)
            with tf.GradientTape() as tape:
                potentials = model(inputs, training=True)
                ends = np.cumsum([len(each) for _, each in chosen])[:-1]
                told = np.split(potentials.numpy().astype(np.float64), ends)
                found = [_grade(sheet, each, rng) for (sheet, _), each in zip(chosen, told)]
                # The slope of the likelihood by the potentials is known: what is left is the chain rule.
                slopes = np.concatenate([slope for slope, _, _ in found]) / (20 * BATCH)
                value = tf.reduce_sum(potentials * tf.constant(slopes, tf.float32))
            optimizer.apply_gradients(zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
            losses += sum(loss for _, loss, _ in found)
            counts += sum(count for _, _, count in found)
        if on_epoch:
            on_epoch(epoch, losses / max(counts, 1))
    return _bake(model, mean, deviation)


def _build(inputs: int) -> keras.Model:
    numbers = keras.Input((inputs,))
    x = keras.layers.Dropout(DROPOUT)(numbers)
    for units in HIDDEN:
        x = keras.layers.Dense(units, activation="relu")(x)
    return keras.Model(numbers, keras.layers.Dense(2)(x))


def _bake(model: keras.Model, mean: npt.NDArray[np.float32], deviation: npt.NDArray[np.float32]) -> Perceptron:
    """Give a model as layers that take the numbers as they are."""
    layers = [layer.get_weights() for layer in model.layers if layer.get_weights()]
    weights, biases = layers[0]
    layers[0] = [weights / deviation[:, None], biases - (mean / deviation) @ weights]
    return Perceptron(tuple((weights, biases) for weights, biases in layers))


def _grade(sheet: Sheet, potentials: Floats, rng: np.random.Generator) -> tuple[Floats, float, float]:
    """Give the slope of the surprise at what was written, by the potentials (n, 2); the surprise; and its weight."""
    glyphs, labels = sheet.glyphs, sheet.labels
    slopes, loss, count = np.zeros_like(potentials), 0.0, 0.0
    right = (labels >= 0) & (labels < NOT_A_DIGIT)
    clusters = cluster_slices(glyphs)
    lone = np.array([here.start for here in clusters if here.stop - here.start == 1], np.intp)
    lone = lone[labels[lone] != UNKNOWN]
    trust = 1 / (1 + np.exp(-potentials[lone, 0]))
    weight = 1 / (1 + MARKS[1] / 4 * max(0, len(lone) - MARKS[0]))
    slopes[lone, 0] = weight * (trust - right[lone])
    loss += weight * float(-np.log(np.maximum(np.where(right[lone], trust, 1 - trust), 1e-9)).sum())
    count += weight * len(lone)
    for lattice in _choose(build_lattices(glyphs, sheet.probabilities, potentials), labels, rng):
        here = slice(lattice.start, lattice.start + len(lattice.digit))
        free, read, left = weigh_ways(lattice)
        due, read_rightly, left_rightly = weigh_ways(_rightly(lattice, right[here]))
        slopes[here, 0] += read - read_rightly
        slopes[here, 1] += np.where(np.isfinite(lattice.waste), left - left_rightly, 0)
        loss += free - (due - DUE * round(read_rightly.sum()))
        count += 1
    return slopes, loss, count


def _choose(lattices: list[Lattice], labels: Labels, rng: np.random.Generator) -> Iterator[Lattice]:
    """Give the lattices of several glyphs of which the truth is known; of many, some."""
    several = []
    for lattice in lattices:
        own = labels[lattice.start : lattice.start + len(lattice.digit)]
        if len(own) > 1 and ((own >= 0) & (own < NOT_A_DIGIT) | (own == NOT_A_DIGIT).all()).any():
            several.append(lattice)
    if len(several) <= CLUSTERS:
        return iter(several)
    return (several[i] for i in rng.choice(len(several), CLUSTERS, replace=False))


def _rightly(lattice: Lattice, right: npt.NDArray[np.bool_]) -> Lattice:
    """Give the ways that read what is a digit and nothing else, those that read most of them above all."""
    return replace(lattice, digit=np.where(right, lattice.digit - DUE, np.inf))
