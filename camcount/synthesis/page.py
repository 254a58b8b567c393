"""Pages: text, written by a hand, lit and seen by a camera, with the truth about every digit."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from camcount.synthesis import camera, light, traces
from camcount.synthesis.camera import Matrix
from camcount.synthesis.chance import plan_empty, plan_page
from camcount.synthesis.clutter import decorate
from camcount.synthesis.compose import compose
from camcount.synthesis.grounds import GROUNDS
from camcount.synthesis.hand import Hand, Writer
from camcount.synthesis.ink import BLUE, PENS, RED, Colour, Pen, draw_strokes, lay_ink
from camcount.synthesis.layout import Layout, fit, lay_out
from camcount.synthesis.legible import is_legible
from camcount.synthesis.manner import Manner
from camcount.synthesis.paper import PAPERS, fold, lay_on_desk
from camcount.synthesis.scene import Scene, random_scene
from camcount.synthesis.scribes import Scribes
from camcount.synthesis.shapes import CHARACTERS, DIGITS
from camcount.synthesis.surface import Ruling
from camcount.synthesis.truth import OTHER, find_touching, lines_of, map_digits, traits_of
from camcount.types import Image, Line


ALPHABET = "".join(sorted(character for character in CHARACTERS if character.isalpha()))
"""Letters that a `Hand` knows."""

_ATTEMPTS = 12
"""So often a page is drawn anew that nobody could read."""


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
    scribes: Scribes | None = None, only: str | None = None,
) -> Page:
    """Draw a page of which the seed decides all that is not given.

    Args:
        seed: of all chance.
        text: see `draw_page`; None leaves it to chance.
        size: (width, height), pixels.
        scene: how it looks; with one given the rows are written evenly, else that too is left to chance.
        scribes: who may write; without them, the `Hand` of the seed.
        only: one of `TRAITS`, the one difficulty that the page is to have; None leaves that to chance.
    """
    rng = np.random.default_rng([seed, 0x50414745])
    # A given scene draws the same page whether or not its text is given too.
    even_text, _ = random_text(rng), random_scene(rng)
    if scene is not None:
        writer = scribes.draw(rng) if scribes else Hand(seed)
        return draw_page(even_text if text is None else text, size, scene, rng, writer)
    for attempt in range(_ATTEMPTS):
        lot = np.random.default_rng([seed, 0x504C414E, attempt])
        writer = scribes.draw(lot) if scribes else Hand(seed)
        plan = plan_page(lot, size, scribes.alphabet if scribes else ALPHABET, text, only)
        page = draw_page(plan.text, size, plan.scene, rng, writer, manner=plan.manner)
        if only and only not in page.traits:
            continue
        if page.lines and is_legible(page.image, page.lines, page.digit_map):
            break
    return page


def make_empty(seed: int, size: tuple[int, int] = (1280, 720), scribes: Scribes | None = None) -> Page:
    """Draw a page without any digit: words, doodles, bare paper, or something that is no paper."""
    rng = np.random.default_rng([seed, 0x454D5054])
    writer = scribes.draw(rng) if scribes else Hand(seed)
    plan = plan_empty(rng, size, scribes.alphabet if scribes else ALPHABET)
    return draw_page(plan.text, size, plan.scene, rng, writer, manner=plan.manner)


def draw_page(
    text: str, size: tuple[int, int], scene: Scene, rng: np.random.Generator, writer: Writer, *,
    manner: Manner | None = None,
) -> Page:
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
        manner: how it is written; None for even rows.

    Raises:
        KeyError: when the writer does not know a character.
    """
    chances = [np.random.default_rng(int(seed)) for seed in rng.integers(0, 2**62, 5)]
    for_layout, for_paper, for_ink, for_light, for_sensor = chances
    matrix = camera.homography(size, scene.tilt, scene.rotation, float(for_layout.uniform(0, 360)))
    line_width = float(for_ink.uniform(*PENS[scene.pen].width))
    layout = _write(text, writer, for_layout, scene, line_width, manner)
    layout = fit(layout, size, matrix, scene.fill, for_layout)
    pen_width = line_width * layout.height

    x0, y0, x1, y1 = camera.seen_part(matrix, size)
    matrix = matrix @ np.array([[1, 0, x0], [0, 1, y0], [0, 0, 1]])
    layout = layout.placed(1.0, (-x0, -y0))
    sheet = _draw_sheet(layout, (x1 - x0, y1 - y0), scene, pen_width, for_paper, for_ink)
    seen = cv2.warpPerspective(sheet, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    image = _photograph(_lit(np.asarray(seen, np.uint8), scene, for_light), scene, for_sensor)
    return _with_truth(image, layout, matrix, scene, pen_width)


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


def _write(
    text: str, writer: Writer, rng: np.random.Generator, scene: Scene, line_width: float, manner: Manner | None
) -> Layout:
    if manner is None:
        return lay_out(text, writer, rng, scene.spacing, line_width)
    return decorate(compose(text, writer, rng, manner, line_width), manner.clutter, rng)


def _draw_sheet(
    layout: Layout, size: tuple[int, int], scene: Scene, pen_width: float, for_paper: np.random.Generator,
    for_ink: np.random.Generator,
) -> Image:
    ruling = Ruling(layout.height, layout.pitch, layout.baseline, layout.cells)
    sheet = (PAPERS.get(scene.paper) or GROUNDS[scene.paper])(size, ruling, for_paper)
    pen = PENS[scene.pen]
    colour = pen.colours[int(for_ink.integers(len(pen.colours)))]
    if "showthrough" in scene.traces:
        strokes = [stroke for mark in layout.marks for stroke in mark.strokes]
        sheet = traces.show_through(sheet, strokes, pen_width, for_paper)
    for mark in layout.marks:
        coverage, box = draw_strokes(mark.strokes, pen_width * mark.pen, pen, for_ink)
        if mark.ink == "stain":
            traces.lay_stroke(sheet, coverage, box, for_paper)
        else:
            lay_ink(sheet, coverage, box, _second(pen, colour) if mark.ink else colour)
    if scene.folded:
        sheet = fold(sheet, for_paper)
    sheet = _mark_sheet(sheet, layout, scene, for_paper)
    if scene.desk:
        ground = GROUNDS[scene.ground] if scene.ground else None
        sheet = lay_on_desk(sheet, _free_share(layout, size, for_paper), for_paper, ground)
    return sheet


def _second(pen: Pen, colour: Colour) -> Colour:
    """Give the colour that a person takes to mark what is written in another."""
    if pen.light:
        return next((other for other in pen.colours if other != colour), colour)
    return RED if colour != RED else BLUE


def _mark_sheet(sheet: Image, layout: Layout, scene: Scene, rng: np.random.Generator) -> Image:
    """Leave the scene's traces on the sheet, beside the text where they would hide it."""
    height, width = sheet.shape[:2]
    points = layout.points if len(layout.points) else np.array([[width / 2, height / 2]])
    low, high = points.min(0), points.max(0)
    free = float(low[0]), float(low[1]), float(width - high[0]), float(height - high[1])
    if "crumple" in scene.traces:
        sheet = traces.crumple(sheet, rng)
    if "punched" in scene.traces or "spiral" in scene.traces:
        sheet = traces.punch(sheet, free[0], "spiral" in scene.traces, rng)
    return traces.hold(sheet, free, rng) if "finger" in scene.traces else sheet


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
        for _ in range(scene.shadows):
            cast = light.cast_hand if scene.caster == "hand" else light.cast_shadow
            field = cast(field, scene.shadow, scene.softness, rng)
    return light.shine(image, field, scene.exposure, scene.warmth, scene.tinge)


def _photograph(image: Image, scene: Scene, rng: np.random.Generator) -> Image:
    image = camera.coarsen(image, scene.shrink)
    image = camera.shake(camera.blur(image, scene.blur), scene.shake, float(rng.uniform(0, 180)))
    if scene.noise:
        image = camera.Sensor((image.shape[1], image.shape[0]), scene.noise, rng).expose(image, rng)
    image = camera.sharpen(image, scene.sharpen)
    return camera.compress(image, scene.quality) if scene.quality else image
