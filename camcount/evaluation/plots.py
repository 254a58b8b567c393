"""Figures -> pictures: how reliable confidences are, what showing less digits gains, what is confused and wrong."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

from camcount.errors import MissingExtraError
from camcount.evaluation.calibration import Outcomes, bins_of_equal_width, calibration_error, coverage
from camcount.types import Crops

SIZE = 10.0, 4.6
"""Of the picture, in inches of 100 pixels."""
COLUMNS = 8
"""Of errors beside each other."""
RARE = 1e-3
"""Errors in no larger share of a digit are drawn palest."""
POINTS = 400
"""So many thresholds make the curve, at most."""


def require_matplotlib() -> None:
    """Raise MissingExtraError unless matplotlib is there: told before any page is read."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise MissingExtraError('Drawing curves needs matplotlib. Run: pip install "camcount[plot]"') from error


def draw_calibration(outcomes: Outcomes) -> bytes:
    """Draw the reliability diagram and the curve of error against coverage, as a PNG file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, dpi=100, layout="constrained")
    reliability, curve = figure.subplots(1, 2)
    bins = bins_of_equal_width(outcomes)
    left, widths = [part.least for part in bins], [part.most - part.least for part in bins]
    reliability.bar(left, [part.accuracy for part in bins], widths, align="edge", edgecolor="white", label="right")
    reliability.plot([0, 1], [0, 1], "--", color="black", linewidth=1, label="perfectly calibrated")
    reliability.plot([part.confidence for part in bins], [part.accuracy for part in bins], "o", color="tab:orange")
    title = f"{len(outcomes)} digits, calibration error {calibration_error(bins):.4f}"
    reliability.set(xlabel="confidence", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1), title=title)
    reliability.legend(loc="upper left")
    # Those in between add nothing that one could see.
    every = max(1, len(outcomes) // POINTS)
    points = coverage(outcomes, np.unique(outcomes.confidence)[::every].tolist())
    curve.plot([100 * point.shown for point in points], [100 * point.wrong for point in points])
    curve.axhline(1, linestyle="--", color="black", linewidth=1)
    curve.set(xlabel="digits shown, %", ylabel="wrong of those shown, %", xlim=(0, 100), title="coverage and error")
    curve.set_ylim(bottom=0)
    return _encode(figure)


def draw_confusion(confusion: npt.NDArray[np.int64], name: str) -> bytes:
    """Draw a confusion matrix (10, 11) as a heat map, as a PNG file; all counts are written in it.

    Colours tell shares of a row: blue what is right, evenly; orange what is wrong, by the logarithm from `RARE` on.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 6.4), dpi=100, layout="constrained")
    axes = figure.subplots()
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    diagonal = np.eye(*confusion.shape) > 0
    depths = np.where(diagonal, shares, 1 - np.log(np.clip(shares, RARE, 1)) / np.log(RARE))
    for cells, colours in ((diagonal, "Blues"), (~diagonal, "Oranges")):
        axes.imshow(np.ma.masked_where(~cells | (confusion == 0), depths), cmap=colours, vmin=-0.1, vmax=1.1)
    for digit, row in enumerate(confusion.tolist()):
        for taken, count in enumerate(row):
            shade = "lightgrey" if not count else "white" if depths[digit, taken] > 0.6 else "black"
            axes.text(taken, digit, str(count), ha="center", va="center", color=shade, fontsize=9)
    axes.set_xticks(range(11), [*map(str, range(10)), "none"])
    axes.set_yticks(range(10))
    title = f"{name}: {int(confusion.sum())} digits, {int(confusion[~diagonal].sum())} wrong"
    axes.set(xlabel="taken for", ylabel="digit", title=title)
    return _encode(figure)


def draw_worst(crops: Crops, worst: Sequence[Mapping[str, Any]]) -> bytes:
    """Draw the surest errors, each under what it is, what it was taken for and how surely, as a PNG file.

    Args:
        crops: (n, 28, 28).
        worst: of each error its `id` among the crops, `digit`, `taken_for` and `confidence`.
    """
    from matplotlib.figure import Figure

    rows = max(1, -(-len(worst) // COLUMNS))
    figure = Figure(figsize=(COLUMNS * 1.1, rows * 1.4), dpi=100, layout="constrained")
    figure.suptitle("the surest errors" if worst else "no errors", fontsize=10)
    for axes, told in zip_longest(figure.subplots(rows, COLUMNS, squeeze=False).ravel(), worst):
        axes.axis("off")
        if told:
            axes.imshow(crops[told["id"]], cmap="gray_r")
            taken = told["taken_for"] if len(told["taken_for"]) == 1 else "none"
            axes.set_title(f"{told['digit']} as {taken}, {told['confidence']:.2f}", fontsize=8)
    return _encode(figure)


def _encode(figure: Any) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
