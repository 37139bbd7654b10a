"""PowerPoint files (.pptx) → lesson: a heading for each slide, its shapes in reading order, its notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pptx
from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn

from ingest.loaders import blocks
from ingest.loaders.draft import LessonDraft, escape
from ingest.loaders.office_zip import opened
from ingest.loaders.powerpoint_text import SlideLine, SlideReader
from ingest.loaders.runs import inline, plain, without_private
from tutor.errors import LessonUnreadable

_AROUND = frozenset({PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.HEADER})
_MAX_GROUPS = 20
# A row of shapes reads from left to right although their tops are not quite in line.
_ROW_SHARE = 0.04
_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_FILE_NAME = re.compile(r"automatically generated|\.(?:png|jpe?g|gif|emf|wmf|svg|tiff?|bmp)$", re.IGNORECASE)


def load(data: bytes, name: str) -> LessonDraft:
    """The lesson in a PowerPoint file; a mark of kind "slide" at every slide that has words.

    Raises LessonUnreadable for files that are damaged, locked, of PowerPoint before 2007, or not PowerPoint's at all.
    """
    file = opened(data, "ppt/presentation.xml", "PowerPoint")
    draft = LessonDraft()
    try:
        _write(pptx.Presentation(file), draft)
    # python-pptx meets damaged XML with whatever error its next line of code gives.
    except Exception as error:
        raise LessonUnreadable("is damaged inside; open it in PowerPoint and save it again") from error
    if not draft.text:
        raise LessonUnreadable("holds no text; text in pictures is not read")
    return draft


def _write(deck: Any, draft: LessonDraft) -> None:
    silent: list[str] = []
    for number, slide in enumerate(deck.slides, start=1):
        if slide.element.get("show") in ("0", "false"):
            continue
        written = _Slide(slide, number, (deck.slide_height or 0) * _ROW_SHARE)
        body = [*written.blocks(), *written.notes()]
        title = written.title
        if not title and not body:
            silent.append(str(number))
            continue
        if number == 1 and written.is_title_slide and title:
            draft.title = written.plain_title
        draft.mark("slide", number)
        draft.heading(2, title or f"Slide {number}")
        for block in body:
            draft.add(block)
    if silent and draft.text:
        draft.notes.append(f"slides without text: {', '.join(silent)}")


@dataclass(slots=True)
class _Slide:
    slide: Any
    number: int
    row_height: float

    @property
    def title(self) -> str:
        """The title as inline Markdown; no words when the slide has none."""
        shape = self.slide.shapes.title
        if shape is None:
            return ""
        lines = SlideReader(self.slide).lines(shape)
        return re.sub(r"\s+", " ", " ".join(inline(plain(line.runs)) for line in lines)).strip()

    @property
    def plain_title(self) -> str:
        return re.sub(r"\s+", " ", without_private(self.slide.shapes.title.text_frame.text)).strip()

    @property
    def is_title_slide(self) -> bool:
        """Whether the slide's title is that of the deck."""
        shape = self.slide.shapes.title
        return shape is not None and bool(shape.placeholder_format.type == PP_PLACEHOLDER.CENTER_TITLE)

    def blocks(self) -> list[str]:
        """What the slide shows besides its title, in reading order."""
        title = self.slide.shapes.title
        skipped = None if title is None else title.shape_id
        return [block for shape in self._ordered(self.slide.shapes, skipped) for block in self._shape(shape, 0)]

    def notes(self) -> list[str]:
        """The speaker's notes as one paragraph that begins with "Notes: "."""
        if not self.slide.has_notes_slide or (frame := self.slide.notes_slide.notes_text_frame) is None:
            return []
        lines = [" ".join(without_private(paragraph.text).split()) for paragraph in frame.paragraphs]
        lines = [line for line in lines if line]
        return ["Notes: " + "\n".join([escape("," + lines[0])[1:], *map(escape, lines[1:])])] if lines else []

    def _ordered(self, shapes: Iterable[Any], skipped: int | None = None) -> list[Any]:
        """The shapes from top to bottom, those of one row from left to right."""
        placed = sorted(
            ((shape.top or 0, shape.left or 0, shape) for shape in shapes if shape.shape_id != skipped),
            key=lambda place: place[:2],
        )
        rows: list[list[tuple[int, int, Any]]] = []
        for place in placed:
            if rows and place[0] - rows[-1][0][0] <= self.row_height:
                rows[-1].append(place)
            else:
                rows.append([place])
        return [shape for row in rows for _, _, shape in sorted(row, key=lambda place: place[1])]

    def _shape(self, shape: Any, depth: int) -> Iterator[str]:
        if shape.is_placeholder and shape.placeholder_format.type in _AROUND:
            return
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            if depth < _MAX_GROUPS:
                for inner in self._ordered(shape.shapes):
                    yield from self._shape(inner, depth + 1)
        elif getattr(shape, "has_table", False):
            yield self._table(shape)
        elif getattr(shape, "has_chart", False):
            if shape.chart.has_title and shape.chart.chart_title.has_text_frame:
                yield escape(" ".join(without_private(shape.chart.chart_title.text_frame.text).split()))
        elif shape.has_text_frame:
            yield from written(SlideReader(self.slide).lines(shape))
        elif shape.element.tag == qn("p:graphicFrame"):
            yield self._diagram(shape)
        elif described := self._description(shape):
            yield f"![{escape(described).replace('[', '(').replace(']', ')')}]()"

    def _table(self, shape: Any) -> str:
        reader = SlideReader(self.slide)
        return blocks.table(
            [
                [" ".join(inline(line.runs) for line in reader.lines(cell)) for cell in row.cells]
                for row in shape.table.rows
            ]
        )

    def _diagram(self, shape: Any) -> str:
        """The words of a SmartArt as a list: its drawing lies in a part of its own."""
        ids = next(shape.element.iter(f"{{{_DIAGRAM}}}relIds"), None)
        if ids is None:
            return ""
        root = parse_xml(self.slide.part.related_part(ids.get(qn("r:dm"))).blob)
        words = (
            "".join(text.text or "" for text in paragraph.iter(qn("a:t")))
            for point in root.iter(f"{{{_DIAGRAM}}}pt")
            for paragraph in point.iter(qn("a:p"))
        )
        items = [blocks.item([escape(" ".join(without_private(line).split()))]) for line in words if line.strip()]
        return "\n".join(items)

    def _description(self, shape: Any) -> str:
        properties = next(shape.element.iter(qn("p:cNvPr")), None)
        words = "" if properties is None else " ".join(without_private(properties.get("descr") or "").split())
        return "" if _FILE_NAME.search(words) else words


def written(lines: Iterable[SlideLine]) -> Iterator[str]:
    """The lines of one text frame as Markdown blocks: paragraphs, lists by level, listings."""
    items = blocks.Items()
    code: list[str] = []
    counts: dict[int, int] = {}
    for line in [*lines, None]:
        if code and (line is None or not line.is_code):
            yield blocks.fence("\n".join(code))
            code.clear()
        if line is None or not line.bullet:
            yield items.taken()
            counts.clear()
        if line is None:
            return
        if line.is_code:
            code.append("".join(run.words for run in line.runs))
        elif line.bullet:
            for deeper in [level for level in counts if level > line.level]:
                del counts[deeper]
            counts[line.level] = counts.get(line.level, 0) + 1
            items.add(line.level, f"{counts[line.level]}." if line.numbered else "-", inline(line.runs))
        else:
            yield inline(line.runs)
