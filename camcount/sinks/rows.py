"""Rows of CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence


def csv_row(values: Sequence[object]) -> str:
    """Give one line of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()
