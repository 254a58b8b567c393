"""Which seeds draw the pages to learn from, and which those to measure on."""

from __future__ import annotations

EVALUATION_SEEDS = 10**9
"""Pages to measure on are drawn from seeds from here on, pages to learn from of those below: none is both."""

MOST_EVALUATION_SEEDS = 10**9
"""So many of them there are."""

VALIDATION_SEEDS = EVALUATION_SEEDS + MOST_EVALUATION_SEEDS
"""From here on come the seeds of the pages by which training chooses its best epoch and tempers it."""

WEIGHING_SEEDS = VALIDATION_SEEDS + 10**9
"""From here on come the seeds of the pages on which it is learnt how the hypotheses of a page weigh."""

SPELLING_SEEDS = WEIGHING_SEEDS + 10**9
"""From here on come the seeds of the pages from which touching digits are learnt."""

GOLDEN_SEEDS = SPELLING_SEEDS + 10**9
"""From here on come the seeds of the pages on whose digits an exported network is compared with what it came from."""


def training_seeds(seed: int, pages: int) -> range:
    """Give the seeds of the pages to learn from: each seed of a run has its own, until there are no others left."""
    start = seed % (EVALUATION_SEEDS // max(pages, 1)) * pages
    return range(start, start + pages)
