"""Students begin."""

from __future__ import annotations

from fastapi import APIRouter

from tutor.api.context import AppContext, CourseSlug, Given
from tutor.api.problems import responses
from tutor.api.shapes.sessions import SessionShape

router = APIRouter(prefix="/api/v1", tags=["sessions"])


@router.post(
    "/courses/{course}/sessions",
    status_code=201,
    summary="Begin as a student",
    operation_id="begin",
    responses=responses(401, 403, 404, 413, 422, 429, 503),
)
async def begin(given: Given, course: CourseSlug) -> SessionShape:
    """A session of a new student, under a pseudonym by chance; keep its token, which is not given again.

    Send it as a bearer: turns then belong to the student, and no other student sees them. A token that is over is
    refused with the code `session_expired`; begin anew.
    """
    return await given.workers.run(_begun, given, course)


def _begun(given: AppContext, course: str) -> SessionShape:
    given.tutor.described(course)
    session, token = given.tutor.sessions.begin(course)
    return SessionShape(student=session.student, token=token, expires_at=session.expires_at)
