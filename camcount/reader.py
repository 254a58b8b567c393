"""Frame -> reading: all stages in order."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from camcount.assemble import MIN_CONFIDENCE, assemble_lines
from camcount.binarize import Ink
from camcount.classify import Classifier, load_classifier, on_page, shipped_model
from camcount.crop import crop_glyphs
from camcount.cut import cut_touching
from camcount.form import part_ink
from camcount.marks import Glyphs
from camcount.potentials import Potentials, find_potentials, load_potentials
from camcount.rows import tell_slant
from camcount.segment import find_marks
from camcount.touching import Speller, TouchingNetwork, find_touching, read_touching
from camcount.types import Crops, Frame, Line, Probabilities, Reading
from camcount.view import Roi, View, tell_turn, view_image

LEANING = 9.0
"""Rows that lean by more degrees may belong to a page that was turned: it is read levelled too."""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """All that one frame was read by; boxes and lines are those of the view."""

    view: View
    """Of the frame, as it was read: cut out, turned upright, levelled."""
    ink: Ink
    """Of the view."""
    glyphs: Glyphs
    crops: Crops
    probabilities: Probabilities
    lines: tuple[Line, ...]
    marks: int
    """How many marks were found."""


class Reader:
    """Reads handwritten numbers; it has no memory, so one serves many streams and threads."""

    def __init__(
        self,
        model: str | Path | None = None,
        *,
        min_confidence: float = MIN_CONFIDENCE,
        ink: str = "auto",
        rotate: str = "auto",
        roi: Roi | None = None,
        digits: range | None = None,
        threads: int = 2,
        classifier: Classifier | None = None,
        touching: Speller | None = None,
        potentials: Potentials | None = None,
    ) -> None:
        """Load the model.

        Args:
            model: a .tflite, .onnx, .keras or .h5 file; by default the one that camcount ships.
            min_confidence: digits less sure, 0 to 1, read as "?"; over 0, all do where none is surer than 0.9.
            ink: "dark" on light paper, "light" on a dark board, or "auto".
            rotate: degrees clockwise that make the page stand upright: "0", "90", "180", "270", or "auto".
            roi: the region to read: x, y, width, height in pixels, or in fractions where none is over 1.
            digits: how many a line should have, where that is known; not every line will.
            threads: that the model may use.
            classifier: instead of the model; what lies beside that is used all the same.
            touching: instead of the network for touching digits that lies beside the model, or that camcount ships.
            potentials: instead of those that lie beside the model, or of those that camcount ships.

        Raises:
            ModelError: when the model is missing, unreadable or of the wrong shape.
        """
        self.classifier = classifier or load_classifier(model, threads)
        self.model = None if classifier and not model else Path(model or shipped_model())
        self.touching = touching or TouchingNetwork(find_touching(self.model), threads)
        self.potentials = potentials or load_potentials(find_potentials(self.model))
        self.min_confidence = min_confidence
        self.ink = ink
        self.rotate = rotate
        self.roi = roi
        self.digits = digits

    def read(self, frame: Frame) -> Reading:
        """Read every line of digits in one frame."""
        started = time.perf_counter()
        sight = self.see(frame)
        lines = tuple(_restore(line, sight.view) for line in sight.lines)
        elapsed_ms = round((time.perf_counter() - started) * 1e3, 3)
        return Reading(lines, frame.size, frame.index, frame.time, frame.source, elapsed_ms, sight.marks)

    def read_each(self, frames: Iterable[Frame | None]) -> Iterator[tuple[Frame, Reading] | None]:
        """Read frames one after the other, and give each with its reading; where None comes, there was no frame."""
        for frame in frames:
            yield None if frame is None else (frame, self.read(frame))

    def see(self, frame: Frame) -> Sight:
        """Read one frame, and keep all that it was read by."""
        turn = 0 if self.rotate == "auto" else int(self.rotate) // 90
        return self._see_view(view_image(frame.image, self.roi, turn), self.ink, self.rotate == "auto")

    def classify(self, crops: Crops) -> Probabilities:
        """Tell what crops of a page show, (n, 11); there a mark is less likely a digit than among single ones."""
        return on_page(self.classifier(crops))

    def _see_view(self, view: View, polarity: str, look: bool) -> Sight:
        view, ink, grid = part_ink(view, polarity)
        glyphs = find_marks(ink)
        crops = crop_glyphs(ink, glyphs)
        probabilities = self.classify(crops)
        marks, largest = int(glyphs.whole.sum()), glyphs.largest()
        if look and (turn := tell_turn(self.classify, crops[largest], probabilities[largest])):
            return self._see_view(view.turn(turn), ink.polarity, look=False)
        glyphs, crops, probabilities = cut_touching(ink, glyphs, crops, probabilities, self.classify)
        glyphs, crops, probabilities = read_touching(ink, glyphs, crops, probabilities, self.touching)
        potentials = self.potentials(glyphs, probabilities, view.size, ink.scale)
        lines = assemble_lines(
            glyphs, crops, probabilities, potentials, ink.scale, self.min_confidence, grid, self.digits
        )
        sight = Sight(view, ink, glyphs, crops, probabilities, lines, marks)
        if look and not grid and abs(lean := tell_slant(lines)) > LEANING:
            levelled = self._see_view(view.level(lean), ink.polarity, look=False)
            return max(sight, levelled, key=_sureness)
        return sight


def _sureness(sight: Sight) -> float:
    """Give how many digits were read, each counted by its confidence."""
    return sum(digit.confidence for line in sight.lines for digit in line.digits)


def _restore(line: Line, view: View) -> Line:
    return replace(line, digits=tuple(replace(digit, box=view.restore(digit.box)) for digit in line.digits))
