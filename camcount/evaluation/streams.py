"""How well streams are read: what stands there once a reading is stable, how soon, and how steadily."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from camcount.evaluation.manifest import Page
from camcount.evaluation.pages import read_pages
from camcount.look import look_at_image
from camcount.reader import Reader
from camcount.sources.synth import SynthSource
from camcount.synthesis.handheld import HandHeld
from camcount.track import Tracker
from camcount.types import Frame, Image

RATE = 30.0
SIZE = 1280, 720
MADE = 10
"""So many made streams are measured."""
MADE_TARGET = "synth:text=4{seed}29 38{seed}99:change=4:noise=4:seed={seed}:frames={frames}"
FOLLOWS = 0.5
"""Seconds that a reader is given to follow a number that changes."""


@dataclass(frozen=True, slots=True)
class StreamScore:
    """What came of reading one stream."""

    name: str
    seconds: float
    stable_after: float | None
    """Seconds until the first stable reading; None without one."""
    frames: int
    """Frames from the first stable reading on, but for those in which the truth has just changed."""
    right: int
    """Of those, the frames whose text is the truth."""
    changes: int
    """How often the shown stable text changed to what is not the truth."""
    wrong: int
    """Stable readings that were told and are not the truth."""

    def to_dict(self) -> dict[str, Any]:
        """Give it as one JSON object."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def moved_frames(image: Image, seconds: float, seed: int, name: str = "") -> Iterator[Frame]:
    """Film a picture from a hand: 1280x720, 30 frames a second."""
    camera = HandHeld(image, SIZE, np.random.default_rng([seed, 0x4D4F56]))
    for index in range(round(seconds * RATE)):
        time = index / RATE
        yield Frame(camera.look(time), index, time, name)


def film_pages(reader: Reader, pages: Iterable[Page], seconds: float) -> Iterator[StreamScore | None]:
    """Film each photo that the reader reads rightly as it stands, and read the stream; None for the others."""
    for number, (result, frame, reading) in enumerate(read_pages(reader, pages)):
        if not result.exact or frame is None or reading is None or not reading.lines:
            yield None
            continue
        stream = ((moved, reading.text) for moved in moved_frames(frame.image, seconds, number, result.page.name))
        yield measure_stream(reader, stream, result.page.name)


def film_made(reader: Reader, seconds: float, count: int = MADE) -> Iterator[StreamScore]:
    """Read made streams, each in another hand, whose numbers count up every few seconds."""
    for seed in range(count):
        source = SynthSource([MADE_TARGET.format(seed=seed, frames=round(seconds * RATE))])
        yield measure_stream(reader, ((f, source.truth_at(f.time)) for f in source), source.name)


def measure_stream(reader: Reader, frames: Iterable[tuple[Frame, str]], name: str) -> StreamScore:
    """Read a stream with a tracker.

    Args:
        reader: reads each frame.
        frames: each with its true text.
        name: of the stream.
    """
    tracker = Tracker(min_confidence=reader.min_confidence)
    first: float | None = None
    shown_before, truth_before = "", ""
    since, counted, right, changes, wrong, time = -1.0, 0, 0, 0, 0, 0.0
    for frame, truth in frames:
        time = frame.time
        steady = tracker.update(reader.read(frame), look_at_image(frame.image))
        shown = "\n".join(line.text for line in steady.lines if line.stable)
        if truth != truth_before:
            since, truth_before = time, truth
        settled = time - since >= FOLLOWS or first is None
        for change in tracker.changes:
            if change.kind == "reading":
                first = time if first is None else first
                wrong += settled and not _is_part(change.lines, truth)
        if first is not None and settled:
            counted += 1
            right += shown == truth
            changes += bool(shown_before) and shown not in (shown_before, truth)
        shown_before = shown
    return StreamScore(name, time, first, counted, right, changes, wrong)


def _is_part(lines: Sequence[Any], truth: str) -> bool:
    """Tell whether all lines are lines of the truth: some may not be stable yet."""
    return {line.text for line in lines} <= set(truth.split("\n"))


def sum_up(scores: Sequence[StreamScore]) -> dict[str, float]:
    """Give the figures of several streams together."""
    frames = sum(score.frames for score in scores)
    seconds = sum(score.seconds for score in scores)
    soon = [score.stable_after for score in scores if score.stable_after is not None]
    return {
        "streams": len(scores),
        "stable": len(soon),
        "seconds": round(seconds, 1),
        "right_share": sum(score.right for score in scores) / max(frames, 1),
        "median_stable_after": float(np.median(soon)) if soon else float("nan"),
        "wrong_in_five_minutes": 300 * sum(score.wrong for score in scores) / max(seconds, 1e-9),
        "changes_a_second": sum(score.changes for score in scores) / max(seconds, 1e-9),
    }
