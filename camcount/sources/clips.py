"""Clips: video files, and pictures numbered like frames -> every frame, with its time."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from types import TracebackType

import cv2
import numpy as np

from camcount.errors import SourceError
from camcount.sources.base import Source, SourceOptions
from camcount.types import Frame

SUFFIXES = (
    ".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mjpeg", ".mjpg", ".y4m", ".mpg", ".mpeg", ".ts", ".wmv", ".flv",
    ".3gp", ".ogv",
)
USUAL_RATE = 30.0
"""Frames a second of a clip that does not tell its own."""
MOST_DAMAGED = 90
"""So many frames in a row may be damaged; after more, the rest of a clip is taken for lost."""
WHOLE = 0.95
"""A clip that gives a smaller share of the frames that its header names was cut short."""
_NUMBERED = re.compile(r"%0?\d*d")


class ClipSource(Source):
    """Every frame of a clip, in its order.

    Frames that cannot be decoded are passed over and counted. With `start`, `end` and `every` of the options only a
    part of them is given; the times stay those of the clip.

    Args:
        targets: one file, or one pattern such as "frames/%04d.png".

    Raises:
        SourceError: when there are several targets.
    """

    def __init__(self, targets: Sequence[str], options: SourceOptions = SourceOptions()) -> None:
        if len(targets) != 1:
            raise SourceError(f"{targets[1]}: one clip at a time. Give each its own command.")
        self.name = targets[0]
        self.skipped = 0
        """Frames that could not be decoded, so far."""
        self.missing = 0
        """Frames that the clip's header names beyond its end, once it was read to there: it was cut short."""
        self.rate = USUAL_RATE
        """Frames a second, as the clip tells."""
        self._options = options
        self._clip: cv2.VideoCapture | None = None

    @classmethod
    def accepts(cls, target: str) -> bool:
        """Take files named like clips, and numbered pictures (`%04d`)."""
        numbered = bool(_NUMBERED.search(os.path.basename(target))) and "://" not in target
        return numbered or (target.lower().endswith(SUFFIXES) and "://" not in target and not os.path.isdir(target))

    def __enter__(self) -> Source:
        if self._clip is not None:  # opened already, by whom wants to know its rate
            return self
        self._check()
        self._clip = cv2.VideoCapture(self.name)
        if not self._clip.isOpened():
            self._clip.release()
            if self._numbered:
                raise SourceError(f"{self.name}: no pictures are named so, from 0 or 1 on. Check the folder.")
            raise SourceError(f"{self.name}: damaged, or a kind of clip that OpenCV cannot decode. Export it as MP4.")
        rate = float(self._clip.get(cv2.CAP_PROP_FPS))
        self.rate = (self._options.rate if self._numbered else None) or (rate if 0 < rate < 1000 else USUAL_RATE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        clip, self._clip = self._clip, None
        if clip is not None:
            clip.release()

    def __length_hint__(self) -> int:
        """About how many frames it gives; 0 where the clip does not tell."""
        if self._clip is None:
            return 0
        count = float(self._clip.get(cv2.CAP_PROP_FRAME_COUNT))
        if not 0 < count < 1e9:
            return 0
        start, end = self._options.start * self.rate, self._options.end
        last = count if end is None else min(count, end * self.rate)
        return max(0, round((last - start) / self._options.every))

    def __iter__(self) -> Iterator[Frame]:
        if self._clip is None:
            raise ValueError("iterate over a clip that is not open")
        index, first, time = -1, -1, 0.0
        for index in self._grab(self._clip):
            time = self._time(self._clip, index, time)
            if time < self._options.start - 1e-6:
                continue
            if self._options.end is not None and time >= self._options.end:
                return
            first = index if first < 0 else first
            if (index - first) % self._options.every:
                continue
            decoded, image = self._clip.retrieve()
            if not decoded or image is None or image.ndim != 3:
                self.skipped += 1
                continue
            yield Frame(np.asarray(image, np.uint8), index, time, self.name)
        if index < 0:
            raise SourceError(f"{self.name}: no frame in it can be decoded. Copy it again, or export it as MP4.")
        self.missing = self._count_missing(self._clip, index + 1)
        if first < 0:
            raise SourceError(f"{self.name}: it ends before --start {self._options.start:g}. Give an earlier second.")

    def _grab(self, clip: cv2.VideoCapture) -> Iterator[int]:
        """Step from frame to frame, over damaged ones too; give the number of each."""
        index, damaged = 0, 0
        while damaged <= MOST_DAMAGED:
            if not clip.grab():
                damaged += 1
                continue
            self.skipped += damaged
            index += damaged
            damaged = 0
            yield index
            index += 1

    def _time(self, clip: cv2.VideoCapture, index: int, before: float) -> float:
        """Give the time of a frame, seconds: the clip's own where it has one that does not go back."""
        told = float(clip.get(cv2.CAP_PROP_POS_MSEC)) / 1000
        if self._numbered or (told <= before and index > 0):
            return max(index / self.rate, before)
        return told

    def _count_missing(self, clip: cv2.VideoCapture, seen: int) -> int:
        """Count the frames that should have followed: what headers tell is off by a few, where they tell it at all."""
        told = float(clip.get(cv2.CAP_PROP_FRAME_COUNT))
        return round(told) - seen if not self._numbered and seen < WHOLE * told < 1e9 else 0

    @property
    def _numbered(self) -> bool:
        """Whether it is a pattern of numbered pictures."""
        return bool(_NUMBERED.search(os.path.basename(self.name)))

    def _check(self) -> None:
        if self._numbered:
            if not os.path.isdir(os.path.dirname(self.name) or "."):
                raise SourceError(f"{self.name}: no such folder. Check its name.")
            return
        if os.path.isdir(self.name):
            raise SourceError(f"{self.name}: a folder, not a clip. Name the file in it.")
        if not os.path.exists(self.name):
            raise SourceError(f"{self.name}: no such file. Check its name.")
        if not os.access(self.name, os.R_OK):
            raise SourceError(f"{self.name}: no permission to read it. Make it readable.")
        if not os.path.getsize(self.name):
            raise SourceError(f"{self.name}: empty (0 bytes). Copy it again.")
