"""The pieces of a PDF page → its lines in reading order, column by column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.loaders.pdf_page import TextRun

_WORD_GAP = 0.18
# A column is at least this share of the page's written width, so the columns of a table seldom pass for columns.
_COLUMN_SHARE = 0.2
_COLUMN_ROWS = 3
_COLUMN_LETTERS = 12


@dataclass(frozen=True, slots=True)
class PdfLine:
    """A line of text with the number of the column (from 0 through the page) that it stands in."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    fixed: bool
    bold: bool
    column: int


def lines(found: Sequence[TextRun]) -> list[PdfLine]:
    """The lines of a page in reading order: columns from left to right, between what spans them from top to bottom."""
    if not found:
        return []
    width = max(piece.x1 for piece in found) - min(piece.x0 for piece in found)
    written: list[PdfLine] = []
    for column, group in enumerate(_columns(list(found), width * _COLUMN_SHARE)):
        written.extend(_line(row, column) for row in rows(group))
    return written


def rows(group: Sequence[TextRun]) -> list[list[TextRun]]:
    """The pieces by line, from left to right, and the lines from top to bottom; indices and exponents with theirs."""
    found: list[list[TextRun]] = []
    bases: list[TextRun] = []
    # The largest letters carry a line's baseline, so they come first and the small ones join them.
    for piece in sorted(group, key=lambda piece: (-round(piece.size), -piece.y)):
        reach = [(abs(base.y - piece.y), at) for at, base in enumerate(bases) if _level(base, piece, found[at])]
        if reach:
            found[min(reach)[1]].append(piece)
        else:
            found.append([piece])
            bases.append(piece)
    order = sorted(range(len(found)), key=lambda at: -bases[at].y)
    return [sorted(found[at], key=lambda piece: (piece.x0, -piece.y)) for at in order]


def _level(base: TextRun, piece: TextRun, row: Sequence[TextRun]) -> bool:
    away = piece.y - base.y
    if abs(away) <= 0.25 * max(base.size, piece.size):
        return True
    # Indices and exponents: smaller, at most half a line off, close to a neighbour and not above or below it.
    small = piece.size <= 0.85 * base.size and -0.45 * base.size <= away <= 0.65 * base.size
    near = any(
        -0.3 * base.size <= gap <= base.size for other in row for gap in (piece.x0 - other.x1, other.x0 - piece.x1)
    )
    return small and near


def _line(row: Sequence[TextRun], column: int) -> PdfLine:
    words: list[str] = []
    end = row[0].x0
    for piece in row:
        if words and piece.x0 - end > _WORD_GAP * piece.size:
            words.append(" ")
        words.append(piece.text)
        end = max(end, piece.x1)
    main = max(row, key=lambda piece: len(piece.text))
    return PdfLine(
        re.sub(r"\s+", " ", "".join(words)).strip(),
        row[0].x0,
        end,
        main.y,
        main.size,
        all(piece.fixed for piece in row),
        sum(len(piece.text) for piece in row if piece.bold) > 0.6 * sum(len(piece.text) for piece in row),
        column,
    )


def _columns(group: list[TextRun], least: float) -> list[list[TextRun]]:
    """The pieces in groups to be read one after the other."""
    gutter = _gutter(group, least)
    if gutter is None:
        return [group]
    crossing = sorted((piece for piece in group if _spans(piece, gutter)), key=lambda piece: -piece.y)
    rest = [piece for piece in group if not _spans(piece, gutter)]
    found: list[list[TextRun]] = []
    wide: list[TextRun] = []
    for piece in [*crossing, None]:
        above, rest = _parted(rest, piece)
        if above:
            left = [other for other in above if other.x1 <= gutter]
            right = [other for other in above if other.x1 > gutter]
            if len(rows(left)) >= 2 and len(rows(right)) >= 2:
                found.extend([wide, *_columns(left, least), *_columns(right, least)])
                wide = []
            else:
                wide.extend(above)
        if piece is not None:
            wide.append(piece)
    return [part for part in [*found, wide] if part]


def _parted(group: list[TextRun], crossing: TextRun | None) -> tuple[list[TextRun], list[TextRun]]:
    """The pieces above one that crosses the gutter, and the rest; where none does, all are above."""
    if crossing is None:
        return group, []
    low = crossing.y + 0.3 * crossing.size
    return [piece for piece in group if piece.y > low], [piece for piece in group if piece.y <= low]


def _spans(piece: TextRun, gutter: float) -> bool:
    return piece.x0 < gutter < piece.x1


def _gutter(group: Sequence[TextRun], least: float) -> float | None:
    """The `x` that fewest lines cross and that has lines of text beside each other on both sides."""
    if len(group) < 2 * _COLUMN_ROWS or least <= 0:
        return None
    left, right = min(piece.x0 for piece in group), max(piece.x1 for piece in group)
    edges = sorted({round(piece.x0 - 1, 1) for piece in group if left + least < piece.x0 < right - least})
    scores: list[tuple[int, float]] = []
    for x in edges:
        beside = _rows_beside(group, x, least)
        crossing = sum(_spans(piece, x) for piece in group)
        # A title and an abstract over the columns may cross; a gutter a little too far left cuts through lines.
        if beside > crossing / 2:
            scores.append((beside - 2 * crossing, x))
    return max(scores)[1] if scores else None


def _rows_beside(group: Sequence[TextRun], gutter: float, least: float) -> int:
    """How many rows the columns beside `gutter` have next to each other; 0 when they are no columns."""
    sides = _beside(group, gutter)
    if sides is None:
        return 0
    count = min(len({round(piece.y / 3) for piece in side}) for side in sides)
    if count < _COLUMN_ROWS or min(map(_extent, sides)) < least:
        return 0
    # A table is written row by row with little in each cell; columns are written one by one, or have full lines.
    return count if _have_full_lines(sides) or _are_written_one_by_one(group, sides) else 0


def _beside(group: Sequence[TextRun], gutter: float) -> tuple[list[TextRun], list[TextRun]] | None:
    """The pieces left and right of `gutter`, as far down the page as both go; None when one of them is too few."""
    before = [piece for piece in group if piece.x1 <= gutter]
    after = [piece for piece in group if piece.x0 >= gutter]
    if len(before) < _COLUMN_ROWS or len(after) < _COLUMN_ROWS:
        return None
    top = min(max(piece.y for piece in side) for side in (before, after))
    low = max(min(piece.y for piece in side) for side in (before, after))
    return _between(before, low, top), _between(after, low, top)


def _between(side: Sequence[TextRun], low: float, top: float) -> list[TextRun]:
    return [piece for piece in side if low - 1 <= piece.y <= top + 1]


def _extent(side: Sequence[TextRun]) -> float:
    return max(piece.x1 for piece in side) - min(piece.x0 for piece in side)


def _have_full_lines(sides: tuple[list[TextRun], list[TextRun]]) -> bool:
    return all(median(len(piece.text) for piece in side) >= _COLUMN_LETTERS for side in sides)


def _are_written_one_by_one(group: Sequence[TextRun], sides: tuple[list[TextRun], list[TextRun]]) -> bool:
    """Whether the page's own order seldom goes from one side to the other."""
    before, after = ({id(piece) for piece in side} for side in sides)
    is_before = [id(piece) in before for piece in group if id(piece) in before or id(piece) in after]
    turns = sum(one != other for one, other in pairwise(is_before))
    return turns <= max(2, len(is_before) // 10)
