"""Asking, reading turns again, and saying what one thinks of them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from tutor.api.caller import Calling, OwnTurn
from tutor.api.context import AppContext, CourseSlug, Given, IdempotencyKey
from tutor.api.event_stream import EventStream
from tutor.api.problems import responses
from tutor.api.shapes.feedback import FeedbackBody, FeedbackShape
from tutor.api.shapes.turns import TurnBody, TurnShape
from tutor.errors import Forbidden, InvalidRequest
from tutor.turns.events import EventKind

router = APIRouter(prefix="/api/v1", tags=["turns"])


_TEXT = {"type": "string"}
_STREAM: dict[str, Any] = {
    "content": {
        "text/event-stream": {
            "itemSchema": {
                "type": "object",
                "properties": {
                    "id": _TEXT,
                    "event": {"enum": [kind.value for kind in EventKind]},
                    "data": {"type": "string", "contentMediaType": "application/json"},
                },
                "required": ["id", "event", "data"],
            }
        }
    }
}

LastSeen = Annotated[
    int | None, Header(alias="Last-Event-ID", ge=0, description="The id of the last event that you have.")
]
After = Annotated[int, Query(ge=0, description="The same, for who cannot send a header; the header goes before it.")]


@router.post(
    "/courses/{course}/turns",
    summary="Ask a question",
    operation_id="ask",
    response_model=TurnShape,
    responses={**responses(400, 401, 403, 404, 413, 422, 429, 503), 200: _STREAM},
)
async def ask(
    given: Given, calling: Calling, course: CourseSlug, body: TurnBody, key: IdempotencyKey = None
) -> Response | TurnShape:
    """A short answer with citations, or a refusal that says what is near; with `stream`, as a stream of its events.

    The answer goes on when you leave; read the rest at `/turns/{turn}/events`. With a session the turn is its
    student's.
    """
    producers = given.tutor.producers
    question = body.asked()
    if calling.is_student:
        if body.student not in (None, calling.student):
            raise Forbidden("A session asks for its own student; leave `student` out.")
        question = replace(question, student=calling.student)
    check = partial(given.tutor.check_question, course, question, own_only=calling.is_student)
    turn = await given.accept(check, calling.request(key, body.digest()))
    if body.stream:
        return EventStream(producers.follow(turn.id))
    return TurnShape.model_validate(await producers.ended(turn))


@router.get("/turns/{turn}", summary="A turn", operation_id="turn", responses=responses(401, 403, 404, 422, 503))
async def turn(given: Given, turn: OwnTurn) -> TurnShape:
    """A turn as it was answered, or as far as it has come."""
    return await given.workers.run(_read, given, turn)


def _read(given: AppContext, id_: str) -> TurnShape:
    turn = given.tutor.history.turn(id_)
    return TurnShape.rated(turn, given.tutor.history.ratings([turn]))


@router.get(
    "/turns/{turn}/events",
    summary="What happens in a turn",
    operation_id="events",
    response_class=Response,
    responses={
        **responses(401, 403, 404, 422, 503),
        200: _STREAM | {"description": "The events after the last one that you have, until the turn's end."},
        204: {"description": "The turn has ended and you have its end: do not come again."},
    },
)
async def events(given: Given, turn: OwnTurn, seen: LastSeen = None, after: After = 0) -> Response:
    """The events of a turn that you do not have yet, and those that are to come; an `EventSource` can read them."""
    after = after if seen is None else seen
    newest = await given.tutor.producers.newest(turn)
    if after > newest.seq:
        raise InvalidRequest(f"This turn has no event {after}; its newest is {newest.seq}.")
    if newest.event.is_end and after == newest.seq:
        # What makes an EventSource stop asking.
        return Response(status_code=204)
    return EventStream(given.tutor.producers.follow(turn, after))


@router.post(
    "/turns/{turn}/stop", summary="Stop a turn", operation_id="stop", responses=responses(401, 403, 404, 422, 503)
)
async def stop(given: Given, turn: OwnTurn) -> TurnShape:
    """The turn with the text so far; one that has ended stays as it is."""
    return TurnShape.model_validate(await given.tutor.producers.stop(turn))


@router.post(
    "/turns/{turn}/feedback",
    summary="Rate a turn",
    operation_id="feedback",
    responses=responses(400, 401, 403, 404, 413, 422, 503),
)
async def feedback(given: Given, turn: OwnTurn, body: FeedbackBody) -> FeedbackShape:
    """Keep what a reader thinks of a turn; the newest counts."""
    return FeedbackShape.model_validate(await given.workers.run(given.tutor.rate, body.of(turn)))
