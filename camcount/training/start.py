"""A plan -> the network to train: from chance, or from the weights of a trained one."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import keras

from camcount.classify import load_card
from camcount.engines import load_keras
from camcount.errors import ModelError
from camcount.training.architectures import ARCHITECTURES
from camcount.training.plan import Plan
from camcount.training.temper import untemper

MOST_WEIGHTS = 0.9
"""Share of the weights that a network to start from must have in common with the one that is trained."""


def build_network(plan: Plan) -> keras.Model:
    """Build the network of a plan, with the weights of the one to start from, where there is one.

    It goes on from before that was exported: a network whose card tells its temperature is untempered. Where the last
    layer is to learn alone (Kirichenko et al. 2023), the others are frozen.

    Raises:
        ModelError: when that or its card cannot be read, or it is another network.
    """
    model = ARCHITECTURES[plan.architecture](plan.classes)
    if not plan.start:
        return model
    start = Path(plan.start)
    trained = load_keras(start)
    if not take_over(model, trained):
        raise ModelError(f"{start}: not a network of architecture {plan.architecture}.")
    if temperature := _find_temperature(start):
        untemper(model, temperature)
    if plan.last_layer:
        if [own.shape for own in model.get_weights()] != [theirs.shape for theirs in trained.get_weights()]:
            raise ModelError(f"{start}: its first layers are others, so they can't stay. Train without --last-layer.")
        # Batch normalization that does not learn keeps its means, too (Keras).
        for layer in model.layers[:-1]:
            layer.trainable = False
    return model


def _find_temperature(path: Path) -> float | None:
    """Give the temperature by which a network was exported, as its card tells; None where none is told."""
    calibration = (load_card(path) or {}).get("calibration")
    temperature = calibration.get("temperature") if isinstance(calibration, dict) else None
    return float(temperature) if isinstance(temperature, int | float) and temperature > 0 else None


def take_over(model: keras.Model, trained: keras.Model) -> bool:
    """Give a network the weights of a trained one, from its last layer backwards as far as their shapes agree.

    What comes before, such as another stem, starts from chance.

    Returns:
        Whether most weights were taken over; else nothing was.
    """
    weights, theirs = model.get_weights(), trained.get_weights()
    pairs = zip(reversed(weights), reversed(theirs))
    count = len(list(takewhile(lambda pair: pair[0].shape == pair[1].shape, pairs)))
    taken = theirs[len(theirs) - count :]
    if sum(each.size for each in taken) < MOST_WEIGHTS * model.count_params():
        return False
    model.set_weights(weights[: len(weights) - count] + taken)
    return True
