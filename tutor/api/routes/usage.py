"""What a course was asked and what it cost."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BeforeValidator

from tutor.api.context import CourseSlug, Given
from tutor.api.problems import responses
from tutor.api.shapes.usage import UsageOfCourseShape
from tutor.spending.usage import By

router = APIRouter(prefix="/api/v1", tags=["usage"])

_DAYS = 30

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _written_out(value: object) -> object:
    # A number would be taken for seconds since 1970.
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("write a day like 2030-01-31")
    return value


Day = Annotated[date, BeforeValidator(_written_out)]
First = Annotated[Day | None, Query(alias="from", description="The first day, UTC; else 30 days up to the last.")]
Last = Annotated[Day | None, Query(alias="to", description="The last day, UTC, which is included; else today.")]


@router.get(
    "/courses/{course}/usage",
    summary="What a course was asked and cost",
    operation_id="usage",
    responses=responses(401, 404, 422, 503),
)
async def usage(
    given: Given,
    course: CourseSlug,
    first: First = None,
    last: Last = None,
    by: Annotated[By, Query(description="What the calls of models are summed by.")] = "day",
) -> UsageOfCourseShape:
    """Tokens and money by day, conversation, student or turn; how the turns ended, and the share answered."""
    last = last or max(datetime.now(UTC).date(), first or date.min)
    if first is None:
        first = date.fromordinal(max(1, last.toordinal() - (_DAYS - 1)))
    return UsageOfCourseShape.of(await given.workers.run(given.tutor.history.usage, course, first, last, by))
