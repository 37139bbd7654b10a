"""Questions that students leave for the course team, and its answers."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from tutor.api.caller import Calling
from tutor.api.context import CourseSlug, Given, IdempotencyKey
from tutor.api.middleware.rates import address_of
from tutor.api.problems import responses
from tutor.api.shapes.follow_ups import AnswerBody, FollowUpBody, FollowUpShape, FollowUpsShape, ReceiptShape
from tutor.errors import Forbidden
from tutor.follow_ups.desk import MAX_LISTED
from tutor.follow_ups.follow_up import FollowUpState, Sender

router = APIRouter(prefix="/api/v1", tags=["follow-ups"])

ReferencePath = Annotated[str, Path(description="As it was given.", examples=["F-7K3Q9M"])]


async def _team_only(calling: Calling) -> None:
    if not calling.is_trusted:
        raise Forbidden("Follow-ups are for the course team: send the key of this server.")


TEAM = [Depends(_team_only)]


@router.post(
    "/courses/{course}/follow-ups",
    status_code=201,
    summary="Leave a question for the course team",
    operation_id="leave_follow_up",
    responses=responses(400, 401, 403, 404, 413, 422, 429, 503),
)
async def leave(
    given: Given, calling: Calling, request: Request, course: CourseSlug, body: FollowUpBody, key: IdempotencyKey = None
) -> ReceiptShape:
    """Store a question with the e-mail address that its answer goes to, and the consent; the team is told.

    The same question from the same address within a day is the same follow-up.
    """
    # A program with the key speaks for many students from one address.
    sender = Sender() if calling.is_trusted else Sender(calling.student, address_of(request.scope))
    asked = calling.request(key, body.digest())
    desk = given.tutor.desk
    return ReceiptShape.model_validate(await given.workers.run(desk.leave, course, body.draft(), sender, asked))


@router.get(
    "/courses/{course}/follow-ups",
    summary="Follow-ups of a course",
    operation_id="follow_ups",
    dependencies=TEAM,
    responses=responses(401, 403, 404, 422, 503),
)
async def follow_ups(
    given: Given,
    course: CourseSlug,
    state: Annotated[Literal["open", "answered", "all"], Query(description="Which ones.")] = "open",
    before: Annotated[str | None, Query(description="Only those left before this one, by its reference.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED, description="At most how many.")] = 50,
) -> FollowUpsShape:
    """The newest first; for who has the key."""
    wanted = None if state == "all" else FollowUpState(state)
    desk = given.tutor.desk
    # One more, to know whether there are more.
    found = await given.workers.run(desk.follow_ups, course, wanted, limit + 1, before)
    more = found[limit - 1].reference if len(found) > limit else None
    return FollowUpsShape(follow_ups=[FollowUpShape.of(each, desk.channels) for each in found[:limit]], next=more)


@router.get(
    "/courses/{course}/follow-ups/{reference}",
    summary="A follow-up",
    operation_id="follow_up",
    dependencies=TEAM,
    responses=responses(401, 403, 404, 422, 503),
)
async def follow_up(given: Given, course: CourseSlug, reference: ReferencePath) -> FollowUpShape:
    """With what was sent about it; for who has the key."""
    desk = given.tutor.desk
    return FollowUpShape.of(await given.workers.run(desk.follow_up, course, reference), desk.channels)


@router.post(
    "/courses/{course}/follow-ups/{reference}/answer",
    summary="Answer a follow-up",
    operation_id="answer_follow_up",
    dependencies=TEAM,
    responses=responses(400, 401, 403, 404, 413, 422, 503),
)
async def answer(given: Given, course: CourseSlug, reference: ReferencePath, body: AnswerBody) -> FollowUpShape:
    """Its student gets the answer by mail, once; for who has the key. The same answer again changes nothing."""
    desk = given.tutor.desk
    answered = await given.workers.run(desk.answer, course, reference, body.text)
    return FollowUpShape.of(answered, desk.channels)


@router.post(
    "/courses/{course}/follow-ups/{reference}/resend",
    summary="Send a follow-up again",
    operation_id="resend_follow_up",
    dependencies=TEAM,
    responses=responses(401, 403, 404, 413, 422, 503),
)
async def resend(given: Given, course: CourseSlug, reference: ReferencePath) -> FollowUpShape:
    """What has failed is tried again, once its cause is mended; what was sent is not. For who has the key."""
    desk = given.tutor.desk
    return FollowUpShape.of(await given.workers.run(desk.resend, course, reference), desk.channels)


@router.delete(
    "/courses/{course}/follow-ups/{reference}",
    status_code=204,
    summary="Remove a follow-up",
    operation_id="remove_follow_up",
    dependencies=TEAM,
    response_class=Response,
    responses=responses(401, 403, 404, 422, 503),
)
async def remove(given: Given, course: CourseSlug, reference: ReferencePath) -> None:
    """With all that is stored about who left it; for who has the key."""
    await given.workers.run(given.tutor.desk.remove, course, reference)
