"""Decode the bytes of a picture, safely: bytes -> image."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from camcount.errors import NotAPictureError, SourceError
from camcount.sources.base import MAX_PIXELS
from camcount.sources.headers import FORMATS, Header, foreign_format, read_header
from camcount.types import Image


def decode_image(data: bytes, name: str, max_pixels: int = MAX_PIXELS) -> Image:
    """Decode a picture as a person would see it.

    16 bits are scaled to 8, transparency is laid on white, the first frame of an animation is taken, and the EXIF
    orientation is honoured (as far as OpenCV does: not in pictures with transparency).

    Args:
        data: the file's bytes.
        name: what errors call it.
        max_pixels: width times height above this is refused by the header, before decoding.

    Raises:
        NotAPictureError: when the bytes are no picture, or of a format that camcount does not read.
        SourceError: when the picture is damaged, cut short, or too large.
    """
    header = _check_header(data, name, max_pixels)
    flags = cv2.IMREAD_UNCHANGED if header.alpha else cv2.IMREAD_COLOR
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise SourceError(f"{name}: OpenCV cannot decode this {header.format} ({error.err}). Export it anew.") from None
    if image is None and header.format == "GIF" and _opencv_lacks_gif():
        raise SourceError(
            f"{name}: OpenCV {cv2.__version__} cannot read GIF. Run: pip install --upgrade opencv-python"
        )
    if image is None:
        raise SourceError(
            f"{name}: damaged, or a kind of {header.format} that OpenCV cannot decode. "
            "Copy it again, or export it as PNG."
        )
    return _lay_on_white(image)


def _check_header(data: bytes, name: str, max_pixels: int) -> Header:
    if not data:
        raise SourceError(f"{name}: empty (0 bytes). Copy or take it again.")
    if foreign := foreign_format(data):
        raise NotAPictureError(f"{name}: OpenCV cannot read {foreign}. Export it as JPEG.")
    try:
        header = read_header(data)
    except EOFError:
        raise SourceError(f"{name}: cut short within its header. Copy it again.") from None
    if header is None:
        raise NotAPictureError(f"{name}: not a picture that camcount reads. It reads {', '.join(FORMATS)}.")
    if header.width * header.height > max_pixels:
        raise SourceError(
            f"{name}: {header.width} x {header.height} pixels, more than the {max_pixels:,} allowed. "
            "Scale it down, or allow more with --max-pixels."
        )
    if not header.whole:
        # OpenCV before 5.0 would fill the rest of a JPEG with grey, and the digits there would be lost unnoticed.
        raise SourceError(f"{name}: cut short: the end of the {header.format} is missing. Copy it again.")
    if not header.width or not header.height:
        raise SourceError(f"{name}: damaged: its header states no size. Copy it again.")
    return header


def _opencv_lacks_gif() -> bool:
    return tuple(map(int, cv2.__version__.split(".")[:2])) < (4, 11)


def _lay_on_white(image: npt.NDArray[Any]) -> Image:
    """Give BGR of 8 bits, whatever the channels and depth."""
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    if image.ndim == 2:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
    if image.shape[2] == 3:
        return np.asarray(image, np.uint8)
    alpha = image[..., 3:].astype(np.uint16)
    laid = (image[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return laid.astype(np.uint8)
