"""Leave out the samples that a first network disputes: some pen strokes are cut wrongly in their files."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import numpy.typing as npt

from camcount.classify import NOT_A_DIGIT
from camcount.training.augment import lay_grey
from camcount.training.dataset import Characters, Material, Pictures
from camcount.training.hypotheses import Hypotheses
from camcount.training.interrupt import ask
from camcount.synthesis.strokes import draw_strokes

SURE = 0.9
"""Probability of another class at which a sample counts as disputed."""


def sieve(material: Material, model: keras.Model) -> Material:
    """Drop the digits in pen strokes that the network takes for something else, and doodles that it takes for digits.

    Letters stay, since the ones that look like digits are what it still has to learn.
    """
    return replace(
        material,
        characters=[_sieve_characters(characters, model) for characters in material.characters],
        doodles=[_sieve_doodles(doodles, model) for doodles in material.doodles],
    )


def _sieve_characters(characters: Characters, model: keras.Model) -> Characters:
    digits = np.flatnonzero(characters.labels != NOT_A_DIGIT)
    if not len(digits):
        return characters
    upright = np.eye(2, dtype=np.float32)
    crops = [
        lay_grey(draw_strokes(characters.strokes.strokes(int(index)), upright, 60, 5))
        for index in characters.indices[digits]
    ]
    kept = np.ones(len(characters), bool)
    kept[digits] = ~_disputed(model, np.stack(crops), characters.labels[digits])
    return characters.part(kept)


def _sieve_doodles(doodles: Pictures, model: keras.Model) -> Pictures:
    return doodles.part(~_disputed(model, np.stack([lay_grey(crop) for crop in doodles.crops]), doodles.labels))


def sieve_hypotheses(hypotheses: Hypotheses, model: keras.Model) -> Hypotheses:
    """Drop what the network is sure is a digit though no digit's ink is in it: an O, an l or a stroke is no fair no."""
    disputed = _disputed(model, hypotheses.crops, hypotheses.labels)
    return hypotheses.part(hypotheses.inked | ~disputed)


def _disputed(model: keras.Model, crops: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    probabilities = ask(model, crops)
    disputed: npt.NDArray[np.bool_] = (probabilities.argmax(axis=1) != labels) & (probabilities.max(axis=1) > SURE)
    return disputed
