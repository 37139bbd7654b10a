"""Asking, reading turns again, and saying what one thinks of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header

from tutor.api.context import Course, Given, TurnId
from tutor.api.problems import responses
from tutor.api.shapes.feedback import FeedbackBody, FeedbackShape
from tutor.api.shapes.turns import TurnBody, TurnShape
from tutor.records import RequestKey

router = APIRouter(prefix="/api/v1", tags=["turns"])

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Your own name for this request: sent again with the same body, it gets the same turn.",
    ),
]


@router.post(
    "/courses/{course}/turns",
    summary="Ask a question",
    operation_id="ask",
    responses=responses(400, 401, 404, 413, 422, 503),
)
async def ask(given: Given, course: Course, body: TurnBody, key: Key = None) -> TurnShape:
    """An answer made of the lessons' own sentences with citations, or a refusal that says what is near."""
    body.check()
    request = RequestKey(key, body.digest()) if key else None
    asked = {"conversation": body.conversation, "lesson": body.lesson}
    turn = await given.workers.run(given.tutor.ask, course, body.question, request=request, **asked)
    return TurnShape.model_validate(turn)


@router.get("/turns/{turn}", summary="A turn", operation_id="turn", responses=responses(401, 404, 422, 503))
async def turn(given: Given, turn: TurnId) -> TurnShape:
    """A turn as it was answered."""
    return TurnShape.model_validate(await given.workers.run(given.tutor.turn, turn))


@router.post("/turns/{turn}/stop", summary="Stop a turn", operation_id="stop", responses=responses(401, 404, 422, 503))
async def stop(given: Given, turn: TurnId) -> TurnShape:
    """The turn, which has ended already: answers that quote are there at once."""
    return TurnShape.model_validate(await given.workers.run(given.tutor.turn, turn))


@router.post(
    "/turns/{turn}/feedback",
    summary="Rate a turn",
    operation_id="feedback",
    responses=responses(400, 401, 404, 413, 422, 503),
)
async def feedback(given: Given, turn: TurnId, body: FeedbackBody) -> FeedbackShape:
    """Keep what a reader thinks of a turn; the newest counts."""
    return FeedbackShape.model_validate(await given.workers.run(given.tutor.rate, body.of(turn)))
