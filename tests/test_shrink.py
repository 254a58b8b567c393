"""shrink: the mean of the pixels, whatever the sides; double: each pixel four times."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from camcount.shrink import double, shrink


@pytest.mark.parametrize("shape", [(720, 1280), (480, 640), (90, 160), (37, 53), (1, 9), (4, 4)])
@pytest.mark.parametrize("factor", [2, 4, 8])
def test_a_picture_shrinks_to_means(shape: tuple[int, int], factor: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    small = shrink(picture, factor)
    height, width = (-(-side // factor) for side in shape)
    assert small.shape == (height, width) and small.dtype == np.uint8
    at_once = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - at_once).max() <= 2
    assert abs(float(small.mean()) - float(at_once.mean())) < 0.5


@pytest.mark.parametrize("size", [(6, 10), (5, 10), (6, 9), (5, 9)])
def test_a_picture_is_doubled_as_far_as_it_is_wanted(size: tuple[int, int]) -> None:
    picture = np.arange(15, dtype=np.uint8).reshape(3, 5)
    large = double(picture, size)
    assert large.shape == size and large.dtype == np.uint8
    assert all(large[y, x] == picture[y // 2, x // 2] for y in range(size[0]) for x in range(size[1]))
