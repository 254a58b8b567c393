"""One frame kept: the picture, its crops and its reading."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from camcount.files import cannot_write, write_whole
from camcount.shot import Shot
from camcount.sinks.pictures import encode_image


def keep_snapshot(shot: Shot, folder: Path) -> Path:
    """Write a frame, the frame with its overlay, the crops of its digits, and its reading; give the frame's file.

    Raises:
        OutputError: when they cannot be written.
    """
    name = f"camcount-{datetime.now():%Y%m%d-%H%M%S-%f}"[:-3]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}-crops").mkdir()
    except OSError as error:
        raise cannot_write(str(folder), error) from None
    path = folder / f"{name}.png"
    write_whole(path, encode_image(shot.frame.image, ".png"))
    write_whole(folder / f"{name}-read.png", encode_image(shot.overlay, ".png"))
    write_whole(folder / f"{name}.json", json.dumps(shot.reading.to_dict()).encode() + b"\n")
    digits = [digit for line in shot.reading.lines for digit in line.digits if digit.crop is not None]
    for number, digit in enumerate(digits, 1):
        value = "unsure" if not digit.value.isdigit() else digit.value
        crop = folder / f"{name}-crops" / f"{number:02d}-{value}-{digit.confidence:.2f}.png"
        assert digit.crop is not None
        write_whole(crop, encode_image(digit.crop, ".png"))
    return path
