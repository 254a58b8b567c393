"""How picture files are named and encoded."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from camcount.errors import OutputError
from camcount.types import Frame

WRITABLE = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
"""What `encode_image` is asked for; every OpenCV writes these."""


class Names:
    """File names after the pictures, none used twice, since two folders may hold pictures of the same name."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def unused(self, frame: Frame, ending: str, numbered: bool = False) -> str:
        """Give an unused name; a number stands before its ending where asked, or where it must."""
        stem = _stem(frame)
        number = 1
        while True:
            name = f"{stem}-{number:02d}" if numbered else f"{stem}-{number}" if number > 1 else stem
            if name.casefold() not in self._used:
                self._used.add(name.casefold())
                return name + ending
            number += 1


def _stem(frame: Frame) -> str:
    """Name a frame after its file; where many frames have one source (a camera, a clip), after its index too."""
    path = Path(frame.source)
    if path.suffix.lower() in (*WRITABLE, ".gif", ".jpe", ".pnm", ".pbm", ".pgm", ".ppm"):
        return path.stem
    source = re.sub(r"[^\w.]+", "-", path.name).strip("-.")[:60]
    return f"{source or 'picture'}-{frame.index:06d}"


def encode_image(image: npt.NDArray[np.uint8], suffix: str) -> bytes:
    """Encode a picture as its suffix says.

    Raises:
        OutputError: when OpenCV cannot, as with a JPEG of more than 65,535 pixels a side.
    """
    try:
        done, data = cv2.imencode(suffix, image)
    except cv2.error as error:
        raise OutputError(f"OpenCV cannot write a {suffix} of this picture ({error.err}). Name a .png.") from None
    if not done:
        raise OutputError(f"OpenCV cannot write a {suffix} of this picture. Name a .png.")
    return data.tobytes()
