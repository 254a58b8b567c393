"""The mosaic of the stages shows what a frame was read by."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from conftest import drawn

from camcount.reader import Reader, Sight
from camcount.stages import draw_stages
from camcount.types import Frame, Image

BLUE = (178, 114, 0)


def share_of_blue(part: Image) -> float:
    return float((np.abs(part.astype(int) - BLUE).max(axis=2) < 20).mean())


def test_four_pictures_show_reading_ink_marks_and_crops() -> None:
    reader, frame = Reader(), drawn("407\n12").frame
    sight = reader.see(frame)
    mosaic = draw_stages(frame.image, reader.read(frame), sight)
    assert mosaic.shape == (480, 640, 3)
    ink, marks, crops = mosaic[40:240, 320:], mosaic[280:, :320], mosaic[280:, 320:]
    assert (ink < 60).mean() > 0.01 and (ink > 200).mean() > 0.7
    assert share_of_blue(marks) > 0.001 and (crops > 200).mean() > 0.005
    without = replace(sight, glyphs=sight.glyphs.part(np.zeros(len(sight.glyphs), bool)))
    assert share_of_blue(draw_stages(frame.image, reader.read(frame), without)[280:, :320]) == 0


def test_a_page_upside_down_is_shown_as_it_was_read() -> None:
    reader, frame = Reader(rotate="180"), drawn("47").frame
    turned = Frame(np.asarray(cv2.rotate(frame.image, cv2.ROTATE_180), np.uint8))

    def ink_of(sight: Sight) -> Image:
        return draw_stages(frame.image, reader.read(turned), sight)[40:240, 320:]

    assert np.array_equal(ink_of(reader.see(turned)), ink_of(Reader(rotate="0").see(frame)))
