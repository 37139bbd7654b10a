"""Pieces of an answer → its text with numbered citations, which always agree."""

from __future__ import annotations

from dataclasses import dataclass

from tutor.models import Citation, Lesson
from tutor.places import url_at


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

    def quote(self, lesson: Lesson, section: str, start: int, end: int) -> None:
        """Add `lesson.text[start:end]` as it stands, and a marker after it."""
        text = lesson.text[start:end]
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
        # A marker at the end of a fence, a table row or a display formula would become part of it.
        last = text.rsplit("\n", 1)[-1].strip()
        apart = last.startswith(("```", "~~~", "|")) or last.endswith(("$$", "\\]", "|"))
        self.words(("\n\n" if apart else " ") + f"[{number}]")

    def answer(self) -> Answer:
        """What was written."""
        return Answer("".join(self._parts), tuple(self._citations))
