"""What a course was asked and cost, as JSON."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Literal

from pydantic import Field

from tutor.api.shapes import Shape
from tutor.courses.usage import CourseUsage
from tutor.monitoring.alarms import is_answered
from tutor.spending.usage import Sum


class SumShape(Shape):
    """What several calls of models come to."""

    turns: int = Field(description="Turns that called a model.")
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float = Field(description="In US dollars, at list prices; what is reserved counts.")
    reserved_usd: float = Field(
        description="The part of it that is reserved only: for calls under way, and for those that died unsettled."
    )
    priced: bool = Field(description="Whether the price of every model is known; those without one count as free.")

    @classmethod
    def fields_of(cls, sum_: Sum) -> dict[str, int | float | bool]:
        """The fields, from a sum."""
        return {
            "turns": sum_.turns,
            "calls": sum_.calls,
            "prompt_tokens": sum_.prompt_tokens,
            "completion_tokens": sum_.completion_tokens,
            "cost_usd": round(sum_.cost_usd, 9),
            "reserved_usd": round(sum_.reserved_usd, 9),
            "priced": not sum_.unpriced_calls,
        }


class GroupShape(SumShape):
    """The calls of one day, conversation, student or turn."""

    key: str = Field(description="Which one; the student is empty where none was given.")


class TurnsShape(Shape):
    """How the questions of these days ended."""

    total: int
    by_state: dict[str, int]
    by_answerer: dict[str, int] = Field(description="Who answered those that were: `quoting`, or a model's name.")
    answered: float | None = Field(
        ge=0, le=1, description="The share that was answered, of all that ended and were not stopped by their reader."
    )


class UsageOfCourseShape(Shape):
    """What a course was asked and cost on some days (UTC), both ends included."""

    course: str
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    by: Literal["day", "conversation", "student", "turn"]
    totals: SumShape
    groups: list[GroupShape] = Field(description="Days in order; all else by what it cost, most first.")
    left_out: int = Field(description="Groups beyond the 1,000 that are given.")
    turns: TurnsShape

    @classmethod
    def of(cls, usage: CourseUsage) -> UsageOfCourseShape:
        """The shape of what a course cost."""
        sums = usage.sums
        return cls(
            course=usage.course,
            first=usage.first,
            last=usage.last,
            by=usage.by,
            totals=SumShape.model_validate(SumShape.fields_of(sums.total)),
            groups=[GroupShape.model_validate({"key": each.key, **SumShape.fields_of(each)}) for each in sums.groups],
            left_out=sums.left_out,
            turns=_turns(usage),
        )


def _turns(usage: CourseUsage) -> TurnsShape:
    by_state: defaultdict[str, int] = defaultdict(int)
    by_answerer: defaultdict[str, int] = defaultdict(int)
    for outcome in usage.outcomes:
        by_state[outcome.state] += outcome.turns
        if is_answered(outcome.state):
            by_answerer[outcome.answerer] += outcome.turns
    counted = sum(turns for state, turns in by_state.items() if is_answered(state) is not None)
    answered = sum(by_answerer.values())
    return TurnsShape(
        total=sum(by_state.values()),
        by_state=dict(by_state),
        by_answerer=dict(by_answerer),
        answered=round(answered / counted, 4) if counted else None,
    )
