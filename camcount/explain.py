"""Frame -> explanations: which ink spoke for a digit and which for the runner-up; why a mark was refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from camcount.classify import CLASS_NAMES, NOT_A_DIGIT, Classifier
from camcount.crop import SIDE, place_mark
from camcount.marks import Glyphs
from camcount.quantile import quantile
from camcount.reader import Reader, Sight
from camcount.types import UNSURE, Box, Crops, Digit, Frame

PATCH = 5
"""Side of the square of ink that is taken away, pixels of the crop."""
LEAST = 1e-6
"""No probability counts for less."""
FAINT = 60
"""Grey level of the crops by which it is asked whether a network only weighs pixels,"""
TRIALS = 8
"""so many of them,"""
ADDITIVE = 1e-3
"""of which the logarithms of the odds must add up as nearly as that, as a share of what they are."""
MOST_READ = 80
"""So many digits are explained, 30 ms each,"""
MOST_REFUSED = 12
"""and the largest so many of the marks that were refused."""
SMALLER, LARGER, PALER = 0.5, 2.0, 0.6
"""A mark is told to be smaller, larger or paler than the digits from these shares of theirs on."""
MAYBE = 0.3
"""A refused mark that is so likely a digit, and likelier than none, was refused for its company."""

Heat = npt.NDArray[np.float32]
"""(28, 28): by how much the ink of each pixel moved the logarithm of the odds, the value against the rival."""
Weights = npt.NDArray[np.float64]
"""(10, 28, 28), see `find_weights`."""
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Why one mark was read as it was, or not read."""

    value: str
    """The digit that it was taken for, or would have been."""
    share: float
    """How likely the network says it is that, 0 to 1."""
    rival: str
    """The digit that is likeliest after it; of a refused mark "not a digit", unless the network never says that."""
    rival_share: float
    read: bool
    """Whether it was read, if only as "?"."""
    reason: str
    box: Box
    """In the frame."""
    crop: npt.NDArray[np.uint8]
    """(28, 28)."""
    heat: Heat
    matrix: Matrix
    """(2, 3), maps pixels of the crop to those of the frame."""

    def to_dict(self) -> dict[str, object]:
        return {
            "value": self.value, "share": round(self.share, 6), "rival": self.rival,
            "rival_share": round(self.rival_share, 6), "read": self.read, "reason": self.reason,
            "box": list(self.box), "heat": np.round(self.heat.astype(float), 3).tolist(),
        }


def explain_frame(reader: Reader, frame: Frame) -> list[Explanation]:
    """Read a frame and explain its digits, in the order of its lines; then the marks that were refused, large first."""
    sight, weights = reader.see(frame), find_weights(reader.classifier)
    read = list(_find_read(sight))
    told = [
        _explain(reader, weights, sight, i, _read_reason(sight, i, digit), int(digit.top[0][0]))
        for i, digit in read[:MOST_READ]
    ]
    digits = [i for i, _ in read]
    refused = _find_refused(sight, digits)
    return told + [_explain(reader, weights, sight, i, _refused_reason(sight, i, digits)) for i in refused]


def _find_read(sight: Sight) -> Iterator[tuple[int, Digit]]:
    """Give each digit that was read, with its glyph."""
    boxes = np.rint(sight.glyphs.boxes / sight.ink.scale).astype(int)
    for line in sight.lines:
        for digit in line.digits:
            same = (boxes == digit.box).all(axis=1) & (sight.crops == digit.crop).all(axis=(1, 2))
            yield int(np.flatnonzero(same)[0]), digit


def _find_refused(sight: Sight, digits: list[int]) -> list[int]:
    """Give the whole marks of clusters in which no digit was read, the largest first, `MOST_REFUSED` at most."""
    glyphs = sight.glyphs
    read = set(glyphs.cluster[digits].tolist())
    whole = [i for i in np.flatnonzero(glyphs.whole).tolist() if int(glyphs.cluster[i]) not in read]
    sides = glyphs.boxes[:, 2:] - glyphs.boxes[:, :2]
    return sorted(whole, key=lambda i: -int(sides[i].prod()))[:MOST_REFUSED]


def _explain(
    reader: Reader, weights: Weights | None, sight: Sight, i: int, reason: str, value: int | None = None
) -> Explanation:
    """Explain one glyph; without a value it is one that was refused."""
    shares = sight.probabilities[i]
    read = value is not None
    value = int(shares[:NOT_A_DIGIT].argmax()) if value is None else value
    others = np.where(np.arange(NOT_A_DIGIT) == value, -1, shares[:NOT_A_DIGIT])
    rival = int(others.argmax()) if read or not shares[NOT_A_DIGIT] else NOT_A_DIGIT
    crop = sight.crops[i]
    x0, y0, x1, y1 = (round(side) for side in (sight.glyphs.boxes[i] / sight.ink.scale).tolist())
    return Explanation(
        CLASS_NAMES[value], float(shares[value]), CLASS_NAMES[rival], float(shares[rival]), read, reason,
        sight.view.restore(Box(x0, y0, x1, y1)), crop,
        weigh_ink(reader.classifier, crop, value, rival, weights), _map_crop(sight, i),
    )


def _map_crop(sight: Sight, i: int) -> Matrix:
    """Give the map from the pixels of a crop to those of the frame."""
    glyphs = sight.glyphs
    x0, y0, x1, y1 = glyphs.boxes[i] / sight.ink.scale
    place = place_mark(glyphs.marks[i])
    across, along = (x1 - x0) / (place.x1 - place.x0), (y1 - y0) / (place.y1 - place.y0)
    in_view = np.array([[across, 0, x0 - across * place.x0], [0, along, y0 - along * place.y0], [0, 0, 1]])
    mapped: Matrix = sight.view.matrix @ in_view
    return mapped


def weigh_ink(
    classifier: Classifier, crop: npt.NDArray[np.uint8], value: int, rival: int, weights: Weights | None = None
) -> Heat:
    """Tell by how much the ink of each pixel speaks for one class rather than another.

    Of a network that only weighs pixels, its weights say so. Of all others, ink is taken away, a small square at a
    time, and what that does to the logarithm of the odds is noted (occlusion: Zeiler and Fergus 2014); a pixel counts
    as the mean of the squares that hold it.

    Args:
        classifier: any.
        crop: (28, 28).
        value: class that the ink is to speak for.
        rival: class that it is to speak against.
        weights: what `find_weights` gave.
    """
    if weights is not None and NOT_A_DIGIT not in (value, rival):
        heat: Heat = ((weights[value] - weights[rival]) * crop).astype(np.float32)
        return heat
    reach = PATCH // 2
    places = [(y, x) for y in range(SIDE) for x in range(SIDE) if crop[_patch(y, x, reach)].any()]
    occluded = np.repeat(crop[None], len(places) + 1, axis=0)
    for taken, (y, x) in zip(occluded, places):
        taken[_patch(y, x, reach)] = 0
    odds = _odds(classifier, occluded)
    margin = odds[:, value] - odds[:, rival]
    moved, covered = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE))
    for (y, x), change in zip(places, margin[-1] - margin[:-1]):
        moved[_patch(y, x, reach)] += change
        covered[_patch(y, x, reach)] += 1
    shown: Heat = (moved / np.maximum(covered, 1) * (crop > 0)).astype(np.float32)
    return shown


def _patch(y: int, x: int, reach: int) -> tuple[slice, slice]:
    return slice(max(0, y - reach), y + reach + 1), slice(max(0, x - reach), x + reach + 1)


def find_weights(classifier: Classifier) -> Weights | None:
    """Give the weights of a network that only weighs pixels (softmax regression), of any engine; None of all others.

    Whether it does is asked: what it tells of two faint pictures must add up to what it tells of their sum.

    Returns:
        (10, 28, 28), of one grey level, up to a number that all classes share.
    """
    rng = np.random.default_rng(0)
    faint = rng.integers(0, FAINT, (2, TRIALS, SIDE, SIDE)).astype(np.uint8)
    blank = np.zeros((1, SIDE, SIDE), np.uint8)
    first, second, both, none = (_odds(classifier, each, 0) for each in (*faint, faint[0] + faint[1], blank))
    apart = np.abs(first + second - both - none)
    if not (np.isfinite(apart).all() and apart.max() <= ADDITIVE * max(1.0, np.abs(both).max())):
        return None
    lit = np.zeros((SIDE * SIDE, SIDE * SIDE), np.uint8)
    np.fill_diagonal(lit, FAINT)
    weights: Weights = ((_odds(classifier, lit.reshape(-1, SIDE, SIDE), 0) - none) / FAINT).T
    return weights.reshape(-1, SIDE, SIDE)


def _odds(classifier: Classifier, crops: Crops, least: float = LEAST) -> npt.NDArray[np.float64]:
    """Give the logarithms of the probabilities: of all classes, or where nothing is raised, of the ten digits."""
    probabilities = classifier(crops).astype(np.float64)
    if least:
        floored: npt.NDArray[np.float64] = np.log(np.maximum(probabilities, least))
        return floored
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log(probabilities[:, :NOT_A_DIGIT])
        centred: npt.NDArray[np.float64] = odds - odds.mean(axis=1, keepdims=True)
    return centred


def _read_reason(sight: Sight, i: int, digit: Digit) -> str:
    """Say how a digit came to be read as it was."""
    glyphs = sight.glyphs
    shares = ", ".join(f"{value} {_percent(share)}" for value, share in digit.top[:2])
    if digit.value == UNSURE:
        return f"not sure enough to be shown: {shares}"
    alone = int((glyphs.cluster == glyphs.cluster[i]).sum()) == 1
    if alone and not glyphs.whole[i]:
        how = "it touches another and was" if _touches(glyphs, i) else "it was"
        return f"{shares}; {how} read together with what stands beside it"
    if not glyphs.whole[i]:
        return f"{shares}; cut out of a larger mark, or joined from pieces"
    return shares


def _touches(glyphs: Glyphs, i: int) -> bool:
    """Tell whether the ink of a glyph adjoins that of another, at a side or at a corner."""
    x0, y0, x1, y1 = glyphs.boxes[i].tolist()
    near = cv2.dilate(np.pad(glyphs.marks[i], 1), np.ones((3, 3), np.uint8)) > 0
    for j in np.flatnonzero(np.arange(len(glyphs)) != i).tolist():
        left, top, right, bottom = glyphs.boxes[j].tolist()
        from_x, to_x, from_y, to_y = max(left, x0 - 1), min(right, x1 + 1), max(top, y0 - 1), min(bottom, y1 + 1)
        if from_x < to_x and from_y < to_y:
            own = near[from_y - y0 + 1 : to_y - y0 + 1, from_x - x0 + 1 : to_x - x0 + 1]
            if (own & (glyphs.marks[j][from_y - top : to_y - top, from_x - left : to_x - left] > 0)).any():
                return True
    return False


def _refused_reason(sight: Sight, i: int, digits: list[int]) -> str:
    """Say why a mark was not read."""
    shares, glyphs = sight.probabilities[i], sight.glyphs
    value = int(shares[:NOT_A_DIGIT].argmax())
    if not shares[NOT_A_DIGIT] and shares[value] < MAYBE:
        # A network of ten outputs knows digits only.
        return f"no digit clearly: likeliest a {value}, {_percent(float(shares[value]))}"
    if shares[value] < MAYBE or shares[NOT_A_DIGIT] > shares[value]:
        return f"looks like no digit, {_percent(float(shares[NOT_A_DIGIT]))}"
    might = f"might be a {value}, {_percent(float(shares[value]))}, but "
    if not digits:
        return might + "nothing near it is a digit"
    heights = glyphs.boxes[:, 3] - glyphs.boxes[:, 1]
    high = float(heights[i]) / quantile(heights[digits], 0.5)
    dark = float(glyphs.darkness[i]) / max(1.0, quantile(glyphs.darkness[digits], 0.5))
    odd = [
        word
        for word, holds in (
            (f"is {high:.1f} times as high as the digits", high < SMALLER or high > LARGER),
            (f"only {dark:.1f} times as dark", dark < PALER),
        )
        if holds
    ]
    return might + (" and ".join(odd) if odd else "does not stand as digits do beside it")


def _percent(share: float) -> str:
    if share > 0.999:
        return "over 99.9 %"
    if share < 0.001:
        return "under 0.1 %"
    return f"{100 * share:.0f} %" if 0.01 <= share <= 0.99 else f"{100 * share:.1f} %"
