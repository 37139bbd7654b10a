"""A PDF page's characters → its lines in reading order, column by column."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

# The next piece of a line begins where the gap is wider than this share of the letters' size.
_PIECE_GAP = 0.9
_WORD_GAP = 0.18
# A column is at least this share of the page's written width, so the columns of a table seldom pass for columns.
_COLUMN_SHARE = 0.2
_COLUMN_ROWS = 3
_COLUMN_LETTERS = 12
_FIXED_PITCH = re.compile(r"Courier|Mono|NimbusMon|Consol|Menlo|CMTT|SFTT|Typewriter|Inconsolata", re.IGNORECASE)
_BOLD = re.compile(r"Bold|Black|Heavy|Demi|CMBX|SFBX", re.IGNORECASE)
# Ligatures, and the bullets of Symbol and Wingdings.
_LETTERS = str.maketrans(
    {
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
        "ﬅ": "st",
        "ﬆ": "st",
        "\uf0b7": "•",
        "\uf0a7": "▪",
        "\uf0d8": "•",
        "\uf0fc": "✓",
    }
)
# PDFium's signs for a hyphen at a line's end; mathematical fonts use the same codes for brackets.
_HYPHENS = (0x02, 0xAD, 0xFFFE)
_UNWRITTEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\uffff]")


@dataclass(frozen=True, slots=True)
class TextRun:
    """Letters beside each other on one baseline; `x` grows to the right, `y` upwards, in points."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    fixed: bool = False
    bold: bool = False


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


@dataclass(frozen=True, slots=True)
class _Letter:
    text: str
    x0: float
    x1: float
    y: float
    size: float
    index: int


def pieces(page: pypdfium2.PdfTextPage) -> list[TextRun]:
    """The pieces of a page in the order of its content stream; those written at another angle come last."""
    by_angle: dict[int, list[list[_Letter]]] = {}
    previous: _Letter | None = None
    before = 0
    space = False
    for index in range(page.count_chars()):
        code = pdfium.FPDFText_GetUnicode(page, index)
        text = chr(code).translate(_LETTERS) if code <= 0x10FFFF else ""
        if code in _HYPHENS and pdfium.FPDFText_IsHyphen(page, index) == 1:
            text = "-"
        if text in ("\r", "\n"):
            previous = None
        if not text.strip():
            space = True
            continue
        text = _UNWRITTEN.sub("", text)
        if not text:
            continue
        angle, letter = _letter(page, index, text)
        far = previous is None or angle != before or _apart(previous, letter)
        runs = by_angle.setdefault(angle, [])
        if far or not runs:
            runs.append([letter])
        else:
            if space:
                runs[-1].append(_Letter(" ", letter.x0, letter.x0, letter.y, letter.size, index))
            runs[-1].append(letter)
        previous, before, space = letter, angle, False
    upright = Counter({angle: sum(map(len, runs)) for angle, runs in by_angle.items()})
    return [_piece(page, run) for angle, _ in upright.most_common() for run in by_angle[angle]]


def _letter(page: pypdfium2.PdfTextPage, index: int, text: str) -> tuple[int, _Letter]:
    """Its angle in quarter turns, and the letter in coordinates turned so that it stands upright."""
    matrix = pdfium.FS_MATRIX()
    scale, angle = 1.0, 0
    if pdfium.FPDFText_GetMatrix(page, index, matrix):
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        angle = round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % 4
    size = pdfium.FPDFText_GetFontSize(page, index) * scale
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(page, index, box)
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(page, index, x, y)
    x0, x1, baseline = (
        (box.left, box.right, y.value),
        (box.bottom, box.top, -x.value),
        (-box.right, -box.left, -y.value),
        (-box.top, -box.bottom, x.value),
    )[angle]
    if not all(map(math.isfinite, (x0, x1, baseline, size))):
        x0 = x1 = baseline = size = 0.0
    return angle, _Letter(text, x0, x1, baseline, min(max(abs(size), 1.0), 1000.0), index)


def _apart(previous: _Letter, letter: _Letter) -> bool:
    size = max(previous.size, letter.size)
    gap = letter.x0 - previous.x1
    return gap > _PIECE_GAP * size or gap < -size or abs(letter.y - previous.y) > 0.8 * size


def _piece(page: pypdfium2.PdfTextPage, run: Sequence[_Letter]) -> TextRun:
    size = median(letter.size for letter in run)
    full = [letter.y for letter in run if letter.size >= 0.9 * size]
    fonts = [_font(page, run[at].index) for at in (0, len(run) // 2, -1)]
    return TextRun(
        "".join(letter.text for letter in run),
        min(letter.x0 for letter in run),
        max(letter.x1 for letter in run),
        median(full or [letter.y for letter in run]),
        size,
        all(fixed for fixed, _ in fonts),
        sum(bold for _, bold in fonts) >= 2,
    )


def _font(page: pypdfium2.PdfTextPage, index: int) -> tuple[bool, bool]:
    """Whether the letter's font is of fixed pitch, and whether it is bold."""
    flags = ctypes.c_int()
    buffer = ctypes.create_string_buffer(128)
    length = pdfium.FPDFText_GetFontInfo(page, index, buffer, 128, flags)
    name = buffer.value.decode("latin-1") if 0 < length <= 128 else ""
    return bool(flags.value & 1 or _FIXED_PITCH.search(name)), bool(flags.value & 1 << 18 or _BOLD.search(name))


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
        above = [other for other in rest if piece is None or other.y > piece.y + 0.3 * piece.size]
        if above:
            rest = [other for other in rest if piece is not None and other.y <= piece.y + 0.3 * piece.size]
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
    before = [piece for piece in group if piece.x1 <= gutter]
    after = [piece for piece in group if piece.x0 >= gutter]
    if len(before) < _COLUMN_ROWS or len(after) < _COLUMN_ROWS:
        return 0
    top = min(max(piece.y for piece in side) for side in (before, after))
    low = max(min(piece.y for piece in side) for side in (before, after))
    before, after = ([piece for piece in side if low - 1 <= piece.y <= top + 1] for side in (before, after))
    counts = [len({round(piece.y / 3) for piece in side}) for side in (before, after)]
    if min(counts) < _COLUMN_ROWS:
        return 0
    extents = [max(piece.x1 for piece in side) - min(piece.x0 for piece in side) for side in (before, after)]
    if min(extents) < least:
        return 0
    # A table is written row by row with little in each cell; columns are written one by one, or have full lines.
    inside = {id(piece) for piece in before}
    outside = {id(piece) for piece in after}
    sides = [id(piece) in inside for piece in group if id(piece) in inside or id(piece) in outside]
    turns = sum(one != other for one, other in pairwise(sides))
    full = all(median(len(piece.text) for piece in side) >= _COLUMN_LETTERS for side in (before, after))
    return min(counts) if full or turns <= max(2, len(sides) // 10) else 0
