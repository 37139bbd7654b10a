"""Lesson → chunks: whole blocks packed up to a budget of tokens, within sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tutor.llm.model import TokenCounter
from tutor.models import Chunk, Heading, Lesson
from tutor.text.blocks import Block, blocks
from tutor.text.sentences import split

_SEPARATOR_TOKENS = 2
"""What the blank line between two packed blocks may cost."""


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    tokens: int


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
        Chunk(lesson.lesson, start, end, lesson.text[start:end], section_at(lesson, start, end), tokens)
        for start, end, tokens in spans
    )


def section_at(lesson: Lesson, start: int, end: int) -> str:
    """The headings above `lesson.text[start:end]`, as `Masks › Causal masks`; its own when it opens with one."""
    path: list[Heading] = []
    for heading in lesson.headings:
        # A heading's words come after its markers, so a chunk that opens with it starts a little earlier.
        if heading.start >= end or "\n" in lesson.text[start : heading.start]:
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
        packed: list[_Piece] = []
        open_section = False
        for section in sections:
            pieces = list(self._pieces(section))
            total = sum(piece.tokens + _SEPARATOR_TOKENS for piece in pieces)
            for position, piece in enumerate(pieces):
                joins = bool(packed) and (position > 0 or open_section)
                if joins and position == 0:
                    joins = packed[-1].tokens + total <= self._budget
                if joins and (both := self._together(packed[-1], piece)) is not None:
                    packed[-1] = both
                else:
                    packed.append(piece)
            open_section = total < small_tokens
        return [(piece.start, piece.end, self._count(piece.start, piece.end)) for piece in packed]

    def _together(self, first: _Piece, second: _Piece) -> _Piece | None:
        """Both as one piece, if it fits: by the sum of their tokens, and in truth (white space may be long)."""
        tokens = first.tokens + _SEPARATOR_TOKENS + second.tokens
        if tokens > self._budget or self._count(first.start, second.end) > self._budget:
            return None
        return _Piece(first.start, second.end, tokens)

    def _count(self, start: int, end: int) -> int:
        return self._counter.count(self._text[start:end])

    def _pieces(self, section: list[Block]) -> Iterator[_Piece]:
        """Pieces that each fit; headings are joined to the piece that follows."""
        held: _Piece | None = None
        for block in section:
            for piece in self._fitting(block):
                if held is not None:
                    both = self._together(held, piece)
                    if both is None:
                        yield held
                    piece, held = both or piece, None
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

    def _opening(self, block: Block) -> int:
        # A nested block's indent belongs to what it is nested in; that of indented code makes it code.
        words = self._text[block.start : block.end].lstrip(" \t")
        if block.kind == "code" and not words.startswith(("`", "~")):
            return block.start
        return block.end - len(words)

    def _children(self, block: Block) -> Iterator[_Piece]:
        """The pieces of each child; what stands between them (a marker alone, a link definition) opens the next."""
        position = block.start
        held: _Piece | None = None
        for child in block.children:
            for stray in _between(self._text, position, child.start):
                for piece in self._fitting(stray):
                    if held is not None:
                        yield held
                    held = piece
            for piece in self._fitting(replace(child, start=self._opening(child))):
                both = self._together(held, piece) if held is not None else None
                if held is not None and both is None:
                    yield held
                yield both or piece
                held = None
            position = child.end
        if held is not None:
            yield held
        for stray in _between(self._text, position, block.end):
            yield from self._fitting(stray)

    def _lines(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for match in re.finditer(r"[^\n]*\n?", self._text[start:end]):
            if match[0].strip():
                yield start + match.start(), start + match.start() + len(match[0].rstrip())

    def _joined(self, spans: Iterator[tuple[int, int]]) -> Iterator[_Piece]:
        """Neighbouring spans put together while they fit; a span that alone exceeds the budget is cut."""
        held: _Piece | None = None
        for start, end in spans:
            for first, last in self._cut(start, end):
                piece = _Piece(first, last, self._count(first, last))
                both = self._together(held, piece) if held is not None else None
                if held is not None and both is None:
                    yield held
                held = both or piece
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
