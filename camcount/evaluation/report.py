"""A network's probabilities of labelled digits -> all that is asked of them: figures, tables, pictures, a report."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from camcount.classify import CLASS_NAMES, NOT_A_DIGIT, Classifier
from camcount.data import Labels
from camcount.ensemble import Ensemble
from camcount.errors import MissingExtraError
from camcount.evaluation.calibration import Outcomes, coverage
from camcount.evaluation.digits import DigitScore, classify, count_digits, time_classifier
from camcount.evaluation.plots import draw_calibration, draw_confusion, draw_worst, require_matplotlib
from camcount.files import write_whole
from camcount.types import SCHEMA, Crops, Probabilities

PAIRS = 10
"""So many of the pairs that are confused most are told."""
WORST = 40
"""So many of the errors that the network is surest of are shown."""
PICTURES = (
    ("confusion", "what each digit was taken for"), ("reliability", "how far it can be trusted"),
    ("worst", "its surest errors"),
)
TEN = 10
"""The parts of an ensemble are timed with so many digits."""
LEAST = 1e-7
"""No probability counts for less in the loss."""


class Part(NamedTuple):
    """What one part of an ensemble gains and costs."""

    name: str
    wrong: int
    accuracy: float
    accuracy_of_ten: float
    calibration_error: float
    ms_of_ten: float
    """Milliseconds for ten digits."""


@dataclass(frozen=True, eq=False)
class DigitReport:
    """What a network told of labelled digits."""

    name: str
    """Of the data file, without its suffix."""
    crops: Crops
    labels: Labels
    """(n,), 0 to 9."""
    probabilities: Probabilities
    """(n, 11)."""
    parts: tuple[Part, ...] = ()
    """Of an ensemble, what it is made of, the whole last."""

    @cached_property
    def score(self) -> DigitScore:
        return count_digits(self.probabilities, self.labels)

    @cached_property
    def outcomes(self) -> Outcomes:
        """How sure the network was, and whether it was right."""
        told = self.probabilities.argmax(axis=1)
        return Outcomes.of(zip(self.probabilities.max(axis=1).tolist(), (told == self.labels).tolist()))

    @property
    def loss(self) -> float:
        """Mean negative logarithm of the probability of the right digit (scikit-learn's log_loss)."""
        from sklearn.metrics import log_loss

        every = list(range(len(CLASS_NAMES)))
        clipped = np.maximum(self.probabilities.astype(np.float64), LEAST)
        return float(log_loss(self.labels, clipped / clipped.sum(axis=1, keepdims=True), labels=every))

    @property
    def digits(self) -> list[dict[str, float]]:
        """Precision, recall, F1 and support of each digit (scikit-learn's)."""
        from sklearn.metrics import precision_recall_fscore_support

        told = self.probabilities.argmax(axis=1)
        columns = precision_recall_fscore_support(self.labels, told, labels=range(10), zero_division=0.0)
        names = "precision", "recall", "f1", "support"
        return [{"digit": digit, **dict(zip(names, map(float, row)))} for digit, row in enumerate(zip(*columns))]

    @property
    def confused(self) -> list[dict[str, Any]]:
        """The pairs that are confused most: a digit, what it was taken for, how often."""
        counts = self.score.confusion.copy()
        counts[np.arange(10), np.arange(10)] = 0
        order = np.argsort(-counts, axis=None, kind="stable")[:PAIRS]
        pairs = [(int(i) // counts.shape[1], int(i) % counts.shape[1]) for i in order]
        return [
            {"digit": str(digit), "taken_for": CLASS_NAMES[other], "times": int(counts[digit, other])}
            for digit, other in pairs
            if counts[digit, other]
        ]

    @property
    def worst(self) -> list[int]:
        """The errors that the network is surest of, the surest first: their places in the data file."""
        wrong = np.flatnonzero(self.probabilities.argmax(axis=1) != self.labels)
        return [int(i) for i in wrong[np.argsort(-self.probabilities[wrong].max(axis=1), kind="stable")][:WORST]]

    def to_dict(self) -> dict[str, Any]:
        """Give all figures as one JSON object."""
        worst = [
            {
                "id": i, "digit": str(self.labels[i]), "taken_for": CLASS_NAMES[int(self.probabilities[i].argmax())],
                "confidence": round(float(self.probabilities[i].max()), 6),
            }
            for i in self.worst
        ]
        return {
            "source": self.name, **self.score.to_dict(), "loss": self.loss, "by_digit": self.digits,
            "parts": [part._asdict() for part in self.parts], "confused": self.confused,
            "calibration": self.outcomes.to_dict(), "worst": worst,
        }


def report_digits(name: str, crops: Crops, labels: Labels, classifier: Classifier) -> DigitReport:
    """Ask a classifier about labelled digits; an ensemble, each of its parts."""
    report = DigitReport(name, crops, labels, classify(classifier, crops))
    parts = []
    for part, network in classifier.parts().items() if isinstance(classifier, Ensemble) else ():
        own = report if network is classifier else DigitReport(name, crops, labels, classify(network, crops))
        score, error = own.score, float(own.outcomes.to_dict()["error"])
        wrong, ms = score.count - score.correct, time_classifier(network, crops[:TEN])
        parts.append(Part(part, wrong, score.accuracy, score.accuracy_of_ten, error, ms))
    return replace(report, parts=tuple(parts))


def require_report() -> None:
    """Raise MissingExtraError unless scikit-learn and matplotlib are there: told before anything is measured."""
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise MissingExtraError('A report needs scikit-learn. Run: pip install "camcount[train]"') from error
    require_matplotlib()


def write_predictions(reports: Sequence[DigitReport], path: Path) -> None:
    """Write what each picture was taken for as CSV: id, label, confidence; of several files, each by its name, too."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    several = len(reports) > 1
    table.writerow([*(["source"] if several else []), "id", "label", "confidence"])
    for report in reports:
        for i, told in enumerate(report.probabilities):
            label = int(told.argmax())
            value = [i, "" if label == NOT_A_DIGIT else label, f"{told.max():.6f}"]
            table.writerow([*([report.name] if several else []), *value])
    write_whole(path, text.getvalue().encode())


def write_report(reports: Sequence[DigitReport], model: str, folder: Path) -> None:
    """Write report.md with its pictures, the confusion matrices as CSV, and report.json, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = [report.to_dict() for report in reports]
    for report, own in zip(reports, figures):
        write_whole(folder / f"confusion-{report.name}.csv", _confusion_csv(report.score.confusion))
        write_whole(folder / f"confusion-{report.name}.png", draw_confusion(report.score.confusion, report.name))
        write_whole(folder / f"reliability-{report.name}.png", draw_calibration(report.outcomes))
        write_whole(folder / f"worst-{report.name}.png", draw_worst(report.crops, own["worst"]))
    told = {"schema": SCHEMA, "model": model, "reports": figures}
    write_whole(folder / "report.json", (json.dumps(told, indent=1) + "\n").encode())
    write_whole(folder / "report.md", _markdown(reports, figures, model).encode())


def _confusion_csv(confusion: npt.NDArray[np.int64]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["digit", *CLASS_NAMES])
    for digit, row in enumerate(confusion.tolist()):
        table.writerow([digit, *row])
    return text.getvalue().encode()


def _markdown(reports: Sequence[DigitReport], figures: Sequence[dict[str, Any]], model: str) -> str:
    lines = [f"# {model}", "", _row(["", *(report.name for report in reports)]), _row(["---"] * (len(reports) + 1))]
    for name, cells in (
        ("digits", [f"{told['digits']}" for told in figures]),
        ("accuracy", [f"{told['accuracy']:.2%}" for told in figures]),
        ("likeliest of ten", [f"{told['accuracy_of_ten']:.2%}" for told in figures]),
        ("wrong", [f"{told['wrong']}" for told in figures]),
        ("loss", [f"{told['loss']:.4f}" for told in figures]),
        ("calibration error", [f"{told['calibration']['error']:.4f}" for told in figures]),
    ):
        lines.append(_row([name, *cells]))
    for report, told in zip(reports, figures):
        lines += ["", f"## {report.name}", "", _row(["digit", "precision", "recall", "F1", "support"])]
        lines.append(_row(["---"] * 5))
        for row in told["by_digit"]:
            shares = [f"{row[name]:.2%}" for name in ("precision", "recall", "f1")]
            lines.append(_row([str(row["digit"]), *shares, f"{row['support']:.0f}"]))
        pairs = [f"{pair['digit']} as {pair['taken_for']} ({pair['times']})" for pair in told["confused"]]
        lines += ["", f"Confused most: {', '.join(pairs) or 'none'}.", ""]
        lines += [_row(["shown from confidence", "shown", "wrong of shown"]), _row(["---"] * 3)]
        for point in coverage(report.outcomes):
            lines.append(_row([f"{point.threshold:g}", f"{point.shown:.2%}", f"{point.wrong:.2%}"]))
        if report.parts:
            lines += ["", "What the ensemble costs and gains, by its parts:", ""]
            lines += [_row(PART_HEADERS), _row(["---"] * len(PART_HEADERS)), *map(_row, part_rows(report))]
        lines.append("")
        lines += [f"![{report.name}: {title}]({picture}-{report.name}.png)" for picture, title in PICTURES]
    return "\n".join(lines) + "\n"


PART_HEADERS = "", "wrong", "accuracy", "likeliest of ten", "calibration error", "ten digits, ms"


def part_rows(report: DigitReport) -> list[tuple[str, ...]]:
    """Give a row of figures for each part of an ensemble; see `PART_HEADERS`."""
    return [
        (
            part.name, f"{part.wrong}", f"{part.accuracy:.2%}", f"{part.accuracy_of_ten:.2%}",
            f"{part.calibration_error:.4f}", f"{part.ms_of_ten:.2f}",
        )
        for part in report.parts
    ]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
