"""Which seeds draw the pages to learn from, and which those to measure on."""

from __future__ import annotations

EVALUATION_SEEDS = 10**9
"""Pages to measure on are drawn from seeds from here on, pages to learn from of those below: none is both."""

MOST_EVALUATION_SEEDS = 10**9
"""So many of them there are; a run of training may choose its best epoch by pages of those beyond."""
