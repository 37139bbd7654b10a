"""One turn: the only place that knows the order of the steps.

question (+ history, + current lesson) → standalone question → passages → coverage → answer or refusal
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from tutor.answers import Answer, escaped
from tutor.course_index import CourseIndex
from tutor.coverage import CoverageModel
from tutor.errors import InvalidRequest
from tutor.models import Coverage, Decision, Passage, Turn, TurnState
from tutor.phrases import phrases
from tutor.protocols import Embedder
from tutor.quoting import NAME, QuotingAnswerer
from tutor.retrieval import Retrieved, Retriever
from tutor.suggestions import Suggester, topic

PASSAGES = 10
_NEAREST = 3
_DEPENDENT = re.compile(
    r"^(?:and|but|so|or|then|also|what about|how about|why|why not|how so|how come|really|more|again|an? example|"
    r"another|the (?:first|second|third|last|other)|which one|what else)\b|"
    r"\b(?:it|its|they|them|their|this|that|these|those|he|she|there|one|ones|both|former|latter|same|above)\b",
    re.IGNORECASE,
)
_STANDS_ALONE_WORDS = 9


@dataclass(frozen=True, slots=True)
class Question:
    """What a student asks; `history` are earlier messages as (role, text), oldest first.

    `lesson` is the one the student is on. The only `mode` so far is `answer`.
    """

    text: str
    conversation: str | None = None
    lesson: str | None = None
    mode: str = "answer"
    history: tuple[tuple[str, str], ...] = ()


class CourseTutor:
    """Answers questions about one generation of a course. Safe to use from several threads."""

    def __init__(self, index: CourseIndex, embedder: Embedder) -> None:
        self.index = index
        self._retriever = Retriever(index, embedder)
        self._coverage = CoverageModel()
        self._answerer = QuotingAnswerer(index)
        self._suggester = Suggester(index)
        self._phrases = phrases(index.build.info.language)

    def warm(self) -> None:
        """Read into memory what the first question needs."""
        self.ask(Question("What is this course about?"))

    def search(
        self, query: str, k: int = PASSAGES, *, lesson: str | None = None, not_beyond: str | None = None
    ) -> tuple[Passage, ...]:
        """The `k` best passages for `query`; see `Retriever.retrieve`."""
        return self._retriever.retrieve(query, k, lesson=lesson, not_beyond=not_beyond).passages

    def ask(self, question: Question) -> Turn:
        """The whole turn. Raises InvalidRequest for a blank question or an unknown mode, NotFound for a lesson."""
        if question.mode != "answer":
            raise InvalidRequest(f"There is no mode {question.mode!r} here; leave it out, or use 'answer'.")
        timings: dict[str, float] = {}
        standalone = topic(question.text, self.index.build.info.language)
        if standalone == question.text:
            standalone = standalone_question(question.text, question.history)
        with _timed(timings, "retrieve"):
            retrieved = self._retriever.retrieve(standalone, PASSAGES, current=question.lesson)
        with _timed(timings, "cover"):
            coverage = self._coverage.coverage(retrieved)
        with _timed(timings, "answer"):
            answer = Answer("", ())
            if coverage.decision != Decision.NOT_COVERED:
                answer = self._answerer.answer(retrieved)
            suggestions = self._suggester.suggest(retrieved, answer.citations)
        refused = not answer.citations
        if refused:
            coverage = Coverage(coverage.probability, Decision.NOT_COVERED)
        timings["total"] = round(sum(timings.values()), 3)
        return Turn(
            id=f"turn_{secrets.token_hex(12)}",
            conversation=question.conversation or f"conv_{secrets.token_hex(12)}",
            course=self.index.build.info.slug,
            question=question.text,
            standalone_question=standalone,
            answer=self._refusal(retrieved) if refused else answer.text,
            state=TurnState.REFUSED if refused else TurnState.DONE,
            coverage=coverage,
            citations=answer.citations,
            passages=retrieved.passages,
            suggestions=suggestions,
            answerer=NAME,
            timings_ms=timings,
        )

    def _refusal(self, retrieved: Retrieved) -> str:
        """Says what is not covered, names the nearest lessons, and offers a person."""
        nearest = list(dict.fromkeys(passage.title for passage in retrieved.passages))[:_NEAREST]
        parts = [self._phrases["not_covered"]]
        if nearest:
            parts.append("\n".join([self._phrases["nearest"], "", *(f"- {escaped(title)}" for title in nearest)]))
        parts.append(self._phrases["person"])
        return "\n\n".join(parts)


def standalone_question(text: str, history: Sequence[tuple[str, str]]) -> str:
    """The question with what it leans on: the student's last message before it, when it cannot stand alone."""
    text = " ".join(text.split())
    asked = [said for role, said in history if role == "user" and said.strip()]
    if not asked or (len(text.split()) >= _STANDS_ALONE_WORDS and not _DEPENDENT.search(text)):
        return text
    if not _DEPENDENT.search(text) and len(text.split()) > 3:
        return text
    return f"{' '.join(asked[-1].split())} {text}"


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    began = perf_counter()
    yield
    timings[step] = round((perf_counter() - began) * 1000, 3)
