"""Images -> data: URLs, which a page shows as they are."""

from __future__ import annotations

import base64

import cv2
import numpy as np
import numpy.typing as npt

from camcount.sinks.pictures import encode_image


def data_url(image: npt.NDArray[np.uint8]) -> str:
    """Give an image as a PNG in a data: URL."""
    return "data:image/png;base64," + base64.b64encode(encode_image(image, ".png")).decode()


def shrink_to(image: npt.NDArray[np.uint8], longest: int) -> npt.NDArray[np.uint8]:
    """Shrink an image whose longer side is over so many pixels."""
    scale = longest / max(image.shape[:2])
    if scale >= 1:
        return image
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def show_crop(crop: npt.NDArray[np.uint8]) -> str:
    """Give a crop as ink on white."""
    return data_url(np.asarray(255 - crop, np.uint8))
