"""Canonical text → its headings, as a Markdown reader sees them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from markdown_it import MarkdownIt

from tutor.blocks import line_starts, tokens
from tutor.models import Heading, Mark

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
    """The headings of `text` in order; an `anchor` mark at a heading's line is its anchor, else its slug."""
    ids = {mark.start: mark.label for mark in reversed(marks) if mark.kind == "anchor"}
    starts = line_starts(text)
    taken: set[str] = set(ids.values())
    found: list[Heading] = []
    stream = tokens(text)
    for position, token in enumerate(stream):
        if token.type != "heading_open" or token.level != 0 or token.map is None:
            continue
        content = stream[position + 1].content
        title = plain_inline(content)
        if not title:
            continue
        line = starts[token.map[0]]
        start = text.find(content, line)
        if start < 0:  # a setext heading over several lines: its text has had its indents removed
            start, end = line, starts[token.map[1]]
        else:
            end = start + len(content)
        anchor = ids.get(line) or _free(slug(title), taken)
        taken.add(anchor)
        found.append(Heading(int(token.tag[1]), title, anchor, start, end))
    return tuple(found)


def _free(wanted: str, taken: set[str]) -> str:
    anchor, count = wanted, 1
    while anchor in taken:
        count += 1
        anchor = f"{wanted}-{count}"
    return anchor
