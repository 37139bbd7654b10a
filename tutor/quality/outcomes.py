"""One golden question, and what a tutor made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tutor.models import Citation, Decision, Passage, Turn, TurnState
from tutor.quality.marks import Marks, marks_of
from tutor.quality.matching import WordSpans, cites_lesson, cites_span, evidence_span, holds
from tutor.quality.questions import GoldenQuestion


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What was found and answered; ranks count from 1 in `passages`, None where nothing was found or is known.

    `cited_lesson` and `cited_evidence` are None where the question does not say what is right, and False when the
    turn was a refusal. `matched` is whether the lesson and the evidence that the question names are in the course.
    `marks` are None where the question does not say what belongs in its answer.
    """

    question: GoldenQuestion
    passages: tuple[Passage, ...]
    turn: Turn
    latency_ms: float
    lesson_rank: int | None
    evidence_rank: int | None
    cited_lesson: bool | None
    cited_evidence: bool | None
    matched: bool
    marks: Marks | None = None

    @property
    def refused(self) -> bool:
        """Whether the tutor said that the course does not cover it."""
        return self.turn.state is TurnState.REFUSED or self.turn.coverage.decision is Decision.NOT_COVERED

    def as_json(self) -> dict[str, Any]:
        """The outcome as one JSON object: the question's own keys, then what was found, without the passages' text."""
        golden = {key: value for key, value in asdict(self.question).items() if value not in (None, ())}
        turn = self.turn
        return {
            **golden,
            "matched": self.matched,
            "lesson_rank": self.lesson_rank,
            "evidence_rank": self.evidence_rank,
            "cited_lesson": self.cited_lesson,
            "cited_evidence": self.cited_evidence,
            "refused": self.refused,
            "probability": turn.coverage.probability,
            "decision": turn.coverage.decision,
            "state": turn.state,
            "standalone_question": turn.standalone_question,
            "answer": turn.answer,
            "citations": [asdict(citation) for citation in turn.citations],
            "passages": [
                {key: value for key, value in asdict(passage).items() if key not in ("text", "url")}
                for passage in self.passages
            ],
            "latency_ms": round(self.latency_ms, 3),
            **({} if self.marks is None else {"good": self.marks.good, **asdict(self.marks)}),
        }


def outcome(
    question: GoldenQuestion,
    passages: Sequence[Passage],
    turn: Turn,
    latency_ms: float,
    lessons: Mapping[str, WordSpans],
) -> QuestionResult:
    """What came of `question`, judged by the words of the course's `lessons`, by path."""
    refused = turn.state is TurnState.REFUSED or turn.coverage.decision is Decision.NOT_COVERED
    lesson = question.lesson if question.answerable else None
    evidence = question.evidence if question.answerable else None
    span = evidence_span(lessons[lesson], evidence) if lesson is not None and lesson in lessons and evidence else None
    cited_lesson = None if lesson is None else not refused and cites_lesson(turn.citations, lesson)
    cited_evidence = None
    if lesson is not None and evidence:
        cited_evidence = not refused and span is not None and cites_span(turn.citations, lesson, span)
    return QuestionResult(
        question=question,
        passages=tuple(passages),
        turn=turn,
        latency_ms=latency_ms,
        lesson_rank=_rank(lesson is not None and passage.lesson == lesson for passage in passages),
        evidence_rank=_rank(bool(evidence) and holds(passage.text, evidence or "") for passage in passages),
        cited_lesson=cited_lesson,
        cited_evidence=cited_evidence,
        marks=_marks(question, () if refused else turn.citations, lessons),
        matched=(lesson is None or lesson in lessons) and (lesson is None or not evidence or span is not None),
    )


def _marks(question: GoldenQuestion, citations: Sequence[Citation], lessons: Mapping[str, WordSpans]) -> Marks | None:
    if not question.answerable or question.lesson is None or question.lesson not in lessons:
        return None
    return marks_of(question, citations, lessons[question.lesson])


def _rank(matches: Iterable[bool]) -> int | None:
    """The place of the first match, from 1."""
    return next((rank for rank, matched in enumerate(matches, 1) if matched), None)
