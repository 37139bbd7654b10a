"""Word's styles → what a paragraph is: a heading, code, a quotation, a list's item, or words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from docx.oxml.ns import qn

from ingest.loaders.runs import MONOSPACE

Role = Literal["title", "heading", "code", "quotation", "box title", "left out", "words"]

# Tables of contents, and what a publisher's typesetter reads and no reader sees.
_LEFT_OUT = re.compile(
    r"^toc ?\d|^toc ?heading|table ?of ?contents|^index ?\d|slug|directive|^box ?type$|^header$|^footer$", re.IGNORECASE
)
_BOX_TITLE = re.compile(
    r"^(?:box|table|figure|note|tip|warning|list|sidebar).*(?:title|head(?!er)\w*)$|run[ -]?in[ -]?head", re.IGNORECASE
)
_TITLE = re.compile(
    r"^(?:(?:chapter|part|book|appendix|document|doc|lesson|course|module|unit|frontmatter|backmatter)[ _-]?)?title$",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"(?P<sub>sub[ _-]?)?(?:(?i:head)(?!er|s)(?i:ing|line)?|^[Hh](?=[1-9]$))[ _-]?(?P<rank>[A-F](?![a-z])|[1-9])?"
)
_CODE = re.compile(r"code|listing|monospace|preformatted|verbatim|source ?text|macro ?text", re.IGNORECASE)
_NOT_CODE = re.compile(r"caption|label|title|head|name|number", re.IGNORECASE)
_QUOTATION = re.compile(r"quot|extract|epigraph", re.IGNORECASE)
_BULLETS = re.compile(r"list[ _-]?(bullet|number)(?:ed)?[ _-]?(?:(?P<level>[2-9])|(?P<sub>sub))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParagraphKind:
    """What a paragraph's style makes of it; `rank` is that of a heading, from 1."""

    role: Role
    rank: int = 0


class Styles:
    """The styles of one document, by their ids."""

    def __init__(self, root: Any) -> None:
        self._styles = {str(style.get(qn("w:styleId"))): style for style in root.iterchildren(qn("w:style"))}
        self._kinds: dict[str, ParagraphKind] = {}

    @cached_property
    def default(self) -> str:
        """The id of the style of paragraphs that name none."""
        for style_id, style in self._styles.items():
            if style.get(qn("w:type")) == "paragraph" and style.get(qn("w:default")) in ("1", "true"):
                return style_id
        return ""

    @cached_property
    def numbering_styles(self) -> dict[str, str]:
        """The number id of each numbering style."""
        return {
            style_id: self.value(style_id, "w:pPr", "w:numPr", "w:numId")
            for style_id, style in self._styles.items()
            if style.get(qn("w:type")) == "numbering"
        }

    def name(self, style_id: str) -> str:
        """The style's name as its author sees it."""
        found = self._styles[style_id].find(qn("w:name")) if style_id in self._styles else None
        return "" if found is None else str(found.get(qn("w:val")) or "")

    def value(self, style_id: str, *path: str, attribute: str = "w:val") -> str:
        """The attribute at `path` in the style or the nearest one it is based on; no words when none has it.

        An element without the attribute, such as a bare `w:b`, counts as "1".
        """
        steps = "/".join(qn(step) for step in path)
        for style in self._chain(style_id):
            found = style.find(steps)
            if found is not None:
                return str(found.get(qn(attribute), "1" if attribute == "w:val" else ""))
        return ""

    def kind(self, style_id: str) -> ParagraphKind:
        """What a paragraph of this style is."""
        if style_id not in self._kinds:
            self._kinds[style_id] = self._kind(style_id)
        return self._kinds[style_id]

    def list_level(self, style_id: str) -> int:
        """How much deeper than its numbering says a list's style stands: "List Bullet 2" one level."""
        match = _BULLETS.search(self.name(style_id))
        return 0 if match is None else int(match["level"]) - 1 if match["level"] else int(bool(match["sub"]))

    def is_monospace(self, style_id: str) -> bool:
        """Whether the style sets its words in a typewriter's font, or its name says that they are code."""
        name = self.name(style_id)
        return self._is_code(name) or bool(MONOSPACE.search(self.font(style_id)))

    def font(self, style_id: str) -> str:
        """The style's font for Latin letters."""
        return self.value(style_id, "w:rPr", "w:rFonts", attribute="w:ascii")

    def _chain(self, style_id: str) -> Iterator[Any]:
        seen: set[str] = set()
        while style_id in self._styles and style_id not in seen:
            seen.add(style_id)
            style = self._styles[style_id]
            yield style
            based_on = style.find(qn("w:basedOn"))
            style_id = "" if based_on is None else str(based_on.get(qn("w:val")) or "")

    def _is_code(self, name: str) -> bool:
        return bool(_CODE.search(name)) and not _NOT_CODE.search(name)

    def _kind(self, style_id: str) -> ParagraphKind:
        for style in self._chain(style_id):
            name = self.name(str(style.get(qn("w:styleId"))))
            if _LEFT_OUT.search(name):
                return ParagraphKind("left out")
            if _BOX_TITLE.search(name):
                return ParagraphKind("box title")
            if _TITLE.search(name):
                return ParagraphKind("title")
            if name.lower().replace(" ", "") == "subtitle":
                return ParagraphKind("words")
            heading = _HEADING.search(name)
            if heading and not self._is_code(name):
                rank = heading["rank"] or "1"
                return ParagraphKind(
                    "heading", (int(rank) if rank.isdigit() else ord(rank) - 64) + bool(heading["sub"])
                )
            if self._is_code(name):
                return ParagraphKind("code")
            if _QUOTATION.search(name):
                return ParagraphKind("quotation")
        outline = self.value(style_id, "w:pPr", "w:outlineLvl")
        if outline.isdigit() and int(outline) < 9:
            return ParagraphKind("heading", int(outline) + 1)
        return ParagraphKind("code") if MONOSPACE.search(self.font(style_id)) else ParagraphKind("words")
