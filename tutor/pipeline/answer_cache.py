"""A question that was asked before gets the same checked answer again, and no model is called."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Literal

from tutor.models import Mode, Support, Turn, TurnState
from tutor.privacy.masking import is_personal
from tutor.text.question_words import Matching, QuestionKey, plain_words, question_key

MAX_ANSWERS = 512
"""How many answers of a generation are remembered."""
_CHECKED = (Support.SUPPORTED, Support.NOT_CHECKABLE)


class AnswerCache:
    """The answers that one generation of a course has given. Safe to use from several threads.

    `fill` gives what was answered before this process began, oldest first; it is called at the first use. The
    questions must be such that need nothing that was said before them.
    """

    def __init__(
        self, how: Literal["off", "exact", "near"], fill: Callable[[], Sequence[Turn]], language: str = "en"
    ) -> None:
        self._how = how
        self._fill = fill
        self._language = language
        self._turns: OrderedDict[tuple[str, QuestionKey], Turn] = OrderedDict()
        self._is_filled = False
        self._lock = threading.Lock()

    def remembered(self, question: str, lesson: str = "") -> Turn | None:
        """The turn that answered this question when it was asked on the same lesson; None when there is none."""
        if self._how == "off" or is_personal(question):
            return None
        key = self._key(question, lesson)
        with self._lock:
            if not self._is_filled:
                for turn in self._fill():
                    self._add(turn)
                self._is_filled = True
            if key not in self._turns:
                return None
            self._turns.move_to_end(key)
            return self._turns[key]

    def remember(self, turn: Turn) -> None:
        """Keep a turn that has ended for the next who asks the same, if its answer was checked and is for anyone."""
        if self._how != "off":
            with self._lock:
                self._add(turn)

    def forget(self, turn: str) -> None:
        """Never give the answer of a turn again, as when a reader found it wrong."""
        with self._lock:
            for key in [key for key, kept in self._turns.items() if kept.id == turn]:
                del self._turns[key]

    def _add(self, turn: Turn) -> None:
        if not _is_for_anyone(turn):
            return
        key = self._key(turn.question, turn.lesson)
        self._turns[key] = turn
        self._turns.move_to_end(key)
        if len(self._turns) > MAX_ANSWERS:
            self._turns.popitem(last=False)

    def _key(self, question: str, lesson: str) -> tuple[str, QuestionKey]:
        how: Matching = "near" if self._how == "near" else "exact"
        return lesson, question_key(question, how, self._language)


def _is_for_anyone(turn: Turn) -> bool:
    """Whether a model wrote the answer, all of it was checked, and nothing but the question went into it."""
    return (
        turn.state is TurnState.DONE
        and turn.mode is Mode.ANSWER
        and turn.answerer != "quoting"
        and not (turn.fallback or turn.repeats or turn.history or turn.step or turn.not_beyond)
        and bool(turn.citations)
        and all(sentence.support in _CHECKED for sentence in turn.sentences)
        and plain_words(turn.question) == plain_words(turn.standalone_question)
        and not is_personal(turn.question)
    )
