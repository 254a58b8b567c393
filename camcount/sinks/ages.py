"""How old frames are when they have been shown."""

from __future__ import annotations

from collections import deque

import numpy as np

from camcount.quantile import quantile
from camcount.shot import Shot
from camcount.sinks.base import Sink
from camcount.sources.live import LiveSource

MOST = 10_000
"""The last so many frames count: a long run takes no more memory."""


class Ages(Sink):
    """Notes how long after its capture each frame is done with; it stands after all sinks that show or write.

    Args:
        source: whose frames they are; it knows when time began.
    """

    kind = "ages"

    def __init__(self, source: LiveSource) -> None:
        self._source = source
        self.seconds: deque[float] = deque(maxlen=MOST)

    def write(self, shot: Shot) -> None:
        self.seconds.append(self._source.age(shot.frame))

    @property
    def told(self) -> str:
        """The median and the 95th percentile, in words; empty where no frame came."""
        if not self.seconds:
            return ""
        median, late = (quantile(np.array(self.seconds), share) * 1e3 for share in (0.5, 0.95))
        return f"frames were {median:.0f} ms old when they had been shown, {late:.0f} ms at the 95th percentile"
