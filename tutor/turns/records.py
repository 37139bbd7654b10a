"""What is kept beside turns: what readers thought of them, the keys under which programs asked, who produces them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Rating = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader thought of a turn; `reasons` are short names such as `wrong` or `not_helpful`."""

    turn: str
    rating: Rating
    reasons: tuple[str, ...] = ()
    note: str = ""
    created_at: datetime | None = None
    """When it was stored; the store sets it."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question that was answered from the lessons: `cited` are those, `lesson` the one that it was asked on.

    `asker` is the student or, where the student is not known, the conversation.
    """

    question: str
    standalone_question: str
    asker: str
    lesson: str
    cited: tuple[str, ...]
    is_rated_down: bool


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A program's own name for one request in a course, so that sending it again asks nothing again.

    `digest` is the SHA-256 of what was asked, in hexadecimal: the same key with another one is a mistake.
    """

    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Lease:
    """Who produces a turn, and until when others must believe that it does."""

    owner: str
    until: datetime


@dataclass(frozen=True, slots=True)
class LeasedTurn:
    """A running turn and the lease on it."""

    turn: str
    lease: Lease


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation of a student, as in a list; `title` is its first question."""

    conversation: str
    title: str
    turns: int
    started_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many turns ended in a state, and who answered them."""

    state: str
    answerer: str
    turns: int
