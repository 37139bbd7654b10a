"""Feedback as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from tutor.api.shapes import Body, Shape
from tutor.turns.records import Feedback, Rating

MAX_FEEDBACK_NOTE_CHARACTERS = 4000
Reason = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$")]


class FeedbackBody(Body):
    """What a reader thinks of a turn."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rating": "down", "reasons": ["wrong_lesson"]}]})

    rating: Rating
    reasons: list[Reason] = Field(default_factory=list, max_length=10, description="Short names of what was so.")
    note: str = Field("", max_length=MAX_FEEDBACK_NOTE_CHARACTERS)

    def of(self, turn: str) -> Feedback:
        """The feedback to a turn."""
        return Feedback(turn, self.rating, tuple(self.reasons), self.note.replace("\0", " "))


class FeedbackShape(Shape):
    """Feedback as it was stored."""

    turn: str
    rating: Rating
    reasons: list[str]
    note: str
    created_at: datetime
