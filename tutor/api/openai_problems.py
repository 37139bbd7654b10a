"""Errors as OpenAI's clients know them, for every path below `/v1`; which status each has is told by `problems`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from tutor.api.shapes.openai import AS_PARTS, AS_TEXT, ONE_VALUE, UNSUPPORTED
from tutor.errors import NotFound

_TYPES = {403: "permission_error", 429: "rate_limit_error"}
_CODES = {"unauthorized": "invalid_api_key", "malformed": "invalid_json"}
_PARAMS = {"model_not_found": "model"}


class UnknownModel(NotFound):
    """There is no course behind the name of a model."""

    code = "model_not_found"

    def __init__(self, model: str) -> None:
        super().__init__(f"There is no model {model!r}. Models are courses, as course:SLUG; GET /v1/models lists them.")


class ErrorBody(BaseModel):
    """What went wrong."""

    message: str = Field(description="What went wrong and what to do, for people.")
    type: str
    param: str | None = Field(description="The field that it is about, as `messages[0].content`.")
    code: str | None = Field(description="The kind of error, for programs.")


class ErrorShape(BaseModel):
    """An error in OpenAI's envelope."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": {
                        "message": "`tools` is not supported; leave it out.",
                        "type": "invalid_request_error",
                        "param": "tools",
                        "code": "unsupported_parameter",
                    }
                }
            ]
        }
    )

    error: ErrorBody


def covers(path: str) -> bool:
    """Whether what is asked for is OpenAI's face."""
    return path == "/v1" or path.startswith("/v1/")


def error_json(status: int, message: str, code: str, param: str | None = None) -> dict[str, Any]:
    """The envelope of an error."""
    kind = _TYPES.get(status) or ("server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def envelope(
    status: int, message: str, code: str, headers: Mapping[str, str] | None = None, param: str | None = None
) -> Response:
    """The response for an error; what is wrong with a request is 400 here, never 422."""
    status = 400 if status == 422 else status
    body = error_json(status, message, _CODES.get(code, code), param or _PARAMS.get(code))
    return Response(json.dumps(body), status, dict(headers or {}), "application/json")


def invalid(errors: Sequence[Mapping[str, Any]]) -> Response:
    """The response for a request that is not what it must be; the first thing that is wrong is told."""
    code, param, message = _told(errors[0])
    return envelope(400, message, code, param=param)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors that a route may answer with, for OpenAPI; whatever else goes wrong looks the same."""
    told: dict[int | str, dict[str, Any]] = {
        status: {"model": ErrorShape, "description": HTTPStatus(status).phrase} for status in statuses
    }
    return {**told, "default": {"model": ErrorShape, "description": "Any other error"}}


def _told(error: Mapping[str, Any]) -> tuple[str, str | None, str]:
    """The code, the field and the words for one thing that is wrong."""
    kind, place = error["type"], [part for part in error["loc"][1:] if part not in (AS_TEXT, AS_PARTS)]
    if kind == "json_invalid" or not place:
        return "invalid_json", None, f"The body must be a JSON object, sent as application/json: {error['msg']}."
    if place[0] in ONE_VALUE:
        place = place[:1]
    param = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")
    if kind == "extra_forbidden" and place[-1] not in UNSUPPORTED:
        return "unknown_parameter", param, f"There is no field `{param}`; leave it out."
    if kind == "extra_forbidden":
        return "unsupported_parameter", param, f"`{param}` is not supported; leave it out."
    if kind == "literal_error":
        return "unsupported_parameter", param, f"This value of `{param}` is not supported. {error['msg']}."
    if kind == "missing":
        return "missing_required_parameter", param, f"`{param}` is missing."
    return "invalid_value", param, f"`{param}`: {error['msg']}."
