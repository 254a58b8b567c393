"""How a page is written: the ways in which people depart from even rows, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

ALIGNMENTS = ("left", "right", "centre", "scattered", "columns")
"""How the rows of a page stand to each other; in columns, the groups of all rows stand below each other."""

CLUTTER = (
    "underline", "double underline", "circle", "box", "frame", "table", "strike", "tick", "cross", "arrow", "stain",
    "blot", "doodle", "hatch", "sum line",
)
"""What is written beside digits and is none; letters and signs stand in the text."""


@dataclass(frozen=True, slots=True)
class Manner:
    """One way to write a page; the defaults are even rows.

    Raises:
        ValueError: when the alignment or a clutter is unknown.
    """

    spacing: float | None = None
    """Between digits, in their heights; None leaves it to chance."""
    touching: float = 0.0
    """Share of neighbours whose ink meets."""
    broken: float = 0.0
    """Share of digits that are written with a gap in their ink."""
    sizes: float = 1.0
    """How many times the largest row is as high as the smallest, 1 to 10."""
    uneven: float = 0.0
    """How much the digits of a row differ in size, share of their height."""
    habit: float = 0.0
    """Standard deviation of how high a hand writes each of the ten digits beside the others: some write small zeros."""
    wave: float = 0.0
    """How much digits leave their baseline, in their heights."""
    align: str = "left"
    """One of `ALIGNMENTS`."""
    cell: float = 0.0
    """Width of the cell that each digit stands in, in heights of a digit; 0 for none."""
    clutter: tuple[str, ...] = ()
    """What else is drawn, of `CLUTTER`."""
    inks: bool = False
    """Whether some rows are in another colour."""

    def __post_init__(self) -> None:
        if self.align not in ALIGNMENTS:
            raise ValueError(f"no alignment is called {self.align!r}; there are {', '.join(ALIGNMENTS)}")
        for kind in self.clutter:
            if kind not in CLUTTER:
                raise ValueError(f"no clutter is called {kind!r}; there are {', '.join(CLUTTER)}")
