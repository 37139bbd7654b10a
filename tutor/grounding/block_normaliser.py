"""A checked segment → Markdown that stays what it is where it is put, and takes in nothing of what comes after it.

A segment may come to stand elsewhere than where the model wrote it: what was before it was replaced, or a marker was
taken out. So its block marks are written anew: words cannot become a list or a fence, nothing lies deeper than what is
drawn, and code and tables stand at the margin and are closed.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tutor.grounding.block_marks import SegmentKind
from tutor.grounding.segments import Segment
from tutor.text.invisible import visible

_MARK = re.compile(r"(>|[-*+]|\d{1,9}[.)]|\[[ xX]\])([ \t]*)")
_RULE = re.compile(r"[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*")
# Words at the start of a line that would begin a block.
_OPENS = re.compile(
    r"^([ \t]*)(?=>|[-+*](?:[ \t]|$)|#{1,6}(?:[ \t]|$)|~{3}|`{3}[^`\n]*$|\||([-*_])(?:[ \t]*\2){2,}[ \t]*$)",
    re.MULTILINE,
)
_NUMBERS = re.compile(r"^([ \t]*\d{1,9})([.)])(?=[ \t]|$)", re.MULTILINE)
_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})[ \t]*([\w+#.-]{0,30})")
_TICKS = re.compile(r"`+")
_MAX_MARKS = 3
_MAX_INDENT = 8
_MARGIN = 3
"""From four columns on, words are read as code."""


class BlockNormaliser:
    """Where one answer's segments are put, in order."""

    def __init__(self) -> None:
        self._indent = 0
        """Where the words of the last list item begin."""
        self._apart = False
        self._begun = False

    def break_off(self) -> None:
        """Something that is not the model's was written: what comes next begins a paragraph."""
        self._indent, self._apart, self._begun = 0, True, True

    def normalised(self, segment: Segment) -> Segment:
        """The segment with the lead and the text that it is written with; without text when nothing of it shows."""
        text = visible(segment.text)
        if segment.kind == "code":
            text = _code(text)
        elif segment.kind == "table":
            text = "\n".join(row.lstrip(" \t>") for row in text.split("\n"))
        elif segment.kind in ("sentence", "item"):
            text = _NUMBERS.sub(r"\1\\\2", _OPENS.sub(r"\1\\", text))
        return replace(segment, lead=self._lead(visible(segment.lead), segment.kind) if text.strip() else "", text=text)

    def _lead(self, lead: str, kind: SegmentKind) -> str:
        *before, line = lead.split("\n")
        is_block = kind in ("code", "table", "math", "heading")
        # A line right behind a table would be a row of it.
        while len(before) < (2 if self._apart or kind in ("code", "table") else 1 if is_block else 0):
            before.append("")
        is_first, self._begun = not self._begun, True
        self._apart = kind in ("code", "table", "math")
        if not before and not is_first:
            return " " if line else ""
        rules = [part.strip() if _RULE.fullmatch(part) else "" for part in before]
        if kind in ("code", "table"):
            # What is at the margin ends every list and quote, and stays whole whatever it was indented by.
            self._indent = 0
            return "\n".join([*rules, ""])
        return "\n".join([*rules, self._marks(line)])

    def _marks(self, line: str) -> str:
        found = _MARK.findall(line)[:_MAX_MARKS]
        indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
        if indent > self._indent + _MARGIN:
            indent = self._indent
        indent = min(indent, _MAX_INDENT)
        marks = "".join(mark + (space if 0 < len(space.expandtabs(4)) <= _MARGIN else " ") for mark, space in found)
        self._indent = indent + len(marks) if found else min(indent, self._indent)
        return " " * indent + marks


def _code(text: str) -> str:
    """Code in a fence that nothing within it closes."""
    opening, *lines = text.rstrip().split("\n")
    if lines and lines[-1].strip(" \t>") and not lines[-1].strip(" \t>").strip("`~"):
        lines.pop()
    language = _FENCE.match(opening)
    quoted = bool(lines) and all(line.lstrip().startswith(">") for line in lines if line.strip())
    if quoted:
        lines = [re.sub(r"^[ \t]*>[ ]?", "", line) for line in lines]
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    inside = "\n".join(line[margin:] for line in lines)
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(inside)), default=0))
    return f"{fence}{language[1] if language else ''}\n{inside}\n{fence}" if inside.strip() else ""
