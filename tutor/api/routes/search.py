"""Searching a course."""

from __future__ import annotations

from fastapi import APIRouter

from tutor.api.context import CourseSlug, Given
from tutor.api.problems import responses
from tutor.api.shapes.passages import PassagesShape, SearchBody

router = APIRouter(prefix="/api/v1", tags=["search"])


@router.post(
    "/courses/{course}/search",
    summary="Search a course",
    operation_id="search",
    responses=responses(400, 401, 403, 404, 413, 422, 503),
)
async def search(given: Given, course: CourseSlug, body: SearchBody) -> PassagesShape:
    """The passages that fit the query best."""
    limits = {"lesson": body.lesson, "not_beyond": body.not_beyond}
    return PassagesShape.of(await given.workers.run(given.tutor.search, course, body.query, body.k, **limits))
