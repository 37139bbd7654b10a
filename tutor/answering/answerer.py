"""What an answerer is asked, and what it says: sentence by sentence, then how it ended."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Protocol

from tutor.answering.answers import Answer
from tutor.concurrency import RunInThread
from tutor.llm.messages import Message
from tutor.llm.model import CostScope
from tutor.models import Citation, Mode, Passage, Support, Turn, TurnState, Usage
from tutor.retrieval.retriever import Retrieved


@dataclass(frozen=True, slots=True, eq=False)
class AnswerTask:
    """What is to be answered: `question` stands alone; `passages` are those that a model may be shown."""

    question: str
    retrieved: Retrieved
    passages: tuple[Passage, ...]
    scope: CostScope
    mode: Mode = Mode.ANSWER
    history: tuple[Message, ...] = ()
    language: str = "en"
    quoted: Callable[[], Answer] | None = None
    """The answer in the lessons' own words, when it is not the quoting answerer's."""
    withheld: Callable[[str], bool] | None = None
    """Whether a text says what must not be said."""


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence as it is appended to the answer, with its markers; `citations` are those that begin with it."""

    text: str
    support: Support
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """How an answer ended: who wrote it, at what cost, and why it was not the model, if it was not."""

    state: TurnState = TurnState.DONE
    answerer: str = "quoting"
    fallback: str = ""
    usage: Usage = field(default_factory=Usage)


class Answerer(Protocol):
    """Answers from the passages of one course."""

    @property
    def name(self) -> str:
        """Whose answers they are: `quoting`, or the model's name."""

    def write(self, task: AnswerTask, run_in_thread: RunInThread) -> AsyncGenerator[AnswerSentence | AnswerOutcome]:
        """The answer sentence by sentence, and at last the outcome; raises TutorError only before the first."""


def answer_sentences(answer: Answer) -> list[AnswerSentence]:
    """A finished answer of quotes, sentence by sentence: each quote with the words that lead to it and its marker."""
    sentences: list[AnswerSentence] = []
    start = 0
    for citation in answer.citations:
        marker = f"[{citation.number}]"
        end = answer.text.index(marker, citation.answer_end) + len(marker)
        sentences.append(AnswerSentence(answer.text[start:end], Support.SUPPORTED, (citation,)))
        start = end
    if answer.text[start:]:
        sentences.append(AnswerSentence(answer.text[start:], Support.NOT_CHECKABLE))
    return sentences


def cached_sentences(turn: Turn) -> list[AnswerSentence]:
    """The answer of an earlier turn, sentence by sentence, each with the citations that begin with it."""
    return [
        AnswerSentence(
            turn.answer[sentence.start : sentence.end],
            sentence.support,
            tuple(cited for cited in turn.citations if sentence.start <= cited.answer_start < sentence.end),
        )
        for sentence in turn.sentences
    ]
