"""One line followed through a stream: what was seen of it, and where it is now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from camcount.slide import find_motion, find_slide, move_digits
from camcount.types import UNSURE, Digit, Line

SPACE = 0.65
"""A space comes when so much of what was seen has it, and goes when so much has not."""

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Word:
    """What was seen of a line while it had so many digits."""

    line: Line
    """As it was seen last."""
    votes: Floats
    """(digits, 10), what was seen of each digit, decayed."""
    gaps: Floats
    """(digits,), how much of it was seen with a space before each digit."""
    weight: float = 0.0

    def slide(self, line: Line) -> None:
        """Let what was seen of each digit go with it, when one left the picture as another came in."""
        places = find_slide(self.line.digits, line.digits)
        if places:
            self.votes, self.gaps = _slid(self.votes, places), _slid(self.gaps, places)

    def spaces(self, before: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Give the digits with a space before them, where most frames saw one; what was so before needs less."""
        needed = np.full(len(self.gaps), SPACE)
        needed[[i for i in before if i < len(needed)]] = 1 - SPACE
        return tuple(np.flatnonzero(self.gaps > needed * self.weight).tolist())


@dataclass(slots=True)
class Track:
    """One line followed through a stream."""

    number: int
    born: float
    seen: float
    line: Line
    """As it was seen last."""
    words: dict[int, Word] = field(default_factory=dict)
    """By their number of digits."""
    leader: str = ""
    since: float = 0.0
    """When the text that leads began to."""
    shown: str = ""
    """The stable text; empty before there is one."""
    held: tuple[Digit, ...] = ()
    """The digits of `shown` as they were seen last."""
    spaces: tuple[int, ...] = ()

    def vote(self, line: Line, weight: float) -> None:
        """Count what a frame tells of it."""
        count = len(line.digits)
        self._move(line)
        word = self.words.setdefault(count, Word(line, np.zeros((count, 10)), np.zeros(count)))
        word.slide(line)
        votes = np.array([_shares(digit) for digit in line.digits])
        word.line, word.votes, word.weight = line, word.votes + weight * votes, word.weight + weight
        word.gaps[list(line.spaces)] += weight
        self.line = line

    def _move(self, line: Line) -> None:
        """Bring all that was seen of it before to where it is now."""
        dx, dy = find_motion(self.line.digits, line.digits)
        if dx or dy:
            self.held = move_digits(self.held, dx, dy)
            for word in self.words.values():
                word.line = replace(word.line, digits=move_digits(word.line.digits, dx, dy))

    def fade(self, share: float) -> None:
        """Forget a little."""
        for word in self.words.values():
            word.votes *= share
            word.gaps *= share
            word.weight *= share
        best = max(self.words.values(), key=lambda word: word.weight)
        self.words = {count: word for count, word in self.words.items() if word is best or word.weight > 1e-4}

    def lead(self, min_confidence: float) -> tuple[Digit, ...]:
        """Give the digits that most was seen of, each with its mean confidence over time."""
        word = max(self.words.values(), key=lambda word: word.weight)
        shares = word.votes / word.weight
        return tuple(_digit(seen, told, min_confidence) for seen, told in zip(word.line.digits, shares))


def _shares(digit: Digit) -> Floats:
    """Give the probabilities of the ten values; of those that a digit does not tell, nothing."""
    shares = np.zeros(10)
    for value, probability in digit.top:
        shares[int(value)] = probability
    return shares


def _digit(seen: Digit, shares: Floats, min_confidence: float) -> Digit:
    order = np.argsort(-shares, kind="stable")[: max(1, len(seen.top))]
    top = tuple((str(value), round(float(shares[value]), 6)) for value in order)
    value, confidence = top[0]
    return replace(seen, value=value if confidence >= min_confidence else UNSURE, confidence=confidence, top=top)


def _slid(seen: Floats, places: int) -> Floats:
    """Give the rows of an array so many places further on, and nothing for those that come in."""
    slid = np.zeros_like(seen)
    count = len(seen)
    slid[max(0, -places) : count - max(0, places)] = seen[max(0, places) : count - max(0, -places)]
    return slid
