"""A text of which more is to come: what stands at a place, and how far what begins there goes.

A look beyond the end of the text says that more must be seen, so that no answer depends on how the text was
cut when it came.
"""

from __future__ import annotations

import re

from tutor.grounding.markers import MARKER

MARKER_WINDOW = 420
_MARKER_OPENS = ("[", "【", "(")
_CURRENCY = re.compile(r"\$\d[\d,.]*(?:[\s);:!?]|$|[kmb]\b)", re.IGNORECASE)


class NeedMoreError(Exception):
    """More of the text must be seen before anything is certain."""


class Lookahead:
    """The text so far; with `ended` there will be no more. What looks raises NeedMoreError."""

    def __init__(self, text: str = "", *, ended: bool = False) -> None:
        self.text = text
        self.ended = ended

    def peek(self, at: int) -> str:
        """The character at `at`; empty at the end of the stream."""
        if at < len(self.text):
            return self.text[at]
        if not self.ended:
            raise NeedMoreError
        return ""

    def begins(self, at: int, words: str) -> bool:
        """Whether `words` stand at `at`; no more is looked at than tells."""
        return all(self.peek(at + place) == character for place, character in enumerate(words))

    def stretch(self, at: int, limit: int, *until: str) -> str:
        """`limit` characters from `at`, or fewer when one of `until` is among them or the stream ends."""
        stretch = self.text[at : at + limit]
        if len(stretch) < limit and not self.ended and not any(mark and mark in stretch for mark in until):
            raise NeedMoreError
        # What happens to lie behind the mark must not matter.
        places = [stretch.find(mark) + len(mark) for mark in until if mark and mark in stretch]
        return stretch[: min(places)] if places else stretch

    def until(self, at: int, closing: str, limit: int, *, newlines: bool = False) -> int:
        """Behind the first `closing` after `at`, within `limit` characters and one line; 0 when there is none."""
        stretch = self.stretch(at, limit, closing, "" if newlines else "\n")
        place = stretch.find(closing)
        return at + place + len(closing) if place >= 0 and (newlines or "\n" not in stretch[:place]) else 0

    def span(self, at: int) -> int:
        """Where the code, formula or link that begins at `at` ends; 0 when none does."""
        character = self.text[at]
        if character == "`":
            ticks = at
            while self.peek(ticks) == "`" and ticks - at < 20:
                ticks += 1
            return self.until(ticks, self.text[at:ticks], 300)
        if character == "$":
            if self.peek(at + 1) == "$":
                return self.until(at + 2, "$$", 1_000, newlines=True)
            if _CURRENCY.match(self.stretch(at, 16, " ")) or self.peek(at + 1) in (" ", "\n", "\t", ""):
                return 0
            end = self.until(at + 1, "$", 200)
            return end if end and not self.text[end - 2].isspace() and not self.peek(end).isdigit() else 0
        if character == "\\":
            opening = self.peek(at + 1)
            if opening in ("(", "["):
                return self.until(at + 2, "\\)" if opening == "(" else "\\]", 400, newlines=opening == "[")
            return at + 2 if opening and not opening.isspace() else 0
        end = self.until(at + 1, "]", 400)
        if end and self.peek(end) == "(":
            return self.until(end, ")", 1_000) or end
        return end

    def after_markers(self, at: int) -> int:
        """Where the run of markers at `at` ends, with a stop that may follow it; `at` when there is none."""
        end = at
        while end - at < MARKER_WINDOW:
            opening = end
            while self.peek(opening) in (" ", "\t") and opening - end < 4:
                opening += 1
            if self.peek(opening) not in _MARKER_OPENS:
                break
            close = {"[": "]", "【": "】", "(": ")"}[self.text[opening]]
            stretch = self.stretch(opening, 120, close)
            linked = opening + stretch.find(close) + 1
            if close == "]" and close in stretch and self.peek(linked) == "(":
                stretch += self.stretch(linked, 302, ")")
            match = MARKER.match(stretch)
            if match is None:
                break
            end = opening + match.end()
            if self.peek(end) == ".":
                end += 1
        return end
