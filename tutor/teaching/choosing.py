"""Which lesson a summary or a quiz is of: the one that is named, the one at hand, or the one that is asked about."""

from __future__ import annotations

from collections.abc import Sequence

from tutor.conversation.message_kinds import names_nothing
from tutor.index.course_index import CourseIndex
from tutor.models import Lesson, Turn
from tutor.retrieval.retriever import Retrieved
from tutor.text.words import Words


def lesson_for(
    index: CourseIndex,
    words: Words,
    text: str,
    retrieved: Retrieved,
    earlier: Sequence[Turn] = (),
    current: str | None = None,
) -> Lesson | None:
    """The lesson that a message names by its title; else, when it names no subject, `current` or that of the last turn;
    else the lesson of the best passage."""
    said = set(words.tokens(text))
    titles = [(set(words.tokens(lesson.title)), lesson) for lesson in index.lessons]
    named = [(len(tokens), lesson) for tokens, lesson in titles if len(tokens) > 1 and tokens <= said]
    if named:
        return max(named, key=lambda item: item[0])[1]
    if names_nothing(text):
        at_hand = [current] if current else [_lesson_of(turn) for turn in reversed(earlier)]
        for name in at_hand:
            if name in index.position:
                return index.lessons[index.position[name]]
    if not retrieved.passages:
        return None
    return index.lessons[index.position[retrieved.passages[0].lesson]]


def _lesson_of(turn: Turn) -> str:
    if turn.citations:
        return turn.citations[0].lesson
    return turn.passages[0].lesson if turn.passages else turn.lesson
