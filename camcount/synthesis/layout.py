"""Text to marks: where on a page each character is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from camcount.synthesis.camera import Matrix, project
from camcount.synthesis.hand import Strokes, Writer

_MARGIN = 0.06


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """One written character."""

    character: str
    row: int
    group: int
    """Counts the groups of a row, which wide gaps part."""
    strokes: Strokes
    pen: float = 1.0
    """Width of its line, as a share of the page's pen."""
    broken: bool = False
    """Whether there is a gap in its ink that does not belong there."""
    ink: str = ""
    """"second" for another colour than the page's, "stain" for what is none; else that of the page."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Marks at their places, in heights of a digit until `placed`, then in pixels of the page."""

    marks: tuple[Mark, ...]
    height: float
    """Of a digit."""
    pitch: float
    """From one baseline to the next."""
    baseline: float
    """Of the first row."""
    cells: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    """(n, 4), x0 y0 x1 y1 of the cells that digits stand in, on a form."""

    @property
    def points(self) -> npt.NDArray[np.float32]:
        """All points of all strokes, (k, 2), but of stains, which may lie anywhere."""
        strokes = [stroke for mark in self.marks if mark.ink != "stain" for stroke in mark.strokes]
        return np.concatenate(strokes) if strokes else np.zeros((0, 2), np.float32)

    def placed(self, scale: float, offset: tuple[float, float]) -> Layout:
        """Give the layout scaled, then moved."""
        moved = np.array(offset, np.float32)
        marks = tuple(
            replace(mark, strokes=[stroke * np.float32(scale) + moved for stroke in mark.strokes])
            for mark in self.marks
        )
        cells = self.cells * np.float32(scale) + np.tile(moved, 2)
        return Layout(marks, self.height * scale, self.pitch * scale, self.baseline * scale + offset[1], cells)


def lay_out(
    text: str, writer: Writer, rng: np.random.Generator, spacing: float | None = None, line_width: float = 0.0
) -> Layout:
    """Write a text in rows.

    Args:
        text: rows parted by line breaks, groups of a row by blanks.
        writer: writes the characters.
        spacing: between the ink of two marks, in heights of a digit; below 0 they touch; None leaves it to chance.
        line_width: of the pen, in heights of a digit.

    Raises:
        KeyError: when the writer does not know a character.
    """
    spacing = float(rng.uniform(0.14, 0.42)) if spacing is None else spacing
    pitch = float(rng.uniform(1.5, 2.1))
    slope = float(rng.normal(0, 0.012))
    marks: list[Mark] = []
    for row, line in enumerate(text.split("\n")):
        start = np.array([rng.normal(0, 0.12) if row else 0.0, row * pitch])
        marks += _write_row(line, row, start, slope + float(rng.normal(0, 0.006)), (spacing, line_width), writer, rng)
    return Layout(tuple(marks), 1.0, pitch, 1.0)


def fit(layout: Layout, size: tuple[int, int], matrix: Matrix, fill: float, rng: np.random.Generator) -> Layout:
    """Place a layout on the page so that the camera sees all of it.

    Args:
        layout: in heights of a digit.
        size: (width, height) of the picture.
        matrix: from the page to the picture.
        fill: the share of the picture, in the direction that is tighter, which the text takes if the tilt lets it.
    """
    points = layout.points
    where = rng.uniform(-0.4, 0.4, 2)
    if not len(points):
        return layout.placed(0.2 * min(size), (0.0, 0.0))
    low, high = points.min(0), points.max(0)
    frame = np.array(size, float)
    extent = np.maximum(high - low, 0.2)
    scale = float(min(fill * (frame / extent).min(), 0.55 * min(size)))
    while True:
        room = np.maximum((1 - 2 * _MARGIN) * frame - extent * scale, 0)
        offset = frame / 2 - (low + high) / 2 * scale + where * room
        seen = project(matrix, points * scale + offset)
        inside = (seen >= _MARGIN * 0.5 * frame).all() and (seen <= (1 - _MARGIN * 0.5) * frame).all()
        if inside or scale < 2:
            return layout.placed(scale, (float(offset[0]), float(offset[1])))
        scale, where = scale * 0.94, where * 0.8


def _write_row(
    line: str, row: int, start: npt.NDArray[np.float64], slope: float, gap: tuple[float, float], writer: Writer,
    rng: np.random.Generator,
) -> list[Mark]:
    spacing, line_width = gap
    marks: list[Mark] = []
    cursor = drift = 0.0
    for group, word in enumerate(line.split()):
        cursor += float(rng.uniform(0.9, 1.4)) if group else 0.0
        for character in word:
            strokes = writer(character, rng)
            points = np.concatenate(strokes)
            left, right = float(points[:, 0].min()), float(points[:, 0].max())
            drift += float(rng.normal(0, 0.012))
            shift = (start + [cursor - left, (cursor * slope) + drift]).astype(np.float32)
            marks.append(Mark(character, row, group, [stroke + shift for stroke in strokes]))
            cursor += right - left + line_width + max(spacing + float(rng.normal(0, 0.05)), min(spacing, 0.1))
    return marks
