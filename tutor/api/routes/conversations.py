"""What a student has asked before."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from tutor.api.caller import Caller, Calling
from tutor.api.context import AppContext, CourseSlug, Given
from tutor.api.problems import responses
from tutor.api.shapes.conversations import ConversationShape, ConversationsShape
from tutor.errors import Forbidden, NotFound, TransientError
from tutor.rendering.links import Links
from tutor.text.names import NAME_PATTERN, is_name

router = APIRouter(prefix="/api/v1", tags=["conversations"])

StudentQuery = Annotated[
    str | None,
    Query(
        max_length=100,
        pattern=f"^{NAME_PATTERN}$",
        description="For who has the key: whose conversations; else those of turns that name no student.",
    ),
]


@router.get(
    "/courses/{course}/conversations",
    summary="A student's conversations",
    operation_id="conversations",
    responses=responses(401, 403, 404, 422, 503),
)
async def conversations(
    given: Given, calling: Calling, course: CourseSlug, student: StudentQuery = None
) -> ConversationsShape:
    """The last 50 conversations of the session's student, the newest first."""
    whose = _student(calling, student)
    return ConversationsShape.of(await given.workers.run(given.tutor.history.conversations, course, whose))


@router.get(
    "/courses/{course}/conversations/{conversation}",
    summary="A conversation",
    operation_id="conversation",
    responses=responses(401, 403, 404, 422, 503),
)
async def conversation(
    given: Given,
    calling: Calling,
    course: CourseSlug,
    conversation: Annotated[str, Path(description="The conversation's id.")],
    student: StudentQuery = None,
) -> ConversationShape:
    """The last 100 turns of a conversation, oldest first, also one that is being answered."""
    whose = _student(calling, student)
    # Not every database takes every text; what cannot be an id is not even looked up.
    if not is_name(conversation):
        raise NotFound("There is no such conversation in this course.")
    return await given.workers.run(_conversation, given, course, conversation, whose)


def _conversation(given: AppContext, course: str, conversation: str, student: str) -> ConversationShape:
    turns = given.tutor.history.turns_of(course, conversation, student)
    try:
        with given.tutor.course(course) as opened:
            build = opened.index.build
            links = Links.of(build.lessons, build.info.allowed_hosts)
    except TransientError:
        # What was said can be read while the course is being prepared; only its links lead nowhere.
        links = Links()
    return ConversationShape.of(conversation, turns, links, given.tutor.history.ratings(turns))


def _student(calling: Caller, asked: str | None) -> str:
    if calling.is_trusted:
        return asked or ""
    if asked not in (None, calling.student):
        raise Forbidden("A session shows the conversations of its own student; leave `student` out.")
    return calling.student
