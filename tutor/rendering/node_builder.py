"""Block tokens → nodes of the vocabulary, with their places in the source."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from typing import Any, cast

from markdown_it.token import Token

from tutor.rendering.highlighting import highlighted, language_of
from tutor.rendering.links import Links, ToLesson
from tutor.rendering.markdown import inline_tokens
from tutor.rendering.maths import mathml
from tutor.rendering.nodes import Block, Inline
from tutor.text.blocks import line_starts
from tutor.text.invisible import visible

# Lists and quotes lie within one another this deep; deeper ones are shown as the text that they are written as.
_MAX_BLOCKS = 7
_MAX_MARKS = 5
_MARKER = re.compile(r"\[(\d{1,3})\]")
_MARKS = {"em": "emphasis", "strong": "strong", "s": "strike"}
_ALIGN = re.compile(r"text-align:(left|right|center)")


def groups(stream: list[Token]) -> Iterator[tuple[int, list[Token]]]:
    """The tokens of each block that lies in no other, with the number of its first line."""
    first = depth = 0
    for index, token in enumerate(stream):
        depth += token.nesting
        if depth == 0:
            opening = stream[first]
            yield (opening.map[0] if opening.map else 0), stream[first : index + 1]
            first = index + 1


class NodeBuilder:
    """Draws blocks of a piece of Markdown; `offset` is where the piece begins in the whole source."""

    def __init__(self, source: str, offset: int, numbers: Collection[int], links: Links) -> None:
        self._source = source
        self._offset = offset
        self._numbers = numbers
        self._links = links
        self._starts = line_starts(source)

    def blocks(self, stream: list[Token], depth: int = 0) -> list[Block]:
        """The nodes of tokens, none for what shows nothing."""
        drawn: list[Block] = []
        for _, group in groups(stream):
            drawn.extend(self._block(group, depth))
        return drawn

    def _block(self, group: list[Token], depth: int) -> list[Block]:
        token = group[0]
        start, end = self._span(token)
        place = {"start": self._offset + start, "end": self._offset + end}
        node: dict[str, Any] | None = None
        match token.type:
            case "paragraph_open":
                children = self._inline(group[1], *self._lines(group[1]))
                node = {"type": "paragraph", "children": children} if children else None
            case "heading_open":
                children = self._inline(group[1], *self._lines(group[1]))
                node = {"type": "heading", "level": int(token.tag[1]), "anchor": "", "children": children}
            case "bullet_list_open" | "ordered_list_open" | "blockquote_open" if depth >= _MAX_BLOCKS:
                words = visible(self._source[start:end])
                if words.strip():
                    node = {"type": "paragraph", "children": [{"type": "text", "text": words}]}
            case "bullet_list_open" | "ordered_list_open":
                items = [self.blocks(item[1:-1], depth + 1) for _, item in groups(group[1:-1])]
                first = int(token.attrs.get("start", 1))
                node = {"type": "list", "ordered": token.tag == "ol", "first": first, "items": items}
            case "blockquote_open":
                node = {"type": "quote", "children": self.blocks(group[1:-1], depth + 1)}
            case "fence" | "code_block":
                language = language_of(token.info)
                code = visible(token.content.removesuffix("\n"))
                node = {"type": "code", "language": language, "tokens": [list(r) for r in highlighted(code, language)]}
            case "table_open":
                node = self._table(group)
            case "hr":
                node = {"type": "rule"}
            case "formula_block":
                tex = visible(token.content)
                node = {"type": "math", "display": True, "tex": tex, "mathml": mathml(tex, display=True)}
        return [cast(Block, node | place)] if node is not None else []

    def _span(self, token: Token) -> tuple[int, int]:
        first, last = token.map or (0, 0)
        start, end = self._starts[first], self._starts[min(last, len(self._starts) - 1)]
        return start, start + len(self._source[start:end].rstrip())

    def _table(self, group: list[Token]) -> dict[str, Any]:
        rows: list[list[list[Inline]]] = []
        align: list[str] = []
        cursor = 0
        for token in group:
            if token.type == "tr_open":
                rows.append([])
                cursor = self._span(token)[0]
            elif token.type == "th_open":
                style = _ALIGN.search(str(token.attrs.get("style", "")))
                align.append(style[1] if style else "")
            elif token.type == "inline":
                at = self._source.find(token.content, cursor, self._span(token)[1]) if token.content else -1
                cursor = max(cursor, at + len(token.content))
                rows[-1].append(self._inline(token, [0], [at], [len(token.content) if at >= 0 else 0]))
        for row in rows[1:]:
            # Cells that the head has and the row has not would make a long row of every short line.
            while row and not row[-1]:
                row.pop()
        return {"type": "table", "align": align, "head": rows[0], "rows": rows[1:]}

    def _lines(self, token: Token) -> tuple[list[int], list[int], list[int]]:
        """Where the lines of a paragraph's or heading's words begin in them and in the source, and their lengths."""
        begins: list[int] = []
        places: list[int] = []
        lengths: list[int] = []
        position = 0
        number, last = token.map or (0, 0)
        for line in token.content.split("\n"):
            words = line.strip(" \t")
            if number < last and number + 1 < len(self._starts):
                whole = self._source[self._starts[number] : self._starts[number + 1]].rstrip("\n")
                at = whole.rstrip(" \t").rfind(words)
                if at >= 0:
                    begins.append(position + len(line) - len(line.lstrip(" \t")))
                    places.append(self._starts[number] + at)
                    # A line's end counts as its last character where it is there.
                    lengths.append(len(words) + (whole[at:] == words))
            position += len(line) + 1
            number += 1
        return begins, places, lengths

    def _inline(self, token: Token, begins: list[int], places: list[int], lengths: list[int]) -> list[Inline]:
        words = token.content

        def placed(at: int, text: str) -> int | None:
            line = bisect_right(begins, at) - 1
            if not text or line < 0 or at - begins[line] + len(text) > lengths[line]:
                return None
            place = places[line] + at - begins[line]
            return self._offset + place if self._source.startswith(text, place) else None

        root: list[dict[str, Any]] = []
        # Frames that are too deep, or links that lead nowhere, put their children where they stand themselves.
        frames: list[tuple[list[dict[str, Any]], bool]] = [(root, False)]
        reached = 0
        for at, token_ in inline_tokens(words):
            into, linked = frames[-1]
            kind, text = token_.type, token_.content
            if kind in ("text", "text_special"):
                at = next((place for place in (max(at, reached), at + 1) if words.startswith(text, place)), at)
                reached = at + len(text)
                for node in self._words(text, at, placed, linked):
                    _append(into, node)
            elif kind == "softbreak":
                _append(into, _text("\n", placed(words.find("\n", at), "\n")))
            elif kind == "hardbreak":
                into.append({"type": "break"})
            elif kind == "code_inline":
                found = words.find(text, at + len(token_.markup))
                into.append(_text(text, placed(found, text) if found >= 0 else None, "inline_code"))
            elif kind == "formula":
                tex = visible(text)
                into.append({"type": "math", "display": False, "tex": tex, "mathml": mathml(tex, display=False)})
            elif kind == "image":
                alt = visible("".join(child.content for child in token_.children or ()))
                into.extend([{"type": "image", "alt": alt}] if alt.strip() else [])
            elif token_.nesting == 1:
                made = self._frame(token_) if len(frames) <= _MAX_MARKS else None
                frames.append((made["children"] if made else into, linked or kind == "link_open"))
                if made:
                    into.append(made)
            elif token_.nesting == -1 and len(frames) > 1:
                frames.pop()
                # What held nothing that shows is not drawn.
                if frames[-1][0] is not into and not into:
                    frames[-1][0].pop()
        return cast(list[Inline], root)

    def _frame(self, token: Token) -> dict[str, Any] | None:
        if token.type != "link_open":
            return {"type": _MARKS[token.tag], "children": []}
        target = self._links.target(str(token.attrs.get("href", "")))
        if target is None:
            return None
        if isinstance(target, ToLesson):
            return {"type": "link", "lesson": target.lesson, "anchor": target.anchor, "children": []}
        return {"type": "link", "href": target, "children": []}

    def _words(self, text: str, at: int, placed: Any, linked: bool) -> Iterator[dict[str, Any]]:
        begin = 0
        for match in _MARKER.finditer(text):
            # A mark within a link would be a link within a link.
            if linked or int(match[1]) not in self._numbers:
                continue
            if match.start() > begin:
                yield _text(text[begin : match.start()], placed(at + begin, text[begin : match.start()]))
            yield {"type": "citation", "number": int(match[1])}
            begin = match.end()
        if begin < len(text):
            yield _text(text[begin:], placed(at + begin, text[begin:]))


def _text(text: str, start: int | None, kind: str = "text") -> dict[str, Any]:
    shown = visible(text)
    node: dict[str, Any] = {"type": kind, "text": shown}
    if start is not None and shown == text:
        node["start"] = start
    return node


def _append(nodes: list[dict[str, Any]], node: dict[str, Any]) -> None:
    """Append, or join with the text before where the two stand together in the source, or neither knows where."""
    if not node.get("text", "."):
        return
    before = nodes[-1] if nodes else None
    if before is None or before["type"] != "text" or node["type"] != "text":
        nodes.append(node)
    elif "start" in before and "start" in node:
        if before["start"] + len(before["text"]) == node["start"]:
            before["text"] += node["text"]
        else:
            nodes.append(node)
    elif "start" not in before and "start" not in node:
        before["text"] += node["text"]
    else:
        nodes.append(node)
