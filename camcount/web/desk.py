"""Work that waits its turn: so much at a time, so much waiting, each for so long."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from camcount.web.problems import Problem

Result = TypeVar("Result")


class Desk:
    """Threads that read pictures; OpenCV and LiteRT let each other work meanwhile."""

    def __init__(self, workers: int, queue: int, seconds: float) -> None:
        """Open it.

        Args:
            workers: pieces of work at the same time.
            queue: more that may wait.
            seconds: that each may take, waiting included.
        """
        self._threads = ThreadPoolExecutor(workers, "reader")
        self._most = workers + queue
        self._seconds = seconds
        self._counting = threading.Lock()
        self.inside = 0
        """Pieces of work that are done or wait."""

    @property
    def full(self) -> bool:
        """Whether as much waits as may."""
        return self.inside >= self._most

    async def do(self, work: Callable[[], Result]) -> Result:
        """Have a piece of work done.

        Raises:
            Problem: when too many wait, or others took all the time (503), or it takes too long itself (504).
        """
        if self.full:
            raise Problem(503, "Too much to read at the moment. Try again in a second.", {"Retry-After": "1"})
        with self._counting:
            self.inside += 1
        begun = threading.Event()

        def begin() -> Result:
            begun.set()
            return work()

        done = self._threads.submit(begin)
        done.add_done_callback(self._leave)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(done), self._seconds)
        except asyncio.TimeoutError:
            # What waits is struck off; a thread that reads cannot be stopped, and keeps its place until it is done.
            if begun.is_set():
                raise Problem(504, f"Not read within {self._seconds:g} seconds. Send a smaller picture.") from None
            said = f"Others came first for {self._seconds:g} seconds. Try again in a while."
            raise Problem(503, said, {"Retry-After": str(max(1, math.ceil(self._seconds / 2)))}) from None

    def _leave(self, done: Future[Any]) -> None:
        with self._counting:
            self.inside -= 1

    def close(self) -> None:
        """Let go of what waits; what is being read ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
