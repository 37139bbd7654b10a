"""What was said before a question, and how much of it a model is shown.

The newest exchanges are shown word for word. Of older ones one line each remains: what was asked and the first
sentence that the lessons answered with. A summary written by a model would cost a call and could invent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from tutor.llm.messages import Message
from tutor.llm.model import TokenCounter
from tutor.models import Turn, TurnState
from tutor.text.messages import messages
from tutor.text.plain import plain

_MESSAGE_TOKENS = 4
"""What a message costs beside its text, in OpenAI's chat format."""
_VERBATIM = 0.75
"""The part of the budget for exchanges word for word where not all of them fit."""
_LINE_WORDS = 30
_ANSWER_WORDS = 40
_MARKERS = re.compile(r"\s?\[\d+\]")
_SENTENCE = re.compile(r"(?<=[.!?。])\s")


@dataclass(frozen=True, slots=True)
class EarlierMessage:
    """One earlier message; of the tutor's, `lessons` are those that it cited and `quote` its first cited sentence."""

    role: Literal["user", "assistant"]
    text: str
    lessons: tuple[str, ...] = ()
    quote: str = ""
    refused: bool = False
    """Whether it only says that the course does not answer."""


@dataclass(frozen=True, slots=True)
class DialogueContext:
    """What was said before a question, oldest first."""

    said: tuple[EarlierMessage, ...] = ()

    @classmethod
    def of(cls, history: Iterable[tuple[str, str]]) -> Self:
        """The context of messages as (role, text); those of other roles than `user` and `assistant` are left out."""
        found: list[EarlierMessage] = []
        for role, text in history:
            if text.strip() and role == "user":
                found.append(EarlierMessage("user", text))
            elif text.strip() and role == "assistant":
                found.append(EarlierMessage("assistant", text))
        return cls(tuple(found))

    @classmethod
    def of_turns(cls, turns: Iterable[Turn]) -> Self:
        """The context of a conversation's turns; a turn without an answer is a question only."""
        found: list[EarlierMessage] = []
        for turn in turns:
            found.append(EarlierMessage("user", turn.question))
            if turn.answer.strip():
                lessons = tuple(dict.fromkeys(citation.lesson for citation in turn.citations))
                quote = turn.citations[0].quote if turn.citations else ""
                found.append(EarlierMessage("assistant", turn.answer, lessons, quote, turn.state == TurnState.REFUSED))
        return cls(tuple(found))

    @property
    def asked(self) -> tuple[str, ...]:
        """The student's messages, oldest first."""
        return tuple(said.text for said in self.said if said.role == "user" and any(map(str.isalnum, said.text)))

    @property
    def history(self) -> tuple[tuple[str, str], ...]:
        """The messages as (role, text), oldest first."""
        return tuple((said.role, said.text) for said in self.said)

    @property
    def before(self) -> str:
        """What was said last, in plain words: how the answer begins, or the question when it had none."""
        last = next((said for said in reversed(self.said) if said.role == "assistant"), None)
        words = [] if last is None or last.refused else plain(_MARKERS.sub("", last.text)).split()
        told = " ".join(words[:_ANSWER_WORDS])
        return told if any(map(str.isalnum, told)) else next(reversed(self.asked), "")


def condensed(
    context: DialogueContext, counter: TokenCounter, budget_tokens: int, language: str = "en"
) -> tuple[Message, ...]:
    """The context as messages of at most `budget_tokens`: older exchanges as one line each, then the newest whole.

    What does not even fit as a line is left out, oldest first.
    """
    exchanges = _exchanges(context.said)
    costs = [sum(counter.count(said.text) + _MESSAGE_TOKENS for said in exchange) for exchange in exchanges]
    room = budget_tokens if sum(costs) <= budget_tokens else int(budget_tokens * _VERBATIM)
    first = len(exchanges)
    while first and costs[first - 1] <= room:
        first -= 1
        room -= costs[first]
    shown = [Message(said.role, said.text) for exchange in exchanges[first:] for said in exchange]
    left = budget_tokens - sum(costs[first:]) - _MESSAGE_TOKENS
    lines: list[str] = []
    for exchange in reversed(exchanges[:first]):
        longer = [_line(exchange, language), *lines]
        if counter.count("\n".join(longer)) > left:
            break
        lines = longer
    return (Message("user", "\n".join(lines)), *shown) if lines else tuple(shown)


def _exchanges(said: Sequence[EarlierMessage]) -> list[list[EarlierMessage]]:
    """Each of the student's messages with what followed it; what stood before the first is an exchange too."""
    found: list[list[EarlierMessage]] = []
    for message in said:
        if not found or message.role == "user":
            found.append([])
        found[-1].append(message)
    return found


def _line(exchange: Sequence[EarlierMessage], language: str) -> str:
    known = messages(language)
    question = _short(" ".join(said.text for said in exchange if said.role == "user"))
    answers = [said for said in exchange if said.role == "assistant"]
    quote = next((said.quote for said in answers if said.quote), "")
    answer = _short(_SENTENCE.split(_MARKERS.sub("", quote or (answers[0].text if answers else "")).strip())[0])
    if not answer:
        return known["earlier_asked"].format(question=question)
    return known["earlier"].format(question=question, answer=answer)


def _short(text: str) -> str:
    words = text.split()
    return " ".join(words[:_LINE_WORDS]) + (" …" if len(words) > _LINE_WORDS else "")
