"""Several opinions -> one: the mean of some networks, and of some views of each crop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from camcount.classify import CLASSES, Classifier, load_classifier
from camcount.crop import SIDE
from camcount.types import Crops, Probabilities

VIEWS = (
    (0.0, 1.0, 0, 0), (6.0, 1.0, 0, 0), (-6.0, 1.0, 0, 0), (0.0, 0.94, 0, 0), (0.0, 1.06, 0, 0),
    (0.0, 1.0, 1, 0), (0.0, 1.0, -1, 0), (0.0, 1.0, 0, 1), (0.0, 1.0, 0, -1),
)
"""Views of a crop: turned clockwise by so many degrees, enlarged, moved right and down by so many pixels."""


class Ensemble:
    """Averages what some networks tell of some views of each crop (test-time augmentation).

    Of probabilities it is the mean, as of a bagged classifier (Breiman 1996).
    """

    def __init__(self, networks: Mapping[str, Classifier], views: int = 1) -> None:
        """Take networks together.

        Args:
            networks: each by its name.
            views: of each crop, the first so many of `VIEWS`.

        Raises:
            ValueError: when there is no network, or not so many views.
        """
        if not networks or not 1 <= views <= len(VIEWS):
            raise ValueError(f"{len(networks)} networks and {views} views: camcount has 1 to {len(VIEWS)} views")
        self.networks = dict(networks)
        self.views = views

    def __call__(self, crops: Crops) -> Probabilities:
        seen = see_crops(crops, self.views)
        told = [network(seen).reshape(self.views, len(crops), CLASSES) for network in self.networks.values()]
        mean: Probabilities = np.concatenate(told).mean(axis=0)
        return mean

    def parts(self) -> dict[str, Classifier]:
        """Give, by name, each network alone, all of them, and those with their views: each a step to the whole."""
        steps: dict[str, Classifier] = dict(self.networks)
        if len(self.networks) > 1:
            steps[" + ".join(self.networks)] = Ensemble(self.networks)
        if self.views > 1:
            steps[f"{' + '.join(self.networks)}, {self.views} views"] = self
        return steps


def load_ensemble(models: Sequence[str], views: int = 1, threads: int = 2) -> Classifier:
    """Load what classifies: one network, or several, or one that looks several times.

    Args:
        models: paths, each counted once; without any, the model that camcount ships.
        views: of each crop.
        threads: that each network may use.

    Raises:
        ModelError: when there is no such model, or it is not what camcount needs.
        MissingExtraError: when its engine is not installed.
    """
    models = list(dict.fromkeys(models))
    if len(models) < 2 and views == 1:
        return load_classifier(models[0] if models else None, threads)
    names = [Path(model).name for model in models] or ["camcount"]
    if len(set(names)) < len(names):
        names = models
    networks = [load_classifier(model, threads) for model in models] or [load_classifier(None, threads)]
    return Ensemble(dict(zip(names, networks)), views)


def name_network(classifier: Classifier, model: Path | None) -> str:
    """Name what classifies: by its file, or by the parts of an ensemble; "" where there is neither."""
    if isinstance(classifier, Ensemble):
        return list(classifier.parts())[-1]
    return model.name if model else ""


def see_crops(crops: Crops, views: int) -> Crops:
    """Give so many views of each crop: (views * n, 28, 28), first all as they are."""
    seen = np.empty((views, *crops.shape), np.uint8)
    middle = (SIDE - 1) / 2
    for own, (degrees, zoom, x, y) in zip(seen, VIEWS):
        turn = cv2.getRotationMatrix2D((middle, middle), -degrees, zoom)
        turn[:, 2] += x, y
        for view, crop in zip(own, crops):
            view[...] = cv2.warpAffine(crop, turn, (SIDE, SIDE)) if (degrees, zoom, x, y) != VIEWS[0] else crop
    return seen.reshape(-1, SIDE, SIDE)
