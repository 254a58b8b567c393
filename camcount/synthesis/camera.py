"""The camera that looks at a page: where it stands, and what its lens, sensor and file do to the picture."""

from __future__ import annotations

import math
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from camcount.types import Image

Matrix: TypeAlias = npt.NDArray[np.float64]
"""(3, 3), from points of the page to pixels of the picture."""


def homography(size: tuple[int, int], tilt: float, rotation: float, towards: float) -> Matrix:
    """Give how a flat page is seen by a pinhole camera turned out of the upright.

    Args:
        size: (width, height) of the picture, which the page would fill exactly if seen straight from above.
        tilt: between the line of sight and the upright, degrees.
        rotation: of the page in the picture, clockwise, degrees.
        towards: the direction in which the camera leans, degrees.
    """
    width, height = size
    focal = 1.25 * max(size)
    lean, turn, spin = math.radians(tilt), math.radians(towards), math.radians(rotation)
    to_axis = _turned(turn)
    leaned = np.array([[1, 0, 0], [0, math.cos(lean), -math.sin(lean)], [0, math.sin(lean), math.cos(lean)]])
    rotated = to_axis @ leaned @ to_axis.T @ _turned(spin)
    centre = np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1]])
    # A page at the distance of the focal length keeps its scale in the middle.
    seen = np.stack([focal * rotated[0], focal * rotated[1], rotated[2]])
    placed = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0]], float)
    flat = seen @ placed + np.array([[0, 0, 0], [0, 0, 0], [0, 0, focal]])
    matrix: Matrix = centre @ flat @ np.linalg.inv(centre)
    return matrix


def project(matrix: Matrix, points: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Map (k, 2) points."""
    mapped = np.concatenate([points, np.ones((len(points), 1))], 1) @ matrix.T
    flat: npt.NDArray[np.float64] = mapped[:, :2] / mapped[:, 2:]
    return flat


def seen_part(matrix: Matrix, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Give the part of the page, x0 y0 x1 y1 (which may be below 0), that covers a picture of (width, height)."""
    width, height = size
    inverse = np.asarray(np.linalg.inv(matrix), np.float64)
    corners = project(inverse, np.array([[0, 0], [width, 0], [width, height], [0, height]], float))
    x0, y0 = np.floor(corners.min(0)).astype(int) - 2
    x1, y1 = np.ceil(corners.max(0)).astype(int) + 2
    return int(x0), int(y0), int(x1), int(y1)


def blur(image: Image, radius: float) -> Image:
    """Put the lens out of focus by so many pixels (the deviation of a Gaussian); 0 leaves it sharp."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), radius), np.uint8) if radius > 0.05 else image


def shake(image: Image, length: float, angle: float) -> Image:
    """Move the camera during the exposure, by `length` pixels in the direction `angle`, degrees."""
    if length < 1:
        return image
    reach = math.ceil(length / 2)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    step = length / 2 * np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    start, end = np.round((reach + np.stack([-step, step])) * 16).astype(int).tolist()
    cv2.line(kernel, start, end, 1.0, 1, cv2.LINE_8, 4)
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.uint8)


def sharpen(image: Image, strength: float) -> Image:
    """Sharpen as phones do, by an unsharp mask, which leaves rims around what is dark; 0 changes nothing."""
    if strength <= 0:
        return image
    soft = cv2.GaussianBlur(image, (0, 0), 1.6)
    return np.asarray(cv2.addWeighted(image, 1 + strength, soft, -strength, 0), np.uint8)


def coarsen(image: Image, share: float) -> Image:
    """Take the picture with fewer pixels, `share` of them in each direction, and enlarge it again."""
    if share >= 1:
        return image
    height, width = image.shape[:2]
    small = cv2.resize(image, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


class Sensor:
    """The noise of a sensor, fresh at each picture.

    A field of noise larger than the picture is made once; each picture takes another part of it: that costs 2 ms
    at 1280x720 instead of the 15 that new noise would.

    Args:
        size: (width, height) of the pictures.
        noise: deviation of the brightness of a pixel, grey levels.
    """

    def __init__(self, size: tuple[int, int], noise: float, rng: np.random.Generator) -> None:
        self._noise = noise
        self._spare = 64
        width, height = size[0] + self._spare, size[1] + self._spare
        # Sums of two bytes are normal enough, and made ten times as fast as normal numbers.
        luma = cv2.merge([_triangular((height, width), rng)] * 3)
        # A sensor has one colour a pixel and guesses the others from its neighbours: the colour noise is coarser.
        half = _triangular((height // 2 + 1, width // 2 + 1, 3), rng)
        chroma = cv2.resize(half, (width, height), interpolation=cv2.INTER_LINEAR)
        unit = noise / 104.5
        self._field = cv2.addWeighted(luma, 0.9 * unit, chroma, 0.55 * unit, 0, dtype=cv2.CV_16S)

    def expose(self, image: Image, rng: np.random.Generator) -> Image:
        """Give the image with noise on it."""
        if not self._noise:
            return image
        height, width = image.shape[:2]
        x, y = rng.integers(0, self._spare + 1, 2)
        return np.asarray(cv2.add(image, self._field[y : y + height, x : x + width], dtype=cv2.CV_8U), np.uint8)


def _triangular(shape: tuple[int, ...], rng: np.random.Generator) -> npt.NDArray[np.int16]:
    """Give noise around 0 with a deviation of 104.5."""
    first, second = rng.integers(0, 256, (2, *shape), np.uint8)
    return np.asarray(cv2.subtract(first, 255 - second, dtype=cv2.CV_16S), np.int16)


def compress(image: Image, quality: int) -> Image:
    """Write as JPEG and read again; quality 1 to 100."""
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _turned(angle: float) -> Matrix:
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
