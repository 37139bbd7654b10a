"""Where a sentence of a model's text ends: at a full stop that is one, behind its markers, or before a block.

Nothing inside code, a formula or a link ends a sentence, and no abbreviation does.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tutor.grounding.lookahead import MARKER_WINDOW, Lookahead
from tutor.grounding.markers import MARKER
from tutor.text.sentences import split

INTERESTING = re.compile(r"[`$\[\\\n.!?…。！？।؟]")
"""What may end a sentence, or begin something in which none ends."""
STOP = re.compile(r"""[.!?…。！？।؟]+(?:["'”’»)*_」』）》\]])*""")
_UNSPACED_STOP = re.compile(r"[。！？।]")
_FINAL = "。！？।؟"
_HOLDS_OPEN = frozenset('"“„«‹「『*_`(（$')
# A line that stands alone though the next one follows at once: what it leads to, or a title in bold.
_ALONE = re.compile(r"[ \t]*(?:.*:(?:\*\*|__)?|\*\*[^*]+\*\*|__[^_]+__)[ \t\r]*")
# What may be an abbreviation with its full stop.
_SHORT = re.compile(r"(?:(?<!\w)\w{1,4}|\.\w{1,4}|\bapprox)\.\W*$", re.IGNORECASE)


class SentenceEnds:
    """The ends of the sentence that begins at `body` of a text; `opens_block` tells whether a line there begins one."""

    def __init__(self, ahead: Lookahead, body: int, opens_block: Callable[[int], bool]) -> None:
        self._ahead = ahead
        self._body = body
        self._opens_block = opens_block

    def at(self, place: int) -> tuple[int, int]:
        """Where the sentence ends if the character at `place` ends it, else 0; and from where to look on.

        Raises NeedMoreError.
        """
        character = self._ahead.text[place]
        if character == "\n":
            end = self._at_newline(place)
            return end, end or place + 1
        if character in "`$[\\":
            inside = self._ahead.span(place)
            if not inside:
                return 0, place + 1
            if self._ahead.text[inside - 1] not in ")]" or self._last_of_link(place, inside) not in ".!?…。！？":
                return 0, inside
            return self._at_stop(place, inside)
        if character == "." and self._is_marked(place):
            return place + 1, place + 1
        stop = place + 1
        while self._ahead.peek(stop) and STOP.fullmatch(self._ahead.text, place, stop + 1) and stop - place < 40:
            stop += 1
        return self._at_stop(place, stop)

    def _at_newline(self, at: int) -> int:
        line = self._ahead.text[max(self._body, self._ahead.text.rfind("\n", self._body, at) + 1) : at]
        if self._opens_block(at + 1) or _ALONE.fullmatch(line):
            return self._body + len(self._ahead.text[self._body : at].rstrip())
        return 0

    def _at_stop(self, at: int, stop: int) -> tuple[int, int]:
        """As `at`, for an end mark at `at` with its closing marks up to `stop`."""
        end = self._ahead.after_markers(stop)
        following = end
        while (character := self._ahead.peek(following)) in (" ", "\t", "\r") and following - end < 100:
            following += 1
        if character == "\n":
            if self._opens_block(following + 1):
                return end, end
            following += 1
            while (character := self._ahead.peek(following)) in (" ", "\t", "\r") and following - end < 200:
                following += 1
        unspaced = end == stop and following == end
        if character and unspaced and not _UNSPACED_STOP.search(self._ahead.text, at, stop):
            return 0, max(stop, at + 1)
        if (
            not character
            or self._ahead.text[at] in _FINAL
            or (not character.islower() and self._is_sure(at, stop, following))
        ):
            return end, end
        return 0, max(stop, at + 1)

    def _is_marked(self, at: int) -> bool:
        """Whether a marker, apart from the word before it, stands right before a full stop where nothing is open.

        Then the sentence ends there whatever comes, and need not wait for the next word.
        """
        before = self._ahead.text[max(self._body, at - MARKER_WINDOW) : at]
        if before[-1:] not in ("]", "】") or set(self._ahead.text[self._body : at]) & _HOLDS_OPEN:
            return False
        start = len(before)
        for match in reversed(list(MARKER.finditer(before))):
            if match.end() != start:
                break
            start = match.start()
        return start < len(before) and before[start - 1 : start].isspace()

    def _is_sure(self, at: int, stop: int, following: int) -> bool:
        """Whether an end mark before a capital is no abbreviation's; then the whole next word counts."""
        before = self._ahead.text[max(self._body, at - 24) : stop]
        if self._ahead.text[at] != "." or not _SHORT.search(before):
            return True
        last = following + 1
        while self._ahead.peek(last).isalnum() and last - following < 12:
            last += 1
        judged = before + " " + self._ahead.text[following:last]
        return any(end == len(before) for _, end in split(judged, 0, len(judged)))

    def _last_of_link(self, at: int, end: int) -> str:
        words = self._ahead.text[at:end].partition("](")[0].rstrip("*_\"'”’)")
        return words[-1:] or " "
