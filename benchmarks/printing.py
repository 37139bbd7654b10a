"""Rows as a table in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.rows import Row

console = Console(stderr=True)


def print_rows(rows: Sequence[Row]) -> None:
    """All rows, those that are not as good as asked in red."""
    table = Table("course", "figure", "measured", "asked", "measured ÷ asked", "reached")
    for row in rows:
        table.add_row(*(cell.replace("**", "") for cell in row.cells()), style="red" if row.reached is False else "")
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def say(words: str) -> None:
    """What is being done now."""
    console.print(f"→ {words}", highlight=False)
