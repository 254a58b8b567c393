"""A trained network -> the same network, as sure of itself as it is right: temperature scaling."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from camcount.classify import NOT_A_DIGIT
from camcount.data import Labels
from camcount.training.interrupt import ask
from camcount.types import Crops

RARE = 2.0
"""Logarithm by which the exported network lowers the odds of "not a digit": of the crops that it learns from nearly
half are none, of single digits hardly any."""
TEMPERATURES = 0.25, 4.0
"""Between these the temperature is looked for."""


def temper(model: keras.Model, crops: Crops, labels: Labels) -> float:
    """Divide what goes into the softmax by the temperature that makes the labels likeliest (Guo et al. 2017), in place.

    The last layer takes it up, so that the network costs nothing more and every engine tells the same. Then "not a
    digit" is made rarer, by `RARE`, as it is among single digits; the reader of pages reckons with its being somewhat
    commoner (`camcount.classify.on_page`).

    Args:
        model: ends in a dense layer with softmax.
        crops: (n, 28, 28), of hands that it was not trained on.
        labels: (n,), 0 to 10.

    Returns:
        The temperature: above 1 the network was too sure.
    """
    temperature = fit_temperature(ask(model, crops), labels)
    last: Any = model.layers[-1]
    kernel, bias = (weights / np.float32(temperature) for weights in last.get_weights())
    bias[NOT_A_DIGIT:] -= RARE
    last.set_weights([kernel, bias])
    return temperature


def untemper(model: keras.Model, temperature: float) -> None:
    """Undo `temper`, in place: for a network that learns on, where its crops are as many-sided as they were."""
    last: Any = model.layers[-1]
    kernel, bias = last.get_weights()
    bias[NOT_A_DIGIT:] += RARE
    last.set_weights([weights * np.float32(temperature) for weights in (kernel, bias)])


def fit_temperature(probabilities: npt.NDArray[np.floating], labels: Labels) -> float:
    """Find the temperature that makes the labels likeliest: the likelihood has one hill in it, so sections will do.

    Args:
        probabilities: (n, classes), as the network tells them at temperature 1.
        labels: (n,).
    """
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-12))
    ratio = (np.sqrt(5) - 1) / 2
    low, high = np.log(TEMPERATURES)
    while high - low > 1e-3:
        first, second = high - ratio * (high - low), low + ratio * (high - low)
        if _surprise(logits, labels, first) < _surprise(logits, labels, second):
            high = second
        else:
            low = first
    return float(np.exp((low + high) / 2))


def _surprise(logits: npt.NDArray[np.float64], labels: Labels, log_temperature: float) -> float:
    """Give the mean negative logarithm of the probability of the labels."""
    scaled = logits / np.exp(log_temperature)
    scaled -= scaled.max(axis=1, keepdims=True)
    return float((np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(labels)), labels]).mean())
