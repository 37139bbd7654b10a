"""What a course was asked and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tutor.spending.usage import By, Sums
from tutor.turns.records import StateCount


@dataclass(frozen=True, slots=True)
class CourseUsage:
    """What a course was asked and cost from one day to another, both included, in UTC."""

    course: str
    first: date
    last: date
    by: By
    sums: Sums
    outcomes: tuple[StateCount, ...]
