"""Refuses a body that is too large, whether it announces its length or not."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tutor.api.problems import problem

MAX_BODY_BYTES = 64 * 1024


class BodyLimit:
    """ASGI middleware that reads the body before it goes on; FastAPI's own limit answers in plain text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        body = None if _announces_too_much(scope) else await _read(receive)
        if body is None:
            detail = f"The body is too large; at most {MAX_BODY_BYTES // 1024} KB are read."
            return await problem(scope, 413, detail, headers={"Connection": "close"})(scope, receive, send)
        return await self._app(scope, _replayed(body, receive), send)


def _announces_too_much(scope: Scope) -> bool:
    length = Headers(scope=scope).get("content-length", "0")
    return not length.isdecimal() or len(length) > 18 or int(length) > MAX_BODY_BYTES


async def _read(receive: Receive) -> list[Message] | None:
    """All messages of the body, or None when they are too much."""
    messages, size = [], 0
    while True:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if size > MAX_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return messages


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    waiting = iter(messages)

    async def replay() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return replay
