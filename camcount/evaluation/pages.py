"""Pages -> results: read every picture of a manifest with one reader."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from camcount.errors import SourceError
from camcount.evaluation.manifest import Page
from camcount.evaluation.scoring import PageResult, judge
from camcount.reader import Reader
from camcount.sources import open_source
from camcount.types import Frame, Reading


def read_pages(reader: Reader, pages: Iterable[Page]) -> Iterator[tuple[PageResult, Frame | None, Reading | None]]:
    """Read each page and judge it, one at a time, so that only one picture is held.

    A picture that cannot be read counts as one in which nothing was read: its result tells the error, and its frame
    and reading are None.
    """
    for page in pages:
        try:
            frame = _load(page)
        except SourceError as error:
            yield judge(page, (), error=str(error)), None, None
            continue
        reading = reader.read(frame)
        yield judge(page, (line.text for line in reading.lines), reading.elapsed_ms), frame, reading


def _load(page: Page) -> Frame:
    # Without this a folder, a pattern or "-" in a manifest would open as what they mean on the command line.
    if not os.path.isfile(page.path):
        raise SourceError(f"{page.path}: no such file. Mend its record in the manifest, or put the picture there.")
    with open_source(str(page.path.absolute())) as source:
        return next(frame for frame in source if frame)
