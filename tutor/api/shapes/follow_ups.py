"""Follow-ups as JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from tutor.api.shapes import Body, Shape
from tutor.api.shapes.turns import Name
from tutor.follow_ups.desk import MAX_NAME_CHARACTERS, MAX_NOTE_CHARACTERS
from tutor.follow_ups.follow_up import Channel, DeliveryState, FollowUp, FollowUpForm, FollowUpState, Purpose

Told = Literal["not_yet", "listed", "waiting", "sent", "failed"]
_TOLD = (
    "`sent` on one channel at least; `waiting` to be sent; `failed` for good; `listed`: no mail server and no webhook "
    "is configured, so it waits in this list, and is sent when there is one; `not_yet`: there is nothing to tell."
)


class FollowUpBody(Body):
    """A question left for the course team."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"email": "ada@school.example", "question": "When is the exam?", "consent_version": "1f0c2a9b"}
            ]
        }
    )

    email: str = Field(max_length=1000, description="Where the answer goes.")
    question: str
    consent_version: str = Field(max_length=100, description="The course's `follow_ups.consent_version`.")
    turn: Name | None = Field(None, description="The turn that it is about.")
    note: str = Field("", max_length=MAX_NOTE_CHARACTERS, description="What else the team should know.")
    name: str = Field("", max_length=MAX_NAME_CHARACTERS, description="How the student wants to be called.")

    def digest(self) -> str:
        """What tells this body from another, in hexadecimal; a field that says what it is without it does not count."""
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()

    def draft(self) -> FollowUpForm:
        """The draft."""
        return FollowUpForm(self.email, self.question, self.consent_version, self.note, self.name, self.turn or "")


class AnswerBody(Body):
    """The course team's answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "On Friday at ten, in the large hall."}]})

    text: str


class ReceiptShape(Shape):
    """What a student is told: nothing that another one could read."""

    reference: str = Field(examples=["F-7K3Q9M"])
    state: FollowUpState
    created_at: datetime


class DeliveryShape(Shape):
    """One message about a follow-up."""

    id: str = Field(description="The same at every attempt: in the mail's Message-ID, and the webhook's `webhook-id`.")
    purpose: Purpose
    channel: Channel
    state: DeliveryState
    attempts: int
    created_at: datetime
    due_at: datetime = Field(description="When it is tried next, while it waits.")
    ended_at: datetime | None
    problem: str = Field(description="Why the last attempt did not arrive.")


class FollowUpShape(Shape):
    """A question left for the course team, with all that became of it."""

    reference: str
    state: FollowUpState
    course: str
    email: str
    name: str
    question: str
    note: str
    turn: str
    student: str
    lesson: str
    lesson_title: str
    lesson_url: str
    consent_text: str = Field(description="What the student agreed to.")
    consent_version: str
    created_at: datetime
    answer: str
    answered_at: datetime | None
    team_told: Told = Field(description=_TOLD)
    student_told: Told = Field(description="The same of the answer.")
    deliveries: list[DeliveryShape] = Field(description="Oldest first, on the channels that are configured.")

    @classmethod
    def of(cls, follow_up: FollowUp, channels: Collection[Channel]) -> FollowUpShape:
        """The shape; deliveries on channels that are not among `channels`, and never were, are left out."""
        seen = [each for each in follow_up.deliveries if each.channel in channels or each.attempts]
        return cls(
            **{name: getattr(follow_up, name) for name in _SAME},
            consent_text=follow_up.consent.text,
            consent_version=follow_up.consent.version,
            team_told=_told(follow_up, "team", channels),
            student_told=_told(follow_up, "student", channels),
            deliveries=[DeliveryShape.model_validate(each) for each in seen],
        )


_SAME = (
    "reference", "state", "course", "email", "name", "question", "note", "turn", "student", "lesson", "lesson_title",
    "lesson_url", "created_at", "answer", "answered_at",
)  # fmt: skip


class FollowUpsShape(Shape):
    """Follow-ups of a course, newest first."""

    follow_ups: list[FollowUpShape]
    next: str | None = Field(description="Ask for those `before` this one to go on; null at the end.")


def _told(follow_up: FollowUp, purpose: Purpose, channels: Collection[Channel]) -> Told:
    of_it = [each for each in follow_up.deliveries if each.purpose == purpose]
    states = {each.state for each in of_it if each.channel in channels or each.state is not DeliveryState.WAITING}
    ranked: tuple[tuple[DeliveryState, Told], ...] = (
        (DeliveryState.SENT, "sent"),
        (DeliveryState.WAITING, "waiting"),
        (DeliveryState.FAILED, "failed"),
    )
    return next((told for state, told in ranked if state in states), "listed" if of_it else "not_yet")
