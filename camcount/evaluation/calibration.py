"""Confidences and what was right -> how far a confidence can be trusted, and from where on to show a digit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BINS = 15
"""As Guo et al. (2017) count the calibration error."""
THRESHOLDS = 0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99
MOST_WRONG = 0.01
"""Share of the shown digits that may be wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """How sure a reader was of each digit, and whether it was right."""

    confidence: Floats
    """(n,), 0 to 1, rising."""
    right: Floats
    """(n,): 1 where right, 0 where wrong; digits of one confidence share their mean, so that their order is nothing."""

    @classmethod
    def of(cls, pairs: Iterable[tuple[float, bool]]) -> Outcomes:
        """Take (confidence, right) in any order."""
        table = np.array(sorted(pairs), np.float64).reshape(-1, 2)
        _, group, counts = np.unique(table[:, 0], return_inverse=True, return_counts=True)
        means = np.bincount(group, table[:, 1]) / counts if len(table) else table[:, 1]
        return cls(table[:, 0], means[group])

    def __len__(self) -> int:
        return len(self.confidence)

    def to_dict(self) -> dict[str, Any]:
        """Give all figures, as `camcount evaluate --json` prints them."""
        bins = bins_of_equal_width(self)
        return {
            "digits": len(self),
            "error": calibration_error(bins),
            "error_equal_mass": calibration_error(bins_of_equal_mass(self)),
            "safe_threshold": safe_threshold(self),
            "reliability": [asdict(part) for part in bins],
            "coverage": [asdict(point) for point in coverage(self)],
        }


@dataclass(frozen=True, slots=True)
class Bin:
    """Digits of like confidence."""

    least: float
    most: float
    digits: int
    confidence: float
    """Their mean."""
    accuracy: float
    """Share that is right."""


@dataclass(frozen=True, slots=True)
class Point:
    """What is shown when only digits of at least `threshold` are."""

    threshold: float
    shown: float
    """Share of the read digits."""
    wrong: float
    """Share of those shown that are wrong; 0 where none is shown."""


def bins_of_equal_width(outcomes: Outcomes, count: int = BINS) -> tuple[Bin, ...]:
    """Part the digits by confidence: bin m of M holds ((m - 1) / M, m / M] (Guo et al. 2017); none is empty."""
    edges = np.linspace(0, 1, count + 1)
    number = np.clip(np.searchsorted(edges, outcomes.confidence, side="left") - 1, 0, count - 1)
    members = [np.flatnonzero(number == bin_number) for bin_number in range(count)]
    return tuple(
        _bin(outcomes, chosen, float(edges[i]), float(edges[i + 1])) for i, chosen in enumerate(members) if len(chosen)
    )


def bins_of_equal_mass(outcomes: Outcomes, count: int = BINS) -> tuple[Bin, ...]:
    """Part the digits, in the order of their confidence, into bins of as many each."""
    members = [chosen for chosen in np.array_split(np.arange(len(outcomes)), count) if len(chosen)]
    edges = outcomes.confidence
    return tuple(_bin(outcomes, chosen, float(edges[chosen[0]]), float(edges[chosen[-1]])) for chosen in members)


def _bin(outcomes: Outcomes, chosen: npt.NDArray[np.intp], least: float, most: float) -> Bin:
    confidence, right = float(outcomes.confidence[chosen].mean()), float(outcomes.right[chosen].mean())
    return Bin(least, most, len(chosen), confidence, right)


def calibration_error(bins: tuple[Bin, ...]) -> float:
    """Give the expected calibration error: how far confidence and accuracy differ in a bin, mean over the digits."""
    digits = sum(part.digits for part in bins)
    return sum(part.digits * abs(part.confidence - part.accuracy) for part in bins) / max(1, digits)


def coverage(outcomes: Outcomes, thresholds: Iterable[float] = THRESHOLDS) -> tuple[Point, ...]:
    """Tell for each threshold how much is shown and how much of that is wrong."""
    points = []
    for threshold in thresholds:
        shown = outcomes.right[np.searchsorted(outcomes.confidence, threshold, side="left") :]
        wrong = 1 - float(shown.mean()) if len(shown) else 0.0
        points.append(Point(threshold, len(shown) / max(1, len(outcomes)), wrong))
    return tuple(points)


def safe_threshold(outcomes: Outcomes, most_wrong: float = MOST_WRONG) -> float | None:
    """Give the least confidence from which on at most so many of the shown digits are wrong; None where none is safe.

    Only where the accuracy, made to rise with the confidence (isotonic regression), takes a step can the threshold
    lie: from step to step the share of wrong ones falls, and a lucky spot between two of them earns nothing.
    """
    fitted = isotonic(outcomes.right)
    # Sums carry an error of rounding.
    steps = np.flatnonzero(np.diff(fitted, prepend=-1.0) > 1e-9)
    wrong = [1 - float(outcomes.right[step:].mean()) for step in steps]
    safe = [int(step) for step, share in zip(steps, wrong) if share <= most_wrong + 1e-9]
    if not safe:
        return None
    return float(outcomes.confidence[safe[0]]) if safe[0] else 0.0


def isotonic(values: Floats) -> Floats:
    """Give the rising sequence that lies nearest to the values: pool adjacent violators (Ayer et al. 1955)."""
    pools: list[tuple[float, int]] = []
    for value in values.tolist():
        total, count = value, 1
        while pools and pools[-1][0] * count > total * pools[-1][1]:
            before = pools.pop()
            total, count = total + before[0], count + before[1]
        pools.append((total, count))
    return np.repeat([total / count for total, count in pools], [count for _, count in pools])
