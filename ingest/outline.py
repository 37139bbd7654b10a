"""Canonical text → its headings, as a Markdown reader sees them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from markdown_it import MarkdownIt

from tutor.models import Heading, Mark
from tutor.text.blocks import line_starts, tokens

_parser = MarkdownIt("commonmark").enable("table")


def slug(title: str) -> str:
    """An element id for a heading: its letters and digits in lower case, joined by hyphens."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", title).lower())
    return "-".join(words) or "section"


def plain_inline(markdown: str) -> str:
    """The words of inline Markdown, without markup, images and raw tags."""
    words = []
    for child in _parser.parseInline(markdown)[0].children or []:
        if child.type in ("text", "code_inline"):
            words.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            words.append(" ")
    return re.sub(r"\s+", " ", "".join(words)).strip()


def headings(text: str, marks: Sequence[Mark] = ()) -> tuple[Heading, ...]:
    """The headings of `text` in order; an `anchor` mark within or just before a heading is its anchor, else its slug.

    Anchors are unique: of two headings with the same id the second gets its slug.
    """
    ids = sorted((mark.start, mark.label) for mark in marks if mark.kind == "anchor")
    starts = line_starts(text)
    taken: set[str] = {label for _, label in ids}
    used: set[str] = set()
    found: list[Heading] = []
    stream = tokens(text)
    for position, token in enumerate(stream):
        if token.type != "heading_open" or token.level != 0 or token.map is None:
            continue
        content = stream[position + 1].content
        title = plain_inline(content)
        if not title:
            continue
        line, after = starts[token.map[0]], starts[token.map[1]]
        start = text.find(content, line, after)
        if start < 0:  # a setext heading over several lines: its text has had its indents removed
            start, end = line, line + len(text[line : starts[token.map[1] - 1]].rstrip())
        else:
            end = start + len(content)
        before = len(text[:line].rstrip())
        own = (label for place, label in ids if _at_heading(text, before, line, place, after) and label not in used)
        anchor = next(own, "") or _free(slug(title), taken)
        used.add(anchor)
        taken.add(anchor)
        found.append(Heading(int(token.tag[1]), title, anchor, start, end))
    return tuple(found)


def _at_heading(text: str, before: int, line: int, place: int, after: int) -> bool:
    # A mark at the end of the paragraph before is that paragraph's; one on a line of its own is the heading's.
    if place < line:
        return place >= before and (place == 0 or text[place - 1] == "\n")
    return place <= line + len(text[line:after].rstrip("\n"))


def _free(wanted: str, taken: set[str]) -> str:
    anchor, count = wanted, 1
    while anchor in taken:
        count += 1
        anchor = f"{wanted}-{count}"
    return anchor
