"""A made camera: a hand-held look at one written page, of which the truth is known."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from camcount.errors import SourceError
from camcount.sources.base import Source, SourceOptions
from camcount.synthesis.camera import Sensor
from camcount.synthesis.hand import Hand
from camcount.synthesis.ink import PENS
from camcount.synthesis.page import Page, draw_page
from camcount.synthesis.paper import DARK_PAPERS, PAPERS
from camcount.synthesis.scene import Scene
from camcount.synthesis.shapes import CHARACTERS, DIGITS
from camcount.types import Frame, Image

PREFIX = "synth:"
RATE = 30.0
"""Frames a second of media time; the frames themselves come as fast as they are asked for."""

_MARGIN = 0.03
"""How much of the page beyond the picture is drawn on each side, share of the longer side: the hand never leaves it."""

_SMALLEST = 14
"""Height of a digit, pixels, below which a person would not read it either."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What a `synth:` target asks for; None where the seed or another key decides."""

    text: str | None = None
    size: tuple[int, int] = (1280, 720)
    paper: str | None = None
    pen: str | None = None
    ink: str | None = None
    shadow: float = 0.0
    tilt: float = 0.0
    rotation: float = 0.0
    noise: float = 2.0
    blur: float = 0.6
    seed: int = 0
    frames: int | None = None
    change: float = 0.0


class SynthSource(Source):
    """Frames of one page, moved a little and with fresh noise each; without end unless `frames` ends it.

    Args:
        targets: one, such as "synth:text=5071:size=1280x720:noise=4:shadow=0.4:tilt=8:seed=1"; each key may be left
            out, "synth:" alone writes five digits.

    Raises:
        SourceError: when a key or its value is wrong, or there are several targets.
    """

    def __init__(self, targets: Sequence[str], options: SourceOptions = SourceOptions()) -> None:
        if len(targets) != 1:
            raise SourceError(f"{targets[1]}: a made camera stands alone. Give one synth: and nothing else.")
        self.name = targets[0]
        self.rate = RATE
        self.spec = parse_spec(self.name)
        width, height = self.spec.size
        if width * height > options.max_pixels:
            raise SourceError(f"{self.name}: size={width}x{height} has more than {options.max_pixels} pixels.")
        self._scene = _scene(self.spec, self.name)
        self._page = functools.lru_cache(2)(self._draw)

    @classmethod
    def accepts(cls, target: str) -> bool:
        """Take what begins with "synth:"."""
        return target.startswith(PREFIX)

    @property
    def truth(self) -> str:
        """The digits that are written there at first, as a perfect reader would give them: rows by line breaks."""
        return self._page(0).text

    def truth_at(self, time: float) -> str:
        """Give the digits that are written there at a time, seconds: with `change` the numbers count up."""
        return self._page(self._step(time)).text

    def __length_hint__(self) -> int:
        """The number of frames, or 0 for a stream without end."""
        return self.spec.frames or 0

    def __iter__(self) -> Iterator[Frame]:
        rng = np.random.default_rng([self.spec.seed, 0x43414D])
        sway = _Sway(self.spec.size, rng)
        sensor = Sensor(self.spec.size, self.spec.noise, rng)
        index = 0
        while self.spec.frames is None or index < self.spec.frames:
            time = index / RATE
            page = self._page(self._step(time))
            yield Frame(sensor.expose(sway.look(page.image, time), rng), index, time, self.name)
            index += 1

    def _step(self, time: float) -> int:
        """Give how often the numbers have changed until a time."""
        return math.floor(time / self.spec.change + 1e-9) if self.spec.change else 0

    def _draw(self, step: int) -> Page:
        """Draw the page with its light, wider than the picture, and without the noise that each frame has of its own.

        Args:
            step: by how much its numbers have been counted up.
        """
        rng = np.random.default_rng([self.spec.seed, 0x50414745])
        text = "".join(rng.choice(list(DIGITS), 5)) if self.spec.text is None else self.spec.text
        text = re.sub(r"\d+", lambda number: str(int(number[0]) + step).zfill(len(number[0])), text) if step else text
        width, height = self.spec.size
        around = 2 * round(_MARGIN * max(width, height))
        page = draw_page(text, (width + around, height + around), self._scene, rng, Hand(self.spec.seed))
        if any(digit.box.height < _SMALLEST for line in page.lines for digit in line.digits):
            raise SourceError(f"{self.name}: text is too long for {width}x{height}. Shorten it or give a larger size=.")
        return page


class _Sway:
    """The slow drift and the tremble of a hand that holds a camera."""

    def __init__(self, size: tuple[int, int], rng: np.random.Generator) -> None:
        self._size = size
        self._phases = rng.uniform(0, 2 * np.pi, (4, 2))
        self._rates = np.stack([rng.uniform(0.15, 0.4, 4), rng.uniform(1.2, 2.5, 4)], 1)

    def look(self, page: Image, time: float) -> Image:
        """Cut the picture out of the wider page as it is seen at `time`, seconds."""
        waves = np.sin(2 * np.pi * self._rates * time + self._phases) @ [0.8, 0.2]
        reach = max(self._size)
        dx, dy, angle, zoom = waves * [0.013 * reach, 0.013 * reach, math.radians(0.7), 0.008]
        cos, sin = (1 + zoom) * math.cos(angle), (1 + zoom) * math.sin(angle)
        (width, height), (page_height, page_width) = self._size, page.shape[:2]
        to_page = np.array([[cos, -sin, 0.0], [sin, cos, 0.0]])
        to_page[:, 2] = [page_width / 2 + dx, page_height / 2 + dy] - to_page[:, :2] @ [width / 2, height / 2]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpAffine(page, to_page, self._size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
        )


def parse_spec(target: str) -> Spec:
    """Read a target such as "synth:text=50 71,225:size=640x480:paper=ruled"; a comma begins a new row of text.

    Raises:
        SourceError: naming the key that is wrong, and what is right.
    """
    spec = Spec()
    for part in filter(None, target[len(PREFIX) :].split(":")):
        key, equals, value = part.partition("=")
        if key not in _KEYS:
            raise SourceError(f"{target}: synth: has no key {key!r}. Its keys: {', '.join(_KEYS)}")
        parse, wanted = _KEYS[key]
        try:
            if not equals:
                raise ValueError(part)
            spec = replace(spec, **{key: parse(value)})
        except ValueError as error:
            given = part if equals else f"{key} has no value; it"
            raise SourceError(f"{target}: {given} must be {wanted}.") from error
    return spec


def _scene(spec: Spec, name: str) -> Scene:
    """Choose paper, pen and ink that go together.

    Raises:
        SourceError: when they were demanded and do not.
    """
    light = spec.ink == "light" if spec.ink else (spec.paper in DARK_PAPERS or bool(spec.pen and PENS[spec.pen].light))
    usual = {"whiteboard": "whiteboard"}.get(spec.paper or "", "chalk" if light else "gel")
    pen = spec.pen or usual
    paper = spec.paper or ("blackboard" if light else "plain")
    if PENS[pen].light != light:
        pens = ", ".join(key for key, value in PENS.items() if value.light == light)
        raise SourceError(f"{name}: pen={pen} does not write {'light' if light else 'dark'} ink. These do: {pens}")
    if (paper in DARK_PAPERS) != light:
        papers = ", ".join(key for key in PAPERS if (key in DARK_PAPERS) == light)
        raise SourceError(f"{name}: nobody could read this ink on paper={paper}. It shows on: {papers}")
    return Scene(
        paper=paper, pen=pen, fill=0.58, shadow=spec.shadow, tilt=spec.tilt, rotation=spec.rotation, blur=spec.blur,
        exposure=1.2 if light else 0.85, noise=0.0, quality=None,
    )


def _number(low: float, high: float) -> tuple[Callable[[str], float], str]:
    def parse(value: str) -> float:
        number = float(value)
        if not low <= number <= high:
            raise ValueError(value)
        return number

    return parse, f"a number from {low:g} to {high:g}"


def _whole(low: int, high: int) -> tuple[Callable[[str], int], str]:
    def parse(value: str) -> int:
        number = int(value)
        if not low <= number <= high:
            raise ValueError(value)
        return number

    return parse, f"a whole number from {low} to {high}"


def _one_of(*choices: str) -> tuple[Callable[[str], str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(value)
        return value

    return parse, f"one of {', '.join(choices)}"


def _parse_size(value: str) -> tuple[int, int]:
    width, height = (int(number) for number in value.lower().split("x"))
    if min(width, height) < 32 or max(width, height) > 16384:
        raise ValueError(value)
    return width, height


def _parse_text(value: str) -> str:
    if set(value) - CHARACTERS - {" ", ","}:
        raise ValueError(value)
    return "\n".join(row.strip() for row in value.split(","))


_TEXT = f"of digits, blanks, commas between rows, and the signs {' '.join(sorted(CHARACTERS - set(DIGITS) - {':'}))}"
_KEYS: dict[str, tuple[Callable[[str], Any], str]] = {
    "text": (_parse_text, _TEXT),
    "size": (_parse_size, "WIDTHxHEIGHT in pixels, each from 32 to 16384, such as 1280x720"),
    "paper": _one_of(*PAPERS),
    "pen": _one_of(*PENS),
    "ink": _one_of("dark", "light"),
    "shadow": _number(0, 0.9),
    "tilt": _number(0, 40),
    "rotation": _number(-180, 180),
    "noise": _number(0, 60),
    "blur": _number(0, 20),
    "seed": _whole(0, 2**32 - 1),
    "frames": _whole(1, 10**9),
    "change": _number(0, 3600),
}
