"""What is kept with turns: what readers thought of them, and the keys under which programs asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader thought of a turn; `reasons` are short names such as `wrong` or `not_helpful`."""

    turn: str
    rating: Literal["up", "down"]
    reasons: tuple[str, ...] = ()
    note: str = ""
    created_at: datetime | None = None
    """When it was stored; the store sets it."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A program's own name for one request in a course, so that sending it again asks nothing again.

    `digest` is the SHA-256 of what was asked, in hexadecimal: the same key with another one is a mistake.
    """

    key: str
    digest: str
