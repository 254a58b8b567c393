"""Ink of a cluster -> a strip: all of it side by side, as high as one digit, for a network that reads along it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from camcount.marks import Mark

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
    inked = np.sort(darkness[mark > 0])
    black = max(1, int(inked[int(STRONG * (len(inked) - 1))]))
    shades = cv2.convertScaleAbs(darkness, alpha=255 / black)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    strip = np.zeros((HIGH, wide + 2 * MARGIN, 2), np.uint8)
    body = strip[(HIGH - BODY) // 2 :][:BODY, MARGIN : MARGIN + wide]
    for channel, plane in enumerate((mark, shades)):
        body[..., channel] = cv2.resize(plane, (wide, BODY), interpolation=interpolation)
    return strip


def stack_strips(strips: Sequence[Strip]) -> Iterator[tuple[list[int], npt.NDArray[np.float32]]]:
    """Stack strips of about the same width: their places among all, and (n, 32, w, 2), blank on their right."""
    widths = [-(-strip.shape[1] // ROUNDED) * ROUNDED for strip in strips]
    for width in sorted(set(widths)):
        places = [i for i, own in enumerate(widths) if own == width]
        stack = np.zeros((len(places), HIGH, width, 2), np.float32)
        for pixels, i in zip(stack, places):
            pixels[:, : strips[i].shape[1]] = strips[i]
        yield places, stack
