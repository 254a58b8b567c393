"""Seeds -> results: draw pages of which every digit is known, read each and judge it by place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from camcount.evaluation import manifest
from camcount.evaluation.matching import Outcome, outcomes_by_place, right_places
from camcount.evaluation.scoring import PageResult, Score, judge
from camcount.reader import Reader
from camcount.synthesis import TRAITS, Page, Scribes, make_empty, make_page
from camcount.synthesis.seeds import EVALUATION_SEEDS
from camcount.types import Frame, Reading

CALM = "calm"
"""The group of the pages without any trait."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Which pages to draw."""

    pages: int
    empty: int = 0
    """Pages without a digit, beside those."""
    first: int = 0
    """Number of the first; the seed of page n is `EVALUATION_SEEDS` + n."""
    size: tuple[int, int] = (1280, 720)
    """(width, height), pixels."""
    scribes: Scribes | None = None
    """Who writes; None for invented hands."""
    only: str | None = None
    """The one difficulty that all pages have; None for pages by lot."""

    def seeds(self, count: int) -> range:
        start = EVALUATION_SEEDS + self.first
        return range(start, start + count)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a reader made of one drawn page."""

    result: PageResult
    traits: frozenset[str]
    outcomes: tuple[Outcome, ...]
    """Of each digit read."""
    pairs: tuple[bool, ...] = ()
    """Of each touching pair, whether both digits are read right at their places."""
    beside: tuple[bool, ...] = ()
    """The same of all other neighbours in the rows of a page on which some touch: how hard that page is anyhow."""

    def to_dict(self) -> dict[str, Any]:
        traits = [trait for trait in TRAITS if trait in self.traits]
        return self.result.to_dict() | {"traits": traits, "pairs": list(self.pairs)}


def read_drawn(reader: Reader, drawing: Drawing, empty: bool = False) -> Iterator[tuple[Drawn, Frame, Reading]]:
    """Draw each page, read and judge it; or each of those without a digit.

    One after the other: drawing beside would make the reading look slower than it is.
    """
    for seed in drawing.seeds(drawing.empty if empty else drawing.pages):
        if empty:
            page = make_empty(seed, drawing.size, scribes=drawing.scribes)
        else:
            page = make_page(seed, size=drawing.size, scribes=drawing.scribes, only=drawing.only)
        name = f"{'empty' if empty else 'page'}-{seed}"
        frame = Frame(page.image, source=name)
        reading = reader.read(frame)
        yield judge_drawn(page, name, reading), frame, reading


def judge_drawn(page: Page, name: str, reading: Reading) -> Drawn:
    """Compare a reading with what was drawn."""
    kind = ", ".join(trait for trait in TRAITS if trait in page.traits) or CALM
    wanted = manifest.Page(Path(name), name, tuple(line.text for line in page.lines), kind)
    result = judge(wanted, (line.text for line in reading.lines), reading.elapsed_ms)
    right = right_places(reading.lines, page.lines)
    pairs, beside = (
        tuple(right[first - 1] and right[second - 1] for first, second in chosen)
        for chosen in (page.touching, _apart(page))
    )
    return Drawn(result, page.traits, tuple(outcomes_by_place(reading.lines, page.lines)), pairs, beside)


def _apart(page: Page) -> list[tuple[int, int]]:
    """Give the neighbours in the rows of a page that do not touch, where others do; numbers of digits, from 1."""
    if not page.touching:
        return []
    touching = {frozenset(pair) for pair in page.touching}
    ends = np.cumsum([len(line.digits) for line in page.lines]).tolist()
    pairs = [(i, i + 1) for i in range(1, ends[-1]) if i not in ends]
    return [pair for pair in pairs if frozenset(pair) not in touching]


def drawn_by_trait(drawn: Sequence[Drawn]) -> dict[str, list[Drawn]]:
    """Group pages: `ALL`, those without a trait, then each trait; a page counts in each of its own."""
    groups = {"ALL": list(drawn), CALM: [page for page in drawn if not page.traits]}
    groups |= {trait: [page for page in drawn if trait in page.traits] for trait in TRAITS}
    return {name: group for name, group in groups.items() if group}


def scores_by_trait(drawn: Sequence[Drawn]) -> dict[str, Score]:
    """Score each of those groups."""
    return {name: Score(tuple(page.result for page in group)) for name, group in drawn_by_trait(drawn).items()}


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Pages without a digit, and what was read there all the same."""

    pages: int
    showing: int
    """Pages on which a digit is shown."""
    digits: int
    """Digits shown, on all of them together."""

    @property
    def share(self) -> float:
        return self.showing / max(1, self.pages)

    def to_dict(self) -> dict[str, Any]:
        return {"pages": self.pages, "showing": self.showing, "share": self.share, "digits": self.digits}


def false_alarms_by_trait(empty: Sequence[Drawn]) -> dict[str, FalseAlarms]:
    """Count the pages without a digit that show one, by the same groups."""
    return {
        name: FalseAlarms(len(group), sum(bool(page.result.read) for page in group), _digits_read(group))
        for name, group in drawn_by_trait(empty).items()
    }


def _digits_read(group: Sequence[Drawn]) -> int:
    return sum(len(line) for page in group for line in page.result.read)
