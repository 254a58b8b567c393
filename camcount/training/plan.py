"""How to train; known without Keras, so that the command line can tell the defaults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train; with the seed it makes a run repeatable on the same machine."""

    architecture: str = "camcount"
    epochs: int = 24
    batch_size: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    seed: int = 1
    pages: int = 8000
    """Drawn pages to learn from what the reader makes of them; 0 leaves them out."""
    spelling_epochs: int = 16
    """Times that all strips are seen by the network that reads touching digits; 0 leaves it out, as no pages do."""
    start: str = ""
    """A trained network whose weights to start from, instead of chance."""
