"""Ink of a cluster -> a strip: all of it side by side, as high as one digit, for a network that reads along it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from camcount.marks import Mark
from camcount.quantile import quantile

HIGH, BODY = 32, 28
"""Height of a strip, and of the ink in it, pixels."""
WIDEST = 128
"""Clusters that would be wider are not read as a whole, pixels."""
MARGIN = 2
"""Paper left and right of the ink, pixels."""
ROUNDED = 32
"""Strips are read at a width that is a multiple of this, blank on their right, pixels: few widths, all but equal."""
STRONG = 0.9
"""Share of the ink that is no darker than what counts as black."""

Strip = npt.NDArray[np.uint8]
"""(32, w, 2): the ink, and how dark it is beside the darkest there; 255 = ink, black."""


def lay_strip(mark: Mark, darkness: npt.NDArray[np.uint8]) -> Strip | None:
    """Lay the ink of a cluster into a strip; None when it is too long.

    Args:
        mark: (h, w), cut to its box.
        darkness: (h, w), how much darker than its paper each pixel is: where strokes cross or end, the mark alone
            cannot tell.
    """
    height, width = mark.shape
    scale = BODY / height
    wide = max(1, round(width * scale))
    if wide + 2 * MARGIN > WIDEST:
        return None
    shades = cv2.convertScaleAbs(darkness, alpha=255 / max(1.0, quantile(darkness[mark > 0], STRONG)))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    strip = np.zeros((HIGH, wide + 2 * MARGIN, 2), np.uint8)
    body = strip[(HIGH - BODY) // 2 :][:BODY, MARGIN : MARGIN + wide]
    for channel, plane in enumerate((mark, shades)):
        body[..., channel] = cv2.resize(plane, (wide, BODY), interpolation=interpolation)
    return strip


def stretch_strip(strip: Strip, stretch: float) -> Strip:
    """Make a strip wider or narrower; none becomes wider than `WIDEST`."""
    width = min(WIDEST, round(strip.shape[1] * stretch))
    return np.asarray(cv2.resize(strip, (width, HIGH), interpolation=cv2.INTER_LINEAR), np.uint8)


def stack_strips(strips: Sequence[Strip]) -> Iterator[tuple[list[int], npt.NDArray[np.float32]]]:
    """Stack strips of about the same width: their places among all, and (n, 32, w, 2), blank on their right."""
    widths = [-(-strip.shape[1] // ROUNDED) * ROUNDED for strip in strips]
    for width in sorted(set(widths)):
        places = [i for i, own in enumerate(widths) if own == width]
        yield places, stack_to([strips[i] for i in places], width)


def stack_to(strips: Sequence[Strip], width: int) -> npt.NDArray[np.float32]:
    """Stack strips at one width, none of them wider: (n, 32, width, 2), blank on their right."""
    stack = np.zeros((len(strips), HIGH, width, 2), np.float32)
    for pixels, strip in zip(stack, strips):
        pixels[:, : strip.shape[1]] = strip
    return stack
