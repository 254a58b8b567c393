"""Frames -> readings in their order, by several processes: a clip keeps all cores busy.

Threads would not: half of what a frame takes is Python's own, and that runs in one thread at a time.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

import cv2
import numpy as np

from camcount.errors import CamcountError
from camcount.reader import Reader
from camcount.types import Frame, Reading

MOST = 4
"""No more processes than these, unless they are asked for: one alone decodes, draws and records."""
SLOTS = 2
"""Frames that a helper holds: one that it reads, and the next."""
AHEAD = 12
"""Frames that are read before one that is still being read; then that is waited for."""


def usual_processes() -> int:
    """Give how many processes read a clip unless it is told: one a core, `MOST` at most."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, own)


@dataclass(slots=True, eq=False)
class _Job:
    """A frame, and its reading once there is one."""

    frame: Frame
    helper: _Helper | None = None
    """Who reads it; None for this process."""
    reading: Reading | None = None


class Crew:
    """A reader and its copies in other processes, which share the frames among them.

    This process reads too, whenever all others are busy: so it begins at once, while they are still starting.
    """

    def __init__(self, reader: Reader, processes: int) -> None:
        self._reader = reader
        self._helpers: list[_Helper] = []
        self._wanted = processes - 1
        self._threads = cv2.getNumThreads()

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for helper in self._helpers:
            helper.dismiss()
        cv2.setNumThreads(self._threads)

    def read_each(self, frames: Iterable[Frame | None]) -> Iterator[tuple[Frame, Reading] | None]:
        """Read frames and give each with its reading, in their order; see `Reader.read_each`.

        Raises:
            CamcountError: what the frames raise, once all before it are read.
        """
        jobs: deque[_Job] = deque()
        try:
            for frame in frames:
                if frame is None:
                    yield None
                    continue
                jobs.append(self._begin(frame))
                yield from self._end(jobs, AHEAD)
        except CamcountError:
            yield from self._end(jobs, 0)
            raise
        yield from self._end(jobs, 0)

    def gather(self, frame: Frame) -> None:
        """Start the helpers for frames as large as this one, and wait for them: without it they come when ready."""
        self._start(frame)
        for helper in self._helpers:
            helper.collect(wait=True)

    def _start(self, frame: Frame) -> None:
        if self._wanted and not self._helpers:
            cv2.setNumThreads(1)  # The cores are taken already.
            self._helpers = [_Helper(self._reader, frame.image.nbytes) for _ in range(self._wanted)]

    def _begin(self, frame: Frame) -> _Job:
        """Give a frame to a helper that has room for it, or read it here."""
        self._start(frame)
        for helper in self._helpers:
            if helper.take(job := _Job(frame, helper)):
                return job
        return _Job(frame, None, self._reader.read(frame))

    def _end(self, jobs: deque[_Job], most: int) -> Iterator[tuple[Frame, Reading]]:
        """Give the frames that are read, as far as none before them is not; wait while there are more than `most`."""
        for helper in self._helpers:
            helper.collect()
        while jobs and (jobs[0].reading or not jobs[0].helper or len(jobs) > most):
            job = jobs.popleft()
            while not job.reading and job.helper:
                job.helper.collect(wait=True)
            # What a lost helper took along is read here: a bug shows itself again.
            yield job.frame, job.reading or self._reader.read(job.frame)


class _Helper:
    """A process that reads; it gets frames through shared memory."""

    def __init__(self, reader: Reader, size: int) -> None:
        """Start it.

        Args:
            reader: that it copies.
            size: of the largest image that it takes, bytes.
        """
        context = multiprocessing.get_context("spawn")  # A fork of a process with threads may hang.
        memory = context.RawArray("B", SLOTS * size)
        self._slots = np.frombuffer(memory, np.uint8).reshape(SLOTS, size)
        self._taken = 0
        self._jobs: deque[_Job] = deque()
        self._ready = self._lost = False
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_help, args=(reader, memory, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def take(self, job: _Job) -> bool:
        """Take a job, if there is room for it."""
        image = job.frame.image
        if not self._ready or self._lost or len(self._jobs) == SLOTS or image.nbytes > self._slots.shape[1]:
            return False
        slot = self._taken % SLOTS
        self._slots[slot, : image.nbytes] = image.reshape(-1)
        with suppress(OSError):  # Lost: `collect` learns of it.
            self._pipe.send((slot, image.shape, replace(job.frame, image=image[:0])))
        self._taken += 1
        self._jobs.append(job)
        return True

    def collect(self, wait: bool = False) -> None:
        """Take in what was read since; if asked to wait, one reading at least, or that the process is lost."""
        try:
            while not self._lost and (wait or self._pipe.poll()):
                told = self._pipe.recv()
                if self._ready:
                    self._jobs.popleft().reading = told
                self._ready, wait = True, False
        except (EOFError, OSError):
            self._lost = True
            for job in self._jobs:
                job.helper = None

    def dismiss(self) -> None:
        """End it; what it reads is lost."""
        self._process.terminate()
        self._process.join()
        self._pipe.close()


def _help(reader: Reader, memory: Any, pipe: Connection) -> None:
    """Read what comes, until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes; the first one ends the others.
    cv2.setNumThreads(1)
    slots = np.frombuffer(memory, np.uint8).reshape(SLOTS, -1)
    with suppress(EOFError, OSError):
        pipe.send(None)
        while True:
            slot, shape, frame = pipe.recv()
            image = slots[slot, : int(np.prod(shape))].reshape(shape)
            pipe.send(reader.read(replace(frame, image=image)))
