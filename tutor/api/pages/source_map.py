"""Where the words that a page shows of a lesson stand in the lesson's text, to the code point.

A piece of what is shown is exact, when it has a place for each of its characters, or a whole (a formula, a picture),
which can only be pointed at altogether.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_OPENED = re.compile(r"(?:\$\$?|\\\(|\\\[)\s*$")
_CLOSED = re.compile(r"\s*(?:\$\$?|\\\)|\\\])")
_PICTURE = re.compile(r"!\[")
_TARGET = re.compile(r"\]\([^()\s]*(?:\([^()]*\)[^()\s]*)?(?:\s+\"[^\"\n]*\")?\)")
_BARS = re.compile(r"(?<!\\)\|")
_FENCE = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])?[ \t>]*(?:`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class MappedSpan:
    """What is shown for `text[start:end]`; `whole` when its characters have no places of their own."""

    shown: str
    start: int
    end: int
    whole: bool = False


Pieces = Mapping[int, Sequence[MappedSpan]]
"""The pieces of each node with words of its own, by the node's `id`."""


def placed(text: str, nodes: Sequence[Mapping[str, Any]], start: int, end: int) -> Pieces:
    """The pieces of inline nodes that are drawn from `text[start:end]`, in the order in which they are shown."""
    leaves = [leaf for leaf in _leaves(nodes) if leaf["type"] != "break"]
    found: dict[int, Sequence[MappedSpan]] = {}
    reached = start
    for index, leaf in enumerate(leaves):
        if (own := _own_start(leaf)) >= reached:
            pieces: Sequence[MappedSpan] = (MappedSpan(leaf["text"], own, own + len(leaf["text"])),)
        else:
            later = (place for place in map(_own_start, leaves[index + 1 :]) if place >= reached)
            pieces = _sought(text, leaf, reached, next(later, end))
        found[id(leaf)] = pieces
        reached = max(reached, pieces[-1].end if pieces else reached)
    return found


def cells(text: str, table: Mapping[str, Any]) -> Iterator[tuple[Sequence[Any], int, int]]:
    """The cells of a table with where each one's words lie, row by row."""
    lines = _lines(text, table["start"], table["end"])
    # The second line only says how the columns are aligned.
    for row, (start, end) in zip([table["head"], *table["rows"]], lines[:1] + lines[2:], strict=False):
        bars = [start + match.start() for match in _BARS.finditer(text[start:end])]
        if text[start:end].lstrip(" \t>").startswith("|"):
            bars = bars[1:]
            start = start + text[start:end].index("|") + 1
        begins = [start, *(bar + 1 for bar in bars)]
        for column, cell in enumerate(row):
            begin = begins[column] if column < len(begins) else end
            yield cell, begin, bars[column] if column < len(bars) else end


def code_pieces(text: str, node: Mapping[str, Any]) -> Sequence[MappedSpan]:
    """The pieces of a code block, line by line; one whole where its lines are not those of the text."""
    code = "".join(words for _, words in node["tokens"])
    lines = _lines(text, node["start"], node["end"])
    if lines and _FENCE.match(text, lines[0][0]):
        lines = lines[1:]
    whole = (MappedSpan(code, node["start"], node["end"], whole=True),)
    pieces: list[MappedSpan] = []
    shown = code.split("\n")
    if len(shown) > len(lines):
        return whole
    for number, (line, (start, end)) in enumerate(zip(shown, lines, strict=False)):
        words = line.lstrip(" \t")
        indent = len(line) - len(words)
        at = end - len(words)
        if at < start or text[at:end] != words:
            return whole
        before = at - start - len(text[start:at].rstrip(" \t"))
        if indent <= before:
            words, at, indent = line, at - indent, 0
        # A tab that is shown as spaces is where all of them are.
        if indent and not before:
            return whole
        places = (at - before + min(index, before - 1) for index in range(indent))
        pieces += [MappedSpan(" ", place, place + 1) for place in places]
        last = number == len(shown) - 1
        pieces.append(MappedSpan(words if last else words + "\n", at, end + (not last)))
    return pieces


def runs(pieces: Iterable[MappedSpan], start: int) -> str:
    """Where exact pieces that are shown one after another stand, as `data-s` says it: numbers with spaces.

    The start of the first run, then by turns a run's length and the gap up to the next one; the last run goes on to the
    end. A gap below 0 leads back.
    """
    numbers = [start]
    length = reached = 0
    for piece in pieces:
        if piece.whole or not piece.shown:
            continue
        if not length:
            numbers = [piece.start]
        elif piece.start != reached:
            numbers += [length, piece.start - reached]
            length = 0
        length += len(piece.shown)
        reached = piece.end
    return " ".join(map(str, numbers))


def _leaves(nodes: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for node in nodes:
        if "children" in node:
            yield from _leaves(node["children"])
        else:
            yield node


def _own_start(leaf: Mapping[str, Any]) -> int:
    """Where a leaf says itself that its words stand, or -1."""
    return int(leaf.get("start", -1)) if "text" in leaf else -1


def _sought(text: str, leaf: Mapping[str, Any], start: int, end: int) -> Sequence[MappedSpan]:
    """The pieces of a leaf that does not say where in `text[start:end]` it stands."""
    if leaf["type"] == "math":
        return (_formula(text, leaf["tex"], start, end),)
    if leaf["type"] == "image":
        return (_picture(text, leaf["alt"], start, end),)
    return _aligned(text, leaf.get("text", ""), start, end)


def _formula(text: str, tex: str, start: int, end: int) -> MappedSpan:
    at = text.find(tex, start, end)
    if at < 0:
        return MappedSpan(tex, start, end, whole=True)
    opened = _OPENED.search(text[start:at])
    closed = _CLOSED.match(text, at + len(tex), end)
    return MappedSpan(
        tex, start + opened.start() if opened else at, closed.end() if closed else at + len(tex), whole=True
    )


def _picture(text: str, alt: str, start: int, end: int) -> MappedSpan:
    opened = _PICTURE.search(text, start, end)
    if opened is None:
        return MappedSpan(alt, start, end, whole=True)
    closed = _TARGET.search(text, opened.end(), end)
    return MappedSpan(alt, opened.start(), closed.end() if closed else end, whole=True)


def _aligned(text: str, shown: str, start: int, end: int) -> Sequence[MappedSpan]:
    """Words that stand in the text with signs between them, as escapes; one whole where they do not stand there."""
    found: list[tuple[int, int]] = []
    at = start
    for index, character in enumerate(shown):
        place = at
        while place < end and text[place] != character and not (character.isspace() and text[place].isspace()):
            place += 1
        if place == end:
            return (MappedSpan(shown, start, end, whole=True),)
        if not found or place != at:
            found.append((index, place))
        at = place + 1
    ends = [index for index, _ in found[1:]] + [len(shown)]
    return [
        MappedSpan(shown[begin:stop], place, place + stop - begin)
        for (begin, place), stop in zip(found, ends, strict=True)
    ]


def _lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The lines of `text[start:end]`, each whole but for what ends it."""
    found = []
    at = text.rfind("\n", 0, start) + 1
    while at < end:
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        found.append((at, stop))
        at = stop + 1
    return found
