"""Markdown blocks that loaders build out of parts: a fence, a table, a quotation, a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_LIST = re.compile(r"(?:\ue000[0-9]+\ue001)*(?:[-*+]|1[.)]) ")


def fence(source: str, language: str = "") -> str:
    """A fenced code block that holds `source`; empty when it has no words."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    source = re.sub(r"\A(?:[ \t]*\n)+", "", source).rstrip()
    if not source:
        return ""
    longest = max((len(run) for run in re.findall(r"`{3,}", source)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{language}\n{source}\n{ticks}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """A pipe table of inline Markdown whose first row is its head; a pipe inside a cell is escaped.

    Shorter rows stay short, as Markdown allows; empty rows and a table without words are left out.
    """
    cells = [[_cell(cell) for cell in row] for row in rows]
    cells = [row for row in cells if any(row)]
    if not cells:
        return ""
    width = max(len(row) for row in cells)
    head = cells[0] + [""] * (width - len(cells[0]))
    lines = [head, ["---"] * width, *cells[1:]]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def _cell(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip().replace("|", "\\|")


def quotation(blocks: Sequence[str]) -> str:
    """The blocks as one quotation."""
    lines = "\n\n".join(blocks).split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines) if blocks else ""


def item(blocks: Sequence[str], marker: str = "-") -> str:
    """A list item: its first block after the marker, the others below it; a list inside follows at once."""
    words = ""
    for block in blocks:
        words += ("\n" if _LIST.match(block) else "\n\n") * bool(words) + block
    indent = " " * (len(marker) + 1)
    return f"{marker} " + re.sub(r"\n(?=[^\n])", "\n" + indent, words) if words else ""


@dataclass(slots=True)
class Items:
    """A list written item by item, each with its level; a level that skips its parent's stands right below it."""

    _lines: list[str] = field(default_factory=list)
    _open: list[tuple[int, int]] = field(default_factory=list)
    """The level and the marker's width of each item that the next one may lie in."""

    def add(self, level: int, marker: str, words: str) -> None:
        """Append an item."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        indent = " " * sum(width for _, width in self._open)
        self._lines.append(re.sub("^(?=.)", indent, item([words], marker), flags=re.MULTILINE))
        self._open.append((level, len(marker) + 1))

    def taken(self) -> str:
        """The list so far, or no words; the next item begins another."""
        words = "\n".join(self._lines)
        self._lines.clear()
        self._open.clear()
        return words
