"""Pages and what was read of them -> scores: digits, lines and pages that are right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from camcount.evaluation.manifest import Page


@dataclass(frozen=True, slots=True)
class PageResult:
    """What a reader made of one page."""

    page: Page
    wanted: tuple[str, ...]
    """The digits of each line, nothing between them."""
    read: tuple[str, ...]
    """The same of the reading."""
    edits: int
    """Digits to change, add or take away until the reading is right."""
    elapsed_ms: float = 0.0
    error: str = ""
    """Why the picture could not be read at all."""

    @property
    def exact(self) -> bool:
        return self.wanted == self.read

    @property
    def lines_exact(self) -> int:
        """How many wanted lines stand in the reading, wherever."""
        return (Counter(self.wanted) & Counter(self.read)).total()

    @property
    def digits(self) -> int:
        return sum(map(len, self.wanted))

    @property
    def spurious(self) -> int:
        """Digits read beyond those that are there."""
        return max(0, sum(map(len, self.read)) - self.digits)

    def to_dict(self) -> dict[str, Any]:
        return {
            "file": self.page.name,
            "wanted": list(self.wanted),
            "read": list(self.read),
            "edits": self.edits,
            "elapsed_ms": self.elapsed_ms,
            **({"error": self.error} if self.error else {}),
        }


def judge(page: Page, read: Iterable[str], elapsed_ms: float = 0.0, error: str = "") -> PageResult:
    """Compare the lines that were read with those of the page; spaces and `?` count as nothing.

    Where the page gives its digits no order, only which digits there are is compared.
    """
    wanted, got = digits_of(page.lines), digits_of(read)
    distance = edit_distance if page.ordered else unordered_distance
    return PageResult(page, wanted, got, distance("".join(wanted), "".join(got)), elapsed_ms, error)


def digits_of(lines: Iterable[str]) -> tuple[str, ...]:
    """Keep the digits of each line, and the lines that have any."""
    bare = (re.sub("[^0-9]", "", line) for line in lines)
    return tuple(line for line in bare if line)


def edit_distance(wanted: Sequence[str], read: Sequence[str]) -> int:
    """Count the fewest changes, insertions and deletions that turn one text into the other (Levenshtein 1966)."""
    costs = list(range(len(read) + 1))
    for row, expected in enumerate(wanted, 1):
        diagonal, costs[0] = costs[0], row
        for column, found in enumerate(read, 1):
            change = diagonal + (expected != found)
            diagonal = costs[column]
            costs[column] = min(change, diagonal + 1, costs[column - 1] + 1)
    return costs[-1]


def unordered_distance(wanted: Sequence[str], read: Sequence[str]) -> int:
    """Count the fewest changes, insertions and deletions when the order does not matter."""
    missing, surplus = Counter(wanted), Counter(read)
    return max((missing - surplus).total(), (surplus - missing).total())


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of a group of pages; ratios run to 1, accuracy below 0 where more was made up than read."""

    results: tuple[PageResult, ...] = field(repr=False)

    @property
    def pages(self) -> int:
        return len(self.results)

    @property
    def digits(self) -> int:
        return sum(result.digits for result in self.results)

    @property
    def digit_accuracy(self) -> float:
        """1 - edits / digits, over all pages together."""
        return 1 - sum(result.edits for result in self.results) / max(1, self.digits)

    @property
    def exact_lines(self) -> float:
        lines = sum(len(result.wanted) for result in self.results)
        return sum(result.lines_exact for result in self.results) / max(1, lines)

    @property
    def exact_pages(self) -> float:
        return sum(result.exact for result in self.results) / self.pages

    @property
    def spurious(self) -> float:
        """Digits read beyond those that are there, mean a page."""
        return sum(result.spurious for result in self.results) / self.pages

    @property
    def elapsed_ms(self) -> float:
        """Reading a page, mean; decoding its file excluded."""
        return sum(result.elapsed_ms for result in self.results) / self.pages

    def to_dict(self) -> dict[str, Any]:
        names = ("pages", "digits", "digit_accuracy", "exact_lines", "exact_pages", "spurious", "elapsed_ms")
        return {name: getattr(self, name) for name in names}


def scores_by_group(results: Sequence[PageResult]) -> dict[str, Score]:
    """Score the groups: `CORE` where the manifest marks any, `ALL`, then each category by name."""
    groups = {"CORE": [result for result in results if result.page.core], "ALL": list(results)}
    for result in sorted(results, key=lambda result: result.page.category):
        groups.setdefault(result.page.category, []).append(result)
    return {name: Score(tuple(group)) for name, group in groups.items() if group}
