"""Refuses a body that announces that it is too large; one that turns out to be is refused by FastAPI's own limit."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tutor.api.problems import problem

MOST_BODY_BYTES = 64 * 1024


class BodyLimit:
    """ASGI middleware; FastAPI would answer in plain text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        length = Headers(scope=scope).get("content-length", "0") if scope["type"] == "http" else "0"
        if length.isdecimal() and len(length) < 20 and int(length) <= MOST_BODY_BYTES:
            return await self._app(scope, receive, send)
        detail = f"The body is too large; at most {MOST_BODY_BYTES // 1024} KB are read."
        return await problem(scope["path"], 413, detail, headers={"Connection": "close"})(scope, receive, send)
