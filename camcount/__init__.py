"""Read handwritten numbers from photos and cameras, offline."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from camcount.reader import Reader
    from camcount.sources import open_live, open_source, open_stream
    from camcount.track import Tracker
    from camcount.types import Frame, Reading

__version__ = "0.1.0"
__all__ = ["Frame", "Reader", "Reading", "Tracker", "__version__", "open_live", "open_source", "open_stream"]

_ROOMS = {
    "Frame": "camcount.types",
    "Reader": "camcount.reader",
    "Reading": "camcount.types",
    "Tracker": "camcount.track",
    "open_live": "camcount.sources",
    "open_source": "camcount.sources",
    "open_stream": "camcount.sources",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and no sooner: `camcount --help` need not wait for OpenCV."""
    if name not in _ROOMS:
        raise AttributeError(f"module 'camcount' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS})
