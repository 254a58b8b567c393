"""A trained network -> the same network, the channels of a layer alike: rounding loses less of them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import keras
import numpy as np

from camcount.training.interrupt import Interrupt
from camcount.types import Crops

SEEN = 3000
"""Crops by which ranges are learnt."""
RANGE = 0.9999
"""Share of a channel's values that lie within its range: a single one does not set it."""

BLOCKS = 4
"""So many blocks follow each other, each read by the next alone; a shortcut begins at the next."""


def even_out(model: keras.Model, crops: Crops) -> None:
    """Scale each channel of the first blocks to the same range, and the filters after it back, in place.

    What flows through the network that ships is rounded by the range of all channels together, so that a channel of
    small values keeps few steps. A ReLU lets any scale through, and so nothing else changes (Nagel et al. 2019,
    cross-layer equalization, of the values alone: filters have a scale of their own already).

    Args:
        model: begins with blocks of convolution, batch normalization and ReLU, as `architectures.camcount` does.
        crops: (n, 28, 28), such as it reads.
    """
    layers: list[Any] = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    starts = [i for i, layer in enumerate(layers) if isinstance(layer, keras.layers.Conv2D)]
    blocks = [(*layers[start + 1 : start + 3], layers[after]) for start, after in pairwise(starts[: BLOCKS + 1])]
    seen = keras.Model(model.inputs, [relu.output for _, relu, _ in blocks])
    with Interrupt():
        told = seen.predict(crops[:SEEN, ..., None], batch_size=512, verbose=0)
    for (normalization, _, following), values in zip(blocks, told):
        ranges = np.quantile(values.reshape(-1, values.shape[-1]), RANGE, axis=0)
        # A channel that is never lit has no range, and may stay as it is.
        scales = np.where(ranges > 0, ranges, 1.0).astype(np.float32)
        gamma, beta, *moving = normalization.get_weights()
        normalization.set_weights([gamma / scales, beta / scales, *moving])
        kernel, *bias = following.get_weights()
        following.set_weights([kernel * scales[:, None], *bias])
