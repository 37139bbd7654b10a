"""A PDF page's characters → the pieces of text that stand beside each other.

What is unwritten is listed: the same set as properties of `regex` takes 2.6 times as long for each letter.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

# The next piece of a line begins where the gap is wider than this share of the letters' size.
_PIECE_GAP = 0.9
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
