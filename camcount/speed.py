"""How fast every stage is: frames -> milliseconds, beside the least that any reader must do."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from camcount.assemble import assemble_lines
from camcount.crew import Crew
from camcount.crop import crop_glyphs
from camcount.cut import cut_touching
from camcount.errors import CamcountError
from camcount.form import part_ink
from camcount.grid import Grid
from camcount.look import look_at_image
from camcount.marks import Glyphs
from camcount.overlay import draw_overlay
from camcount.reader import Reader
from camcount.run import run
from camcount.segment import find_marks
from camcount.shot import Shot
from camcount.sinks import Sink, SinkOptions
from camcount.sinks.video import VideoSink
from camcount.sources import Source, open_stream
from camcount.touching import read_touching
from camcount.track import Tracker
from camcount.types import Crops, Frame, Line, Probabilities
from camcount.view import view_image

STAGES = ("ink", "glyphs", "crops", "network", "cuts", "touching", "lines", "track", "overlay")
SIZES = (640, 480), (1280, 720), (1920, 1080)
TEXTS = {1: "7", 10: "40723 98265", 40: "40723 98265,31894 70526,62957 18403,85016 27394"}
"""What is read, by how many digits it has."""
WARM = 3
"""Frames that are read before the clock runs."""
Result = TypeVar("Result")


@dataclass(slots=True)
class Timing:
    """What one kind of frame costs."""

    name: str
    size: tuple[int, int]
    digits: int
    """How many are read in a frame, at the median."""
    stages: dict[str, list[float]] = field(default_factory=dict)
    """Milliseconds of each stage, of the whole reader ("read") and of the least that must be done ("floor")."""
    rates: dict[str, float] = field(default_factory=dict)
    """Frames a second: "read" is one after the other; "track", "overlay" and "record", each with all before it, are of
    a clip, which several processes read."""

    def median(self, stage: str) -> float:
        return float(np.median(self.stages[stage]))

    @property
    def ratio(self) -> float:
        """How many times the floor reading and tracking take, one frame after the other."""
        return (self.median("read") + self.median("track")) / self.median("floor")

    @property
    def clip_ratio(self) -> float:
        """How many times the floor a frame of a clip takes, which several processes read and track."""
        return 1e3 / self.rates["track"] / self.median("floor")

    def to_dict(self) -> dict[str, Any]:
        """Give it as one JSON object."""
        told = {
            stage: {"median_ms": round(self.median(stage), 3), "p95_ms": round(float(np.percentile(all_, 95)), 3)}
            for stage, all_ in self.stages.items()
        }
        rates = {name: round(rate, 1) for name, rate in self.rates.items()}
        return {
            "name": self.name, "size": list(self.size), "digits": self.digits, "stages": told,
            "frames_per_second": rates,
            "floor_ratio": round(self.ratio, 3), "clip_floor_ratio": round(self.clip_ratio, 3),
        }


def load_frames(target: str, count: int) -> list[Frame]:
    """Load the first frames of a clip or of "synth:" into memory.

    Raises:
        SourceError: when it cannot be opened or decoded.
    """
    frames: list[Frame] = []
    with open_stream(target) as source:
        for frame in source:
            frames += [frame] if frame else []
            if len(frames) == count:
                break
    return frames


def time_frames(reader: Reader, frames: Sequence[Frame], name: str, processes: int) -> Timing:
    """Read frames, stage by stage and as a whole, and tell what each took.

    Args:
        reader: that is measured.
        frames: in memory.
        name: of the timing.
        processes: that share the frames where they are followed, drawn and recorded, as those of a clip.
    """
    timing = Timing(name, frames[0].size, 0)
    tracker = Tracker()
    counts: list[int] = []
    for i, frame in enumerate([*frames[:WARM], *frames]):
        clock = _Clock()
        crops = _step_through(reader, frame, tracker, clock)
        counts.append(clock.digits)
        _do_least(reader, frame, crops, clock)
        clock.time("read", lambda: reader.read(frame))
        if i >= WARM:
            for stage, took in clock.took.items():
                timing.stages.setdefault(stage, []).append(took)
    timing.digits = int(np.median(counts))
    timing.rates = {"read": 1e3 / timing.median("read"), **_rate_streams(reader, frames, processes)}
    return timing


def time_start(runs: int = 3) -> float:
    """Give the seconds from the start of the program to the first frame read, the median of several runs."""
    took = []
    for _ in range(runs):
        started = time.perf_counter()
        words = [sys.executable, "-m", "camcount", "image", "synth:text=7:size=640x480"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CamcountError(f"camcount cannot be started: {done.stderr.strip()}")
        took.append(time.perf_counter() - started)
    return sorted(took)[runs // 2]


def peak_memory() -> float:
    """Give the most memory that this process held so far, MiB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


class _Clock:
    """Notes what each stage of a frame took, milliseconds."""

    def __init__(self) -> None:
        self.took: dict[str, float] = {}
        self.digits = 0

    def time(self, stage: str, work: Callable[[], Result]) -> Result:
        started = time.perf_counter()
        result = work()
        self.took[stage] = self.took.get(stage, 0.0) + (time.perf_counter() - started) * 1e3
        return result


def _step_through(reader: Reader, frame: Frame, tracker: Tracker, clock: _Clock) -> Crops:
    """Do what `Reader.read` does to an upright page, and what a stream does then; give the crops."""
    view, ink, grid = clock.time("ink", lambda: part_ink(view_image(frame.image, reader.roi), reader.ink))
    glyphs = clock.time("glyphs", lambda: find_marks(ink))
    crops = clock.time("crops", lambda: crop_glyphs(ink, glyphs))
    probabilities = clock.time("network", lambda: reader.classify(crops))
    cut = clock.time("cuts", lambda: cut_touching(ink, glyphs, crops, probabilities, reader.classify))
    found = clock.time("touching", lambda: read_touching(ink, *cut, reader.touching))
    lines = clock.time("lines", lambda: _choose(reader, found, view.size, ink.scale, grid))
    clock.digits = sum(len(line.digits) for line in lines)
    reading = reader.read(frame)
    steady = clock.time("track", lambda: tracker.update(reading, look_at_image(frame.image)))
    clock.time("overlay", lambda: draw_overlay(frame.image, steady))
    return cut[1]


def _choose(
    reader: Reader, found: tuple[Glyphs, Crops, Probabilities], size: tuple[int, int], scale: float, grid: Grid | None
) -> tuple[Line, ...]:
    glyphs, crops, probabilities = found
    potentials = reader.potentials(glyphs, probabilities, size, scale)
    return assemble_lines(glyphs, crops, probabilities, potentials, scale, reader.min_confidence, grid)


def _do_least(reader: Reader, frame: Frame, crops: Crops, clock: _Clock) -> None:
    """Do the least that any reader of this kind must: one conversion, one threshold, contours, the network once."""
    floor = _Clock()
    grey = floor.time("grey", lambda: cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY))
    mean, inverted = cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV
    mask = floor.time("threshold", lambda: cv2.adaptiveThreshold(grey, 255, mean, inverted, 31, 15))
    floor.time("contours", lambda: cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE))
    floor.time("network", lambda: reader.classifier(crops))
    clock.took["floor"] = sum(floor.took.values())


class _Loaded(Source):
    """Frames that are in memory already."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._frames = frames

    @classmethod
    def accepts(cls, target: str) -> bool:
        return False

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._frames)


class _Drawn(Sink):
    """Has each shot drawn, and does no more."""

    kind = "drawn"

    def __init__(self) -> None:
        pass

    def write(self, shot: Shot) -> None:
        shot.overlay  # noqa: B018


def _rate_streams(reader: Reader, frames: Sequence[Frame], processes: int) -> dict[str, float]:
    """Give the frames a second of a clip that are read and tracked; and drawn; and recorded to MP4."""
    rates: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, Crew(reader, processes) as crew:
        crew.gather(frames[0])
        video = VideoSink(str(Path(folder) / "bench.mp4"), SinkOptions(rate=30.0))
        chosen: dict[str, list[Sink]] = {"track": [], "overlay": [_Drawn()], "record": [video]}
        for name, sinks in chosen.items():
            started = time.perf_counter()
            run(_Loaded(frames), crew, sinks, tracker=Tracker())
            rates[name] = len(frames) / (time.perf_counter() - started)
    return rates
