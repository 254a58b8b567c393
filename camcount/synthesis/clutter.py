"""What stands on a page beside its digits: lines under them, rings around them, strikes, ticks, stains, doodles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from camcount.synthesis.hand import Strokes
from camcount.synthesis.layout import Layout, Mark
from camcount.synthesis.shapes import DIGITS

Points = npt.NDArray[np.float64]
Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]
"""x0 y0 x1 y1, in heights of a digit."""


def decorate(layout: Layout, kinds: tuple[str, ...], rng: np.random.Generator) -> Layout:
    """Draw clutter on a layout that is still in heights of a digit.

    A strike takes digits away: what is struck out is a mark, but no digit any longer.
    """
    for kind in kinds:
        if kind == "strike":
            layout = _strike(layout, rng)
        else:
            layout = _DRAWERS[kind](layout, rng)
    return layout


def _group(layout: Layout, rng: np.random.Generator) -> Rectangle:
    """Give where one group of the text stands, drawn by lot; a middling place on an empty page."""
    groups = sorted({(mark.row, mark.group) for mark in layout.marks if mark.row >= 0})
    if not groups:
        return _extent(layout)
    chosen = groups[int(rng.integers(len(groups)))]
    return _around([mark for mark in layout.marks if (mark.row, mark.group) == chosen])


def _extent(layout: Layout) -> Rectangle:
    written = [mark for mark in layout.marks if mark.row >= 0]
    return _around(written) if written else (0.0, 0.0, 4.0, 2.0)


def _around(marks: list[Mark]) -> Rectangle:
    points = np.concatenate([stroke for mark in marks for stroke in mark.strokes])
    (x0, y0), (x1, y1) = points.min(0).tolist(), points.max(0).tolist()
    return x0, y0, x1, y1


def _add(layout: Layout, strokes: list[Points], pen: float = 1.0, ink: str = "") -> Layout:
    drawn: Strokes = [stroke.astype(np.float32) for stroke in strokes]
    return replace(layout, marks=(*layout.marks, Mark("clutter", -1, 0, drawn, pen, False, ink)))


def _line(start: Point, end: Point, rng: np.random.Generator, loose: float = 0.03) -> Points:
    """Draw a line by hand: nearly straight."""
    ends = np.array([start, end]) + rng.normal(0, loose, (2, 2))
    length = float(np.hypot(*(ends[1] - ends[0])))
    t = np.linspace(0, 1, max(4, int(length / 0.08)))[:, None]
    bow = np.sin(np.pi * t) * rng.normal(0, 0.012 * length, 2)
    bow = bow + np.sin(3 * np.pi * t) * rng.normal(0, 0.004 * length, 2)
    line: Points = ends[0] * (1 - t) + ends[1] * t + bow
    return line


def _ring(centre: Point, radii: Point, rng: np.random.Generator, over: float = 0.4) -> Points:
    """Draw once around and a little further."""
    start = rng.uniform(0, 2 * np.pi)
    t = np.linspace(start, start + 2 * np.pi + rng.uniform(0, over), 64)
    grow = 1 + np.linspace(0, rng.normal(0, 0.06), 64) + 0.04 * np.sin(2 * t + rng.uniform(0, 6))
    ring: Points = np.array(centre) + np.stack([radii[0] * grow * np.cos(t), radii[1] * grow * np.sin(t)], 1)
    return ring


def _corners(box: Rectangle, rng: np.random.Generator) -> list[Points]:
    x0, y0, x1, y1 = box
    around = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    return [_line(a, b, rng) for a, b in zip(around, around[1:])]


def _underline(layout: Layout, rng: np.random.Generator) -> Layout:
    x0, _, x1, y1 = _group(layout, rng)
    y = y1 + float(rng.uniform(0.08, 0.25))
    return _add(layout, [_line((x0 - 0.1, y), (x1 + 0.15, y + float(rng.normal(0, 0.04))), rng)])


def _double(layout: Layout, rng: np.random.Generator) -> Layout:
    x0, _, x1, y1 = _group(layout, rng)
    return _add(layout, [_line((x0 - 0.1, y1 + gap), (x1 + 0.1, y1 + gap), rng) for gap in (0.16, 0.36)])


def _sum_line(layout: Layout, rng: np.random.Generator) -> Layout:
    """Draw a line over the last row, as under an addition."""
    rows = sorted({mark.row for mark in layout.marks if mark.row >= 0})
    x0, _, x1, _ = _extent(layout)
    if len(rows) < 2:
        return _underline(layout, rng)
    above = _around([mark for mark in layout.marks if mark.row == rows[-2]])[3]
    below = _around([mark for mark in layout.marks if mark.row == rows[-1]])[1]
    return _add(layout, [_line((x0 - 0.3, (above + below) / 2), (x1 + 0.2, (above + below) / 2), rng)])


def _circle(layout: Layout, rng: np.random.Generator) -> Layout:
    x0, y0, x1, y1 = _group(layout, rng)
    radii = (x1 - x0) / 2 * 1.2 + 0.3, (y1 - y0) / 2 * 1.25 + 0.2
    return _add(layout, [_ring(((x0 + x1) / 2, (y0 + y1) / 2), radii, rng)], ink=_ink(rng))


def _box(layout: Layout, rng: np.random.Generator) -> Layout:
    x0, y0, x1, y1 = _group(layout, rng)
    by = float(rng.uniform(0.15, 0.4))
    return _add(layout, _corners((x0 - by, y0 - by, x1 + by, y1 + by), rng), ink=_ink(rng))


def _frame(layout: Layout, rng: np.random.Generator) -> Layout:
    x0, y0, x1, y1 = _extent(layout)
    by = float(rng.uniform(0.4, 0.9))
    return _add(layout, _corners((x0 - by, y0 - by, x1 + by, y1 + by), rng))


def _table(layout: Layout, rng: np.random.Generator) -> Layout:
    """Draw lines between the rows, a frame, and an upright line or two."""
    x0, y0, x1, y1 = _extent(layout)
    x0, y0, x1, y1 = x0 - 0.5, y0 - 0.4, x1 + 0.5, y1 + 0.4
    lines = _corners((x0, y0, x1, y1), rng)
    rows = sorted({mark.row for mark in layout.marks if mark.row >= 0})
    extents = [_around([mark for mark in layout.marks if mark.row == row]) for row in rows]
    lines += [_line((x0, y), (x1, y), rng) for y in ((a[3] + b[1]) / 2 for a, b in zip(extents, extents[1:]))]
    for share in rng.uniform(0.1, 0.9, int(rng.integers(0, 3))).tolist():
        lines.append(_line((x0 + share * (x1 - x0), y0), (x0 + share * (x1 - x0), y1), rng))
    return _add(layout, lines)


def _strike(layout: Layout, rng: np.random.Generator) -> Layout:
    """Cross out one group of digits, of several; it is then not to be read."""
    digits = [mark for mark in layout.marks if mark.character in DIGITS]
    groups = sorted({(mark.row, mark.group) for mark in digits})
    if len(groups) < 2:
        return layout
    chosen = groups[int(rng.integers(len(groups)))]
    struck = [mark for mark in digits if (mark.row, mark.group) == chosen]
    x0, y0, x1, y1 = _around(struck)
    marks = tuple(replace(mark, character="struck") if mark in struck else mark for mark in layout.marks)
    middle = (y0 + y1) / 2
    ways = [
        [_line((x0 - 0.15, middle), (x1 + 0.2, middle), rng, 0.08)],
        [_line((x0 - 0.1, middle + by), (x1 + 0.1, middle + by), rng) for by in (-0.12, 0.15)],
        [_line((x0 - 0.1, y1), (x1 + 0.1, y0), rng, 0.08), _line((x0 - 0.1, y0), (x1 + 0.1, y1), rng, 0.08)],
        [_zigzag((x0 - 0.1, y0, x1 + 0.1, y1), rng)],
    ]
    return _add(replace(layout, marks=marks), ways[int(rng.integers(len(ways)))])


def _zigzag(box: Rectangle, rng: np.random.Generator) -> Points:
    x0, y0, x1, y1 = box
    turns = max(3, int((x1 - x0) / float(rng.uniform(0.1, 0.25))))
    x = np.linspace(x0, x1, turns) + rng.normal(0, 0.03, turns)
    y = np.where(np.arange(turns) % 2, y0, y1) + rng.normal(0, 0.08, turns)
    t = np.linspace(0, turns - 1, turns * 8)
    return np.stack([np.interp(t, np.arange(turns), x), np.interp(t, np.arange(turns), y)], 1)


def _tick(layout: Layout, rng: np.random.Generator) -> Layout:
    _, y0, x1, y1 = _group(layout, rng)
    size, x = (y1 - y0) * float(rng.uniform(0.7, 1.3)), x1 + float(rng.uniform(0.4, 0.9))
    low = x + 0.25 * size, y1
    strokes = [np.concatenate([_line((x, y1 - 0.4 * size), low, rng), _line(low, (x + size, y1 - 1.1 * size), rng)])]
    return _add(layout, strokes, ink=_ink(rng))


def _cross(layout: Layout, rng: np.random.Generator) -> Layout:
    x0, y0, _, y1 = _group(layout, rng)
    size, x = (y1 - y0) * float(rng.uniform(0.5, 1.0)), x0 - float(rng.uniform(0.4, 0.8))
    strokes = [_line((x - size, y1 - size), (x, y1), rng), _line((x, y1 - size), (x - size, y1), rng)]
    return _add(layout, strokes, ink=_ink(rng))


def _arrow(layout: Layout, rng: np.random.Generator) -> Layout:
    x0, y0, x1, y1 = _group(layout, rng)
    side = 1 if rng.random() < 0.6 else -1
    tip = np.array([x1 + 0.35, (y0 + y1) / 2]) if side > 0 else np.array([x0 - 0.35, (y0 + y1) / 2])
    tail = tip + [side * rng.uniform(0.8, 2.0), rng.normal(0, 0.4)]
    angle = np.arctan2(*(tail - tip)[::-1])
    barbs = [tip + 0.3 * np.array([np.cos(angle + turn), np.sin(angle + turn)]) for turn in (-0.5, 0.5)]
    a, b = (float(tip[0]), float(tip[1])), (float(tail[0]), float(tail[1]))
    strokes = [_line(b, a, rng), *(_line((float(x), float(y)), a, rng, 0.01) for x, y in barbs)]
    return _add(layout, strokes, ink=_ink(rng))


def _stain(layout: Layout, rng: np.random.Generator) -> Layout:
    """Leave the ring of a cup."""
    x0, y0, x1, y1 = _extent(layout)
    centre = float(rng.uniform(x0, x1)), float(rng.uniform(y0, y1))
    radius = float(rng.uniform(0.6, 1.4)) * max(y1 - y0, 0.3 * (x1 - x0))
    return _add(layout, [_ring(centre, (radius, radius), rng, 0.0)], float(rng.uniform(1.5, 4)), "stain")


def _blot(layout: Layout, rng: np.random.Generator) -> Layout:
    """Drop some ink, in one spot or a few specks."""
    x0, y0, x1, y1 = _extent(layout)
    for _ in range(int(rng.integers(1, 8))):
        at = np.array([rng.uniform(x0 - 0.5, x1 + 0.5), rng.uniform(y0 - 0.5, y1 + 0.5)])
        layout = _add(layout, [at + rng.normal(0, 0.02, (4, 2))], float(rng.uniform(0.5, 2.5)))
    return layout


def _doodle(layout: Layout, rng: np.random.Generator) -> Layout:
    """Let the pen wander below the text."""
    x0, _, x1, y1 = _extent(layout)
    place = np.array([rng.uniform(x0, x1), y1 + rng.uniform(0.9, 1.4)])
    t = np.linspace(0, 2 * np.pi * rng.uniform(0.7, 3.5), 110)
    wander = np.zeros((len(t), 2))
    for k in (1.0, 1.7, 2.9):
        turns = np.stack([np.cos(k * t + rng.uniform(0, 6)), np.sin(k * t + rng.uniform(0, 6))], 1)
        wander += turns * rng.normal(0, 0.45 / k)
    along = np.stack([t * rng.uniform(0, 0.5), np.zeros_like(t)], 1)
    return _add(layout, [np.asarray(place + wander + along)])


def _hatch(layout: Layout, rng: np.random.Generator) -> Layout:
    """Shade a patch below the text with strokes side by side."""
    x0, _, x1, y1 = _extent(layout)
    x, y = float(rng.uniform(x0, x1)), y1 + 0.5
    wide, tall = float(rng.uniform(0.8, 2.5)), float(rng.uniform(0.5, 1.6))
    lean = float(rng.uniform(-0.6, 0.6))
    places = (x + np.arange(0, wide, 0.16)).tolist()
    return _add(layout, [_line((at, y + tall), (at + lean, y), rng) for at in places])


def _ink(rng: np.random.Generator) -> str:
    return "second" if rng.random() < 0.35 else ""


_DRAWERS: dict[str, Callable[[Layout, np.random.Generator], Layout]] = {
    "underline": _underline, "double underline": _double, "sum line": _sum_line, "circle": _circle, "box": _box,
    "frame": _frame, "table": _table, "tick": _tick, "cross": _cross, "arrow": _arrow, "stain": _stain, "blot": _blot,
    "doodle": _doodle, "hatch": _hatch,
}
