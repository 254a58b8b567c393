"""View -> ink, and the form that it stands in: levelled, and without its lines."""

from __future__ import annotations

from camcount.binarize import Ink, binarize
from camcount.grid import Grid, find_grid
from camcount.lean import STEEP, tell_lean
from camcount.view import View


def part_ink(view: View, polarity: str = "auto") -> tuple[View, Ink, Grid | None]:
    """Part ink from paper; where a form is drawn, level it and take out its lines.

    Returns:
        The view, levelled where a form leans; its ink; and the form, or None.
    """
    ink = binarize(view.image, polarity)
    lean = tell_lean(ink)
    if lean is None:
        return view, ink, None
    level, level_ink = view, ink
    if abs(lean) > STEEP:
        level = view.level(lean)
        level_ink = binarize(level.image, ink.polarity)
    grid = find_grid(level_ink)
    cleared = grid.erase(level_ink) if grid else None
    return (level, cleared, grid) if cleared else (view, ink, None)
