"""Glyphs, probabilities -> potentials: how much rather each glyph is a digit that somebody wrote than none."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from camcount.classify import shipped_model
from camcount.company import SURROUNDINGS, Opinion, look_around
from camcount.errors import ModelError
from camcount.evidence import LOOKS, look_at, share_digits
from camcount.lattice import build_lattices
from camcount.marks import Glyphs
from camcount.path import choose_glyphs, find_ways, trust_glyphs
from camcount.types import Probabilities

NAME = "potentials.npz"
_BROKEN = zipfile.BadZipFile, zlib.error, tokenize.TokenError
"""What unpacking raises on bytes that are not what they should be; of a header, NumPy's parser tells in its own way."""
MOST = 12.0
"""No potential is larger."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Perceptron:
    """Dense layers with rectifiers between them (Rosenblatt 1958; Rumelhart, Hinton and Williams 1986)."""

    layers: tuple[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]], ...]
    """Weights and biases."""

    def __call__(self, numbers: npt.NDArray[np.float32]) -> Floats:
        """Give (n, 2) potentials of (n, k) numbers."""
        for weights, biases in self.layers[:-1]:
            numbers = np.maximum(numbers @ weights + biases, 0)
        weights, biases = self.layers[-1]
        return np.clip((numbers @ weights + biases).astype(np.float64), -MOST, MOST)


@dataclass(frozen=True, slots=True, eq=False)
class Potentials:
    """What it is worth to read each glyph as a digit, and to leave each part of a cluster unread.

    A page is read twice: first each cluster by itself, then in the company of all others, as first read. Together with
    the ways through a cluster this is a semi-Markov conditional random field (Sarawagi and Cohen 2004).
    """

    alone: Perceptron
    together: Perceptron

    def __call__(
        self, glyphs: Glyphs, probabilities: Probabilities, size: tuple[int, int], scale: float = 1.0
    ) -> Floats:
        """Give (n, 2): the potential of a glyph as a digit, and that of leaving it unread.

        Args:
            glyphs: n hypotheses.
            probabilities: (n, 11).
            size: width and height of the frame, pixels.
            scale: working pixels to one pixel of the frame.
        """
        if not len(glyphs):
            return np.zeros((0, 2))
        looks = look_at(glyphs, probabilities, size, scale)
        first = self.alone(looks)
        return self.together(see_together(glyphs, probabilities, looks, first))


def see_together(
    glyphs: Glyphs, probabilities: Probabilities, looks: npt.NDArray[np.float32], first: Floats
) -> npt.NDArray[np.float32]:
    """Give all that speaks for and against each glyph, once the page was read a first time: (n, `TOGETHER`)."""
    around = look_around(glyphs, form_opinion(glyphs, probabilities, first))
    return np.column_stack([looks, first, around]).astype(np.float32)


TOGETHER = LOOKS + 2 + SURROUNDINGS
"""Numbers that `see_together` gives of each glyph."""


def form_opinion(glyphs: Glyphs, probabilities: Probabilities, potentials: Floats) -> Opinion:
    """Read a page: which glyphs are likely digits, which whole marks are none."""
    lattices = build_lattices(glyphs, probabilities, potentials)
    chosen = np.array(choose_glyphs([find_ways(lattice) for lattice in lattices]), np.intp)
    unread = np.flatnonzero(glyphs.whole & ~np.isin(glyphs.cluster, glyphs.cluster[chosen]))
    marks = np.concatenate([chosen, unread])
    trust = np.concatenate([trust_glyphs(lattice) for lattice in lattices]).astype(np.float32)
    ones = share_digits(probabilities)[marks, 1].astype(np.float32)
    return Opinion(marks, len(chosen), trust[marks], ones)


def save_potentials(potentials: Potentials) -> bytes:
    """Pack potentials as the content of a file."""
    arrays: dict[str, npt.NDArray[np.float32]] = {}
    for name, perceptron in (("alone", potentials.alone), ("together", potentials.together)):
        for number, (weights, biases) in enumerate(perceptron.layers):
            arrays |= {f"{name}_weights_{number}": weights, f"{name}_biases_{number}": biases}
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **arrays)
    return packed.getvalue()


def find_potentials(model: Path | None) -> Path:
    """Give the path of the potentials that were learnt with a model; where there are none, of those that ship."""
    beside = model and model.with_name(NAME)
    return beside if beside and beside.is_file() else shipped_model().with_name(NAME)


def load_potentials(path: Path) -> Potentials:
    """Load potentials.

    Raises:
        ModelError: when the file is missing, or is not one of potentials.
    """
    try:
        # np.load would hand out an array that stands alone, and leave a file open that is cut off.
        with np.lib.npyio.NpzFile(io.BytesIO(path.read_bytes()), allow_pickle=False) as data:
            return Potentials(_unpack(data, "alone", LOOKS), _unpack(data, "together", TOGETHER))
    except (OSError, ValueError, KeyError, EOFError, SyntaxError, *_BROKEN) as error:
        raise ModelError(f"{path}: not a file of potentials ({error}). Install camcount anew.") from error


def _unpack(data: np.lib.npyio.NpzFile, name: str, inputs: int) -> Perceptron:
    layers: list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]] = []
    while f"{name}_weights_{len(layers)}" in data.files:
        weights, biases = (data[f"{name}_{kind}_{len(layers)}"] for kind in ("weights", "biases"))
        if weights.ndim != 2 or weights.shape[0] != inputs or biases.shape != weights.shape[1:]:
            raise ValueError(f"{name}: layer {len(layers)} is {weights.shape}, which does not fit")
        layers.append((weights.astype(np.float32), biases.astype(np.float32)))
        inputs = weights.shape[1]
    if not layers or inputs != 2:
        raise ValueError(f"{name}: gives {inputs} numbers, not 2")
    return Perceptron(tuple(layers))
