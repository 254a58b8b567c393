"""What a network tells of crops -> how much of it is right."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from camcount.classify import NOT_A_DIGIT
from camcount.data import Labels
from camcount.training.temper import RARE

SURE = 0.9
"""What is not a digit may be taken for one, but not with more confidence than this."""


def share_right(probabilities: npt.NDArray[np.float32], labels: Labels, single: bool) -> float:
    """Give the share of crops that a network gets right: digits their class, all else no sure digit.

    Single ones are judged as the exported network will tell them, with "not a digit" made rarer.

    Args:
        probabilities: (n, 10) or (n, 11).
        labels: (n,), 0 to 10.
        single: whether they are no marks of pages.
    """
    if single:
        rarer = probabilities * np.where(np.arange(probabilities.shape[1]) == NOT_A_DIGIT, np.exp(-RARE), 1)
        probabilities = rarer / rarer.sum(axis=1, keepdims=True)
    right = np.where(
        labels == NOT_A_DIGIT,
        probabilities[:, :NOT_A_DIGIT].max(axis=1) <= SURE,
        probabilities.argmax(axis=1) == labels,
    )
    return float(right.mean())


def rate(shares: Sequence[tuple[float, int]]) -> float:
    """Rate a network by the geometric mean of its shares of errors: to halve them counts alike in every set.

    A plain mean would be ruled by the hardest set: a network that is sure of little takes few things for digits.

    Args:
        shares: of each set, the share that is right, and how many crops it has.

    Returns:
        One less that mean; of a single set, the share that is right.
    """
    # Without any error there still might be one among twice as many.
    errors = [max(1 - share, 0.5 / count) for share, count in shares]
    return 1 - math.exp(sum(map(math.log, errors)) / len(errors))
