"""The text of a PowerPoint shape → lines: runs with a level, and whether a bullet or a number stands before them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn

from ingest.loaders.office_maths import MATHS, latex
from ingest.loaders.runs import MONOSPACE, Run, without_private

_BULLETED = frozenset({PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY})
_BULLETS = (qn("a:buChar"), qn("a:buBlip"))
_MAX_LEVEL = 8


@dataclass(frozen=True, slots=True)
class SlideLine:
    """A paragraph of a shape that has words."""

    runs: list[Run]
    level: int = 0
    bullet: bool = False
    numbered: bool = False

    @property
    def is_code(self) -> bool:
        """Whether all its words are in a typewriter's font."""
        shown = [run for run in self.runs if run.words.strip()]
        return not self.bullet and all(run.code and not run.raw for run in shown)


@dataclass(frozen=True, slots=True)
class SlideReader:
    """Reads the text of one slide's shapes."""

    slide: Any

    def lines(self, shape: Any) -> list[SlideLine]:
        """The paragraphs of the shape or table cell that have words."""
        frame = shape.text_frame
        found = []
        for paragraph in frame._txBody.iterchildren(qn("a:p")):
            properties = paragraph.find(qn("a:pPr"))
            value = "0" if properties is None else str(properties.get("lvl") or "0")
            level = min(int(value), _MAX_LEVEL) if value.isdigit() else 0
            runs = list(self._runs(paragraph, Run("")))
            if any(run.words.strip() for run in runs):
                bullet, numbered = self._bullet(shape, properties, level)
                found.append(SlideLine(runs, level, bullet, numbered))
        return found

    def _bullet(self, shape: Any, properties: Any, level: int) -> tuple[bool, bool]:
        """Whether a bullet or number stands before the paragraph, and whether it is a number.

        What the paragraph does not say, its shape says, then the layout's placeholder, then the master's.
        """
        for source in (properties, *self._inherited(shape, level)):
            for child in source if source is not None else ():
                if child.tag == qn("a:buNone"):
                    return False, False
                if child.tag == qn("a:buAutoNum"):
                    return True, True
                if child.tag in _BULLETS:
                    return True, False
        return False, False

    def _inherited(self, shape: Any, level: int) -> Iterator[Any]:
        name = qn(f"a:lvl{level + 1}pPr")
        yield from _styles(shape, name)
        if not getattr(shape, "is_placeholder", False):
            return
        wanted = shape.placeholder_format
        layout = self.slide.slide_layout
        for placeholder in layout.placeholders:
            if placeholder.placeholder_format.idx == wanted.idx:
                yield from _styles(placeholder, name)
        if wanted.type in _BULLETED:
            for style in layout.slide_master.element.iter(qn("p:bodyStyle")):
                yield style.find(name)

    def _runs(self, parent: Any, look: Run) -> Iterator[Run]:
        for child in parent:
            if child.tag in (qn("a:r"), qn("a:fld")):
                text = child.find(qn("a:t"))
                words = "" if text is None else without_private(text.text or "").replace("\v", "\n")
                yield replace(self._look(child.find(qn("a:rPr")), look), words=words)
            elif child.tag == qn("a:br"):
                yield replace(look, words="\n")
            elif child.tag in (f"{MATHS}oMath", f"{MATHS}oMathPara"):
                tex = without_private(latex(child))
                if tex:
                    yield Run(f"${tex}$", raw=True)
            elif isinstance(child.tag, str) and child.tag.endswith(("}AlternateContent", "}Choice", "}m")):
                # PowerPoint writes an equation, and beside it a picture for programs that know none.
                yield from self._runs(child, look)

    def _look(self, properties: Any, look: Run) -> Run:
        if properties is None:
            return look
        font = properties.find(qn("a:latin"))
        link = properties.find(qn("a:hlinkClick"))
        href = ""
        if link is not None and link.get(qn("r:id")) and not link.get("action"):
            relation = self.slide.part.rels[link.get(qn("r:id"))]
            href = relation.target_ref if relation.is_external else ""
        return replace(
            look,
            bold=properties.get("b") in ("1", "true"),
            italic=properties.get("i") in ("1", "true"),
            code=font is not None and bool(MONOSPACE.search(str(font.get("typeface")))),
            href=href,
        )


def _styles(shape: Any, name: str) -> Iterator[Any]:
    for body in shape.element.iter(qn("p:txBody"), qn("a:txBody")) if hasattr(shape, "element") else ():
        styles = body.find(qn("a:lstStyle"))
        if styles is not None:
            yield styles.find(name)
        return
