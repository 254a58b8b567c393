"""Confidences and what was right -> a picture: how reliable a confidence is, and what showing less digits gains."""

from __future__ import annotations

import io

import numpy as np

from camcount.errors import MissingExtraError
from camcount.evaluation.calibration import Outcomes, bins_of_equal_width, calibration_error, coverage

SIZE = 10.0, 4.6
"""Of the picture, in inches of 100 pixels."""
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
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
