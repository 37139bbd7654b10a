"""How far the hints of a conversation have come, and which question they are about, read from its earlier turns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tutor.conversation.message_kinds import is_pressing
from tutor.models import Mode, Turn, TurnState
from tutor.text.words import Words

_REMEMBERED_TURNS = 12
# How much of the shorter question's words the other must share for both to ask the same.
_SAME_SUBJECT = 0.5


def is_ladder(turn: Turn) -> bool:
    """Whether a turn gave a hint, in whatever mode it was asked."""
    return turn.step > 0 and turn.mode is not Mode.QUIZ


def subject_of(text: str, earlier: Sequence[Turn]) -> str:
    """The question that a message is about: that of the hint before it for one that only presses, else its own words.

    Quizzes, summaries and refusals in between do not change the subject.
    """
    if is_pressing(text):
        for turn in reversed(earlier[-_REMEMBERED_TURNS:]):
            if is_ladder(turn):
                return turn.standalone_question
            if turn.mode in (Mode.ANSWER, Mode.SIMPLE, Mode.HINT) and turn.state is not TurnState.REFUSED:
                break
    return text


def step_of(subject: str, section: tuple[str, str], earlier: Sequence[Turn], words: Words) -> int:
    """Which step of the ladder comes next, from 1: one more than the last hint's when that was on the same subject.

    `section` is the lesson and section of the best passage for `subject`.
    """
    if not earlier or not is_ladder(earlier[-1]):
        return 1
    last = earlier[-1]
    if last.standalone_question == subject:
        return last.step + 1
    there = (last.passages[0].lesson, last.passages[0].section) if last.passages else None
    is_same = there == section and _overlap(words.tokens(subject), words.tokens(last.standalone_question))
    return last.step + 1 if is_same else 1


def _overlap(one: Iterable[str], other: Iterable[str]) -> bool:
    first, second = set(one), set(other)
    return len(first & second) >= _SAME_SUBJECT * max(1, min(len(first), len(second)))
