"""One frame kept: the picture, its crops and its reading."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from camcount.files import cannot_write, write_whole
from camcount.shot import Shot
from camcount.sinks import SinkOptions, open_sink
from camcount.sinks.pictures import encode_image


def keep_snapshot(shot: Shot, folder: Path) -> Path:
    """Write a frame, a copy with its reading drawn on it, the crops of its digits, and its reading; give its file.

    Raises:
        OutputError: when they cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(str(folder), error) from None
    stem = f"camcount-{datetime.now():%Y%m%d-%H%M%S-%f}"[:-3]
    path = folder / f"{stem}.png"
    write_whole(path, encode_image(shot.frame.image, ".png"))
    for kind, ending in (("annotated", "-read.png"), ("jsonl", ".json"), ("crops", "-crops")):
        with open_sink(f"{kind}:{folder / stem}{ending}", SinkOptions(many=False)) as sink:
            sink.write(shot)
    return path
