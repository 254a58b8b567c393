"""Wrongly read pages -> one picture: each with its boxes, its ink, what is wanted and what was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from camcount.evaluation.scoring import PageResult
from camcount.types import Image

PICTURE = 640, 480
"""Width and height that a picture and its ink are fitted into, pixels."""
TEXT_WIDTH = 460
MARGIN = 14
MOST_PAGES = 100
"""Tiles a sheet: more would not open in a viewer, and nobody looks at them."""
MOST_LINES = 20
"""Lines of a page that are written out: more would be too small to read."""

PAPER = 255, 255, 255
BLACK = 30, 30, 30
GREY = 130, 130, 130
RED = 40, 30, 200
FONT = cv2.FONT_HERSHEY_SIMPLEX


class ErrorSheet:
    """Collects the pages that were read wrongly, one tile each; the pictures themselves are not kept."""

    def __init__(self) -> None:
        self._tiles: list[Image] = []
        self._left_out = 0

    def add(self, result: PageResult, read: Sequence[str], annotated: Image, ink: npt.NDArray[np.uint8]) -> None:
        """Add a page.

        Args:
            result: what is wrong.
            read: the lines as they were read.
            annotated: the picture with its boxes.
            ink: the same picture as the reader saw it, (h, w), 255 = ink.
        """
        if len(self._tiles) == MOST_PAGES:
            self._left_out += 1
            return
        pictures = [_fit(annotated), _fit(np.repeat(255 - ink[..., None], 3, axis=2))]
        texts = _texts(result, read)
        height = max(panel.shape[0] for panel in [*pictures, texts])
        panels = [_pad(panel, width, height) for panel, width in zip([*pictures, texts], _widths())]
        self._tiles.append(np.hstack([np.hstack([_gap(height), panel]) for panel in panels]))

    def draw(self) -> Image:
        """Lay the tiles under each other; without any, say that nothing is wrong."""
        width = sum(_widths()) + MARGIN * len(_widths())
        rows = [_heading(width, "picture", "ink", "wanted / read")]
        rows += [part for tile in self._tiles for part in (tile, _rule(width))]
        if not self._tiles:
            rows.append(_heading(width, "Every page was read exactly."))
        if self._left_out:
            rows.append(_heading(width, f"... and {self._left_out} more pages that were read wrongly."))
        return np.vstack(rows)


def _widths() -> tuple[int, int, int]:
    return PICTURE[0], PICTURE[0], TEXT_WIDTH


def _fit(picture: Image) -> Image:
    height, width = picture.shape[:2]
    scale = min(PICTURE[0] / width, PICTURE[1] / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    fitted = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST)
    cv2.rectangle(fitted, (0, 0), (size[0] - 1, size[1] - 1), GREY)
    return fitted.astype(np.uint8, copy=False)


def _pad(panel: Image, width: int, height: int) -> Image:
    below, right = height - panel.shape[0], width - panel.shape[1]
    return cv2.copyMakeBorder(panel, 0, below, 0, right, cv2.BORDER_CONSTANT, value=PAPER).astype(np.uint8, copy=False)


def _texts(result: PageResult, read: Sequence[str]) -> Image:
    """Write the wanted lines beside those that were read; a line that the other side lacks stands red, with a mark."""
    wanted = result.page.lines
    rows = min(max(len(wanted), len(read), 1), MOST_LINES)
    row_height = min(34, (PICTURE[1] - 90) // rows)
    panel = np.full((90 + rows * row_height, TEXT_WIDTH, 3), 255, np.uint8)
    name = result.page.name
    _write(panel, name if len(name) < 48 else f"...{name[-45:]}", (0, 18), TEXT_WIDTH, 16)
    kind = f"{result.page.category}, {result.edits} of {result.digits} digits to mend"
    _write(panel, kind, (0, 42), TEXT_WIDTH, 16, GREY)
    half = TEXT_WIDTH // 2
    for x, title, lines, other in ((0, "wanted", wanted, read), (half, "read", read, wanted)):
        _write(panel, title, (x, 74), half - MARGIN, 16, GREY)
        for row, (line, found) in enumerate(_matched(lines, other)[:MOST_LINES]):
            text, colour = (line, BLACK) if found else (f"x {line}", RED)
            if row == MOST_LINES - 1 and len(lines) > MOST_LINES:
                text, colour = f"... {len(lines) - row} more lines", GREY
            _write(panel, text, (x, 74 + (row + 1) * row_height), half - MARGIN, row_height - 8, colour)
    return panel


def _matched(lines: Sequence[str], others: Sequence[str]) -> list[tuple[str, bool]]:
    """Tell of each line whether the other side has it too; one there stands for one here."""
    left = Counter(line.replace(" ", "") for line in others)
    marked = []
    for line in lines:
        bare = line.replace(" ", "")
        marked.append((line, left[bare] > 0))
        left[bare] -= 1
    return marked


def _write(
    panel: Image, text: str, origin: tuple[int, int], width: int, height: int, colour: tuple[int, int, int] = BLACK
) -> None:
    """Write one line from its baseline, in capitals at most `height` high and `width` wide, pixels."""
    text = text.encode("ascii", "replace").decode()
    (natural_width, natural_height), _ = cv2.getTextSize(text, FONT, 1.0, 1)
    scale = min(height / max(natural_height, 1), width / max(natural_width, 1), 0.8)
    cv2.putText(panel, text, origin, FONT, scale, colour, 1, cv2.LINE_AA)


def _heading(width: int, *titles: str) -> Image:
    row = np.full((44, width, 3), 255, np.uint8)
    offsets = (0, PICTURE[0] + MARGIN, 2 * (PICTURE[0] + MARGIN))
    for x, title in zip(offsets, titles):
        _write(row, title, (x + MARGIN, 28), width, 18, GREY)
    return row


def _rule(width: int) -> Image:
    row = np.full((2 * MARGIN, width, 3), 255, np.uint8)
    row[MARGIN] = GREY
    return row


def _gap(height: int) -> Image:
    return np.full((height, MARGIN, 3), 255, np.uint8)
