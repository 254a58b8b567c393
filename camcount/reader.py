"""Frame -> reading: all stages in order."""

from __future__ import annotations

import time
from pathlib import Path

from camcount.assemble import MIN_CONFIDENCE, assemble_lines
from camcount.binarize import binarize
from camcount.classify import Classifier, load_classifier
from camcount.crop import crop_glyphs
from camcount.segment import find_glyphs
from camcount.types import Frame, Reading


class Reader:
    """Reads handwritten numbers; it has no memory, so one serves many streams and threads."""

    def __init__(
        self,
        model: str | Path | None = None,
        *,
        min_confidence: float = MIN_CONFIDENCE,
        ink: str = "auto",
        threads: int = 2,
        classifier: Classifier | None = None,
    ) -> None:
        self.classifier = classifier or load_classifier(model, threads)
        self.min_confidence = min_confidence
        self.ink = ink

    def read(self, frame: Frame) -> Reading:
        """Read every line of digits in one frame."""
        started = time.perf_counter()
        ink = binarize(frame.image, self.ink)
        glyphs = find_glyphs(ink)
        crops = crop_glyphs(ink, glyphs)
        probabilities = self.classifier(crops)
        lines = assemble_lines(glyphs, probabilities, ink.scale, self.min_confidence)
        elapsed_ms = round((time.perf_counter() - started) * 1e3, 3)
        return Reading(lines, frame.size, frame.index, frame.time, frame.source, elapsed_ms)
