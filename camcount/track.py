"""Readings -> one steady reading: the memory of a stream."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from camcount.assemble import MIN_CONFIDENCE
from camcount.events import Change
from camcount.follow import Track
from camcount.look import Look
from camcount.types import UNSURE, Box, Line, Reading

STABLE_AFTER = 0.3
"""Seconds for which a text must have led until it is stable, if it is sure then."""
MEMORY = 0.15
"""Seconds after which what was seen counts for 1/e of what is seen now."""
MIN_AGE = 0.1
"""Seconds until a line that appeared is shown at all."""
MAX_GAP = 0.8
"""Seconds for which a stable line that is not seen is kept: a hand before it, a blur; half of that where it is none."""
PATIENCE = 1.0
"""Seconds for which a reading waits for its lines that are not stable yet, before it is told without them."""
SURE = 0.75
"""Over time a stable digit must be so likely."""
LONGEST_STEP = 0.25
"""No frame counts for more seconds than this, however long the one before it is ago."""
FIRST_STEP = 1 / 30
"""Seconds that a first frame counts for."""
SHARPEST = 1.5
"""Seconds after which the sharpest frame is half forgotten."""
LEAST_VOTE = 0.05
"""What a blurred frame counts for, of 1."""
MATCH = 0.2
"""A line is another's follower when their boxes share so much of both."""
NEAR = 3.0
"""Or when it says the same within so many of its heights."""
HEIR = 0.15
"""Seconds between the last sight of a line and the first of the one that takes its place."""
SAME_PLACE = 0.5
"""Two tracks that cover so much of the smaller one's box follow the same line: the weaker one ends."""


class Unsteady:
    """Takes every reading as it is: the memory of somebody who has none but for what changed."""

    def __init__(self, accepts: Callable[[str], bool] = lambda text: True) -> None:
        self.accepts = accepts
        self.changes: list[Change] = []
        self._told: tuple[Line, ...] = ()

    def update(self, reading: Reading, look: Look | None = None) -> Reading:
        """Give the reading back; lines that may be none are not stable."""
        lines = tuple(replace(line, stable=self.accepts(line.text)) for line in reading.lines)
        told = tuple(line for line in lines if line.stable)
        text, before = ("\n".join(line.text for line in each) for each in (told, self._told))
        self.changes = [Change("reading", told)] if text and text != before else []
        if before and not text:
            self.changes = [Change("gone", self._told)]
        self._told = told
        return replace(reading, lines=lines)


class Tracker:
    """Follows the lines of one stream, and tells of each what was seen of it over time.

    Lines of a frame go to the tracks whose boxes they overlap most, best first (as in SORT: Bewley et al. 2016). Of
    each digit the probabilities of all frames are averaged, the recent and the sharp ones more; a text is stable once
    it led for a while, surely, and stays until another one is.
    """

    def __init__(
        self, *, stable_after: float = STABLE_AFTER, max_gap: float = MAX_GAP,
        min_confidence: float = MIN_CONFIDENCE, accepts: Callable[[str], bool] = lambda text: True,
    ) -> None:
        """Begin without a memory.

        Args:
            stable_after: seconds for which a text must lead.
            max_gap: seconds for which a stable line is kept unseen.
            min_confidence: digits less sure read as "?".
            accepts: tells whether a text may be a reading; what is not stays tentative.
        """
        self.accepts = accepts
        self.stable_after = stable_after
        self.max_gap = max_gap
        self.min_confidence = min_confidence
        self.changes: list[Change] = []
        """What the last update changed."""
        self._tracks: list[Track] = []
        self._told: tuple[tuple[int, str], ...] = ()
        self._next = 1
        self._time: float | None = None
        self._look: Look | None = None
        self._forgets = False
        self._sharpest = 0.0

    def update(self, reading: Reading, look: Look | None = None) -> Reading:
        """Give the steady reading after one more frame; what changed lies in `changes`.

        Args:
            reading: of the frame alone; its times must not go back.
            look: of the frame; without it all frames count alike.
        """
        time = reading.time
        step = FIRST_STEP if self._time is None else min(max(time - self._time, 1e-3), LONGEST_STEP)
        self._time = time
        self.changes = []
        if self._forgets:
            self._clear()
        vote = step * self._weigh(look, step)
        for track in self._tracks:
            track.fade(math.exp(-step / MEMORY))
        for continued, line in self._match(reading.lines):
            track = continued or self._open(line, time)
            track.vote(line, vote)
            track.seen = time
        self._settle(time)
        lines = self._show(time)
        self._tell(lines, time)
        return replace(reading, lines=lines)

    def reset(self) -> None:
        """Forget all lines; the next update tells that they are gone."""
        self._forgets = True

    def _clear(self) -> None:
        self._forgets = False
        for track in self._tracks:
            self._end(track)
        self._tracks = []

    def _weigh(self, look: Look | None, step: float) -> float:
        """Give what a frame counts for: sharp ones most; and forget all when another scene is seen."""
        if look is None:
            return 1.0
        if self._look is not None and look.is_cut_from(self._look):
            self._clear()
            self._sharpest = 0.0
        self._look = look
        self._sharpest = max(self._sharpest * 0.5 ** (step / SHARPEST), look.sharpness, 1e-3)
        return max(LEAST_VOTE, (look.sharpness / self._sharpest) ** 2)

    def _match(self, lines: Sequence[Line]) -> list[tuple[Track | None, Line]]:
        """Pair lines with the tracks that they continue, best first; None for those that continue none."""
        pairs = sorted(
            ((_likeness(track, line), i, j) for i, track in enumerate(self._tracks) for j, line in enumerate(lines)),
            reverse=True,
        )
        taken: dict[int, int] = {}
        for likeness, i, j in pairs:
            if likeness > 0 and j not in taken and i not in taken.values():
                taken[j] = i
        return [(self._tracks[taken[j]] if j in taken else None, line) for j, line in enumerate(lines)]

    def _open(self, line: Line, time: float) -> Track:
        track = Track(self._next, time, time, line, since=time)
        self._next += 1
        self._tracks.append(track)
        return track

    def _settle(self, time: float) -> None:
        """Let each track decide what it says, and end those that were not seen for long, or follow another's line."""
        for track in self._tracks:
            if track.seen == time:
                self._decide(track, time)
        kept: list[Track] = []
        for track in sorted(self._tracks, key=lambda track: (not track.shown, -track.seen, track.number)):
            gap = self.max_gap if track.shown else self.max_gap / 2
            doubled = any(_covers(other.line.box, track.line.box) > SAME_PLACE for other in kept)
            if time - track.seen > gap or doubled or self._has_heir(track, time):
                self._end(track)
            else:
                kept.append(track)
        self._tracks = kept

    def _has_heir(self, track: Track, time: float) -> bool:
        """Tell whether a line came when this one went, and is stable: the sheet was changed."""
        if track.seen == time:
            return False
        heirs = (other for other in self._tracks if other is not track and other.shown)
        return any(abs(other.born - track.seen) < HEIR for other in heirs)

    def _decide(self, track: Track, time: float) -> None:
        digits = track.lead(self.min_confidence)
        text = "".join(digit.value for digit in digits)
        sure = min(digit.confidence for digit in digits) >= max(SURE, self.min_confidence)
        if text != track.leader:
            track.leader, track.since = text, time
        spaces = track.words[len(digits)].spaces(track.spaces)
        settled = sure and UNSURE not in text and time - track.since >= self.stable_after - 1e-6
        if text == track.shown or (settled and self.accepts(Line(digits, spaces=spaces).text)):
            track.shown, track.held, track.spaces = text, digits, spaces
        elif track.shown and text != track.shown and time - track.since > self.max_gap:
            # What is seen now is in doubt, but it is no longer that.
            self._end(track)
            track.shown, track.born = "", time

    def _show(self, time: float) -> tuple[Line, ...]:
        """Give the lines to be shown, from the top."""
        lines = []
        for track in self._tracks:
            if track.shown:
                lines.append(Line(track.held, track.number, track.spaces))
            elif time - track.born >= MIN_AGE:
                digits = track.lead(self.min_confidence)
                spaces = track.words[len(digits)].spaces()
                lines.append(Line(digits, track.number, spaces, stable=False))
        return tuple(sorted(lines, key=lambda line: (line.box.y0 + line.box.y1, line.box.x0)))

    def _tell(self, lines: Sequence[Line], time: float) -> None:
        """Note when other texts are stable than were told, once no line is about to become so."""
        stable = tuple(line for line in lines if line.stable)
        now = tuple((line.track or 0, line.text) for line in stable)
        waiting = any(not track.shown and time - track.born < PATIENCE for track in self._tracks)
        if set(now) - set(self._told) and not waiting:
            self.changes.append(Change("reading", stable))
            self._told = now

    def _end(self, track: Track) -> None:
        if any(number == track.number for number, _ in self._told):
            self._told = tuple(pair for pair in self._told if pair[0] != track.number)
            self.changes.append(Change("gone", (Line(track.held, track.number, track.spaces),)))


def _likeness(track: Track, line: Line) -> float:
    """Tell how well a line continues a track, 0 to 1."""
    first, second = track.line.box, line.box
    common = _common(first, second)
    overlap = common / max(1, _area(first) + _area(second) - common)
    if overlap >= MATCH:
        return overlap
    far = math.hypot(first.x0 + first.x1 - second.x0 - second.x1, first.y0 + first.y1 - second.y0 - second.y1) / 2
    said = line.text.replace(" ", "")
    return MATCH / (1 + far) if far < NEAR * second.height and said in (track.leader, track.shown) else 0.0


def _covers(first: Box, second: Box) -> float:
    """Give the common part of two boxes, as a share of the smaller one."""
    return _common(first, second) / max(1, min(_area(first), _area(second)))


def _common(first: Box, second: Box) -> int:
    width = min(first.x1, second.x1) - max(first.x0, second.x0)
    height = min(first.y1, second.y1) - max(first.y0, second.y0)
    return max(0, width) * max(0, height)


def _area(box: Box) -> int:
    return box.width * box.height
