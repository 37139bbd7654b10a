"""What a model streams → the segments that are checked and shown: sentences, items, headings, code, tables, formulas.

Every decision is made from the start of a segment and a bounded stretch behind it, and waits until that stretch is
there or the stream has ended; so the segments are the same however the stream was cut, and are given as early as is
certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tutor.grounding.block_marks import LONGEST_OPENING, SegmentKind, mark_at
from tutor.grounding.lookahead import MARKER_WINDOW, Lookahead, NeedMoreError
from tutor.grounding.markers import MARKER
from tutor.grounding.sentence_ends import INTERESTING, STOP, SentenceEnds

LONGEST_SENTENCE = 2_000
LONGEST_BLOCK = 8_000
_LONGEST_FORMULA = 4_000
_PART = 1_000

_MARKER_BEGUN = re.compile(r"\s+[\[【][^\[【\]】]*[\]】]?$")
_MARKER_BEGINS = 40
_AFTER_FORMULA = re.compile(r"[ \t]*[.,;:]?(?=[ \t]*(?:\n|$))")
_ENDED = re.compile(r"""[.!?…。！？।؟:;](?:["'”’»)*_」』）》\]`])*$""")


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a stream: `lead + text` of all segments, and at most white space behind them, is the whole stream."""

    lead: str
    """White space and block marks before it: newlines, rules, list markers, quote marks."""
    text: str
    kind: SegmentKind
    complete: bool = True
    """False when nothing shows its end: the stream broke off in it, or it is part of a block that is too long."""


class Segmenter:
    """Cuts a stream into segments; a segment is given as soon as it is certain where it ends.

    It holds one segment at a time: 2,000 characters of text without an end, or 8,000 of a block, are given as they are.
    """

    def __init__(self) -> None:
        self._ahead = Lookahead()
        self._fence = ""
        """What closes the code block that is being read."""
        self._continued = False
        """Whether a part of that block was given already."""
        self._begin("")

    def feed(self, text: str) -> list[Segment]:
        """The segments that have become certain with more of the stream."""
        found: list[Segment] = []
        # A large feed is read in parts, so that what is copied when a segment is given stays small.
        for start in range(0, len(text), _PART):
            self._ahead.text += text[start : start + _PART]
            found.extend(self._segments())
        return found

    @property
    def likely(self) -> str:
        """The sentence that is being read, when only its marker or the word behind its full stop seems to be missing.

        Else nothing. It lets begin what takes time; only the segment says what the sentence is.
        """
        if self._body < 0 or self._kind not in ("sentence", "item"):
            return ""
        text = self._ahead.text[self._body :]
        opening = _MARKER_BEGUN.search(text, max(0, len(text) - _MARKER_BEGINS))
        said = text[: opening.start()] if opening else text
        if STOP.search(said[-1:]):
            return said
        return f"{said}." if opening and said else ""

    def end(self) -> list[Segment]:
        """The segments that are left at the end of the stream."""
        self._ahead.ended = True
        return list(self._segments())

    def _segments(self) -> Iterator[Segment]:
        try:
            while self._ahead.text:
                segment = self._next()
                if segment is None:
                    return
                yield segment
        except NeedMoreError:
            return

    def _begin(self, rest: str, *, at_line: bool = True) -> None:
        self._ahead.text = rest
        self._at = 0
        """All before it is read and holds no end."""
        self._at_line = at_line
        self._body = -1
        """Where the text begins, once it is known."""
        self._kind: SegmentKind = "sentence"

    def _give(self, end: int, *, complete: bool = True) -> Segment:
        segment = Segment(self._ahead.text[: self._body], self._ahead.text[self._body : end], self._kind, complete)
        self._begin(self._ahead.text[end:], at_line=self._kind in ("code", "table", "math", "heading"))
        return segment

    def _next(self) -> Segment | None:
        if self._fence and self._body < 0:
            self._kind, self._body = "code", 0
        if self._body < 0 and not self._lead():
            return self._only_lead()
        if self._kind == "code":
            return self._code()
        if self._kind == "table":
            return self._table()
        if self._kind == "math":
            segment = self._formula()
            if segment is not None:
                return segment
        if self._kind == "heading":
            return self._line()
        return self._sentence()

    # What stands before a segment.

    def _lead(self) -> bool:
        """Find where the text begins and what it is; False when there is no text (yet)."""
        while self._at < len(self._ahead.text):
            character = self._ahead.text[self._at]
            if self._at >= LONGEST_SENTENCE:
                return False
            if character.isspace():
                if character == "\n":
                    self._at_line, self._kind = True, "sentence"
                self._at += 1
            elif not self._at_line or not self._passed_mark():
                self._body = self._at
                return True
        return False

    def _passed_mark(self) -> bool:
        """Go past one block mark, or see what kind of block begins; False when the text begins here."""
        mark, begins = mark_at(self._ahead, self._at, self._kind), self._at
        self._at, self._kind = mark.end, mark.kind
        if mark.fence:
            self._fence, self._continued = mark.fence, False
        return mark.end > begins

    def _only_lead(self) -> Segment | None:
        if self._at < LONGEST_SENTENCE and not self._ahead.ended:
            return None
        lead = self._ahead.text[: self._at]
        if self._ahead.ended and self._at == len(self._ahead.text) and not lead.strip():
            self._begin("")
            return None
        segment = Segment(lead, "", "sentence")
        self._begin(self._ahead.text[self._at :], at_line=self._at_line)
        return segment

    # What ends a segment.

    def _code(self) -> Segment:
        while True:
            end = self._ahead.text.find("\n", self._at)
            line_end = end if end >= 0 else len(self._ahead.text)
            start = max(self._body, self._ahead.text.rfind("\n", self._body, self._at) + 1)
            line = self._ahead.text[start:line_end].strip(" \t>\r")
            if line_end - self._body > LONGEST_BLOCK:
                cut = self._ahead.text.rfind("\n", self._body + 1, self._body + LONGEST_BLOCK)
                self._continued = True
                return self._give(cut + 1 if cut > self._body else self._body + LONGEST_BLOCK, complete=False)
            if end < 0 and not self._ahead.ended:
                raise NeedMoreError
            closes = len(line) >= len(self._fence) and not line.strip(self._fence[0])
            if end < 0 or (closes and (start > self._body or self._continued)):
                self._fence = ""
                return self._give(line_end, complete=closes and (start > self._body or self._continued))
            self._at = end + 1

    def _table(self) -> Segment:
        while True:
            end = self._ahead.text.find("\n", self._at)
            if end < 0 or end - self._body > LONGEST_BLOCK:
                if len(self._ahead.text) - self._body > LONGEST_BLOCK:
                    cut = self._ahead.text.rfind("\n", self._body + 1, self._body + LONGEST_BLOCK)
                    return self._give(cut if cut > 0 else self._body + LONGEST_BLOCK, complete=False)
                if not self._ahead.ended:
                    raise NeedMoreError
                return self._give(len(self._ahead.text.rstrip()), complete=self._ahead.text.rstrip().endswith("|"))
            following = end + 1
            while (mark := self._ahead.peek(following)) and mark in " \t>" and following - end < LONGEST_OPENING:
                following += 1
            if mark != "|":
                return self._give(end)
            self._at = following

    def _formula(self) -> Segment | None:
        """A display formula with what ends its line; None when it is part of a sentence after all."""
        opening = self._ahead.text[self._body : self._body + 2]
        closing = "$$" if opening == "$$" else "\\]"
        stretch = self._ahead.stretch(self._body + 2, _LONGEST_FORMULA, closing, "\n\n")
        close = stretch.find(closing)
        if close < 0:
            self._kind = "sentence"
            return None
        end = self._ahead.after_markers(self._body + 2 + close + 2)
        following = end
        while (character := self._ahead.peek(following)) in (" ", "\t", ".", ",", ";", ":") and following - end < 20:
            following += 1
        if character not in ("\n", ""):
            self._kind = "sentence"
            return None
        match = _AFTER_FORMULA.match(self._ahead.text, end, following)
        return self._give(match.end() if match else end)

    def _line(self) -> Segment:
        stretch = self._ahead.stretch(self._body, LONGEST_SENTENCE, "\n")
        end = stretch.find("\n")
        seen = end >= 0 or len(stretch) == LONGEST_SENTENCE
        return self._give(self._body + (end if end >= 0 else len(stretch)), complete=seen)

    def _sentence(self) -> Segment:
        self._at = max(self._at, self._body)
        ends = SentenceEnds(self._ahead, self._body, self._opens_block)
        while self._at - self._body < LONGEST_SENTENCE:
            found = INTERESTING.search(self._ahead.text, self._at, self._body + LONGEST_SENTENCE)
            if found is None:
                self._at = min(len(self._ahead.text), self._body + LONGEST_SENTENCE)
                break
            self._at = found.start()
            end, self._at = ends.at(self._at)
            if end:
                return self._give(end)
        if len(self._ahead.text) - self._body >= LONGEST_SENTENCE:
            return self._give(self._too_long())
        if not self._ahead.ended:
            raise NeedMoreError
        end = len(self._ahead.text.rstrip())
        text = self._ahead.text[self._body : end]
        markers = list(MARKER.finditer(text[-MARKER_WINDOW:]))
        closed = bool(_ENDED.search(text)) or bool(markers and markers[-1].end() == len(text[-MARKER_WINDOW:]))
        return self._give(end, complete=closed)

    def _too_long(self) -> int:
        limit = self._body + LONGEST_SENTENCE
        for place in range(limit, limit - LONGEST_SENTENCE // 2, -1):
            if self._ahead.text[place - 1].isspace():
                return len(self._ahead.text[:place].rstrip())
        return limit

    def _opens_block(self, at: int) -> bool:
        """Whether the line at `at` is blank or begins a block."""
        while (character := self._ahead.peek(at)) in (" ", "\t", "\r"):
            at += 1
            if at - self._body > LONGEST_SENTENCE:
                return False
        if character in ("", "\n", ">", "|"):
            return True
        opening = self._ahead.text[at : at + LONGEST_OPENING + 1]
        mark = mark_at(Lookahead(opening, ended=self._ahead.ended or len(self._ahead.text) > at + LONGEST_OPENING))
        return mark.end > 0 or mark.kind != "sentence"
