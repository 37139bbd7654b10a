"""Pieces of an answer → its text with numbered citations, which always agree.

Lessons have footnote marks and indexes of their own, and a quote is never changed. So that none is taken for the
tutor's marker: outside code, a quote that holds `[1]` or the like is set in quotation marks, with the marker behind
them, or, where it is a list or a table, has its marker in a paragraph of its own. A program need not guess: a marker
never stands within a citation's `answer_start` and `answer_end`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tutor.index.deep_links import url_at
from tutor.models import Citation, Lesson

_CODE = re.compile(r"^ *(`{3,}|~{3,})[^\n]*\n.*?^ *\1[^\n]*$|(`+)(?!`).+?(?<!`)\2(?!`)", re.DOTALL | re.MULTILINE)
_LIKE_A_MARKER = re.compile(r"\[\^?\d+\]")
_BLOCKS = re.compile(r"^ *(?:[-*+] |\d{1,9}[.)] |\||>|`{3}|~{3}|\$\$|\\\[)", re.MULTILINE)
_SPECIAL = re.compile(r"[\\`*_\[\]<]")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answerer wrote: Markdown with markers `[1]`, and the citations they stand for."""

    text: str
    citations: tuple[Citation, ...]


class AnswerWriter:
    """Writes an answer piece by piece; citations are numbered 1, 2, 3 as they come."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._citations: list[Citation] = []

    def words(self, markdown: str) -> None:
        """Add words of the tutor's own, such as where a quote comes from."""
        self._parts.append(markdown)
        self._length += len(markdown)

    def name(self, title: str) -> None:
        """Add the name of a place, which is words and no Markdown."""
        self.words(f"**{escaped(title)}**")

    def quote(self, lesson: Lesson, section: str, start: int, end: int) -> None:
        """Add `lesson.text[start:end]` as it stands, and a marker after it."""
        text = lesson.text[start:end]
        confusing = bool(_LIKE_A_MARKER.search(_CODE.sub("", text)))
        blocks = bool(_BLOCKS.search(text))
        self.words("“" if confusing and not blocks else "")
        number = len(self._citations) + 1
        self._citations.append(
            Citation(
                number=number,
                answer_start=self._length,
                answer_end=self._length + len(text),
                lesson=lesson.lesson,
                title=lesson.title,
                section=section,
                source_start=start,
                source_end=end,
                quote=text,
                url=url_at(lesson, start),
            )
        )
        self.words(text)
        self.words("”" if confusing and not blocks else "")
        self.words(("\n\n" if confusing and blocks else space_after(text)) + f"[{number}]")

    def claim(
        self, lead: str, text: str, places: Sequence[tuple[Lesson, str, int, int]]
    ) -> tuple[str, tuple[Citation, ...]]:
        """Add a sentence with a marker for each place (lesson, section, start, end) that supports it.

        Gives what was added and the citations that are new: a place that was cited before keeps its number.
        """
        before, known = len(self._parts), len(self._citations)
        # Nothing comes before the first sentence but the mark of the block it is in.
        self.words(lead if self._length else lead.lstrip())
        start = self._length
        self.words(text)
        numbers: list[int] = []
        for lesson, section, source_start, source_end in places:
            quote = lesson.text[source_start:source_end]
            same = (lesson.lesson, source_start, source_end)
            number = next((c.number for c in self._citations if (c.lesson, c.source_start, c.source_end) == same), 0)
            if not number:
                number = len(self._citations) + 1
                url = url_at(lesson, source_start)
                self._citations.append(
                    Citation(
                        number,
                        start,
                        self._length,
                        lesson.lesson,
                        lesson.title,
                        section,
                        source_start,
                        source_end,
                        quote,
                        url,
                    )
                )
            if number not in numbers:
                numbers.append(number)
        if numbers:
            self.words(space_after(text) + "".join(f"[{number}]" for number in numbers))
        return "".join(self._parts[before:]), tuple(self._citations[known:])

    def answer(self) -> Answer:
        """What was written."""
        return Answer("".join(self._parts), tuple(self._citations))


def space_after(text: str) -> str:
    """What goes between a text and a marker behind it: a new paragraph where the marker would else become part of it,
    of a fence, a table's row or a display formula.
    """
    last = text.rsplit("\n", 1)[-1].strip(" \t>")
    apart = last.startswith(("```", "~~~", "|")) or last.endswith(("$$", "\\]", "|"))
    return "\n\n" if apart else " "


def escaped(title: str) -> str:
    """A title as Markdown that shows it to the letter: no marker, link or emphasis comes of it."""
    return _SPECIAL.sub(lambda special: "\\" + special[0], " ".join(title.split()))
