"""What a line of Markdown begins with: marks of quotes, lists and rules, or a block of its own kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tutor.grounding.lookahead import Lookahead

SegmentKind = Literal["sentence", "item", "heading", "code", "table", "math"]

LONGEST_OPENING = 200
"""How many characters of a line are looked at to tell what it opens."""
_FENCE = re.compile(r"(`{3,}|~{3,})")
_HASHES = re.compile(r"#{1,6}(?=[ \t\n])")
_NUMBERED = re.compile(r"\d{1,9}[.)](?=[ \t\n])")
_RULE = re.compile(r"([-*_])\1{2,}[ \t]*\n")
_BLANK = " \t\n\r\f\v"


@dataclass(frozen=True, slots=True)
class BlockMark:
    """What stands at a place: a mark that ends at `end`; or, where `end` is the place itself, the text of a segment.

    `kind` is what the text behind it is. `fence` opens a code block, and closes it.
    """

    end: int
    kind: SegmentKind
    fence: str = ""


def mark_at(ahead: Lookahead, at: int = 0, kind: SegmentKind = "sentence") -> BlockMark:
    """The mark that begins at `at`, a character of a line's beginning; `kind` is what the marks before it say.

    Raises NeedMoreError as `Lookahead` does.
    """
    character = ahead.text[at]
    if character == ">":
        return BlockMark(at + 1, kind)
    if character in "-*_" and (rule := _rule(ahead, at)):
        return BlockMark(rule, "sentence")
    if character in "-*+" and ahead.peek(at + 1) in _BLANK:
        return BlockMark(at + 1, "item")
    if character.isdigit() and character.isascii() and (end := _number(ahead, at)):
        return BlockMark(end, "item")
    if character == "[" and kind == "item" and ahead.peek(at + 1) in " xX" and ahead.peek(at + 2) == "]":
        return BlockMark(at + 3 if ahead.peek(at + 3) in " \t" else at, kind)
    if character in "`~":
        fence = _fence(ahead, at)
        return BlockMark(at, "code" if fence else kind, fence)
    return BlockMark(at, _block(ahead, at) or kind)


def _rule(ahead: Lookahead, at: int) -> int:
    """Where a rule's line ends, its line break left out; 0 when it is none."""
    character, end = ahead.text[at], at
    while (following := ahead.peek(end)) == character or (end - at >= 3 and following in " \t"):
        if end - at > LONGEST_OPENING:
            return 0
        if not following:
            break
        end += 1
    match = _RULE.match(ahead.text[at : end + 1] + ("" if ahead.peek(end) else "\n"))
    return end if match else 0


def _number(ahead: Lookahead, at: int) -> int:
    """Where the number of a list item ends; 0 when it is none."""
    end = at
    while end - at < 10 and ahead.peek(end).isdigit():
        end += 1
    if ahead.peek(end) in (".", ")") and ahead.peek(end + 1) in _BLANK:
        match = _NUMBERED.match(ahead.text + "\n", at)
        return match.end() if match else 0
    return 0


def _fence(ahead: Lookahead, at: int) -> str:
    """The fence of a code block; empty when it is none."""
    character = ahead.text[at]
    if not ahead.begins(at, 3 * character):
        return ""
    line = ahead.stretch(at, LONGEST_OPENING, "\n")
    opening = _FENCE.match(line)
    return opening[1] if opening and not (character == "`" and "`" in line[opening.end() :]) else ""


def _block(ahead: Lookahead, at: int) -> SegmentKind | None:
    """The kind of block that begins, if it is another one than sentences and code."""
    if ahead.text[at] == "|":
        return "table"
    if ahead.begins(at, "$$") or ahead.begins(at, "\\["):
        return "math"
    if ahead.text[at] == "#" and _HASHES.match(ahead.stretch(at, 8, "\n") + "\n"):
        return "heading"
    return None
