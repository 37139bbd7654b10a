"""Word files (.docx) → lesson: the body in order, its styles read as headings, lists, code and quotations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from ingest.loaders import blocks
from ingest.loaders.draft import LessonDraft
from ingest.loaders.office_zip import opened
from ingest.loaders.runs import Run, inline, plain
from ingest.loaders.word_numbering import Label, Numbering, numbering
from ingest.loaders.word_runs import RunReader
from ingest.loaders.word_styles import ParagraphKind, Styles
from tutor.errors import LessonUnreadable

_HEADING_WORDS = 12


def load(data: bytes, name: str) -> LessonDraft:
    """The lesson in a Word file.

    Raises LessonUnreadable for files that are damaged, locked, of Word before 2007, or not Word's at all.
    """
    file = opened(data, "word/document.xml", "Word")
    draft = LessonDraft()
    try:
        _WordReader.of(docx.Document(file), draft).read()
    # python-docx meets damaged XML with whatever error its next line of code gives.
    except Exception as error:
        raise LessonUnreadable("is damaged inside; open it in Word and save it again") from error
    if not draft.text:
        raise LessonUnreadable("holds no text; text in pictures and text boxes is not read")
    return draft


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A paragraph, and what its style and numbering make of it."""

    kind: ParagraphKind
    runs: list[Run]
    label: Label | None = None

    @property
    def text(self) -> str:
        return "".join(run.words for run in self.runs)

    @property
    def looks_like_a_heading(self) -> bool:
        """Whether it is short, all bold, and ends like no sentence: a heading made by hand."""
        shown = [run for run in self.runs if run.words.strip()]
        words = self.text.strip()
        short = 0 < len(words.split()) <= _HEADING_WORDS and not re.search(r"[.:;,!]$", words)
        return self.kind.role == "words" and not self.label and short and all(run.bold for run in shown)


@dataclass(slots=True)
class _WordReader:
    draft: LessonDraft
    body: Any
    styles: Styles
    numbering: Numbering
    reader: RunReader
    note_texts: dict[tuple[str, str], Any]
    offset: int = 0
    """How much deeper headings stand because the file has a title."""
    bold_headings: bool = False
    code: list[str] = field(default_factory=list)
    items: blocks.Items = field(default_factory=blocks.Items)

    @classmethod
    def of(cls, document: Any, draft: LessonDraft) -> _WordReader:
        part = document.part
        styles = Styles(part._styles_part.element)
        related = {rel.reltype.rsplit("/", 1)[-1]: rel for rel in part.rels.values() if not rel.is_external}
        notes: dict[tuple[str, str], Any] = {}
        for kind in ("footnote", "endnote"):
            if f"{kind}s" in related:
                for note in parse_xml(related[f"{kind}s"].target_part.blob):
                    if note.get(qn("w:type")) in (None, "normal"):
                        notes[kind, str(note.get(qn("w:id")))] = note
        addresses = {
            key: rel.target_ref
            for key, rel in part.rels.items()
            if rel.is_external and rel.reltype.endswith("/hyperlink")
        }
        root = parse_xml(related["numbering"].target_part.blob) if "numbering" in related else None
        return cls(
            draft,
            document.element.body,
            styles,
            numbering(root, styles.numbering_styles),
            RunReader(styles, addresses),
            notes,
        )

    def read(self) -> None:
        paragraphs = [self._kind(element) for element in _blocks(self.body) if element.tag == qn("w:p")]
        self.offset = int(any(kind.role == "title" for kind in paragraphs))
        self.bold_headings = not any(kind.role in ("title", "heading") for kind in paragraphs)
        self._blocks(self.body)
        self._flush()

    def _blocks(self, parent: Any) -> None:
        for element in _blocks(parent):
            if element.tag == qn("w:p"):
                self._write(self._paragraph(element))
            else:
                self._table(element)

    def _style(self, paragraph: Any) -> str:
        found = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        return self.styles.default if found is None else str(found.get(qn("w:val")))

    def _kind(self, paragraph: Any) -> ParagraphKind:
        kind = self.styles.kind(self._style(paragraph))
        outline = _number(paragraph, "w:outlineLvl")
        if kind.role == "words" and outline is not None and outline < 9:
            return ParagraphKind("heading", outline + 1)
        return kind

    def _paragraph(self, element: Any) -> _Paragraph:
        style = self._style(element)
        number = self.styles.value(style, "w:pPr", "w:numPr", "w:numId")
        level = self.styles.value(style, "w:pPr", "w:numPr", "w:ilvl")
        own, own_level = _number(element, "w:numPr", "w:numId"), _number(element, "w:numPr", "w:ilvl")
        number = number if own is None else str(own)
        at = own_level if own_level is not None else int(level) if level.isdigit() else 0
        label = self.numbering.label(number, at) if number and number != "0" else None
        if label is not None and label.is_item:
            label = replace(label, level=max(label.level, self.styles.list_level(style)))
        return _Paragraph(self._kind(element), self.reader.runs(element), label)

    def _write(self, paragraph: _Paragraph) -> None:
        role, runs, label = paragraph.kind.role, paragraph.runs, paragraph.label
        if role == "left out":
            return
        is_item = label is not None and label.is_item and role not in ("title", "heading")
        shown = [run for run in runs if run.words.strip()]
        if role == "words" and not is_item and shown and all(run.code for run in shown):
            role = "code"
        if role == "code" and not is_item:
            self._flush(code=False)
            self.code.append(paragraph.text)
            return
        if not shown:
            return
        if is_item and label is not None:
            self._flush(items=False)
            self._item(inline(runs), label)
            return
        self._flush()
        if label is not None and label.words:
            runs = [Run(label.words + " "), *runs]
        if role in ("title", "heading"):
            level = 1 if role == "title" else paragraph.kind.rank + self.offset
            self.draft.heading(level, inline(plain(runs)))
        elif self.bold_headings and paragraph.looks_like_a_heading:
            self.draft.heading(2, inline(plain(runs)))
        elif role == "quotation":
            self.draft.add(blocks.quotation([inline(runs)]))
        elif role == "box title":
            self.draft.add(inline(run if run.raw else replace(run, bold=True) for run in runs))
        else:
            self.draft.add(inline(runs))
        self._notes()

    def _item(self, words: str, label: Label) -> None:
        marker = f"{label.number}." if label.words and label.number < 10**9 else "-"
        if label.words and not re.search("[0-9]", label.words):
            # Markdown numbers with digits only: a lettered item keeps its letter as words.
            marker, words = "-", f"{label.words} {words}"
        self.items.add(label.level, marker, words)

    def _flush(self, *, code: bool = True, items: bool = True) -> None:
        """Write the code and the list that have been gathered: what comes now does not belong to them."""
        if code and self.code:
            self.draft.add(blocks.fence("\n".join(self.code)))
            self.code.clear()
        if items and (words := self.items.taken()):
            self.draft.add(words)
            self._notes()

    def _notes(self) -> None:
        first = self.reader.noted - len(self.reader.notes) + 1
        waiting = list(self.reader.notes)
        self.reader.notes.clear()
        for number, key in enumerate(waiting, start=first):
            if key in self.note_texts:
                words = " ".join(inline(self.reader.runs(part)) for part in self.note_texts[key].iter(qn("w:p")))
                self.draft.add(f"[{number}] {words.strip()}")
        self.reader.notes.clear()

    def _table(self, table: Any) -> None:
        rows = [list(row.iterchildren(qn("w:tc"))) for row in table.iterchildren(qn("w:tr"))]
        if all(len(row) <= 1 for row in rows):
            # A table of one column is a frame around paragraphs.
            for row in rows:
                for cell in row:
                    self._blocks(cell)
            return
        self._flush()
        self.draft.add(blocks.table([[words for cell in row for words in self._cell(cell)] for row in rows]))
        self._notes()

    def _cell(self, cell: Any) -> list[str]:
        """The words of the cell, and an empty cell for each further column that it spans."""
        span = _number(cell, "w:gridSpan", properties="w:tcPr") or 1
        parts = []
        for element in cell.iter(qn("w:p")):
            paragraph = self._paragraph(element)
            words = inline(paragraph.runs)
            if words and paragraph.kind.role != "left out":
                code = paragraph.kind.role == "code"
                words = inline(replace(run, code=not run.raw) for run in paragraph.runs) if code else words
                parts.append(f"{paragraph.label.words} {words}".strip() if paragraph.label else words)
        return [" ".join(parts), *[""] * (min(span, 50) - 1)]


def _blocks(parent: Any) -> Iterator[Any]:
    """The paragraphs and tables right below, those in content controls and revisions among them."""
    for child in parent:
        if child.tag in (qn("w:p"), qn("w:tbl")):
            yield child
        elif child.tag == qn("w:sdt"):
            gallery = next(child.iter(qn("w:docPartGallery")), None)
            inside = child.find(qn("w:sdtContent"))
            if inside is not None and (gallery is None or gallery.get(qn("w:val")) != "Table of Contents"):
                yield from _blocks(inside)
        elif child.tag in (qn("w:ins"), qn("w:moveTo"), qn("w:customXml")):
            yield from _blocks(child)


def _number(element: Any, *path: str, properties: str = "w:pPr") -> int | None:
    found = element.find("/".join(qn(step) for step in (properties, *path)))
    value = "" if found is None else str(found.get(qn("w:val")) or "")
    return int(value) if re.fullmatch("[0-9]{1,9}", value) else None
