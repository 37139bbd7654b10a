"""What a model streams → the pieces that are checked and shown: sentences, items, headings, code, tables, formulas.

Every decision is made from the start of a piece and a bounded stretch behind it, and waits until that stretch is there
or the stream has ended; so the pieces are the same however the stream was cut, and are given as early as is certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tutor.markers import MARKER
from tutor.sentences import split

PieceKind = Literal["sentence", "item", "heading", "code", "table", "math"]

LONGEST_SENTENCE = 2_000
LONGEST_BLOCK = 8_000
_LONGEST_FORMULA = 4_000
_LONGEST_OPENING = 200
_PART = 1_000

_INTERESTING = re.compile(r"[`$\[\\\n.!?…。！？।؟]")
_STOP = re.compile(r"""[.!?…。！？।؟]+(?:["'”’»)*_」』）》\]])*""")
_UNSPACED_STOP = re.compile(r"[。！？।]")
_FINAL = "。！？।؟"
_HOLDS_OPEN = frozenset('"“„«‹「『*_`(（$')
_MARKER_OPENS = ("[", "【", "(")
_MARKER_WINDOW = 420
_MARKER_BEGUN = re.compile(r"\s+[\[【][^\[【\]】]*[\]】]?$")
_MARKER_BEGINS = 40
_FENCE = re.compile(r"(`{3,}|~{3,})")
_HASHES = re.compile(r"#{1,6}(?=[ \t\n])")
_NUMBERED = re.compile(r"\d{1,9}[.)](?=[ \t\n])")
_RULE = re.compile(r"([-*_])\1{2,}[ \t]*\n")
_TASK = re.compile(r"\[[ xX]\][ \t]")
_AFTER_FORMULA = re.compile(r"[ \t]*[.,;:]?(?=[ \t]*(?:\n|$))")
# A line that stands alone though the next one follows at once: what it leads to, or a title in bold.
_ALONE = re.compile(r"[ \t]*(?:.*:(?:\*\*|__)?|\*\*[^*]+\*\*|__[^_]+__)[ \t\r]*")
_CURRENCY = re.compile(r"\$\d[\d,.]*(?:[\s);:!?]|$|[kmb]\b)", re.IGNORECASE)
# What may be an abbreviation with its full stop.
_SHORT = re.compile(r"(?:(?<!\w)\w{1,4}|\.\w{1,4}|\bapprox)\.\W*$", re.IGNORECASE)
_ENDED = re.compile(r"""[.!?…。！？।؟:;](?:["'”’»)*_」』）》\]`])*$""")
_BLANK = " \t\n\r\f\v"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a stream: `lead + text` of all pieces, and at most white space behind them, is the whole stream."""

    lead: str
    """White space and block marks before it: newlines, rules, list markers, quote marks."""
    text: str
    kind: PieceKind
    complete: bool = True
    """False when nothing shows its end: the stream broke off in it, or it is part of a block that is too long."""


class _NeedMoreError(Exception):
    """More of the stream must be seen before anything is certain."""


class PieceReader:
    """Cuts a stream into pieces; a piece is given as soon as it is certain where it ends.

    It holds one piece at a time: 2,000 characters of text without an end, or 8,000 of a block, are given as they are.
    """

    def __init__(self) -> None:
        self._text = ""
        self._ended = False
        self._fence = ""
        """What closes the code block that is being read."""
        self._continued = False
        """Whether a part of that block was given already."""
        self._begin("")

    def feed(self, text: str) -> list[Piece]:
        """The pieces that have become certain with more of the stream."""
        found: list[Piece] = []
        # A large feed is read in parts, so that what is copied when a piece is given stays small.
        for start in range(0, len(text), _PART):
            self._text += text[start : start + _PART]
            found.extend(self._pieces())
        return found

    @property
    def likely(self) -> str:
        """The sentence that is being read, when only its marker or the word behind its full stop seems to be missing.

        Else nothing. It lets begin what takes time; only the piece says what the sentence is.
        """
        if self._body < 0 or self._kind not in ("sentence", "item"):
            return ""
        text = self._text[self._body :]
        opening = _MARKER_BEGUN.search(text, max(0, len(text) - _MARKER_BEGINS))
        said = text[: opening.start()] if opening else text
        if _STOP.search(said[-1:]):
            return said
        return f"{said}." if opening and said else ""

    def end(self) -> list[Piece]:
        """The pieces that are left at the end of the stream."""
        self._ended = True
        return list(self._pieces())

    def _pieces(self) -> Iterator[Piece]:
        try:
            while self._text:
                piece = self._next()
                if piece is None:
                    return
                yield piece
        except _NeedMoreError:
            return

    def _begin(self, rest: str, *, at_line: bool = True) -> None:
        self._text = rest
        self._at = 0
        """All before it is read and holds no end."""
        self._at_line = at_line
        self._body = -1
        """Where the text begins, once it is known."""
        self._kind: PieceKind = "sentence"

    def _give(self, end: int, *, complete: bool = True) -> Piece:
        piece = Piece(self._text[: self._body], self._text[self._body : end], self._kind, complete)
        self._begin(self._text[end:], at_line=self._kind in ("code", "table", "math", "heading"))
        return piece

    def _next(self) -> Piece | None:
        if self._fence and self._body < 0:
            self._kind, self._body = "code", 0
        if self._body < 0 and not self._lead():
            return self._only_lead()
        if self._kind == "code":
            return self._code()
        if self._kind == "table":
            return self._table()
        if self._kind == "math":
            piece = self._formula()
            if piece is not None:
                return piece
        if self._kind == "heading":
            return self._line()
        return self._sentence()

    # What stands before a piece.

    def _lead(self) -> bool:
        """Find where the text begins and what it is; False when there is no text (yet)."""
        while self._at < len(self._text):
            character = self._text[self._at]
            if self._at >= LONGEST_SENTENCE:
                return False
            if character.isspace():
                if character == "\n":
                    self._at_line, self._kind = True, "sentence"
                self._at += 1
            elif not self._at_line or not self._mark(character):
                self._body = self._at
                return True
        return False

    def _mark(self, character: str) -> bool:
        """Read one block mark, or find out what kind of block begins; False when the text begins here."""
        at = self._at
        if character == ">":
            self._at += 1
            return True
        if character in "-*_" and (rule := self._run(_RULE, character)):
            self._at = rule
            self._kind = "sentence"
            return True
        if character in "-*+" and self._peek(at + 1) in _BLANK:
            return self._marked(at + 1)
        if character.isdigit() and character.isascii() and (end := self._numbered()):
            return self._marked(end)
        if character == "[" and self._kind == "item" and self._peek(at + 1) in " xX" and self._peek(at + 2) == "]":
            if self._peek(at + 3) in " \t":
                self._at += 3
                return True
            return False
        kind = self._block(character)
        if kind is not None:
            self._kind = kind
        return False

    def _marked(self, end: int) -> bool:
        self._at, self._kind = end, "item"
        return True

    def _numbered(self) -> int:
        end = self._at
        while end - self._at < 10 and self._peek(end).isdigit():
            end += 1
        if self._peek(end) in (".", ")") and self._peek(end + 1) in _BLANK:
            match = _NUMBERED.match(self._text + "\n", self._at)
            return match.end() if match else 0
        return 0

    def _run(self, pattern: re.Pattern[str], character: str) -> int:
        """Where a rule's line ends, its line break left out; 0 when it is none."""
        end = self._at
        while (following := self._peek(end)) == character or (end - self._at >= 3 and following in " \t"):
            if end - self._at > _LONGEST_OPENING:
                return 0
            if not following:
                break
            end += 1
        match = pattern.match(self._text[self._at : end + 1] + ("" if self._peek(end) else "\n"))
        return end if match else 0

    def _block(self, character: str) -> PieceKind | None:
        at = self._at
        if character in "`~" and self._peek(at + 1) == character and self._peek(at + 2) == character:
            line = self._stretch(at, _LONGEST_OPENING, "\n")
            opening = _FENCE.match(line)
            if opening and not (character == "`" and "`" in line[opening.end() :]):
                self._fence, self._continued = opening[1], False
                return "code"
            return None
        if character == "|":
            return "table"
        if (character == "$" and self._peek(at + 1) == "$") or (character == "\\" and self._peek(at + 1) == "["):
            return "math"
        if character == "#" and _HASHES.match(self._stretch(at, 8, "\n") + "\n"):
            return "heading"
        return None

    def _only_lead(self) -> Piece | None:
        if self._at < LONGEST_SENTENCE and not self._ended:
            return None
        lead = self._text[: self._at]
        if self._ended and self._at == len(self._text) and not lead.strip():
            self._begin("")
            return None
        piece = Piece(lead, "", "sentence")
        self._begin(self._text[self._at :], at_line=self._at_line)
        return piece

    # What ends a piece.

    def _code(self) -> Piece:
        while True:
            end = self._text.find("\n", self._at)
            line_end = end if end >= 0 else len(self._text)
            start = max(self._body, self._text.rfind("\n", self._body, self._at) + 1)
            line = self._text[start:line_end].strip(" \t>\r")
            if line_end - self._body > LONGEST_BLOCK:
                cut = self._text.rfind("\n", self._body + 1, self._body + LONGEST_BLOCK)
                self._continued = True
                return self._give(cut + 1 if cut > self._body else self._body + LONGEST_BLOCK, complete=False)
            if end < 0 and not self._ended:
                raise _NeedMoreError
            closes = len(line) >= len(self._fence) and not line.strip(self._fence[0])
            if end < 0 or (closes and (start > self._body or self._continued)):
                self._fence = ""
                return self._give(line_end, complete=closes and (start > self._body or self._continued))
            self._at = end + 1

    def _table(self) -> Piece:
        while True:
            end = self._text.find("\n", self._at)
            if end < 0 or end - self._body > LONGEST_BLOCK:
                if len(self._text) - self._body > LONGEST_BLOCK:
                    cut = self._text.rfind("\n", self._body + 1, self._body + LONGEST_BLOCK)
                    return self._give(cut if cut > 0 else self._body + LONGEST_BLOCK, complete=False)
                if not self._ended:
                    raise _NeedMoreError
                return self._give(len(self._text.rstrip()), complete=self._text.rstrip().endswith("|"))
            following = end + 1
            while (mark := self._peek(following)) and mark in " \t>" and following - end < _LONGEST_OPENING:
                following += 1
            if mark != "|":
                return self._give(end)
            self._at = following

    def _formula(self) -> Piece | None:
        """A display formula with what ends its line; None when it is part of a sentence after all."""
        opening = self._text[self._body : self._body + 2]
        closing = "$$" if opening == "$$" else "\\]"
        stretch = self._stretch(self._body + 2, _LONGEST_FORMULA, closing, "\n\n")
        close = stretch.find(closing)
        if close < 0:
            self._kind = "sentence"
            return None
        end = self._after_markers(self._body + 2 + close + 2)
        following = end
        while (character := self._peek(following)) in (" ", "\t", ".", ",", ";", ":") and following - end < 20:
            following += 1
        if character not in ("\n", ""):
            self._kind = "sentence"
            return None
        match = _AFTER_FORMULA.match(self._text, end, following)
        return self._give(match.end() if match else end)

    def _line(self) -> Piece:
        stretch = self._stretch(self._body, LONGEST_SENTENCE, "\n")
        end = stretch.find("\n")
        seen = end >= 0 or len(stretch) == LONGEST_SENTENCE
        return self._give(self._body + (end if end >= 0 else len(stretch)), complete=seen)

    def _sentence(self) -> Piece:
        self._at = max(self._at, self._body)
        while self._at - self._body < LONGEST_SENTENCE:
            found = _INTERESTING.search(self._text, self._at, self._body + LONGEST_SENTENCE)
            if found is None:
                self._at = min(len(self._text), self._body + LONGEST_SENTENCE)
                break
            end = self._end_at(found.start())
            if end:
                return self._give(end)
        if len(self._text) - self._body >= LONGEST_SENTENCE:
            return self._give(self._too_long())
        if not self._ended:
            raise _NeedMoreError
        end = len(self._text.rstrip())
        text = self._text[self._body : end]
        markers = list(MARKER.finditer(text[-_MARKER_WINDOW:]))
        closed = bool(_ENDED.search(text)) or bool(markers and markers[-1].end() == len(text[-_MARKER_WINDOW:]))
        return self._give(end, complete=closed)

    def _too_long(self) -> int:
        limit = self._body + LONGEST_SENTENCE
        for place in range(limit, limit - LONGEST_SENTENCE // 2, -1):
            if self._text[place - 1].isspace():
                return len(self._text[:place].rstrip())
        return limit

    def _end_at(self, at: int) -> int:
        """Where the sentence ends if the character at `at` ends it, else 0 and `_at` moves behind what it begins."""
        character = self._text[at]
        self._at = at
        if character == "\n":
            return self._at_newline(at)
        if character in "`$[\\":
            inside = self._span(at)
            if not inside:
                self._at = at + 1
                return 0
            if self._text[inside - 1] not in ")]" or self._last_of_link(at, inside) not in ".!?…。！？":
                self._at = inside
                return 0
            return self._at_stop(at, inside)
        if character == "." and self._is_marked(at):
            return at + 1
        stop = at + 1
        while self._peek(stop) and _STOP.fullmatch(self._text, at, stop + 1) and stop - at < 40:
            stop += 1
        return self._at_stop(at, stop)

    def _is_marked(self, at: int) -> bool:
        """Whether a marker, apart from the word before it, stands right before a full stop where nothing is open.

        Then the sentence ends there whatever comes, and need not wait for the next word.
        """
        before = self._text[max(self._body, at - _MARKER_WINDOW) : at]
        if before[-1:] not in ("]", "】") or set(self._text[self._body : at]) & _HOLDS_OPEN:
            return False
        start = len(before)
        for match in reversed(list(MARKER.finditer(before))):
            if match.end() != start:
                break
            start = match.start()
        return start < len(before) and before[start - 1 : start].isspace()

    def _last_of_link(self, at: int, end: int) -> str:
        words = self._text[at:end].partition("](")[0].rstrip("*_\"'”’)")
        return words[-1:] or " "

    def _at_newline(self, at: int) -> int:
        line = self._text[max(self._body, self._text.rfind("\n", self._body, at) + 1) : at]
        if self._opens_block(at + 1) or _ALONE.fullmatch(line):
            return self._body + len(self._text[self._body : at].rstrip())
        self._at = at + 1
        return 0

    def _opens_block(self, at: int) -> bool:
        """Whether the line at `at` is blank or begins a block."""
        while (character := self._peek(at)) in (" ", "\t", "\r"):
            at += 1
            if at - self._body > LONGEST_SENTENCE:
                return False
        if character in ("", "\n", ">", "|"):
            return True
        probe = PieceReader()
        probe._text = self._text[at : at + _LONGEST_OPENING + 1]
        probe._ended = self._ended or len(self._text) > at + _LONGEST_OPENING
        return probe._mark(character) or probe._kind != "sentence"

    def _at_stop(self, at: int, stop: int) -> int:
        """As `_end_at`, for an end mark at `at` with its closing marks up to `stop`."""
        end = self._after_markers(stop)
        following = end
        while (character := self._peek(following)) in (" ", "\t", "\r") and following - end < 100:
            following += 1
        if character == "\n":
            if self._opens_block(following + 1):
                return end
            following += 1
            while (character := self._peek(following)) in (" ", "\t", "\r") and following - end < 200:
                following += 1
        unspaced = end == stop and following == end
        if character and unspaced and not _UNSPACED_STOP.search(self._text, at, stop):
            self._at = max(stop, at + 1)
            return 0
        if (
            not character
            or self._text[at] in _FINAL
            or (not character.islower() and self._is_sure(at, stop, following))
        ):
            return end
        self._at = max(stop, at + 1)
        return 0

    def _is_sure(self, at: int, stop: int, following: int) -> bool:
        """Whether an end mark before a capital is no abbreviation's; then the whole next word counts."""
        before = self._text[max(self._body, at - 24) : stop]
        if self._text[at] != "." or not _SHORT.search(before):
            return True
        last = following + 1
        while self._peek(last).isalnum() and last - following < 12:
            last += 1
        judged = before + " " + self._text[following:last]
        return any(end == len(before) for _, end in split(judged, 0, len(judged)))

    def _after_markers(self, at: int) -> int:
        """Where the run of markers at `at` ends, with a stop that may follow it; `at` when there is none."""
        end = at
        while end - at < _MARKER_WINDOW:
            opening = end
            while self._peek(opening) in (" ", "\t") and opening - end < 4:
                opening += 1
            if self._peek(opening) not in _MARKER_OPENS:
                break
            close = {"[": "]", "【": "】", "(": ")"}[self._text[opening]]
            stretch = self._stretch(opening, 120, close)
            linked = opening + stretch.find(close) + 1
            if close == "]" and close in stretch and self._peek(linked) == "(":
                stretch += self._stretch(linked, 302, ")")
            match = MARKER.match(stretch)
            if match is None:
                break
            end = opening + match.end()
            if self._peek(end) == ".":
                end += 1
        return end

    def _span(self, at: int) -> int:
        """Where the code, formula or link that begins at `at` ends; 0 when none does."""
        character = self._text[at]
        if character == "`":
            ticks = at
            while self._peek(ticks) == "`" and ticks - at < 20:
                ticks += 1
            return self._until(ticks, self._text[at:ticks], 300)
        if character == "$":
            if self._peek(at + 1) == "$":
                return self._until(at + 2, "$$", 1_000, newlines=True)
            if _CURRENCY.match(self._stretch(at, 16, " ")) or self._peek(at + 1) in (" ", "\n", "\t", ""):
                return 0
            end = self._until(at + 1, "$", 200)
            return end if end and not self._text[end - 2].isspace() and not self._peek(end).isdigit() else 0
        if character == "\\":
            opening = self._peek(at + 1)
            if opening in ("(", "["):
                return self._until(at + 2, "\\)" if opening == "(" else "\\]", 400, newlines=opening == "[")
            return at + 2 if opening and not opening.isspace() else 0
        end = self._until(at + 1, "]", 400)
        if end and self._peek(end) == "(":
            return self._until(end, ")", 1_000) or end
        return end

    def _until(self, at: int, closing: str, most: int, *, newlines: bool = False) -> int:
        """Behind the first `closing` after `at`, within `most` characters and one line; 0 when there is none."""
        stretch = self._stretch(at, most, closing, "" if newlines else "\n")
        place = stretch.find(closing)
        return at + place + len(closing) if place >= 0 and (newlines or "\n" not in stretch[:place]) else 0

    # How far one may look.

    def _peek(self, at: int) -> str:
        """The character at `at`; empty at the end of the stream."""
        if at < len(self._text):
            return self._text[at]
        if not self._ended:
            raise _NeedMoreError
        return ""

    def _stretch(self, at: int, most: int, *until: str) -> str:
        """`most` characters from `at`, or fewer when one of `until` is among them or the stream ends."""
        stretch = self._text[at : at + most]
        if len(stretch) < most and not self._ended and not any(mark and mark in stretch for mark in until):
            raise _NeedMoreError
        # What happens to lie behind the mark must not matter.
        places = [stretch.find(mark) + len(mark) for mark in until if mark and mark in stretch]
        return stretch[: min(places)] if places else stretch
