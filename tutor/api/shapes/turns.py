"""Questions and turns as JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated

from pydantic import ConfigDict, Field

from tutor.api.shapes import Body, Shape
from tutor.api.shapes.passages import LessonName, PassageShape
from tutor.models import Decision, Mode, Support, Turn, TurnState
from tutor.pipeline.course_tutor import Question
from tutor.text.names import NAME_PATTERN
from tutor.turns.records import Rating

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=f"^{NAME_PATTERN}$")]


class TurnBody(Body):
    """A question to a course."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"question": "What is hybrid search?"}]})

    question: str = Field(min_length=1)
    conversation: Name | None = Field(None, description="The conversation of an earlier turn, to go on with it.")
    lesson: LessonName | None = Field(None, description="The lesson that the student is reading.")
    not_beyond: LessonName | None = Field(None, description="Answer from the lessons up to this one only.")
    mode: Mode = Field(Mode.ANSWER, description="The way of teaching.")
    student: Name | None = Field(None, description="Your own pseudonym for who asks; nothing that names a person.")
    stream: bool = Field(False, description="Send the turn's events as they happen, instead of the turn at its end.")

    def digest(self) -> str:
        """What tells this body from another, in hexadecimal; a field that says what it is without it does not count."""
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()

    def asked(self) -> Question:
        """The question."""
        return Question(
            self.question,
            self.conversation,
            self.lesson,
            self.mode,
            student=self.student or "",
            not_beyond=self.not_beyond,
        )


class CoverageShape(Shape):
    """How likely the course answers the question."""

    probability: float = Field(ge=0, le=1)
    decision: Decision


class CitationShape(Shape):
    """`quote` is the lesson's own text from `source_start` to `source_end`; it supports a span of the answer."""

    number: int
    answer_start: int
    answer_end: int
    lesson: str
    title: str
    section: str
    source_start: int
    source_end: int
    quote: str
    url: str


class SentenceShape(Shape):
    """How `answer[start:end]` is supported by the lessons."""

    start: int
    end: int
    support: Support


class UsageShape(Shape):
    """What the turn cost at a model."""

    prompt_tokens: int
    completion_tokens: int
    cost_usd: float


class TurnShape(Shape):
    """One question and its answer. Offsets count Unicode code points, end exclusive."""

    id: str
    conversation: str
    course: str
    question: str
    standalone_question: str
    answer: str = Field(description="Markdown.")
    state: TurnState
    coverage: CoverageShape
    citations: list[CitationShape]
    passages: list[PassageShape]
    suggestions: list[str]
    answerer: str
    usage: UsageShape
    timings_ms: dict[str, float]
    mode: Mode
    sentences: list[SentenceShape]
    fallback: str = Field(description="Why the lessons were quoted though a model is there, if so.")
    repeats: str = Field(description="The earlier turn whose checked answer this is, if it is one.")
    generation: int = Field(description="The index that it was answered from.")
    lesson: str = Field(description="The lesson that the student was on, if known.")
    not_beyond: str = Field(description="The last lesson that was drawn from, where no later one was wanted.")
    step: int = Field(description="In a hint or a quiz: how far it has come, from 1.")
    rating: Rating | None = Field(None, description="What a reader thought of it last, where the turn is read again.")

    @classmethod
    def rated(cls, turn: Turn, ratings: Mapping[str, Rating]) -> TurnShape:
        """The shape of a turn with its rating, of ratings by turn."""
        return cls.model_validate(turn).model_copy(update={"rating": ratings.get(turn.id)})
