"""Canonical text → its blocks: where each heading, paragraph, list item, code block and table begins and ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

BlockKind = Literal["heading", "paragraph", "list", "item", "quote", "code", "table", "rule", "html"]

# Reading inline markup is most of the parser's time, and blocks do not need it.
_parser = MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])
_KINDS: dict[str, BlockKind] = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "list_item_open": "item",
    "blockquote_open": "quote",
    "fence": "code",
    "code_block": "code",
    "table_open": "table",
    "hr": "rule",
    "html_block": "html",
}


@dataclass(frozen=True, slots=True)
class Block:
    """`text[start:end]`, whole lines without the last line's end; lists, items and quotes have children.

    `level` is a heading's, else 0. `info` is the language of fenced code or the words of a heading.
    """

    kind: BlockKind
    start: int
    end: int
    children: tuple[Block, ...] = ()
    level: int = 0
    info: str = ""


def tokens(text: str) -> list[Token]:
    """The block tokens of `text` (CommonMark with tables), each with its lines in `map`; inline text unread."""
    return _parser.parse(text)


def line_starts(text: str) -> list[int]:
    """The offset of each line's first character, and the length of the text as the last item."""
    starts = [0]
    starts.extend(match.end() for match in re.finditer("\n", text))
    starts.append(len(text))
    return starts


def blocks(text: str) -> tuple[Block, ...]:
    """The top-level blocks of `text`, in order; link definitions and blank lines belong to none."""
    starts = line_starts(text)
    stream = tokens(text)
    return tuple(_read(text, stream, 0, len(stream), starts))


def _read(text: str, stream: list[Token], first: int, last: int, starts: list[int]) -> list[Block]:
    found: list[Block] = []
    position = first
    while position < last:
        token = stream[position]
        closing = _closing(stream, position) if token.nesting == 1 else position
        kind = _KINDS.get(token.type)
        if kind is not None and token.map is not None:
            start, end = starts[token.map[0]], starts[min(token.map[1], len(starts) - 1)]
            end = start + len(text[start:end].rstrip())
            children: list[Block] = []
            if kind in ("list", "item", "quote"):
                children = _read(text, stream, position + 1, closing, starts)
            if end > start:
                level = int(token.tag[1]) if kind == "heading" else 0
                info = token.info.strip() if kind == "code" else ""
                if kind == "heading":
                    info = stream[position + 1].content
                found.append(Block(kind, start, end, tuple(children), level, info))
        position = closing + 1
    return found


def _closing(stream: list[Token], position: int) -> int:
    depth = 0
    for index in range(position, len(stream)):
        depth += stream[index].nesting
        if depth == 0:
            return index
    return len(stream) - 1
