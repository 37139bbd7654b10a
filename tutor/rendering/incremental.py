"""Markdown → the closed vocabulary of `tutor.rendering.nodes`: answers as they grow, and lessons."""

from __future__ import annotations

import re
from collections.abc import Collection

from markdown_it.token import Token

from tutor.models import Lesson
from tutor.rendering.links import Links
from tutor.rendering.markdown import block_tokens
from tutor.rendering.node_builder import NodeBuilder, groups
from tutor.rendering.nodes import Block
from tutor.text.blocks import line_starts

# A block that is longer is cut in two: each addition reads the open block again, and a hostile one never ends.
_WINDOW = 32_768
_LESSONS_WINDOW = 262_144
# The last line may be incomplete, and a table shows in its second line: blocks that began before these are certain.
_UNCERTAIN_LINES = 2
# The parser knows one line end and would put a sign for NUL; what takes their place is as long, so offsets stay.
_LINE_END = re.compile(r"\r(?=\n)")
_UNSEEN = str.maketrans("\r\0", "\x01\x01")


class IncrementalNodes:
    """An answer's nodes while its text is appended piece by piece.

    However the text is cut into pieces, the nodes are those of the whole. `numbers` are the answer's citations; the
    caller may add to it before it adds text that has their marks.
    """

    def __init__(
        self, numbers: Collection[int] = frozenset(), links: Links | None = None, *, of_lesson: bool = False
    ) -> None:
        self._numbers = numbers
        self._links = links or Links()
        self._of_lesson = of_lesson
        self._window = _LESSONS_WINDOW if of_lesson else _WINDOW
        self._tail = ""
        """The text from the last cut or from a block after it on; the same however the text was cut into pieces."""
        self._offset = 0
        """Where the tail begins in the whole text."""
        self._open = 0
        """Where in the tail the first block begins that may still change."""
        self._finished = 0

    def add(self, text: str) -> tuple[int, list[Block]]:
        """Append text; the number of the first top-level node that may be new or other, and the nodes from it on.

        The nodes before that number do not change any more.
        """
        at = self._finished
        finished: list[Block] = []
        for begin in range(0, len(text), self._window):
            self._tail += text[begin : begin + self._window]
            while len(self._tail) >= self._window:
                finished += self._shorten()
        certain, last = self._draw(self._tail)
        self._finished = at + len(finished) + len(certain)
        return at, finished + certain + last

    def _draw(self, text: str) -> tuple[list[Block], list[Block]]:
        """The blocks of `text` from the open one on: those that became certain, and the rest; moves the open one."""
        piece = _readable(text[self._open :])
        found = list(groups(block_tokens(piece, underlined=self._of_lesson)))
        certain_lines = piece.count("\n") - _UNCERTAIN_LINES
        still = max((index for index, (line, _) in enumerate(found) if line <= certain_lines), default=0)
        drawing = NodeBuilder(piece, self._offset + self._open, self._numbers, self._links)
        certain = drawing.blocks([token for _, group in found[:still] for token in group])
        rest = drawing.blocks([token for _, group in found[still:] for token in group])
        if still:
            self._open += line_starts(piece)[found[still][0]]
        return certain, rest

    def _shorten(self) -> list[Block]:
        """Take the finished blocks of one window from the tail, or cut the block that fills it."""
        window = self._tail[: self._window]
        drawn, _ = self._draw(window)
        if not self._open:
            window = _readable(window)
            self._open = _cut(window, block_tokens(window, underlined=self._of_lesson))
            piece = window[: self._open]
            tokens = block_tokens(piece, underlined=self._of_lesson)
            drawn = NodeBuilder(piece, self._offset, self._numbers, self._links).blocks(tokens)
        self._offset += self._open
        self._tail = self._tail[self._open :]
        self._open = 0
        return drawn


def _readable(text: str) -> str:
    return _LINE_END.sub(" ", text).translate(_UNSEEN)


def _cut(window: str, stream: list[Token]) -> int:
    """Where to cut a block that fills a window: before its last item, else after its last line."""
    if stream and stream[0].type in ("bullet_list_open", "ordered_list_open"):
        starts = line_starts(window)
        items = [token.map[0] for token in stream if token.type == "list_item_open" and token.level == 1 and token.map]
        if len(items) > 1 and items[-1] > 0:
            return starts[items[-1]]
    return window.rfind("\n") + 1 or len(window)


def answer_nodes(markdown: str, numbers: Collection[int] = frozenset(), links: Links | None = None) -> list[Block]:
    """The nodes of a whole answer; `numbers` are those of its citations."""
    return IncrementalNodes(numbers, links).add(markdown)[1]


def lesson_nodes(lesson: Lesson, links: Links | None = None) -> list[Block]:
    """The nodes of a lesson; its headings have the anchors that the lesson gives them."""
    nodes = IncrementalNodes(links=links, of_lesson=True).add(lesson.text)[1]
    headings = iter(lesson.headings)
    heading = next(headings, None)
    for node in nodes:
        if node["type"] != "heading":
            continue
        while heading is not None and heading.start < node["start"]:
            heading = next(headings, None)
        if heading is not None and heading.start <= node["end"]:
            node["anchor"] = heading.anchor
    return nodes
