"""Manifest -> pages: which pictures there are, and what a person sees in each."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from camcount.errors import SourceError

MOVING = ("video", "clip")
"""Categories that hold no still picture; they are left out here."""

OPTIONS = {"category": str, "core": bool, "layout": str, "ambiguous": bool, "order_ambiguous": bool, "split": str}
"""What a record may tell besides `file` and `lines`; everything else in it is the user's own."""


@dataclass(frozen=True, slots=True)
class Page:
    """One picture and the lines that a person reads in it."""

    path: Path
    name: str
    """As the manifest calls it: `file`."""
    lines: tuple[str, ...]
    """From the top; none on a page without digits."""
    category: str = "photo"
    core: bool = False
    """Belongs to the headline figures."""
    layout: str = "lines"
    ambiguous: bool = False
    """Persons disagree about what stands there: no figure counts it."""
    order_ambiguous: bool = False
    split: str = ""

    @property
    def ordered(self) -> bool:
        """Whether the digits have an order that a reader could get wrong."""
        return self.layout != "scattered" and not self.order_ambiguous


def load_manifest(path: Path, split: str = "") -> tuple[Page, ...]:
    """Load and check a manifest: a JSON list of records, of which only `file` and `lines` are demanded.

    Args:
        path: the manifest; its pictures are looked for beside it.
        split: keep only the records of this `split`.

    Returns:
        The still pages that have one right reading, in the order of the manifest.

    Raises:
        SourceError: when the manifest cannot be read or a record is not what it should be; the message names it.
    """
    records = _load_records(path)
    pages = [_page(record, f"{path}: record {number}", path.parent) for number, record in enumerate(records, 1)]
    kept = tuple(p for p in pages if p.category not in MOVING and not p.ambiguous and (not split or p.split == split))
    if not kept:
        wanted = f'has split "{split}"' if split else "is a still picture with one right reading"
        raise SourceError(f"{path}: none of its {len(pages)} records {wanted}, so there is nothing to evaluate.")
    return kept


def _load_records(path: Path) -> Sequence[Any]:
    try:
        records = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SourceError(f"{path} cannot be opened: {error.strerror}. Check the path.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise SourceError(f"{path} is not JSON: {error.msg} at {where}. Mend it there.") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise SourceError(f"{path} is not JSON. Save it as UTF-8 text.") from error
    if not isinstance(records, list):
        raise SourceError(f'{path} must hold a list: [{{"file": "photo.jpg", "lines": ["4071", "225"]}}, ...]')
    if not records:
        raise SourceError(f'{path} lists no pictures. Add one: {{"file": "photo.jpg", "lines": ["4071", "225"]}}')
    return records


def _page(record: Any, where: str, folder: Path) -> Page:
    if not isinstance(record, dict):
        raise SourceError(f'{where} must be an object: {{"file": "photo.jpg", "lines": ["4071", "225"]}}')
    name = record.get("file")
    if not isinstance(name, str) or not name:
        raise SourceError(f'{where}: "file" must name a picture, as "photo.jpg".')
    where = f"{where} ({name})"
    options = {key: _option(record, key, kind, where) for key, kind in OPTIONS.items() if key in record}
    lines = () if options.get("category") in MOVING else _lines(record, where)
    return Page(folder / name, name, lines, **options)


def _lines(record: dict[str, Any], where: str) -> tuple[str, ...]:
    lines = record.get("lines")
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise SourceError(f'{where}: "lines" must be a list of texts: ["4071", "225"], or [] where there is no digit.')
    for line in lines:
        if not re.search("[0-9]", line):
            raise SourceError(f'{where}: the line "{line}" holds no digit. Write the digits that it shows, or drop it.')
    return tuple(lines)


def _option(record: dict[str, Any], key: str, kind: type, where: str) -> Any:
    value = record[key]
    if not isinstance(value, kind):
        demand = "true or false" if kind is bool else "a text in quotes"
        raise SourceError(f'{where}: "{key}" must be {demand}, not {json.dumps(value)}.')
    return value
