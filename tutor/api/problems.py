"""The only table of errors and their HTTP status, and how errors look: RFC 9457, `application/problem+json`."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from tutor import errors
from tutor.api.headers import SECURITY_HEADERS
from tutor.api.paths import matched
from tutor.errors import TransientError, TutorError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

# The first that fits counts: subclasses stand before what they are made of.
STATUS: Mapping[type[TutorError], int] = {
    errors.InvalidRequest: 422,
    errors.NotFound: 404,
    errors.Forbidden: 403,
    errors.RateLimited: 429,
    errors.TimedOut: 504,
    errors.TransientError: 503,
    errors.LessonUnreadable: 422,
    errors.ProviderRejected: 502,
    errors.PermanentError: 500,
}
_CODES = {400: "malformed", 401: "unauthorized", 405: "method_not_allowed", 413: "too_large", 422: "invalid_request"}
_DEFAULT_RETRY_SECONDS = 5.0


class WrongField(BaseModel):
    """One thing that is wrong with a request."""

    field: str = Field(description="Where it is, e.g. `body.question`.")
    message: str


class Problem(BaseModel):
    """What went wrong, in the shape of RFC 9457."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:course-tutor:problem:not_found",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "There is no course 'ai'.",
                    "code": "not_found",
                    "instance": "/api/v1/courses/ai/lessons",
                }
            ]
        }
    )

    type: str = Field(description="A name of this kind of problem that does not change.")
    title: str
    status: int
    detail: str = Field(description="What went wrong and what to do, for people.")
    code: str = Field(description="The kind of problem, for programs.")
    instance: str = Field(description="The path that was asked for.")
    errors: list[WrongField] | None = Field(None, description="What is wrong with the request, field by field.")


class Dialect(Protocol):
    """How errors look in a part of the API whose clients know another shape."""

    def covers(self, path: str) -> bool:
        """Whether a path is of that part."""

    def envelope(self, status: int, message: str, code: str, headers: Mapping[str, str] | None = None) -> Response:
        """The response for an error."""

    def invalid(self, errors: Sequence[Mapping[str, Any]]) -> Response:
        """The response for a request that is not what it must be, given pydantic's errors."""


def problem(
    scope: Scope,
    status: int,
    detail: str,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
    fields: list[WrongField] | None = None,
) -> Response:
    """The response for a problem of a request, in the dialect that its path has."""
    title = HTTPStatus(status).phrase
    code = code or _CODES.get(status) or title.lower().replace(" ", "_")
    dialect = _dialect(scope)
    if dialect is not None:
        return dialect.envelope(status, detail, code, headers)
    body: dict[str, Any] = {
        "type": f"urn:course-tutor:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": scope["path"],
    }
    if fields is not None:
        body["errors"] = [field.model_dump() for field in fields]
    # ASCII: whatever a caller sent, half surrogate pairs too, can be told back.
    return Response(json.dumps(body), status, dict(headers or {}), MEDIA_TYPE)


def status_of(error: TutorError) -> int:
    """The HTTP status of an error."""
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer with, for OpenAPI."""
    return {status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses}


def _dialect(scope: Scope) -> Dialect | None:
    # Middleware may also be called where no app stands around it.
    dialects: Sequence[Dialect] = scope["app"].state.dialects if "app" in scope else ()
    return next((dialect for dialect in dialects if dialect.covers(scope["path"])), None)


def add_handlers(app: FastAPI, *dialects: Dialect) -> None:
    """Have every error of the app answered as a problem, or in one of the dialects where it covers the path."""
    app.state.dialects = dialects

    @app.exception_handler(TutorError)
    async def _tutor_error(request: Request, error: TutorError) -> Response:
        status = status_of(error)
        if status >= 500 and not isinstance(error, TransientError):
            log.error("%s %s: %s", request.method, request.url.path, error)
        headers = {}
        if isinstance(error, TransientError):
            seconds = error.retry_after_seconds or _DEFAULT_RETRY_SECONDS
            headers["Retry-After"] = str(max(1, math.ceil(seconds)))
        fields = None
        if isinstance(error, errors.InvalidField):
            fields = [WrongField(field=f"body.{error.field}", message=error.message)]
        return problem(request.scope, status, error.message, error.code, headers, fields)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        dialect = _dialect(request.scope)
        if dialect is not None:
            return dialect.invalid(error.errors())
        # Not what was sent: it may be anything, and NaN could not be told back in JSON.
        fields = [WrongField(field=".".join(map(str, item["loc"])), message=item["msg"]) for item in error.errors()]
        detail = "; ".join(f"{field.field}: {field.message}" for field in fields[:3]) or "The request is not valid."
        return problem(request.scope, 422, detail, fields=fields)

    @app.exception_handler(HTTPException)
    async def _http_error(request: Request, error: HTTPException) -> Response:
        detail = str(error.detail)
        if error.status_code == 404:
            detail = "There is nothing at this address."
        headers = dict(error.headers or {})
        if error.status_code == 405:
            # The router names the methods of the first route that has the path, and there may be more.
            paths = app.openapi()["paths"]
            found = [method for each in paths if matched(request.scope["path"], [each]) for method in paths[each]]
            headers["Allow"] = ", ".join(sorted(map(str.upper, found))) or headers.get("Allow", "")
        return problem(request.scope, error.status_code, detail, headers=headers)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> Response:
        # The server logs the exception itself. This answer does not pass the app's own middleware.
        detail = "Something went wrong that should not have; it has been logged."
        return problem(request.scope, 500, detail, "internal", SECURITY_HEADERS)
