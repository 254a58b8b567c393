"""Single digits -> accuracy of the classifier alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from camcount.data import Labels
from camcount.types import Crops, Probabilities

Classifier = Callable[[Crops], Probabilities]
RUNS = 30
"""So often a classifier is timed."""
LEAST = 1e-7
"""No probability counts for less in the loss."""
BATCH = 500
"""Crops a call: larger ones gain nothing and cost memory."""


@dataclass(frozen=True, slots=True, eq=False)
class DigitScore:
    """How often each digit was taken for what."""

    confusion: npt.NDArray[np.int64]
    """(10, 11): row = the digit, column = what it was taken for, the last "not a digit"."""
    likeliest: npt.NDArray[np.int64]
    """(10,): how often the digit was the likeliest of the ten, whatever was thought of "not a digit"."""

    @property
    def count(self) -> int:
        return int(self.confusion.sum())

    @property
    def correct(self) -> int:
        return int(np.trace(self.confusion))

    @property
    def accuracy(self) -> float:
        """Share taken for the right digit; one taken for no digit is wrong."""
        return self.correct / self.count

    @property
    def accuracy_of_ten(self) -> float:
        """Share of which the likeliest of the ten digits is the right one: what networks of ten outputs are told by."""
        return int(self.likeliest.sum()) / self.count

    @property
    def by_digit(self) -> list[dict[str, float]]:
        """Precision, recall and F1 of each digit, and how many there are of it: 0 where nothing tells."""
        right, support, taken = np.diag(self.confusion), self.confusion.sum(axis=1), self.confusion.sum(axis=0)[:10]
        precision, recall = right / np.maximum(taken, 1), right / np.maximum(support, 1)
        f1 = 2 * right / np.maximum(taken + support, 1)
        names, rows = ("precision", "recall", "f1", "support"), zip(precision, recall, f1, support)
        return [{"digit": i, **dict(zip(names, map(float, row)))} for i, row in enumerate(rows)]

    def to_dict(self) -> dict[str, Any]:
        return {
            "digits": self.count,
            "wrong": self.count - self.correct,
            "accuracy": self.accuracy,
            "accuracy_of_ten": self.accuracy_of_ten,
            "confusion": self.confusion.tolist(),
        }


def count_digits(probabilities: Probabilities, labels: Labels) -> DigitScore:
    """Count what each digit was taken for: of (n, 11) probabilities and (n,) labels."""
    confusion = np.zeros((10, 11), np.int64)
    np.add.at(confusion, (labels, probabilities.argmax(axis=1)), 1)
    right = probabilities[:, :10].argmax(axis=1) == labels
    return DigitScore(confusion, np.bincount(labels[right], minlength=10))


def mean_loss(probabilities: Probabilities, labels: Labels) -> float:
    """Give the mean negative logarithm of the probability of the right digit."""
    clipped = np.maximum(probabilities.astype(np.float64), LEAST)
    return float(-np.log((clipped / clipped.sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]).mean())


def classify(classifier: Classifier, crops: Crops) -> Probabilities:
    """Classify many crops, a batch at a time."""
    batches = [classifier(crops[start : start + BATCH]) for start in range(0, len(crops), BATCH)]
    return np.concatenate(batches)


def time_classifier(classifier: Classifier, crops: Crops) -> float:
    """Give the median milliseconds that some crops take, all at once."""
    took = []
    for _ in range(RUNS):
        started = time.perf_counter()
        classifier(crops)
        took.append((time.perf_counter() - started) * 1e3)
    return float(np.median(took))
