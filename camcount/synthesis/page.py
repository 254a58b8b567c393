"""Pages: text, written by a hand, lit and seen by a camera, with the truth about every digit."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from camcount.synthesis import camera, light
from camcount.synthesis.camera import Matrix
from camcount.synthesis.hand import Hand, Writer
from camcount.synthesis.ink import PENS, draw_strokes, lay_ink
from camcount.synthesis.layout import Layout, fit, lay_out
from camcount.synthesis.paper import PAPERS, Ruling, fold, lay_on_desk
from camcount.synthesis.scene import Scene, random_scene
from camcount.synthesis.scribes import Scribes
from camcount.synthesis.shapes import DIGITS
from camcount.synthesis.truth import OTHER, find_touching, lines_of, map_digits, traits_of
from camcount.types import Image, Line


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A picture of a page and what is written there."""

    image: Image
    lines: tuple[Line, ...]
    """The digits, row by row from the top, each with its box in the picture and with confidence 1."""
    digit_map: npt.NDArray[np.uint16]
    """(h, w): the number of the digit whose ink is there, counted from 1 in the order of `lines`; 0 where there is no
    ink, `OTHER` where there is ink that is no digit (paper's own ruling is none)."""
    traits: frozenset[str]
    """Its difficulties, of `TRAITS`."""
    touching: tuple[tuple[int, int], ...]
    """Pairs of digits whose ink meets, by their numbers in `digit_map`."""

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


def make_page(
    seed: int, text: str | None = None, size: tuple[int, int] = (1280, 720), scene: Scene | None = None, *,
    scribes: Scribes | None = None,
) -> Page:
    """Draw a page of which the seed decides all that is not given: text, scene, and who writes (without scribes a
    `Hand`)."""
    rng = np.random.default_rng([seed, 0x50414745])
    chosen = random_text(rng), random_scene(rng)
    writer = scribes.draw(np.random.default_rng([seed, 0x57524954])) if scribes else Hand(seed)
    return draw_page(chosen[0] if text is None else text, size, scene or chosen[1], rng, writer)


def draw_page(text: str, size: tuple[int, int], scene: Scene, rng: np.random.Generator, writer: Writer) -> Page:
    """Draw a page.

    The same generator gives the same picture. Layout, paper, ink, light and sensor have chances of their own: another
    paper or light does not move the digits.

    Args:
        text: rows parted by line breaks, groups of a row by blanks; what is not a digit is drawn, parts groups as a
            blank does, and is not in the truth.
        size: (width, height), pixels.
        scene: how it looks.
        rng: all chance.
        writer: writes each character, `Hand` or another supplier of strokes.

    Raises:
        KeyError: when the writer does not know a character.
    """
    chances = [np.random.default_rng(int(seed)) for seed in rng.integers(0, 2**62, 5)]
    for_layout, for_paper, for_ink, for_light, for_sensor = chances
    matrix = camera.homography(size, scene.tilt, scene.rotation, float(for_layout.uniform(0, 360)))
    line_width = float(for_ink.uniform(*PENS[scene.pen].width))
    layout = fit(lay_out(text, writer, for_layout, scene.spacing, line_width), size, matrix, scene.fill, for_layout)
    pen_width = line_width * layout.height

    x0, y0, x1, y1 = camera.seen_part(matrix, size)
    matrix = matrix @ np.array([[1, 0, x0], [0, 1, y0], [0, 0, 1]])
    layout = layout.placed(1.0, (-x0, -y0))
    sheet = _draw_sheet(layout, (x1 - x0, y1 - y0), scene, pen_width, for_paper, for_ink)
    seen = cv2.warpPerspective(sheet, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    image = _photograph(_lit(np.asarray(seen, np.uint8), scene, for_light), scene, for_sensor)
    return _with_truth(image, layout, matrix, scene, pen_width)


def make_empty(seed: int, size: tuple[int, int] = (1280, 720), scribes: Scribes | None = None) -> Page:
    """Draw a page without any digit."""
    return make_page(seed, "", size, scribes=scribes)


def random_text(rng: np.random.Generator) -> str:
    """Give one to four rows of one to eight digits, at times in two groups."""
    rows = []
    for _ in range(int(rng.choice([1, 2, 3, 4], p=(0.55, 0.25, 0.13, 0.07)))):
        digits = "".join(rng.choice(list(DIGITS), int(rng.integers(1, 9))))
        cut = int(rng.integers(1, len(digits))) if len(digits) > 3 and rng.random() < 0.2 else 0
        rows.append(f"{digits[:cut]} {digits[cut:]}" if cut else digits)
    return "\n".join(rows)


def _with_truth(image: Image, layout: Layout, matrix: Matrix, scene: Scene, pen_width: float) -> Page:
    size = image.shape[1], image.shape[0]
    lines = lines_of(layout, matrix, pen_width)
    digit_map = map_digits(layout, lines, matrix, size, pen_width)
    touching = find_touching(layout, pen_width)
    traits = traits_of(layout, scene, size, lines, touching, bool((digit_map == OTHER).any()))
    return Page(image, lines, digit_map, traits, touching)


def _draw_sheet(
    layout: Layout, size: tuple[int, int], scene: Scene, pen_width: float, for_paper: np.random.Generator,
    for_ink: np.random.Generator,
) -> Image:
    ruling = Ruling(layout.height, layout.pitch, layout.baseline)
    sheet = PAPERS[scene.paper](size, ruling, for_paper)
    pen = PENS[scene.pen]
    colour = pen.colours[int(for_ink.integers(len(pen.colours)))]
    for mark in layout.marks:
        lay_ink(sheet, *draw_strokes(mark.strokes, pen_width * mark.pen, pen, for_ink), colour)
    if scene.folded:
        sheet = fold(sheet, for_paper)
    if scene.desk:
        sheet = lay_on_desk(sheet, _free_share(layout, size, for_paper), for_paper)
    return sheet


def _free_share(layout: Layout, size: tuple[int, int], rng: np.random.Generator) -> tuple[float, float]:
    """Give how much of the width and the height can be cut off on any side without coming near the text."""
    points = layout.points / size
    if not len(points):
        return 0.1, 0.1
    free = np.minimum(points.min(0), 1 - points.max(0)).clip(0) * rng.uniform(0.3, 0.75, 2)
    return float(free[0]), float(free[1])


def _lit(image: Image, scene: Scene, rng: np.random.Generator) -> Image:
    size = image.shape[1], image.shape[0]
    field = light.vignette(light.slope(light.even(size), scene.slope, rng), scene.vignette)
    if scene.flash:
        field = light.flash(field, scene.flash, rng)
    if scene.shadow:
        field = light.cast_shadow(field, scene.shadow, scene.softness, rng)
    return light.shine(image, field, scene.exposure, scene.warmth)


def _photograph(image: Image, scene: Scene, rng: np.random.Generator) -> Image:
    image = camera.shake(camera.blur(image, scene.blur), scene.shake, float(rng.uniform(0, 180)))
    if scene.noise:
        image = camera.Sensor((image.shape[1], image.shape[0]), scene.noise, rng).expose(image, rng)
    return camera.compress(image, scene.quality) if scene.quality else image
