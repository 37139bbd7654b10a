"""The tutor as OpenAI's clients ask it: courses are models, and turns are completions."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from tutor.api.chat_stream import LOST, CompletionStream
from tutor.api.context import AppContext, Given, IdempotencyKey
from tutor.api.openai_problems import UnknownModel, responses
from tutor.api.shapes.completions import CompletionShape, ModelShape, ModelsShape, is_lost
from tutor.api.shapes.openai import ChatBody
from tutor.errors import NotFound, TransientError
from tutor.models import Turn
from tutor.turns.records import RequestKey

router = APIRouter(prefix="/v1", tags=["openai"])

_STREAM: dict[str, Any] = {
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "example": 'data: {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "A bit '
            'is zero or one. [1]"}}]}\n\ndata: [DONE]\n\n',
        }
    }
}


@router.post(
    "/chat/completions",
    summary="Ask a question as OpenAI's clients do",
    operation_id="chat",
    response_model=CompletionShape,
    responses={**responses(400, 401, 404, 413, 429, 503), 200: _STREAM},
)
async def chat(given: Given, body: ChatBody, key: IdempotencyKey = None) -> Response | CompletionShape:
    """An answer with citations: the last message is the question, the earlier ones are its history.

    Citations are `annotations` of the message and, in full, the list `citations`; a stream has both in a chunk before
    the finish. What the course does not cover is refused in an ordinary message; `state` and `coverage` tell. `system`
    and `developer` messages, `temperature`, `top_p`, `max_tokens`, `max_completion_tokens`, penalties and `metadata`
    have no effect; `ignored` names those that were sent. Tools, several choices, other formats than text and all else
    that is not described here are refused by name. The answer is a turn: it goes on when you leave, and can be read,
    stopped and rated as any other.
    """
    producers = given.tutor.producers
    turn = await given.accept(partial(_checked, given, body), RequestKey(key, body.digest()) if key else None)
    if body.stream:
        return CompletionStream(producers.follow(turn.id), turn.id, body)
    turn = await producers.ended(turn)
    if is_lost(turn):
        raise TransientError(turn.answer or LOST)
    return CompletionShape.of(turn, body)


@router.get("/models", summary="All courses as models", operation_id="models", responses=responses(401, 503))
async def models(given: Given) -> ModelsShape:
    """The published courses; each is the model `course:SLUG`."""
    return ModelsShape.of(await given.workers.run(given.tutor.courses))


@router.get(
    "/models/{model:path}", summary="A course as a model", operation_id="model", responses=responses(401, 404, 503)
)
async def model(given: Given, model: Annotated[str, Path(description="`course:SLUG`")]) -> ModelShape:
    """A published course."""
    for found in (await models(given)).data:
        if found.id == model:
            return found
    raise UnknownModel(model)


def _checked(given: AppContext, body: ChatBody) -> Turn:
    if body.course is None:
        raise UnknownModel(body.model)
    try:
        with given.tutor.course(body.course):
            pass
    except NotFound as error:
        raise UnknownModel(body.model) from error
    return given.tutor.check_question(body.course, body.asked())
