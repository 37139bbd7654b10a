"""Lesson → chunks: whole blocks packed up to a budget of tokens, within sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tutor.blocks import Block, blocks
from tutor.models import Chunk, Heading, Lesson
from tutor.protocols import TokenCounter
from tutor.sentences import split

_SEPARATOR_TOKENS = 2
"""What the blank line between two packed blocks may cost."""


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    tokens: int
    opens_section: bool = False


def chunk(lesson: Lesson, counter: TokenCounter, budget_tokens: int, small_tokens: int = 0) -> tuple[Chunk, ...]:
    """The chunks of `lesson` in order, each of at most `budget_tokens`; between them stands only white space.

    Blocks are kept whole as long as they fit; a heading stays with what follows it. A section that
    has fewer than `small_tokens` is joined with the next one where both fit.
    """
    if budget_tokens < 8:
        raise ValueError("budget_tokens must be at least 8")
    packer = _Packer(lesson.text, counter, budget_tokens)
    spans = packer.pack(_sections(lesson.text), small_tokens)
    return tuple(
        Chunk(lesson.lesson, start, end, lesson.text[start:end], section_at(lesson.headings, start, end), tokens)
        for start, end, tokens in spans
    )


def section_at(headings: tuple[Heading, ...], start: int, end: int) -> str:
    """The path of headings above `text[start:end]`, as `Masks › Causal masks`; its own when it opens with one."""
    path: list[Heading] = []
    for heading in headings:
        # A heading's words come after its markers, so a chunk that opens with it starts a little earlier.
        if heading.start > start + 8 or heading.start >= end:
            break
        path = [above for above in path if above.level < heading.level] + [heading]
    return " › ".join(heading.title for heading in path)


def _sections(text: str) -> list[list[Block]]:
    sections: list[list[Block]] = []
    for block in _covering(text):
        if not sections or (block.kind == "heading" and sections[-1][-1].kind != "heading"):
            sections.append([])
        sections[-1].append(block)
    return sections


def _covering(text: str) -> Iterator[Block]:
    """The top-level blocks, and what stands between them (link definitions) as paragraphs: nothing is lost."""
    position = 0
    for block in blocks(text):
        yield from _between(text, position, block.start)
        yield block
        position = block.end
    yield from _between(text, position, len(text))


def _between(text: str, start: int, end: int) -> Iterator[Block]:
    lost = text[start:end]
    if lost.strip():
        start += len(lost) - len(lost.lstrip())
        yield Block("paragraph", start, start + len(lost.strip()))


class _Packer:
    def __init__(self, text: str, counter: TokenCounter, budget: int) -> None:
        self._text = text
        self._counter = counter
        self._budget = budget

    def pack(self, sections: list[list[Block]], small_tokens: int) -> list[tuple[int, int, int]]:
        packed: list[tuple[int, int, int]] = []
        open_section = False
        for section in sections:
            pieces = list(self._pieces(section))
            total = sum(piece.tokens + _SEPARATOR_TOKENS for piece in pieces)
            for position, piece in enumerate(pieces):
                joins = bool(packed) and (position > 0 or open_section)
                if joins and position == 0:
                    joins = packed[-1][2] + total <= self._budget
                if joins and packed[-1][2] + _SEPARATOR_TOKENS + piece.tokens <= self._budget:
                    start, _, tokens = packed[-1]
                    packed[-1] = (start, piece.end, tokens + _SEPARATOR_TOKENS + piece.tokens)
                else:
                    packed.append((piece.start, piece.end, piece.tokens))
            open_section = total < small_tokens
        return [(start, end, self._count(start, end)) for start, end, _ in packed]

    def _count(self, start: int, end: int) -> int:
        return self._counter.count(self._text[start:end])

    def _pieces(self, section: list[Block]) -> Iterator[_Piece]:
        """Pieces that each fit; headings are joined to the piece that follows."""
        held: _Piece | None = None
        for block in section:
            for piece in self._fitting(block):
                if held is not None:
                    tokens = held.tokens + _SEPARATOR_TOKENS + piece.tokens
                    if tokens <= self._budget:
                        piece = _Piece(held.start, piece.end, tokens)
                    else:
                        yield held
                    held = None
                if block.kind == "heading":
                    held = piece
                else:
                    yield piece
        if held is not None:
            yield held

    def _fitting(self, block: Block) -> Iterator[_Piece]:
        tokens = self._count(block.start, block.end)
        # A list is a sequence of items: its items are packed like paragraphs.
        if tokens <= self._budget and block.kind != "list":
            yield _Piece(block.start, block.end, tokens)
            return
        if block.children:
            yield from self._children(block)
        elif block.kind in ("code", "table", "html"):
            yield from self._joined(self._lines(block.start, block.end))
        else:
            yield from self._joined(iter(split(self._text, block.start, block.end)))

    def _children(self, block: Block) -> Iterator[_Piece]:
        position = block.start
        for index, child in enumerate(block.children):
            # What stands before a child (markers) and after the last one belongs to it.
            end = block.end if index == len(block.children) - 1 else child.end
            start = position + len(self._text[position : child.end]) - len(self._text[position : child.end].lstrip())
            whole = Block(child.kind, start, end, child.children if start == child.start else (), child.level)
            if child.children and start < child.start:
                whole = Block(child.kind, child.start, end, child.children, child.level)
                if self._text[start : child.start].strip():
                    whole = Block("paragraph", start, end)
            yield from self._fitting(whole)
            position = child.end

    def _lines(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for match in re.finditer(r"[^\n]*\n?", self._text[start:end]):
            if match[0].strip():
                yield start + match.start(), start + match.start() + len(match[0].rstrip())

    def _joined(self, spans: Iterator[tuple[int, int]]) -> Iterator[_Piece]:
        """Neighbouring spans put together while they fit; a span that alone exceeds the budget is cut."""
        held: _Piece | None = None
        for start, end in spans:
            for first, last in self._cut(start, end):
                tokens = self._count(first, last)
                if held is not None and held.tokens + _SEPARATOR_TOKENS + tokens <= self._budget:
                    held = _Piece(held.start, last, held.tokens + _SEPARATOR_TOKENS + tokens)
                    continue
                if held is not None:
                    yield held
                held = _Piece(first, last, tokens)
        if held is not None:
            yield held

    def _cut(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        if self._count(start, end) <= self._budget:
            yield start, end
            return
        middle = (start + end) // 2
        space = max(self._text.rfind(" ", start + 1, middle), self._text.rfind("\n", start + 1, middle))
        if space > start + (end - start) // 4:
            middle = space
        for first, last in ((start, middle), (middle, end)):
            while first < last and self._text[first].isspace():
                first += 1
            while last > first and self._text[last - 1].isspace():
                last -= 1
            if last > first:
                yield from self._cut(first, last)
