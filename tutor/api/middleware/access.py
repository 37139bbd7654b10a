"""Who may call what: a caller with the key, or on this machine, everything; a student only their own."""

from __future__ import annotations

import asyncio
import hmac
import math
import re

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tutor.api.caller import ANYONE, TRUSTED, Caller, note_caller
from tutor.api.paths import matched
from tutor.api.problems import problem, status_of
from tutor.auth.sessions import Sessions, is_session
from tutor.config import Settings
from tutor.errors import TransientError
from tutor.hosts import is_loopback

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/openapi.json", "/loader.js"})
_ASSETS = "/assets/"
PAGES = ("/", "/ask", "/courses/{rest:path}", "/panel/{rest:path}")
_COURSE = "/api/v1/courses/{course}"
SESSIONS = f"{_COURSE}/sessions"
READ_BY_ANYONE = (
    _COURSE,
    f"{_COURSE}/presence",
    f"{_COURSE}/popular-questions",
    f"{_COURSE}/lessons",
    f"{_COURSE}/lessons/{{lesson:path}}",
)
"""What pages show anyhow, and the panel needs before there is a session."""
FOR_STUDENTS = (
    *(("GET", template) for template in READ_BY_ANYONE),
    ("POST", f"{_COURSE}/search"),
    ("POST", f"{_COURSE}/turns"),
    ("POST", f"{_COURSE}/follow-ups"),
    ("GET", f"{_COURSE}/conversations"),
    ("GET", f"{_COURSE}/conversations/{{conversation}}"),
    ("GET", "/api/v1/turns/{turn}"),
    ("GET", "/api/v1/turns/{turn}/events"),
    ("POST", "/api/v1/turns/{turn}/stop"),
    ("POST", "/api/v1/turns/{turn}/feedback"),
)
"""All that a session opens, of its own course; the turn's routes ask themselves whose it is."""


class Access:
    """ASGI middleware: every request is somebody's, or is refused.

    With a key, requests but those that are open must bear it, or, where students are let in, the token of a session.
    Without one it answers only what arrived at this machine's own address under one of its own names, however the
    server was started.
    """

    def __init__(self, app: ASGIApp, settings: Settings, sessions: Sessions) -> None:
        self._app = app
        self._key = settings.api_key.get_secret_value().encode() if settings.api_key else None
        self._is_open = settings.students == "open"
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] == "lifespan" or scope["path"] in OPEN_PATHS or scope["path"].startswith(_ASSETS):
            return await self._app(scope, receive, send)
        found = await self._caller(scope)
        if isinstance(found, Response):
            return await found(scope, receive, send)
        note_caller(scope, found)
        return await self._app(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller | Response:
        scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        bearer = token.strip() if scheme.lower() == "bearer" else ""
        path, is_reading = scope["path"], scope["method"] in ("GET", "HEAD")
        if self._key is None:
            wrong = _not_local(scope)
            if wrong is not None:
                return wrong
        # Compared as bytes: compare_digest refuses other than ASCII text.
        elif hmac.compare_digest(bearer.encode("utf-8", "replace"), self._key):
            return TRUSTED
        elif not self._is_open:
            return _unauthorized(scope, "Send the key of this server as a header: Authorization: Bearer KEY")
        begins = scope["method"] == "POST" and matched(path, (SESSIONS,)) is not None
        # A token that is over must not keep its student from a new one.
        if is_session(bearer) and not begins and not (is_reading and matched(path, PAGES)):
            return await self._student(scope, bearer)
        if self._key is None:
            return TRUSTED
        if begins or (is_reading and matched(path, (*PAGES, *READ_BY_ANYONE))):
            return ANYONE
        detail = "Begin a session at POST /api/v1/courses/COURSE/sessions and send its token, or the key of this server"
        return _unauthorized(scope, f"{detail}, as a header: Authorization: Bearer TOKEN")

    async def _student(self, scope: Scope, token: str) -> Caller | Response:
        path = scope["path"]
        try:
            if not self._sessions.is_current(token):
                await asyncio.to_thread(self._sessions.look_for, token)
        except TransientError as error:
            headers = {"Retry-After": str(math.ceil(error.retry_after_seconds or 5.0))}
            return problem(scope, status_of(error), error.message, error.code, headers)
        session = self._sessions.read(token)
        if session is None:
            detail = "This session is over; begin a new one at POST /api/v1/courses/COURSE/sessions."
            return _unauthorized(scope, detail, "session_expired")
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        match = matched(path, [template for allowed, template in FOR_STUDENTS if allowed == method])
        if match is None:
            return problem(scope, 403, "A student's session does not open this.")
        if match.groupdict().get("course", session.course) != session.course:
            return problem(scope, 404, "This session is for another course.", "not_found")
        return Caller(course=session.course, student=session.student)


def _not_local(scope: Scope) -> Response | None:
    server = scope.get("server")
    # A socket in the file system has no port, and no web page can reach it.
    if server is None or server[1] is None:
        return None
    if not is_loopback(server[0]):
        detail = "Without TUTOR_API_KEY this server answers only on the machine that it runs on."
        return _unauthorized(scope, detail)
    host = Headers(scope=scope).get("host", "")
    name = host.rpartition(":")[0] if re.search(r":\d*\Z", host) else host
    # A site can have its own name lead here, and its pages would then count as ours (DNS rebinding).
    if not host or is_loopback(name.lower()) or name.lower().endswith(".localhost"):
        return None
    detail = (
        "Without TUTOR_API_KEY this server answers only as localhost or 127.0.0.1; use one of these in the address."
    )
    return problem(scope, 403, detail)


def _unauthorized(scope: Scope, detail: str, code: str | None = None) -> Response:
    return problem(scope, 401, detail, code, {"WWW-Authenticate": "Bearer"})
