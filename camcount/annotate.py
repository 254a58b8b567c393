"""A reading drawn on its image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from camcount.lettering import FONT, font, text_width
from camcount.types import UNSURE, Box, Digit, Image, Reading

_MIN_LONG_SIDE = 640
_SMALLEST_TEXT = 8
_FLAT = 60
_WHITE = (255, 255, 255)
_BLUE = (178, 114, 0)
_VERMILLION = (0, 94, 213)
"""BGR; blue and vermillion of Okabe and Ito (2008), which colour-blind people tell apart."""


class _Label(NamedTuple):
    """The words of a digit and how large they are."""

    rows: tuple[tuple[str, int], ...]
    """Each text with its cap height, pixels; the confidence is smaller than the value."""
    pad: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height with the plate around it, pixels."""
        width = max(text_width(text, height) for text, height in self.rows) + 2 * self.pad
        return width, sum(height + self.pad for _, height in self.rows) + self.pad


class _Try(NamedTuple):
    """One way to label a line."""

    height: int
    """Cap height of the values, pixels."""
    sides: tuple[int, ...]
    """Where labels may stand, best first: 0 above, 1 below, 2 right, 3 left of the box."""
    confidence: str = "{}%"
    """How the confidence is written; empty where there is no room for it."""


def annotate(image: Image, reading: Reading) -> Image:
    """Draw box, value and confidence (percent) of every digit on a copy.

    Lines and letters grow with the picture and with the digit. A picture whose long side is under 640 pixels is
    enlarged by a whole number first, since letters need some pixels to be read. What is not sure ("?"), or not stable
    yet, is dashed, not only of another colour. Neither boxes nor labels cover a digit: on a crowded page letters
    shrink, then labels leave the confidence out, and at last themselves.

    Returns:
        (k h, k w, 3), k = 1 from 640 pixels on.
    """
    image, scale = enlarge(image)
    canvas: Image = image.copy()
    mark_digits(canvas, image, reading, scale)
    return canvas


def enlarge(image: Image) -> tuple[Image, int]:
    """Enlarge a picture whose long side is under 640 pixels by a whole number; give that number too."""
    scale = max(1, -(-_MIN_LONG_SIDE // max(image.shape[:2])))
    if scale == 1:
        return image, 1
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8), scale


def mark_digits(canvas: Image, image: Image, reading: Reading, scale: int) -> None:
    """Draw box, value and confidence of every digit onto a canvas that shows the image, in place.

    Args:
        canvas: (h, w, 3).
        image: the same picture, bare.
        reading: whose boxes are `scale` times smaller.
        scale: by how much the picture was enlarged.
    """
    lines = [[(digit, Box(*(c * scale for c in digit.box))) for digit in line.digits] for line in reading.lines]
    digits = [pair for line in lines for pair in line]
    doubted = {
        id(digit) for line in reading.lines for digit in line.digits if digit.value == UNSURE or not line.stable
    }
    for digit, box in digits:
        _draw_box(canvas, box, id(digit) in doubted)
    for _, box in digits:  # the outline of a close neighbour may have crossed it
        canvas[box.y0:box.y1, box.x0:box.x1] = image[box.y0:box.y1, box.x0:box.x1]
    taken = [_outer(box, canvas) for _, box in digits]
    for line in lines:
        for digit, label, place in _place_line(line, taken, canvas):
            _draw_label(canvas, label, place, id(digit) in doubted)
            taken.append(place)


def _line_width(box: Box, image: Image) -> int:
    return max(1, min(int(max(image.shape[:2])) // 320, box.height // 12))


def _outer(box: Box, image: Image) -> Box:
    """Give the digit's box with its outline, two lines wide."""
    margin = 2 * _line_width(box, image) + 1
    return Box(box.x0 - margin, box.y0 - margin, box.x1 + margin, box.y1 + margin)


def _draw_box(canvas: Image, box: Box, unsure: bool) -> None:
    """Draw a coloured line just outside the box, and a white one outside that, to be seen on any ground."""
    width = _line_width(box, canvas)
    outer = _outer(box, canvas)
    _draw_rectangle(canvas, outer, _WHITE, 2 * width)
    inner = Box(*(c + width * sign for c, sign in zip(outer, (1, 1, -1, -1))))
    _draw_rectangle(canvas, inner, _VERMILLION if unsure else _BLUE, width)
    if unsure:
        _dash(canvas, inner, width)


def _draw_rectangle(canvas: Image, box: Box, color: tuple[int, int, int], width: int) -> None:
    """Draw a line of `width` pixels on the inner side of the box's edge; what is outside the picture is cut off."""
    x0, y0, x1, y1 = (max(0, c) for c in box)
    canvas[y0:max(0, box.y0 + width), x0:x1] = color
    canvas[max(0, y1 - width):y1, x0:x1] = color
    canvas[y0:y1, x0:max(0, box.x0 + width)] = color
    canvas[y0:y1, max(0, x1 - width):x1] = color


def _dash(canvas: Image, box: Box, width: int) -> None:
    """Interrupt the outline by white."""
    gap = max(3 * width, 4)
    for x in range(box.x0 + gap, box.x1, 2 * gap):
        for y in (box.y0, box.y1 - width):
            canvas[max(0, y):max(0, y + width), max(0, x):max(0, min(x + gap, box.x1))] = _WHITE
    for y in range(box.y0 + gap, box.y1, 2 * gap):
        for x in (box.x0, box.x1 - width):
            canvas[max(0, y):max(0, min(y + gap, box.y1)), max(0, x):max(0, x + width)] = _WHITE


def _place_line(
    line: list[tuple[Digit, Box]], taken: list[Box], canvas: Image
) -> list[tuple[Digit, _Label, Box]]:
    """Find the largest letters for which every label of a line finds a free place; else place those that do."""
    placed: list[tuple[Digit, _Label, Box]] = []
    for attempt in _tries(line, canvas):
        placed = _try_line(line, attempt, taken, canvas)
        if len(placed) == len(line):
            return placed
    labelled = {id(digit) for digit, _, _ in placed}
    corners = (_in_corner(digit, box, canvas) for digit, box in line if id(digit) not in labelled)
    return placed + [corner for corner in corners if corner]


def _tries(line: list[tuple[Digit, Box]], canvas: Image) -> Iterator[_Try]:
    """Yield ways to label a line, best first: in one row, then around the boxes, then with fewer words."""
    long = max(canvas.shape[:2])
    readable = max(_SMALLEST_TEXT, long // 80)
    largest = max(readable, min(max(box.height for _, box in line) * 2 // 5, long // 28))
    for height in _shrinking(largest, readable):
        yield _Try(height, (0,))
        yield _Try(height, (1,))
    for height in _shrinking(readable, _SMALLEST_TEXT):
        for words in ("{}%", "{}"):
            yield _Try(height, (0,), words)
            yield _Try(height, (0, 1, 2, 3), words)
    yield _Try(_SMALLEST_TEXT, (0, 1, 2, 3), "")


def _shrinking(largest: int, smallest: int) -> Iterator[int]:
    while largest > smallest:
        yield largest
        largest = largest * 4 // 5
    yield smallest


def _try_line(
    line: list[tuple[Digit, Box]], attempt: _Try, taken: list[Box], canvas: Image
) -> list[tuple[Digit, _Label, Box]]:
    """Place each label at its first free side; those that find none are left out."""
    placed = []
    obstacles = list(taken)
    for digit, box in line:
        label = _label(digit, attempt)
        around = list(_around(_outer(box, canvas), label.size, canvas))
        place = next((around[side] for side in attempt.sides if _free(around[side], obstacles, canvas)), None)
        if place:
            placed.append((digit, label, place))
            obstacles.append(place)
    return placed


def _label(digit: Digit, attempt: _Try) -> _Label:
    rows = [(digit.value, attempt.height)]
    if attempt.confidence:
        percent = min(99, int(100 * digit.confidence))  # never rounded up to a certainty
        rows.append((attempt.confidence.format(percent), max(attempt.height * 3 // 5, _SMALLEST_TEXT - 1)))
    return _Label(tuple(rows), max(1, attempt.height // 5))


def _around(box: Box, size: tuple[int, int], canvas: Image) -> Iterator[Box]:
    """Yield the places above, below, right and left of a box, moved along its side to stay within the picture."""
    height, width = canvas.shape[:2]
    w, h = size
    x = max(0, min((box.x0 + box.x1 - w) // 2, width - w))
    y = max(0, min((box.y0 + box.y1 - h) // 2, height - h))
    for x0, y0 in ((x, box.y0 - h), (x, box.y1), (box.x1, y), (box.x0 - w, y)):
        yield Box(x0, y0, x0 + w, y0 + h)


def _free(place: Box, obstacles: list[Box], canvas: Image) -> bool:
    height, width = canvas.shape[:2]
    if place.x0 < 0 or place.y0 < 0 or place.x1 > width or place.y1 > height:
        return False
    return not any(
        place.x0 < other.x1 and other.x0 < place.x1 and place.y0 < other.y1 and other.y0 < place.y1
        for other in obstacles
    )


def _in_corner(digit: Digit, box: Box, canvas: Image) -> tuple[Digit, _Label, Box] | None:
    """Set the label of a digit that fills the picture on paper: in the flattest corner of its own box."""
    height, width = canvas.shape[:2]
    for attempt in (_Try(size, ()) for size in _shrinking(height // 20, _SMALLEST_TEXT)):
        label = _label(digit, attempt)
        w, h = label.size
        corners = [
            Box(x, y, x + w, y + h)
            for y in (max(0, box.y0), min(box.y1, height) - h)
            for x in (max(0, box.x0), min(box.x1, width) - w)
        ]
        flattest = min(corners, key=lambda c: _range(canvas, c))
        if 4 * w <= box.width and 4 * h <= box.height and _range(canvas, flattest) < _FLAT:
            return digit, label, flattest
    return None


def _range(canvas: Image, box: Box) -> int:
    """Give the span from dark to light: little on bare paper."""
    return int(np.ptp(canvas[max(0, box.y0):box.y1, max(0, box.x0):box.x1]))


def _draw_label(canvas: Image, label: _Label, place: Box, unsure: bool) -> None:
    """Draw white words on a plate of the box's colour."""
    canvas[place.y0:place.y1, place.x0:place.x1] = _VERMILLION if unsure else _BLUE
    y = place.y0
    for text, height in label.rows:
        y += label.pad + height
        x = (place.x0 + place.x1 - text_width(text, height)) // 2
        scale, thickness = font(height)
        cv2.putText(canvas, text, (x, y), FONT, scale, _WHITE, thickness, cv2.LINE_AA)
