"""The newest frame of a feed, from a thread of its own, with a watch over cameras that vanish or freeze."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from types import TracebackType

import numpy as np

from camcount.errors import SourceError
from camcount.events import Event
from camcount.sources.base import Source, SourceOptions
from camcount.sources.feeds import CameraFeed, Feed, PlayedFeed, UrlFeed
from camcount.types import Frame, Image

FROZEN = 2.0
"""Seconds without a new picture, or with always the same, after which a camera is lost."""
PATIENCE = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds to wait before each new try to open it; the last again and again."""
READ_SLACK = 0.5
"""Seconds more than `FROZEN` until a thread that still waits for a picture counts as silent."""
RETRY = 0.02
"""Seconds until a camera is asked again that gave no picture."""
IDLE = 0.05
"""Seconds after which None is given where no frame came."""
JOIN = 8.0
"""Seconds that the thread may take to end: a read of a silent camera lasts its timeout."""
_DEVICE = re.compile(r"(?:/dev/video)?(\d{1,4})", re.ASCII)
_URL = re.compile(r"(https?|rtsps?|rtmp|udp|tcp)://", re.IGNORECASE)


class LiveSource(Source):
    """Frames of a camera as they come: of those that came while nobody asked, only the newest.

    A camera that gives nothing for `FROZEN` seconds, or the same picture, is closed and opened again; `on_event` of the
    options is told when it was lost and when it was found.

    Args:
        targets: one: a camera's number, or an address (http, rtsp).
        options: with what it is asked for.
        feed: what to look at instead of a camera.

    Raises:
        SourceError: when there are several targets.
    """

    def __init__(
        self, targets: Sequence[str], options: SourceOptions = SourceOptions(), feed: Feed | None = None
    ) -> None:
        if len(targets) != 1:
            raise SourceError(f"{targets[1]}: one camera at a time. Give each its own command.")
        self.name = targets[0]
        self.rate = 0.0
        """Frames a second that come, measured; before the first few, what the camera promised."""
        self.started = 0.0
        """When time began, by `time.perf_counter`."""
        self._options = options
        self._feed = feed or _feed(self.name, options)
        self._stop = threading.Event()
        self._state = threading.Condition()
        self._news: deque[Event] = deque()
        self._newest: Frame | None = None
        self._error: BaseException | None = None
        self._over = False
        self._lost = False
        self._last = 0.0
        self._wanted: CameraFeed | None = None
        self._thread: threading.Thread | None = None

    @classmethod
    def accepts(cls, target: str) -> bool:
        """Take camera numbers, device nodes of Linux, and addresses."""
        return bool(_DEVICE.fullmatch(target) or _URL.match(target))

    @classmethod
    def playing(cls, source: Source, name: str, options: SourceOptions) -> LiveSource:
        """Give a source that plays another one as a camera would, newest frame only."""
        return cls((name,), options, PlayedFeed(source, name))

    def age(self, frame: Frame) -> float:
        """Tell how long ago a frame was taken, seconds."""
        return max(0.0, time.perf_counter() - self.started - frame.time)

    def pause(self, on: bool) -> None:
        """Hold a clip, or let it go on; a camera cannot be held, and what it shows meanwhile is passed over."""
        if isinstance(self._feed, PlayedFeed):
            self._feed.pause(on)

    def change_to(self, index: int) -> None:
        """Look through another camera from now on; where it cannot be opened, through the one before."""
        self._wanted = CameraFeed(index, self._options)

    def __enter__(self) -> Source:
        try:
            self.rate = self._feed.open()
        except BaseException:
            self._feed.close()
            raise
        self.started = self._last = time.perf_counter()
        self._thread = threading.Thread(target=self._capture, name="camcount-capture", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        if isinstance(self._feed, PlayedFeed):
            self._feed.wake()
        if self._thread is not None:
            self._thread.join(JOIN)
            self._thread = None

    def __iter__(self) -> Iterator[Frame | None]:
        silent = False
        while True:
            with self._state:
                self._state.wait_for(lambda: self._newest or self._news or self._over, IDLE)
                frame, self._newest = self._newest, None
                news = list(self._news)
                self._news.clear()
                over, lost, quiet = self._over, self._lost, time.perf_counter() - self._last
            # The thread may still wait for a picture that does not come.
            watched = self._feed.lasting and self._options.reconnect
            if watched and not over and not lost and not silent and quiet > FROZEN + READ_SLACK:
                silent = True
                self._options.on_event(Event("camera_lost", self.name, {"why": "no picture comes"}))
            for event in news:
                if not (silent and event.kind == "camera_lost"):
                    self._options.on_event(event)
                silent = silent and event.kind != "camera_found"
            if frame and silent:
                self._options.on_event(Event("camera_found", self.name))
                silent = False
            if frame or not over:
                yield frame
            elif self._error:
                raise self._error
            else:
                return

    def _capture(self) -> None:
        """Take pictures until told to stop: the thread."""
        try:
            index = 0
            watch = _Watch()
            while not self._stop.is_set():
                if self._wanted:
                    self._change()
                    watch = _Watch()
                image = self._feed.read()
                now = time.perf_counter()
                if image is not None and not (self._feed.lasting and watch.is_frozen(image, now)):
                    self._publish(Frame(image, index, round(now - self.started, 6), self.name), now)
                    index += 1
                elif image is None or watch.frozen:
                    if self._stop.is_set() or not self._feed.lasting:
                        return
                    if image is None and now - self._last < FROZEN:
                        self._stop.wait(RETRY)  # one bad picture is no loss
                        continue
                    self._find_again("no picture comes" if image is None else "always the same picture")
                    watch = _Watch()
        except BaseException as error:  # raised again where the frames are taken
            self._error = error
        finally:
            self._feed.close()
            with self._state:
                self._over = True
                self._state.notify_all()

    def _publish(self, frame: Frame, now: float) -> None:
        with self._state:
            passed = now - self._last
            if frame.index and passed > 0:
                self.rate = 0.9 * self.rate + 0.1 / passed if self.rate else 1 / passed
            self._newest, self._last = frame, now
            self._state.notify_all()

    def _change(self) -> None:
        """Open the wanted camera; where that fails, the one before is looked for as if it had been lost."""
        wanted, self._wanted = self._wanted, None
        if wanted is None:
            return
        self._feed.close()
        try:
            wanted.open()
            self._feed, self.name = wanted, wanted.name
        except SourceError as error:
            self._find_again(str(error))

    def _find_again(self, why: str) -> None:
        """Open a lost camera again, however long it takes.

        Raises:
            SourceError: when that is not wanted.
        """
        self._feed.close()
        if not self._options.reconnect:
            raise SourceError(f"{self.name}: the camera was lost: {why}. Look at its cable, or use --reconnect on.")
        self._note(Event("camera_lost", self.name, {"why": why}), True)
        for attempt in range(10**9):
            if self._stop.wait(PATIENCE[min(attempt, len(PATIENCE) - 1)]):
                return
            if self._wanted:
                self._feed, self._wanted = self._wanted, None
                self.name = self._feed.name
            try:
                self._feed.open()
                # One that opens but shows nothing is not found.
                if self._feed.read() is None:
                    self._feed.close()
                    continue
            except SourceError:
                continue
            self._note(Event("camera_found", self.name), False)
            return

    def _note(self, event: Event, lost: bool) -> None:
        with self._state:
            self._news.append(event)
            self._lost = lost
            self._last = time.perf_counter()
            self._state.notify_all()


class _Watch:
    """Sees whether a camera gives the same picture again and again: even a still one has noise."""

    def __init__(self) -> None:
        self.frozen = False
        self._before: Image | None = None
        self._since = 0.0

    def is_frozen(self, image: Image, now: float) -> bool:
        sample = image[::16, ::16]
        if self._before is None or not np.array_equal(sample, self._before):
            self._before, self._since = sample.copy(), now
        self.frozen = now - self._since > FROZEN
        return self.frozen


def _feed(target: str, options: SourceOptions) -> Feed:
    if _URL.match(target):
        return UrlFeed(target)
    return CameraFeed(int(re.sub(r"\D", "", target)), options)
