"""Refuses questions at the door while more are waiting than can soon be answered."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from tutor.api.context import AppContext
from tutor.api.problems import problem
from tutor.courses.tutor import BUSY, RETRY_AFTER_SECONDS

_ASKING = ("/turns", "/chat/completions")


class Admission:
    """ASGI middleware: a refusal must cost next to nothing, or refusing keeps the server from answering.

    So it comes before the body is read and before any thread is asked; what slips through is refused there.
    """

    def __init__(self, app: ASGIApp, context: AppContext) -> None:
        self._app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].endswith(_ASKING):
            return await self._app(scope, receive, send)
        if not self._context.tutor.is_full(self._context.entering):
            return await self._app(scope, receive, send)
        headers = {"Retry-After": f"{RETRY_AFTER_SECONDS:.0f}"}
        return await problem(scope, 503, BUSY, "overloaded", headers)(scope, receive, send)
