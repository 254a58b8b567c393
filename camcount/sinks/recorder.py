"""A recording that is switched on and off while a stream goes on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from camcount.shot import Shot
from camcount.sinks.base import Sink, SinkOptions
from camcount.sinks.video import VideoSink


class Recorder(Sink):
    """Records while it is on, each time into a file of its own.

    Args:
        path: of the first recording, which begins with the first frame; empty to begin only when switched on.
        options: as of any video.
    """

    kind = "recorder"

    def __init__(self, path: str = "", options: SinkOptions = SinkOptions()) -> None:
        self._path = path
        self._options = options
        self._count = 0
        self._video: VideoSink | None = None
        self._last: VideoSink | None = None

    @property
    def on(self) -> bool:
        """Whether it records."""
        return self._video is not None

    @property
    def told(self) -> str:
        """Where the last recording goes, and how it is encoded; empty without one."""
        return self._last.told if self._last else ""

    def __enter__(self) -> Sink:
        if self._path:
            self._begin(self._path)
        return self

    def switch(self) -> str:
        """Begin a recording, or finish it; give what was done, in words."""
        if self._video:
            video, self._video = self._video, None
            video.close()
            return "recording ended"
        path = self._unused()
        self._begin(path)
        return f"recording {path}"

    def write(self, shot: Shot) -> None:
        if self._video:
            self._video.write(shot)

    def close(self) -> None:
        if self._video:
            self._video.close()

    def abort(self) -> None:
        """Keep what was filmed."""
        if self._video:
            self._video.abort()

    def _begin(self, path: str) -> None:
        video = VideoSink(path, self._options)
        video.__enter__()
        self._video = self._last = video
        self._count += 1

    def _unused(self) -> str:
        if not self._path:
            return f"camcount-{datetime.now():%Y%m%d-%H%M%S}.mp4"
        path = Path(self._path)
        number = self._count + 1
        while (named := path.with_name(f"{path.stem}-{number}{path.suffix}")).exists():
            number += 1
        return str(named)
