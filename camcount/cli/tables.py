"""Rows -> a table on standard output: drawn on a terminal, plain columns in a file or a pipe."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich import box
from rich.console import Console
from rich.table import Table


def show_table(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; the first column holds names, the others figures."""
    console = Console()
    if not console.is_terminal:
        click.echo(plain_table(title, headers, rows))
        return
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for column, header in enumerate(headers):
        table.add_column(header, justify="right" if column else "left")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def plain_table(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay the columns out with spaces, two at least between them."""
    widths = [max(map(len, column)) for column in zip(headers, *rows)]
    lines = []
    for row in (headers, *rows):
        cells = [cell.rjust(width) if i else cell.ljust(width) for i, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([title, *lines])
