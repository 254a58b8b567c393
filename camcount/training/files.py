"""Write files whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from camcount.errors import OutputError


def write_whole(path: Path, data: bytes) -> None:
    """Write beside the path, then rename: nobody ever sees half a file.

    Raises:
        OutputError: when the file cannot be written.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from error
