"""Networks by name: each a function that builds a Keras model of 28x28 crops in 0..255.

The first is camcount's own; the others are those that people bring, with the same input and outputs.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers

from camcount.classify import CLASSES
from camcount.crop import SIDE
from camcount.strip import HIGH


def softmax(classes: int = CLASSES) -> keras.Model:
    """Build the least network: each pixel speaks for and against each class, multinomial logistic regression."""
    return _network("softmax", [layers.Flatten()], classes)


def mlp(classes: int = CLASSES) -> keras.Model:
    """Build a multilayer perceptron: two layers of 50."""
    return _network("mlp", [layers.Flatten(), layers.Dense(50, "relu"), layers.Dense(50, "relu")], classes)


def cnn_small(classes: int = CLASSES) -> keras.Model:
    """Build the network of most introductions: two convolutions, each with pooling, and a dense layer (LeCun 1998)."""
    body = [
        layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(),
        layers.Flatten(), layers.Dense(128, "relu"),
    ]
    return _network("cnn-small", body, classes)


def cnn_bn(classes: int = CLASSES) -> keras.Model:
    """Build the network of most good notebooks: five convolutions with batch normalization and dropout, one mean."""
    body: list[keras.Layer] = []
    for filters, pooled in ((32, False), (32, True), (64, False), (64, True), (128, False)):
        body += [layers.Conv2D(filters, 3, padding="same", activation="relu"), layers.BatchNormalization()]
        body += [layers.MaxPooling2D(), layers.Dropout(0.25)] if pooled else []
    body += [layers.GlobalAveragePooling2D(), layers.Dense(512, "relu"), layers.BatchNormalization()]
    return _network("cnn-bn", [*body, layers.Dropout(0.4)], classes)


def residual(classes: int = CLASSES) -> keras.Model:
    """Build a residual network (He et al. 2015): a 7x7 stem, four blocks around shortcuts, two dense layers."""
    crop, x = _scaled()
    x = _block(x, 64, kernel=7, strides=2)
    for filters, strides in ((64, 1), (64, 1), (128, 2), (128, 1)):
        straight = x if x.shape[-1] == filters else _block(x, filters, kernel=1, strides=strides, activation=None)
        x = _block(_block(x, filters, strides=strides), filters, activation=None)
        x = layers.ReLU()(layers.Add()([x, straight]))
    x = layers.GlobalAveragePooling2D()(x)
    for units, dropout in ((256, 0.4), (128, 0.3)):
        x = layers.Dropout(dropout)(layers.Dense(units, "relu")(x))
    return keras.Model(crop, _tell(x, classes), name="residual")


def camcount(classes: int = CLASSES, dropout: float = 0.3) -> keras.Model:
    """Build camcount's own network: few pixels early, so that two cores read many crops at once.

    A narrow stem sees every pixel, so that a gap of one is not lost; a stride of 2 follows at once, then two 3x3
    convolutions at 14x14 and three at 7x7, the last around a shortcut (He et al. 2015), each with batch normalization
    (Ioffe and Szegedy 2015); a 7x7 depthwise convolution weighs the places instead of averaging them away.
    """
    crop, x = _scaled()
    x = _block(x, 16)
    x = _block(x, 32, strides=2)
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
    return keras.Model(crop, _tell(x, classes), name="camcount")


def _network(name: str, body: list[keras.Layer], classes: int) -> keras.Model:
    """Build a network of layers that follow each other."""
    crop, x = _scaled()
    for layer in body:
        x = layer(x)
    return keras.Model(crop, _tell(x, classes), name=name)


def _scaled() -> tuple[keras.KerasTensor, keras.KerasTensor]:
    crop = keras.Input((SIDE, SIDE, 1), name="crop")
    return crop, layers.Rescaling(1 / 255)(crop)


def _tell(x: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    return layers.Dense(classes, activation="softmax", name="probabilities")(x)


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


ARCHITECTURES: dict[str, Callable[[int], keras.Model]] = {
    "camcount": camcount,
    "softmax": softmax,
    "mlp": mlp,
    "cnn-small": cnn_small,
    "cnn-bn": cnn_bn,
    "residual": residual,
}
