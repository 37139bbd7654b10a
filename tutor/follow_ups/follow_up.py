"""Follow-ups: questions that students leave, with an e-mail address, for the course team to answer.

Follow-up     a question left for a person, under a reference that its student is told.
Consent     the words that the student agreed to; its version is a digest of them.
Delivery    one message about a follow-up on one channel: to the team when it is asked, to the student when answered.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from tutor.models import CourseInfo
from tutor.text.invisible import visible
from tutor.text.messages import Catalogue, Messages

SAME_WITHIN = timedelta(days=1)
"""For how long the same question from the same address is the same follow-up."""
_DIGITS = 8
# Without vowels, which make words, and without what is taken for something else: 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
_SIGNS = "345679CDFGHJKMNPQRTVWXY"
_REFERENCE = re.compile(r"F-[A-Z0-9]{6}")
_CATALOGUE = Catalogue.of_package("tutor.follow_ups", "messages.json")

Purpose = Literal["team", "student"]
"""Whom a delivery is for."""
Channel = Literal["mail", "webhook"]
CHANNELS: tuple[Channel, ...] = ("mail", "webhook")


class FollowUpState(StrEnum):
    """How a follow-up stands."""

    OPEN = "open"
    ANSWERED = "answered"


class DeliveryState(StrEnum):
    """How a delivery stands: it waits until it is sent, or has failed for good."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Consent:
    """What a student agrees to."""

    text: str
    version: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message about a follow-up; `attempts` counts those begun, `problem` says why the last one did not arrive.

    `id` stays the same for every attempt, so that who gets it twice can tell.
    """

    id: str
    purpose: Purpose
    channel: Channel
    state: DeliveryState
    attempts: int
    created_at: datetime
    due_at: datetime
    first_tried_at: datetime | None = None
    ended_at: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question left for the course team; `turn`, `student` and the lesson are empty where they are not known."""

    reference: str
    course: str
    email: str
    question: str
    consent: Consent
    created_at: datetime
    note: str = ""
    name: str = ""
    turn: str = ""
    student: str = ""
    lesson: str = ""
    lesson_title: str = ""
    lesson_url: str = ""
    state: FollowUpState = FollowUpState.OPEN
    answer: str = ""
    answered_at: datetime | None = None
    deliveries: tuple[Delivery, ...] = ()
    """Oldest first."""

    @property
    def sameness(self) -> str:
        """A digest in hexadecimal that two follow-ups share when one is the other, sent again."""
        said = [self.course, self.email.casefold(), self.turn, self.question, self.note]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FollowUpForm:
    """What a student has filled in, unchecked; `turn` is the answer that it is about, if any."""

    email: str
    question: str
    consent_version: str
    note: str = ""
    name: str = ""
    turn: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who leaves a follow-up: `student` is the pseudonym of a session, `address` stands for the network it came from.

    Each is empty where it is not known, or does not count.
    """

    student: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A delivery that is to be made, with all that it says."""

    delivery: Delivery
    follow_up: FollowUp
    course: CourseInfo


def messages_of(course: CourseInfo) -> Messages:
    """What e-mails and the consent say in the course's language, or in English."""
    return _CATALOGUE.messages(course.language)


def consent_of(course: CourseInfo) -> Consent:
    """What students of a course agree to: the course's own words, or ours in its language."""
    text = course.follow_ups.consent or messages_of(course)["consent"]
    return Consent(text, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_DIGITS])


def team_address(course: CourseInfo) -> str:
    """Where the course team gets mail: what it says for follow-ups, else its first e-mail contact, else nothing."""
    contacts = (contact.value for contact in course.contacts if contact.kind == "email")
    return course.follow_ups.email or next(contacts, "")


def new_reference() -> str:
    """A random reference that can be read out and typed, as F-7K3Q9M."""
    return "F-" + "".join(secrets.choice(_SIGNS) for _ in range(6))


def is_reference(text: str) -> bool:
    """Whether there could be a follow-up under that reference."""
    return _REFERENCE.fullmatch(text) is not None


def one_line(text: str) -> str:
    """`text` on one line, without control and invisible characters."""
    return " ".join(visible(text).split())


def lines(text: str) -> str:
    """`text` without control and invisible characters, its line breaks kept."""
    return visible(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
