"""Lines of a PDF in reading order → headings, paragraphs, list items and code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Literal

from ingest.loaders.pdf_lines import PdfLine

PdfBlockKind = Literal["heading", "paragraph", "item", "code"]

_HEADING_SIZE = 1.15
_BOLD_HEADING_SIZE = 1.05
_HEADING_LETTERS = 120
_BULLET = re.compile(r"^(?:[•‣◦▪▸●○■□❒❖➢✓∙·]|[–—-](?=\s))\s*(?=\S)")
_NUMBERED = re.compile(r"^(?:\(?\d{1,2}[.)]|\(?[a-z]\)|[IVXivx]{1,5}[.)])\s+(?=\S)")
_CODE_SIGNS = re.compile(r"[(){}\[\]=;<>$#]")
_BROKEN_WORD = re.compile(r"([^\W\d_]+)-$")
_LOWER_WORD = re.compile(r"^[^\W\d_]+")


@dataclass(slots=True)
class PdfBlock:
    """One block with the number of the page (from 1) where it begins; `text` is plain, `size` in points."""

    kind: PdfBlockKind
    page: int
    lines: list[PdfLine] = field(default_factory=list)
    level: int = 0
    text: str = ""

    @property
    def size(self) -> float:
        """The size of its first line's letters."""
        return self.lines[0].size


@dataclass(frozen=True, slots=True)
class _Body:
    """What most of the text looks like: the letters' size, and the distance between baselines as a share of it."""

    size: float
    leading: float
    fixed: bool


def blocks(pages: Sequence[Sequence[PdfLine]]) -> list[PdfBlock]:
    """The blocks of all pages in reading order; a paragraph may run on over columns and pages."""
    body = _body(pages)
    found: list[PdfBlock] = []
    previous: PdfLine | None = None
    lefts, rights = _margins(pages)
    for number, lines in enumerate(pages, 1):
        for line in lines:
            kind = _kind(line, body)
            last = found[-1] if found else None
            place = (number, line.column)
            if (
                last is None
                or previous is None
                or not _goes_on(
                    last, previous, line, kind, body, (lefts[place], rights[place]), same_page=last.page == number
                )
            ):
                found.append(PdfBlock(kind, number))
            found[-1].lines.append(line)
            previous = line
    words = Counter(re.findall(r"\w+(?:-\w+)*", " ".join(line.text for lines in pages for line in lines).lower()))
    for block in found:
        block.text = _code(block.lines) if block.kind == "code" else _joined(block.lines, words)
    return list(_with_levels(found))


def _body(pages: Sequence[Sequence[PdfLine]]) -> _Body:
    sizes: Counter[float] = Counter()
    fixed = total = 0
    gaps: list[float] = []
    for lines in pages:
        for line in lines:
            sizes[round(line.size, 1)] += len(line.text)
            total += len(line.text)
            fixed += len(line.text) if line.fixed else 0
        for one, other in pairwise(lines):
            gap = (one.y - other.y) / max(one.size, 1.0)
            if one.column == other.column and one.size == other.size and 0.8 <= gap <= 2.5:
                gaps.append(gap)
    # The median over letters, not over lines: a page of short formulas does not shrink the body.
    half, seen, middle = sum(sizes.values()) / 2, 0, 10.0
    for size, letters in sorted(sizes.items()):
        if seen < half:
            middle = size
        seen += letters
    return _Body(middle, median(gaps) if gaps else 1.2, total > 0 and fixed > 0.6 * total)


def _margins(pages: Sequence[Sequence[PdfLine]]) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], float]]:
    """Where the lines of each page's columns begin and end."""
    lefts: dict[tuple[int, int], float] = {}
    rights: dict[tuple[int, int], float] = {}
    for number, lines in enumerate(pages, 1):
        for line in lines:
            place = (number, line.column)
            lefts[place] = min(lefts.get(place, line.x0), line.x0)
            rights[place] = max(rights.get(place, line.x1), line.x1)
    return lefts, rights


def _kind(line: PdfLine, body: _Body) -> PdfBlockKind:
    large = line.size >= _HEADING_SIZE * body.size or (line.bold and line.size >= _BOLD_HEADING_SIZE * body.size)
    # Large signs of a formula are no headings: those have words.
    words = len(line.text) <= _HEADING_LETTERS and re.search(r"[^\W\d_]{4}", line.text)
    if large and words and not re.search(r"[.,;:]$", line.text):
        return "heading"
    if line.fixed and not body.fixed:
        return "code"
    if _BULLET.match(line.text) or _NUMBERED.match(line.text):
        return "item"
    return "paragraph"


def _goes_on(
    block: PdfBlock,
    previous: PdfLine,
    line: PdfLine,
    kind: PdfBlockKind,
    body: _Body,
    margins: tuple[float, float],
    *,
    same_page: bool,
) -> bool:
    """Whether `line` belongs to `block`, whose last line is `previous`."""
    same_place = same_page and previous.column == line.column and previous.y >= line.y
    gap = (previous.y - line.y) / max(previous.size, line.size)
    if kind == "heading" or block.kind == "heading":
        return kind == block.kind and same_place and gap <= 1.6 and _alike(previous, line) and len(block.lines) < 3
    if kind == "code" or block.kind == "code":
        return kind == block.kind and gap <= 4 * body.leading
    if kind == "item":
        return False
    if not same_place:
        return not _ends(previous) and line.text[:1].islower() and _alike(previous, line)
    if gap > max(1.35 * body.leading, body.leading + 0.3):
        return False
    return not (_ends(previous) and (_is_short(previous, margins) or _is_indented(block, previous, line, margins[0])))


def _alike(one: PdfLine, other: PdfLine) -> bool:
    return abs(one.size - other.size) < 0.5


def _ends(line: PdfLine) -> bool:
    """Whether a sentence ends with it."""
    return bool(re.search(r"[.!?:][\"'”’)\]]*$", line.text))


def _is_short(line: PdfLine, margins: tuple[float, float]) -> bool:
    left, right = margins
    return line.x1 < right - 0.25 * (right - left)


def _is_indented(block: PdfBlock, previous: PdfLine, line: PdfLine, left: float) -> bool:
    """Whether `line` opens a paragraph by its indent; the second line of an item stands below its first one's words."""
    indent = (line.x0 - previous.x0) / line.size
    is_first_of_item = block.kind == "item" and len(block.lines) == 1
    return 0.8 <= indent <= 4 and previous.x0 - left < 0.5 * line.size and not is_first_of_item


def _joined(lines: Sequence[PdfLine], words: Counter[str]) -> str:
    text = lines[0].text
    for line in lines[1:]:
        broken, rest = _BROKEN_WORD.search(text), _LOWER_WORD.match(line.text)
        if broken and rest and rest[0][0].islower():
            whole, hyphened = (broken[1] + rest[0]).lower(), f"{broken[1]}-{rest[0]}".lower()
            keep = words[hyphened] > words[whole]
            text = (text if keep else text[:-1]) + line.text
        else:
            text += " " + line.text
    return text


def _code(lines: Sequence[PdfLine]) -> str:
    """The lines with the indents and blank lines that they have on the page."""
    left = min(line.x0 for line in lines)
    widths = [(line.x1 - line.x0) / len(line.text) for line in lines if len(line.text) > 3 and line.x1 > line.x0]
    width = median(widths) if widths else 0.6 * lines[0].size
    gaps = [one.y - other.y for one, other in pairwise(lines) if one.y > other.y]
    usual = min(gaps, default=0.0)
    written: list[str] = []
    for at, line in enumerate(lines):
        if at and usual > 0 and lines[at - 1].y - line.y > 1.7 * usual:
            written.append("")
        written.append(" " * min(80, round((line.x0 - left) / max(width, 0.5))) + line.text)
    return "\n".join(written)


def _with_levels(found: Sequence[PdfBlock]) -> Iterator[PdfBlock]:
    """Headings get their level by size, largest first; what only adorns the title page becomes a paragraph."""
    first = next((at for at, block in enumerate(found) if block.kind not in ("heading", "code")), len(found))
    opening = [block for block in found[:first] if block.kind == "heading"]
    later = {_step(block) for block in found[first:] if block.kind == "heading"}
    title = max((_step(block) for block in opening), default=0.0)
    for block in opening:
        if _step(block) != title and _step(block) not in later:
            block.kind = "paragraph"
    sizes = sorted({_step(block) for block in found if block.kind == "heading"}, reverse=True)
    for block in found:
        if block.kind == "heading":
            block.level = min(sizes.index(_step(block)) + 1, 6)
        elif block.kind == "code" and "\n" not in block.text and not _CODE_SIGNS.search(block.text):
            block.kind = "paragraph"
        yield block


def _step(block: PdfBlock) -> float:
    return round(block.size * 2) / 2


def item(text: str) -> str | None:
    """The words of a bulleted line without its bullet, or None when it has no bullet."""
    match = _BULLET.match(text)
    return text[match.end() :] if match else None
