"""A plan -> the network to train: from chance, or from the weights of a trained one."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import keras

from camcount.engines import load_keras
from camcount.errors import ModelError
from camcount.training.architectures import ARCHITECTURES
from camcount.training.plan import Plan

MOST_WEIGHTS = 0.9
"""Share of the weights that a network to start from must have in common with the one that is trained."""


def build_network(plan: Plan) -> keras.Model:
    """Build the network of a plan, with the weights of the one to start from, where there is one.

    Raises:
        ModelError: when that cannot be read, or is another network.
    """
    model = ARCHITECTURES[plan.architecture](plan.classes)
    if plan.start and not take_over(model, load_keras(Path(plan.start))):
        raise ModelError(f"{plan.start}: not a network of architecture {plan.architecture}.")
    return model


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
