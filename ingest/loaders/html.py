"""HTML pages and fragments → lesson: the page's content as Markdown, without the site around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ingest.loaders import blocks
from ingest.loaders.decoding import decode
from ingest.loaders.draft import LessonDraft
from ingest.loaders.html_inline import anchor, is_display, is_maths, is_video, runs
from ingest.loaders.html_page import content
from ingest.loaders.html_tree import Element, parsed
from ingest.loaders.runs import Run, inline, plain
from tutor.errors import LessonUnreadable

_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer h1 h2 "
    "h3 h4 h5 h6 header hgroup hr legend li main ol p pre section summary table tbody td tfoot th thead tr ul "
    "caption menu iframe".split()
)
_LANGUAGE = re.compile(r"^(?:language|lang|highlight-source|highlight)-([\w+#.-]+)$")
_NO_LANGUAGE = frozenset("default none plaintext text notranslate".split())
# Notes for the page's layout inside the code's comments, as The Nature of Code has them.
_LAYOUT_NOTE = re.compile(r"(//|#|/\*|--)[ \t]*\{[.!][^{}\n]*\}[ \t]*")
_MAX_SPAN = 50


def load(data: bytes, name: str) -> LessonDraft:
    """The lesson in an HTML file; `main` or `article` if the page has one.

    Raises LessonUnreadable when the bytes are no text, or tags stay open by the thousand.
    """
    root = parsed(decode(data))
    draft = LessonDraft()
    title = _page_title(root)
    outside = next((_title(found) for found in root.elements() if found.tag == "h1" and _title(found)), "")
    writer = _Writer(draft)
    for block in writer.blocks(content(root)):
        draft.add(block)
    if not draft.text:
        raise LessonUnreadable("holds no text outside its menus and scripts; save the lesson's own page")
    if writer.first_level != 1:
        draft.title = writer.first_title or outside or title
    return draft


def _title(element: Element) -> str:
    return re.sub(r"\s+", " ", element.text()).strip(" ¶#\n\t")


def _page_title(root: Element) -> str:
    """What the page's head calls it, without the name of the site."""
    properties: dict[str, str] = {}
    title = ""
    for element in root.elements():
        if element.tag == "meta":
            properties[element.get("property") or element.get("name")] = element.get("content")
        elif element.tag == "title" and not title:
            title = _title(element)
    title = re.sub(r"\s+", " ", properties.get("og:title") or title).strip()
    site = properties.get("og:site_name") or properties.get("application-name") or ""
    if site and title.endswith(site) and len(title) > len(site):
        return title.removesuffix(site).rstrip(" |-–—·:»")
    return re.split(r" [|·»] ", title)[0]


@dataclass(slots=True)
class _Writer:
    draft: LessonDraft
    seen: set[str] = field(default_factory=set)
    language: str = ""
    first_level: int = 0
    first_title: str = ""
    """The words of the first heading of level 1."""

    def anchors(self, label: str) -> str:
        if label in self.seen:
            return ""
        self.seen.add(label)
        return self.draft.anchor(label)

    def blocks(self, element: Element) -> list[str]:
        """What the element holds as Markdown blocks, the element's anchor at the start of the first."""
        found: list[str] = []
        line: list[Run] = list(anchor(element, self.anchors))
        for child in element.children:
            if isinstance(child, str):
                line.append(Run(re.sub(r"[ \t\n\r\f]+", " ", child)))
            elif not _is_block(child):
                line.extend(runs(child, self.anchors))
            else:
                before = self._flushed(line, found)
                inner = self.block(child)
                if inner:
                    inner[0] = before + inner[0]
                elif before:
                    line.append(Run(before, raw=True))
                found.extend(inner)
        before = self._flushed(line, found)
        # An anchor with nothing after it marks the end of what it stands in.
        return [*found[:-1], found[-1] + before] if found and before else found + [before] * bool(before)

    def _flushed(self, line: list[Run], found: list[str]) -> str:
        """Move the line to the blocks; anchors alone stay for the next block."""
        words = inline(line)
        line.clear()
        if re.fullmatch("(?:\ue000[0-9]+\ue001|\\s)*", words):
            return words.strip()
        found.append(words)
        return ""

    def block(self, element: Element) -> list[str]:
        tag = element.tag
        if is_maths(element) or is_video(element):
            return [words] if (words := inline(runs(element, self.anchors))) else []
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            return self._heading(element)
        if tag == "pre":
            return self._code(element)
        if tag in ("ul", "ol", "menu"):
            return self._list(element)
        if tag == "dl":
            return self._definitions(element)
        if tag == "table":
            return self._table(element)
        if tag == "blockquote":
            quotation = blocks.quotation(self.blocks(element))
            return [quotation] if quotation else []
        outer = self.language
        self.language = _language_of(element) or outer
        found = self.blocks(element)
        self.language = outer
        return found

    def _heading(self, element: Element) -> list[str]:
        mark = "".join(run.words for run in anchor(element, self.anchors))
        line = [run for child in element.children for run in self._child(child)]
        words = re.sub(r"\s+", " ", inline(plain(line)))
        bare = re.sub("\ue000[0-9]+\ue001", "", words)
        inner = "".join(re.findall("\ue000[0-9]+\ue001", words))
        level = int(element.tag[1])
        if bare.strip():
            self.first_level = self.first_level or level
            self.first_title = self.first_title or (_title(element) if level == 1 else "")
        # Anchors inside go before the number signs, too: a heading's anchor is one at the start of its line.
        return [f"{mark}{inner}{'#' * level} {bare.strip()}"] if bare.strip() else [mark + inner]

    def _child(self, child: Element | str) -> Iterator[Run]:
        if isinstance(child, str):
            yield Run(re.sub(r"\s+", " ", child))
        else:
            yield from runs(child, self.anchors)

    def _code(self, element: Element) -> list[str]:
        mark = "".join(run.words for run in anchor(element, self.anchors))
        source = _source(element)
        if any("codesplit" in name for name in element.classes):
            source = _LAYOUT_NOTE.sub(r"\1 ", source)
        code = blocks.fence(source, _language(element) or self.language)
        return [mark + code] if code else []

    def _list(self, element: Element) -> list[str]:
        items: list[str] = []
        start = int(element.get("start")) if re.fullmatch("[0-9]{1,8}", element.get("start")) else 1
        for child in element.children:
            if isinstance(child, str) or child.tag in ("ul", "ol"):
                # A list right inside a list belongs to the item before it.
                inner = [child.strip()] if isinstance(child, str) else self._list(child)
                if items and inner and inner[0]:
                    items[-1] += "\n" + re.sub("^(?=.)", "  ", "\n".join(inner), flags=re.MULTILINE)
                continue
            marker = f"{start}." if element.tag == "ol" else "-"
            words = blocks.item(self.block(child), marker)
            if words:
                items.append(words)
                start += 1
        mark = "".join(run.words for run in anchor(element, self.anchors))
        return [mark + "\n".join(items)] if items else []

    def _definitions(self, element: Element) -> list[str]:
        items: list[str] = []
        parts: list[str] = []
        for child in _terms(element):
            if child.tag == "dt":
                items.append(blocks.item(parts))
                term = inline(run if run.raw else replace(run, bold=True) for run in runs(child, self.anchors))
                parts = [term] if term else []
            elif child.tag == "dd":
                inner = self.blocks(child)
                parts = [f"{parts[0]}\n{inner[0]}", *inner[1:]] if len(parts) == 1 and inner else parts + inner
        items.append(blocks.item(parts))
        return ["\n".join(item for item in items if item)] if any(items) else []

    def _table(self, element: Element) -> list[str]:
        rows = _rows(element)
        caption = next((child for child in element.children if _tag(child) == "caption"), None)
        found = self.blocks(caption) if isinstance(caption, Element) else []
        if _is_layout(rows):
            for row in rows:
                for cell in row:
                    found.extend(self.blocks(cell))
            return found
        cells: list[list[str]] = []
        for row in rows:
            line: list[str] = []
            for cell in row:
                line.append(" ".join(self.blocks(cell)))
                span = cell.get("colspan")
                line.extend([""] * (min(int(span), _MAX_SPAN) - 1 if re.fullmatch("[0-9]{1,4}", span) else 0))
            cells.append(line)
        mark = "".join(run.words for run in anchor(element, self.anchors))
        words = blocks.table(cells)
        return [*found, mark + words] if words else found


def _is_block(element: Element) -> bool:
    if is_maths(element):
        return is_display(element) and element.tag == "div"
    return element.tag in _BLOCKS or any(found.tag in _BLOCKS for found in element.elements())


def _tag(child: Element | str) -> str:
    return "" if isinstance(child, str) else child.tag


def _terms(definitions: Element) -> Iterator[Element]:
    for child in definitions.children:
        if isinstance(child, Element):
            if child.tag == "div":
                yield from _terms(child)
            else:
                yield child


def _rows(table: Element) -> list[list[Element]]:
    rows: list[list[Element]] = []
    for child in table.children:
        if isinstance(child, Element) and child.tag in ("thead", "tbody", "tfoot"):
            rows.extend(_rows(child))
        elif isinstance(child, Element) and child.tag == "tr":
            rows.append([cell for cell in child.children if isinstance(cell, Element) and cell.tag in ("td", "th")])
    return [row for row in rows if row]


def _is_layout(rows: list[list[Element]]) -> bool:
    """Whether the table only places things: one column, or headings, tables and listings in its cells."""
    if all(len(row) == 1 for row in rows):
        return True
    inside = [found for row in rows for cell in row for found in cell.elements()]
    return any(
        found.tag in ("table", "h1", "h2", "h3") or (found.tag == "pre" and "\n" in found.text().strip())
        for found in inside
    )


def _source(element: Element) -> str:
    """The text of a listing; a line break where the page has one."""
    parts: list[str] = []
    for child in element.children:
        if isinstance(child, str):
            parts.append(child)
        elif child.tag == "br":
            parts.append("\n")
        else:
            inner = _source(child)
            ends = child.tag in ("div", "tr", "li", "p") and not inner.endswith("\n")
            parts.append(inner + "\n" * ends)
    return "".join(parts)


def _language(element: Element) -> str:
    """The language of a listing, from the element, the `code` in it, or what a highlighter wraps around it."""
    return next((named for found in element.elements() if (named := _language_of(found))), "")


def _language_of(element: Element) -> str:
    named = element.get("data-code-language") or element.get("data-language") or element.get("data-lang")
    if re.fullmatch(r"[\w+#.-]+", named):
        return named.lower()
    for name in element.get("class").split():
        match = _LANGUAGE.match(name)
        if match and match[1].lower() not in _NO_LANGUAGE:
            return match[1].lower()
    return ""
