"""Questions and turns as JSON."""

from __future__ import annotations

import hashlib
from typing import Annotated

from pydantic import ConfigDict, Field

from tutor.api.shapes import Body, Shape
from tutor.api.shapes.passages import LessonName, PassageShape
from tutor.errors import InvalidRequest
from tutor.models import Decision, TurnState

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class TurnBody(Body):
    """A question to a course."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"question": "What is hybrid search?"}]})

    question: str = Field(min_length=1)
    conversation: Name | None = Field(None, description="The conversation of an earlier turn, to go on with it.")
    lesson: LessonName | None = Field(None, description="The lesson that the student is reading.")
    mode: str = Field("answer", max_length=40, description="`answer`; other modes are not available yet.")
    stream: bool = Field(False, description="`false`; event streams are not available yet.")

    def check(self) -> None:
        """Raise InvalidRequest for what this version cannot do."""
        if self.stream:
            raise InvalidRequest("Streaming is not available yet; leave `stream` out or send false.")
        if self.mode != "answer":
            raise InvalidRequest(f"The mode {self.mode!r} is not available; leave `mode` out or send 'answer'.")

    def digest(self) -> str:
        """What tells this body from another, in hexadecimal."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


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
