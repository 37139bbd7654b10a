"""The OpenAPI document, with problems under their own media type."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from tutor.api.middleware.access import OPEN_PATHS
from tutor.api.problems import MEDIA_TYPE

DESCRIPTION = (
    "Asks courses and gets short answers, each sentence tied to the lessons' own words by a citation that is exact to "
    "the character, or an honest refusal. Errors are `application/problem+json`, below `/v1` OpenAI's envelope; "
    "`Retry-After` says when to come back. Where the server has a key, send it as a bearer; where it lets students in, "
    "the token of a session does for what is the student's own."
)


def document(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        made["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        for path, operations in made["paths"].items():
            for operation in operations.values():
                _complete(path, operation)
        app.openapi_schema = made
    return app.openapi_schema


def _complete(path: str, operation: dict[str, Any]) -> None:
    if path not in OPEN_PATHS:
        # Or none: a server on one's own machine has no key.
        operation["security"] = [{"key": []}, {}]
    for answer in operation["responses"].values():
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        if schema.get("$ref", "").endswith("/Problem"):
            answer["content"] = {MEDIA_TYPE: {"schema": schema}}
        if any(operation["responses"].get(status) is answer for status in ("429", "503")):
            answer["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
