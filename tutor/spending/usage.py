"""What models cost: single calls, caps on them, and sums."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

By = Literal["day", "conversation", "student", "turn"]
"""What the calls of a course can be summed by."""


@dataclass(frozen=True, slots=True)
class Spent:
    """One call of a model, as it was reserved or as it was; it counts for the `day` (UTC) on which it was reserved.

    `is_priced` says whether the price of the model is known; where it is not, `cost_usd` is 0.
    """

    id: str
    turn: str
    course: str
    conversation: str
    student: str
    day: date
    model: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    is_priced: bool


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that models may cost or read and write on one day; see the settings of these names.

    The cap per student does not hold for questions without one: they count for their course and for all.
    """

    daily_usd: float | None = None
    daily_usd_per_course: float | None = None
    daily_usd_per_student: float | None = None
    daily_tokens: int | None = None

    @property
    def any(self) -> bool:
        """Whether there is a cap at all."""
        return self.in_usd or self.daily_tokens is not None

    @property
    def in_usd(self) -> bool:
        """Whether there is a cap on money."""
        caps = (self.daily_usd, self.daily_usd_per_course, self.daily_usd_per_student)
        return any(cap is not None for cap in caps)


@dataclass(frozen=True, slots=True)
class Sum:
    """What several calls come to, reserved ones included; `key` is the day, conversation, student or turn."""

    key: str = ""
    turns: int = 0
    """Turns that called a model."""
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    reserved_usd: float = 0.0
    """The part of `cost_usd` that is reserved only: for calls under way, and for those that died unsettled."""
    unpriced_calls: int = 0


@dataclass(frozen=True, slots=True)
class Sums:
    """The calls of a course over some days: all together, and by group. `left_out` groups are not among them."""

    total: Sum
    groups: tuple[Sum, ...]
    left_out: int = 0
