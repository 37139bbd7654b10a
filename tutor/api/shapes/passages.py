"""Searches as JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from tutor.api.shapes import Body, Shape
from tutor.models import Passage

LessonName = Annotated[str, Field(min_length=1, max_length=1000)]


class SearchBody(Body):
    """A search in one course."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": "hybrid search", "k": 5}]})

    query: str = Field(min_length=1, description="Words or a question.")
    k: int = Field(10, ge=1, le=50, description="How many passages at most.")
    lesson: LessonName | None = Field(None, description="Only in this lesson.")
    not_beyond: LessonName | None = Field(None, description="Only in lessons up to this one.")


class PassageShape(Shape):
    """A piece of a lesson that fits; `text` is the lesson's own from `start` to `end`."""

    rank: int
    score: float = Field(description="Higher is better; comparable within one search.")
    lesson: str
    title: str
    section: str
    start: int
    end: int
    text: str
    url: str


class PassagesShape(Shape):
    """Passages, best first."""

    passages: list[PassageShape]

    @classmethod
    def of(cls, passages: tuple[Passage, ...]) -> PassagesShape:
        """The shape of passages."""
        return cls(passages=[PassageShape.model_validate(passage) for passage in passages])
