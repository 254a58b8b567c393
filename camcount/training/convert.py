"""A Keras network -> LiteRT: the same network, and the one with weights of a byte each that ships."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from camcount.classify import NetworkClassifier, eleven
from camcount.ctc import spell
from camcount.errors import OutputError
from camcount.evaluation.digits import classify
from camcount.litert import ROUNDING
from camcount.touching import TouchingNetwork
from camcount.training.formats import write_litert
from camcount.training.interrupt import ask
from camcount.training.spelling import spell_with
from camcount.training.strips import Strips
from camcount.types import Crops, Probabilities

GOLDEN = 64
"""Crops on which the same network must tell the same in both engines,"""
AGREEMENT = 1e-5
"""up to this."""
SHOWN, CHANGED = 0.6, 1e-3
"""Of the crops of which the network is so sure, rounded weights may turn the class of no larger share."""


TURNED = 1e-2
"""Rounded weights may spell no larger share of the strips otherwise, of those that are so surely spelt."""


class ParityError(OutputError):
    """The converted network does not tell what the trained one tells: it is not written."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How far LiteRT is from Keras."""

    difference: float
    """The largest between probabilities, weights as they are."""
    rounded_difference: float
    """The largest between probabilities, weights rounded."""
    changed: float
    """Share of the crops with another likeliest class than before, of those of which the network was `SHOWN` sure."""


def convert(model: keras.Model, crops: Crops, path: Path, rounded: bool = True) -> Parity:
    """Write a network for LiteRT, its weights rounded to a byte each unless they are to stay as they are.

    Each filter has a scale of its own, and what flows through the network is rounded while it runs, each crop by its
    own range (dynamic range quantization: Jacob et al. 2018): a quarter of the size, and several times as fast.

    Args:
        model: as trained.
        crops: (n, 28, 28), hands that it was not trained on.
        path: where the network goes; it ends in .tflite.
        rounded: whether its weights are rounded.

    Raises:
        ParityError: when the conversion changes more than `AGREEMENT`, or rounding more than `CHANGED` or `ROUNDING`.
    """
    wanted = eleven(ask(model, crops))
    write_litert(model, path)
    difference = largest_difference(wanted[:GOLDEN], classify(NetworkClassifier(path), crops[:GOLDEN]))
    if not difference <= AGREEMENT:
        raise ParityError(f"LiteRT and Keras differ by {difference:.1e} on golden crops, over {AGREEMENT:.0e}.")
    if not rounded:
        return Parity(difference, 0.0, 0.0)
    write_litert(model, path, "dynamic")
    told = classify(NetworkClassifier(path), crops)
    turned = (told.argmax(axis=1) != wanted.argmax(axis=1)) & (wanted.max(axis=1) >= SHOWN)
    changed, moved = float(turned.mean()), largest_difference(wanted, told)
    if not changed <= CHANGED:
        raise ParityError(f"With rounded weights {changed:.2%} of the crops are told otherwise, over {CHANGED:.1%}.")
    if not moved <= ROUNDING:
        raise ParityError(f"Rounded weights move a probability by {moved:.3f}, over {ROUNDING}.")
    return Parity(difference, moved, changed)


def convert_touching(model: keras.Model, strips: Strips, path: Path) -> Parity:
    """Write the network that reads touching digits for LiteRT, its weights rounded to a byte each.

    Args:
        model: as trained.
        strips: of hands that it was not trained on; what is compared is how likely each spells what it spells.
        path: where the network goes; it ends in .tflite.

    Raises:
        ParityError: when the conversion changes more than `AGREEMENT`, or rounding more than `TURNED`.
    """
    wanted = spell_with(model, strips)
    write_litert(model, path)
    told = list(map(spell, TouchingNetwork(path).look(strips.strips[:GOLDEN])))
    difference = max((abs(a.likelihood - b.likelihood) for a, b in zip(wanted, told)), default=0.0)
    if not difference <= AGREEMENT:
        raise ParityError(f"LiteRT and Keras differ by {difference:.1e} on golden strips, over {AGREEMENT:.0e}.")
    write_litert(model, path, "dynamic")
    told = list(map(spell, TouchingNetwork(path).look(strips.strips)))
    sure = [(a, b) for a, b in zip(wanted, told) if a.likelihood >= SHOWN]
    changed = sum(a.values != b.values for a, b in sure) / max(1, len(wanted))
    if not changed <= TURNED:
        raise ParityError(f"With rounded weights {changed:.2%} of the strips are spelt otherwise, over {TURNED:.1%}.")
    rounded = max((abs(a.likelihood - b.likelihood) for a, b in sure), default=0.0)
    return Parity(difference, rounded, changed)


def largest_difference(first: Probabilities, second: Probabilities) -> float:
    """Give by how much two networks differ at most."""
    return float(np.abs(first - second).max())
