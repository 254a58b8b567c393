"""How to train and to export; known without Keras, so that the command line can tell the choices and defaults."""

from __future__ import annotations

from dataclasses import dataclass

from camcount.classify import CLASSES
from camcount.training.presets import PAPER

NETWORKS = "camcount", "softmax", "mlp", "cnn-small", "cnn-bn", "residual"
"""The names of `ARCHITECTURES`, the one that ships first."""
SCHEDULES = "cosine", "plateau", "constant"
"""How fast it learns: up for an epoch, then down along half a cosine; halved where the score rises no more; alike."""

FORMATS = {"tflite": ".tflite", "onnx": ".onnx", "saved_model": ""}
"""The formats that a network is exported to, each with its suffix; the last is a folder."""
QUANTIZATIONS = "none", "fp16", "int8", "dynamic"
"""How weights are rounded; see `camcount.training.formats`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train; with the seed it makes a run repeatable on the same machine."""

    architecture: str = NETWORKS[0]
    """One of `NETWORKS`."""
    augmentation: str = PAPER
    """A key of `PRESETS`: MNIST's digits alone, altered so; or "paper" for all that the reader of pages must know."""
    epochs: int = 24
    batch_size: int = 128
    learning_rate: float = 2e-3
    schedule: str = "cosine"
    """One of `SCHEDULES`."""
    patience: int = 0
    """Epochs without a better score after which training stops; 0 for never."""
    average: bool = True
    """Whether it is an average of the weights that is validated and kept."""
    weight_decay: float = 1e-2
    seed: int = 1
    pages: int = 8000
    """Drawn pages to learn from what the reader makes of them; 0 leaves them out."""
    spelling_epochs: int = 16
    """Times that all strips are seen by the network that reads touching digits; 0 leaves it out, as no pages do."""
    keep_potentials: bool = False
    """Whether potentials.npz beside the network to start from stays, instead of new ones learnt from as many pages."""
    limit: int = 0
    """At most so many pictures or characters of each file: for a quick trial; 0 for all."""
    start: str = ""
    """A trained network whose weights to start from, instead of chance; so with touching.keras beside it."""
    last_layer: bool = False
    """Whether the last layer learns alone, and what it sees stays as in the network to start from."""

    @property
    def on_paper(self) -> bool:
        """Whether it learns to read paper: what is no digit, too."""
        return self.augmentation == PAPER

    @property
    def classes(self) -> int:
        """The outputs of the network: only one that reads paper knows what is no digit."""
        return CLASSES if self.on_paper else CLASSES - 1
