"""Networks by name: each a function that builds a Keras model of 28x28 crops in 0..255."""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers

from camcount.classify import CLASSES
from camcount.crop import SIDE
from camcount.strip import HIGH


def camcount(dropout: float = 0.3) -> keras.Model:
    """Build the network that camcount ships: few pixels early, so that two cores read many crops at once.

    A 5x5 stride-2 stem halves the picture at once; two 3x3 convolutions at 14x14 and three at 7x7, the last around a
    shortcut (He et al. 2015), each with batch normalization (Ioffe and Szegedy 2015); a 7x7 depthwise convolution
    weighs the places instead of averaging them away.
    """
    crop = keras.Input((SIDE, SIDE, 1), name="crop")
    x = layers.Rescaling(1 / 255)(crop)
    x = _block(x, 32, kernel=5, strides=2)
    x = _block(x, 40)
    x = _block(x, 40)
    x = layers.MaxPooling2D()(x)
    x = _block(x, 80)
    shortcut = x
    x = _block(x, 80)
    x = _block(x, 80, activation=None)
    x = layers.ReLU()(layers.Add()([x, shortcut]))
    x = layers.DepthwiseConv2D(7, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Dropout(dropout)(layers.Flatten()(x))
    return keras.Model(crop, layers.Dense(CLASSES, activation="softmax", name="probabilities")(x), name="camcount")


def _block(
    x: keras.KerasTensor, filters: int, kernel: int = 3, strides: int = 1, activation: str | None = "relu"
) -> keras.KerasTensor:
    x = layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.Activation(activation)(x) if activation else x


def touching(dropout: float = 0.1) -> keras.Model:
    """Build the network that reads strips of touching digits: (n, 32, w, 2) to logits (n, w / 2, 11).

    Convolutions as above, some of them separable (Chollet 2017), that halve the width but once and the height to one;
    then along the strip, two shortcuts around separable ones. Small, since few strips are read in a frame.
    """
    strip = keras.Input((HIGH, None, 2), name="strip")
    x = layers.Rescaling(1 / 255)(strip)
    x = layers.MaxPooling2D(2)(_block(x, 24))
    x = layers.MaxPooling2D((2, 1))(_block(_block(x, 32), 32))
    x = layers.MaxPooling2D((2, 1))(_separable(_block(x, 48), 64))
    x = _separable(x, 64)
    x = layers.DepthwiseConv2D((HIGH // 8, 1), depth_multiplier=2, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Dropout(dropout)(_block(x, 72, kernel=1))
    for _ in range(2):
        x = layers.Add()([x, _separable(x, 72, (1, 5))])
    x = layers.Conv2D(CLASSES, 1)(layers.Dropout(dropout)(x))
    return keras.Model(strip, layers.Reshape((-1, CLASSES), name="logits")(x), name="touching")


def _separable(x: keras.KerasTensor, filters: int, kernel: int | tuple[int, int] = 3) -> keras.KerasTensor:
    x = layers.SeparableConv2D(filters, kernel, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


ARCHITECTURES: dict[str, Callable[[], keras.Model]] = {"camcount": camcount}
