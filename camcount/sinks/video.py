"""Shots as a video file, as long as they lasted."""

from __future__ import annotations

import os
import queue
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np

from camcount.errors import OutputError
from camcount.shot import Shot
from camcount.sinks.base import Sink, SinkOptions
from camcount.sinks.files import refuse_existing, refuse_source
from camcount.types import Image

CODECS = {".mp4": ("avc1", "mp4v"), ".m4v": ("avc1", "mp4v"), ".mov": ("avc1", "mp4v"), ".webm": ("VP80", "VP90"),
          ".mkv": ("VP80", "mp4v"), ".avi": ("XVID", "MJPG")}
"""By suffix, the best first that can keep up; which of them there are differs from one OpenCV to another."""
RATE = 30.0
"""Frames a second of a live recording, where the encoder holds it."""
RESERVE = 3_000_000
"""Bytes that are left free on the disk, so that the end of the file, without which nothing plays, finds room."""
WAITING = 8
"""Frames that may wait for the encoder; then the loop waits too."""
TRIAL, SHARE = 6, 0.6
"""So many frames tell how fast an encoder is here; and of that speed a live recording uses this share."""
MOST_FILLED = 300.0
"""A gap of more seconds between two frames is cut to this."""


class VideoWriter:
    """A video file whose frames stand where their times are: a gap is filled with the frame before it.

    Args:
        path: whose suffix chooses the codec.
        rate: frames a second of the file.

    Raises:
        OutputError: when no codec for it opens, or the file cannot be written.
    """

    def __init__(self, path: Path, rate: float, size: tuple[int, int]) -> None:
        self.path = path
        self.codec = ""
        self.rate = rate
        # Most codecs halve the colours: they want even sides.
        self._size = max(2, size[0] // 2 * 2), max(2, size[1] // 2 * 2)
        self._video = self._open()
        self._first: float | None = None
        self._written = 0
        self._before: Image | None = None

    def add(self, image: Image, moment: float) -> None:
        """Put an image where its time is; of several in one place, the last.

        Args:
            image: of any size; it is brought to that of the file.
            moment: seconds.
        """
        if self._first is None:
            self._first = moment
        self._first += max(0.0, moment - self._first - self._written / self.rate - MOST_FILLED)
        place = round((moment - self._first) * self.rate)
        if self._before is not None:
            while self._written < place:
                self._write(self._before)
        self._before = self._fit(image)

    def close(self) -> None:
        """Finish the file."""
        try:
            if self._before is not None:
                self._write(self._before)
        finally:
            self._before = None
            self._video.release()

    def _open(self) -> cv2.VideoWriter:
        tried = CODECS[self.path.suffix.lower()]
        for codec in tried:
            video = cv2.VideoWriter(str(self.path), cv2.VideoWriter.fourcc(*codec), self.rate, self._size)
            if video.isOpened():
                self.codec = codec
                return video
            video.release()
        if self.path.exists() and not self.path.stat().st_size:
            self.path.unlink()
        raise OutputError(
            f"{self.path}: no codec of this OpenCV ({', '.join(tried)}) writes there. Is the folder writable? "
            "Else name another kind: .avi"
        )

    def _fit(self, image: Image) -> Image:
        width, height = self._size
        if image.shape[1] - width in (0, 1) and image.shape[0] - height in (0, 1):
            return np.ascontiguousarray(image[:height, :width])
        return np.asarray(cv2.resize(image, self._size, interpolation=cv2.INTER_AREA), np.uint8)

    def _write(self, image: Image) -> None:
        if shutil.disk_usage(self.path.parent).free < RESERVE:
            raise OutputError(f"{self.path}: the disk is nearly full. What was recorded is whole; make room.")
        # OpenCV 4 gives None, and OpenCV 5 whether it could.
        if self._video.write(image) is False:
            raise OutputError(f"{self.path}: the encoder fails. What was recorded so far is whole; is the disk full?")
        self._written += 1


class VideoSink(Sink):
    """The annotated frames, or the frames as they came, paced by their times; the encoder has a thread of its own."""

    kind = "video"
    suffixes = tuple(CODECS)
    annotated = True

    def __init__(self, path: str, options: SinkOptions = SinkOptions()) -> None:
        self._path = Path(path)
        self._overwrite = options.overwrite
        self._rate = options.rate
        self._writer: VideoWriter | None = None
        self._frames: queue.Queue[tuple[Image, float] | None] = queue.Queue(WAITING)
        self._thread: threading.Thread | None = None
        self._error: OutputError | None = None

    def __enter__(self) -> Sink:
        if self._path.suffix.lower() not in CODECS:
            raise OutputError(f"{self._path}: not a kind of video that camcount writes. Name one of {' '.join(CODECS)}")
        refuse_existing(self._path, self._overwrite)
        if not os.path.isdir(self._path.parent):
            raise OutputError(f"{self._path}: its folder does not exist. Make it first.")
        if not os.access(self._path.parent, os.W_OK):
            raise OutputError(f"{self._path}: its folder may not be written in. Name another place.")
        return self

    @property
    def told(self) -> str:
        """Where it goes, and how it is encoded; empty before the first frame."""
        if self._writer is None:
            return ""
        return f"{self._path}: recorded with {self._writer.codec}, {self._writer.rate:.3g} frames a second"

    def write(self, shot: Shot) -> None:
        if self._error:
            raise self._error
        image = shot.overlay if self.annotated else shot.frame.image
        if self._writer is None:
            refuse_source(self._path, shot.frame.source)
            rate = self._rate or _pace(self._path.suffix, image)
            self._writer = VideoWriter(self._path, rate, (image.shape[1], image.shape[0]))
            self._thread = threading.Thread(target=self._encode, args=(self._writer,), daemon=True)
            self._thread.start()
        if self._rate:
            self._frames.put((image, shot.frame.time))
        else:
            # What is filmed live does not wait: the writer repeats the frame before.
            with suppress(queue.Full):
                self._frames.put_nowait((image, shot.frame.time))

    def close(self) -> None:
        self._finish()
        if self._error:
            raise self._error

    def abort(self) -> None:
        """Finish the file all the same: what was filmed is kept."""
        self._finish()

    def _finish(self) -> None:
        if self._thread is not None:
            self._frames.put(None)
            self._thread.join()
            self._thread = None

    def _encode(self, writer: VideoWriter) -> None:
        """Write what comes until None does: the thread."""
        try:
            while (item := self._frames.get()) is not None:
                if self._error is None:
                    try:
                        writer.add(*item)
                    except Exception as error:  # else nobody would empty the queue, and the loop would wait for ever
                        self._error = _failure(writer.path, error)
        finally:
            try:
                writer.close()
            except Exception as error:
                self._error = self._error or _failure(writer.path, error)


def _pace(suffix: str, image: Image) -> float:
    """Give the frames a second that the encoder of a suffix holds here, `RATE` at most, by trying it on an image."""
    with tempfile.TemporaryDirectory() as folder:
        trial = VideoWriter(Path(folder) / f"trial{suffix}", RATE, (image.shape[1], image.shape[0]))
        started = time.perf_counter()
        for shift in range(TRIAL):
            trial.add(np.roll(image, shift, 1), shift / RATE)
        trial.close()
        return min(RATE, max(1.0, SHARE * TRIAL / (time.perf_counter() - started)))


def _failure(path: Path, error: Exception) -> OutputError:
    if isinstance(error, OutputError):
        return error
    return OutputError(f"{path}: cannot be recorded any more ({error}). Is the disk still there?")


class RawVideoSink(VideoSink):
    """The frames as they came."""

    kind = "raw-video"
    suffixes = ()
    annotated = False
