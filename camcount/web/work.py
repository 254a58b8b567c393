"""What a thread does for a request: a picture and options -> the answer's JSON."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from camcount.annotate import annotate
from camcount.explain import explain_frame
from camcount.heat import draw_explanations, heat_crop
from camcount.look import tell_why
from camcount.reader import Reader
from camcount.types import SCHEMA, Frame, Reading
from camcount.web.bodies import Upload, decode
from camcount.web.metrics import Metrics
from camcount.web.pictures import data_url, show_crop, shrink_to
from camcount.web.problems import Problem, error_shape
from camcount.web.settings import Settings

ANNOTATED = 2000
"""Longest side of the annotated picture that is sent back, pixels."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a request wants its picture read."""

    ink: str | None = None
    min_confidence: float | None = None
    digits: range | None = None
    rotate: str | None = None
    annotated: bool = False
    crops: bool = False

    def apply(self, reader: Reader) -> Reader:
        """Give a reader that reads so, with the networks of another."""
        return Reader(
            reader.model,
            min_confidence=reader.min_confidence if self.min_confidence is None else self.min_confidence,
            ink=self.ink or reader.ink,
            rotate=self.rotate or reader.rotate,
            roi=reader.roi,
            digits=self.digits or reader.digits,
            classifier=reader.classifier,
            touching=reader.touching,
            potentials=reader.potentials,
        )


def read_upload(
    reader: Reader, upload: Upload, options: Options, settings: Settings, metrics: Metrics
) -> dict[str, Any]:
    """Read one picture.

    Raises:
        Problem: when it cannot be decoded.
    """
    frame = Frame(decode(upload, settings), source=upload.name)
    reading = options.apply(reader).read(frame)
    metrics.count_reading(reading)
    told = tell_reading(reading, options.crops)
    if not reading.lines:
        told["why"] = tell_why(frame.image, reading.marks)
    if options.annotated:
        told["annotated"] = data_url(shrink_to(annotate(frame.image, reading), ANNOTATED))
    return told


def read_each(
    reader: Reader, uploads: list[Upload], options: Options, settings: Settings, metrics: Metrics
) -> dict[str, Any]:
    """Read several pictures; of those that cannot be decoded the error stands in their place."""
    readings = []
    until = time.monotonic() + settings.seconds
    for upload in uploads:
        if time.monotonic() > until:
            raise Problem(504, f"Not read within {settings.seconds:g} seconds. Send fewer pictures.")
        try:
            readings.append(read_upload(reader, upload, options, settings, metrics))
        except Problem as problem:
            readings.append(error_shape(str(problem), upload.name))
    return {"schema": SCHEMA, "readings": readings}


def explain_upload(reader: Reader, upload: Upload, options: Options, settings: Settings) -> dict[str, Any]:
    """Explain one picture.

    Raises:
        Problem: when it cannot be decoded.
    """
    frame = Frame(decode(upload, settings), source=upload.name)
    explanations = explain_frame(options.apply(reader), frame)
    marks = [
        {**each.to_dict(), "crop": show_crop(each.crop), "picture": data_url(heat_crop(each))} for each in explanations
    ]
    picture = data_url(draw_explanations(frame.image, explanations))
    return {"schema": SCHEMA, "source": upload.name, "marks": marks, "picture": picture}


def tell_reading(reading: Reading, crops: bool) -> dict[str, Any]:
    """Give the JSON of a reading; with the crops of its digits, where they are wanted."""
    told = reading.to_dict()
    if crops:
        for line, own in zip(reading.lines, told["lines"]):
            for digit, shown in zip(line.digits, own["digits"]):
                if digit.crop is not None:
                    shown["crop"] = show_crop(digit.crop)
    return told
