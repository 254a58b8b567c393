"""Every digit as the model saw it, as a picture file."""

from __future__ import annotations

from pathlib import Path

from camcount.shot import Shot
from camcount.files import write_whole
from camcount.sinks.base import Sink, SinkOptions
from camcount.sinks.files import TextFile, open_folder
from camcount.sinks.pictures import Names, encode_image
from camcount.sinks.rows import csv_row
from camcount.types import UNSURE


class CropsSink(Sink):
    """Every digit as the model saw it, 28x28, named by what the model said, and `index.csv` that lists them."""

    kind = "crops"

    def __init__(self, path: str, options: SinkOptions = SinkOptions()) -> None:
        self._folder = Path(path)
        self._overwrite = options.overwrite
        self._index = TextFile(str(self._folder / "index.csv"), options.overwrite)
        self._names = Names()

    def __enter__(self) -> Sink:
        open_folder(self._folder, self._overwrite)
        self._index.open()
        self._index.write(csv_row(("file", "value", "confidence", "x0", "y0", "x1", "y1", "source")))
        return self

    def write(self, shot: Shot) -> None:
        for digit in (digit for line in shot.reading.lines for digit in line.digits):
            if digit.crop is None:  # a reading that came back from JSON has none
                continue
            value = "unsure" if digit.value == UNSURE else digit.value  # no "?" in a file name on Windows
            name = self._names.unused(shot.frame, f"-{value}-{digit.confidence:.2f}.png", numbered=True)
            write_whole(self._folder / name, encode_image(digit.crop, ".png"))
            self._index.write(
                csv_row((name, digit.value, f"{digit.confidence:.4f}", *digit.box, shot.frame.source))
            )

    def close(self) -> None:
        self._index.close()

    def abort(self) -> None:
        """Keep the crops written so far: each is whole, and the index lists just them."""
        self._index.close()
