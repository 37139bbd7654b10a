"""PDF → lesson: paragraphs rebuilt from lines, headings by size, pages marked."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Sequence

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from ingest.loaders import pdf_lines, pdf_page, pdf_paragraphs
from ingest.loaders.draft import LessonDraft, escape
from ingest.loaders.pdf_page import TextRun
from tutor.errors import LessonUnreadable

MAX_PAGES = 2_000
# Running headers and footers stand in these shares of a page's height, in its outermost rows.
_EDGE_SHARE = 0.12
_EDGE_ROWS = 3
_GENERATED_TITLE = re.compile(
    r"untitled|^microsoft|\.\w{2,4}$|^slide \d|^\W*$|presentation$|^document\d*$", re.IGNORECASE
)
_SIGNS = r"[\s\-–—|/()\[\].·•]*"
_PAGE_NUMBER = re.compile(
    rf"(?:page|seite|página|p\.)?{_SIGNS}(?:([0-9]{{1,5}})|[ivxl]+){_SIGNS}(?:(?:of|von|de)?\s*[0-9]{{1,5}})?{_SIGNS}"
)
# PDFium keeps global state and is not thread-safe.
_one_at_a_time = threading.Lock()


def load(data: bytes, name: str) -> LessonDraft:
    """The lesson in a PDF file, with a mark where each page begins.

    Raises LessonUnreadable for a damaged or locked file, and for one whose pages are only pictures.
    """
    with _one_at_a_time:
        title, heights, found = _read(data)
    empty = [number for number, pieces in enumerate(found, 1) if not pieces]
    if len(empty) == len(found):
        raise LessonUnreadable("holds no text, only pictures of pages; run OCR over it and save the result as PDF")
    draft = LessonDraft()
    if empty:
        pages = "page " if len(empty) == 1 else "pages "
        holds = "holds" if len(empty) == 1 else "hold"
        draft.notes.append(f"{pages}{_ranges(empty)} {holds} no text: scanned pictures need OCR first")
    _write(draft, [pdf_lines.lines(pieces) for pieces in _without_running(found, heights)])
    if not draft.text:
        raise LessonUnreadable("holds no text but page numbers and running titles; run OCR over it first")
    if not draft.text.startswith("# ") and len(title.split()) >= 2 and not _GENERATED_TITLE.search(title):
        draft.title = title
    return draft


def _read(data: bytes) -> tuple[str, list[float], list[list[TextRun]]]:
    """The title in the file's metadata, and each page's height and pieces."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            raise LessonUnreadable("is locked with a password; save a copy without the password") from error
        raise LessonUnreadable("is damaged or no PDF; export it again") from error
    try:
        if len(document) == 0:
            raise LessonUnreadable("has no pages; export it again")
        if len(document) > MAX_PAGES:
            raise LessonUnreadable(f"has {len(document):,} pages; the limit is {MAX_PAGES:,}: split it into chapters")
        heights: list[float] = []
        found: list[list[TextRun]] = []
        for number in range(len(document)):
            height, pieces = _page(document, number)
            heights.append(height)
            found.append(pieces)
        return document.get_metadata_value("Title").strip(), heights, found
    except pypdfium2.PdfiumError as error:
        raise LessonUnreadable("is damaged; export it again") from error
    finally:
        document.close()


def _page(document: pypdfium2.PdfDocument, number: int) -> tuple[float, list[TextRun]]:
    try:
        page = document[number]
    except pypdfium2.PdfiumError as error:
        raise LessonUnreadable(f"is damaged at page {number + 1}; export it again") from error
    try:
        text = page.get_textpage()
        try:
            return page.get_height(), pdf_page.pieces(text)
        finally:
            text.close()
    finally:
        page.close()


def _without_running(pages: Sequence[Sequence[TextRun]], heights: Sequence[float]) -> list[list[TextRun]]:
    """The pages without the headers, footers and page numbers that come again and again at the same place."""
    numbered = enumerate(zip(pages, heights, strict=True), 1)
    edges = [_edges(pieces, height, number) for number, (pieces, height) in numbered]
    seen = Counter(key for found in edges for key in {key for key, _ in found})
    sizes = sorted(piece.size for pieces in pages for piece in pieces for _ in range(min(len(piece.text), 20)))
    body = sizes[len(sizes) // 2] if sizes else 10.0
    kept: list[list[TextRun]] = []
    for pieces, found in zip(pages, edges, strict=True):
        running = set()
        for key, piece in found:
            # On slides the title stands at the same place too, and comes again on a few pages: it is large.
            plain = piece.size <= 1.25 * body
            everywhere = seen[key] >= (0.6 if not plain else 0.0 if seen[key] >= 3 else 1.0) * len(pages)
            counted = key[0].startswith("page ")
            if seen[key] >= 2 and (counted or (everywhere and (plain or seen[key] >= 3))):
                running.add(id(piece))
        kept.append([piece for piece in pieces if id(piece) not in running])
    return kept


def _edges(pieces: Sequence[TextRun], height: float, number: int) -> list[tuple[tuple[str, int], TextRun]]:
    """The pieces of the outermost rows of page `number`, each with its words (numbers as `#`) and its place."""
    found: list[tuple[tuple[str, int], TextRun]] = []
    rows = pdf_lines.rows(pieces)
    outer = rows if len(rows) <= 2 * _EDGE_ROWS else rows[:_EDGE_ROWS] + rows[-_EDGE_ROWS:]
    low = min((piece.y for piece in pieces), default=0.0)
    top = max((piece.y for piece in pieces), default=height)
    base = min(low, 0.0)
    for row in outer:
        for piece in row:
            at = (piece.y - base) / max(height, top - base, 1.0)
            if _EDGE_SHARE < at < 1 - _EDGE_SHARE:
                continue
            words = piece.text.strip().lower()
            counted = _PAGE_NUMBER.fullmatch(words)
            if counted:  # page numbers are one run when they grow with the pages
                words = f"page {int(counted[1]) - number:+d}" if counted[1] else "page in Roman numerals"
            else:
                words = re.sub(r"\d+", "#", words)
            found.append(((words, round(piece.y / 6)), piece))
    return found


def _write(draft: LessonDraft, pages: Sequence[Sequence[pdf_lines.PdfLine]]) -> None:
    marked = 0
    items: list[str] = []
    for block in pdf_paragraphs.blocks(pages):
        words = pdf_paragraphs.item(block.text) if block.kind == "item" else None
        # A list stays one block, but a page begins a block of its own.
        if items and (words is None or block.page != marked):
            draft.add("\n".join(items))
            items = []
        for page in range(marked + 1, block.page + 1):
            draft.mark("page", page)
        marked = max(marked, block.page)
        if words is not None:
            items.append("- " + escape(words))
        elif block.kind == "heading":
            draft.heading(block.level, escape(block.text))
        elif block.kind == "code":
            draft.code(block.text)
        else:
            draft.add(escape(block.text))
    draft.add("\n".join(items))


def _ranges(numbers: Sequence[int]) -> str:
    """`[1, 2, 3, 7]` → `1–3, 7`; long lists are cut."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    written = [str(one) if one == other else f"{one}–{other}" for one, other in found]
    return ", ".join(written[:12]) + (f" and {len(written) - 12} more places" if len(written) > 12 else "")
