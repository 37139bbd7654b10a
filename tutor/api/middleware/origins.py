"""Which sites' pages may ask, and which may hold the panel in a frame."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tutor.api.caller import caller_of
from tutor.api.context import AppContext
from tutor.api.paths import matched
from tutor.api.problems import problem
from tutor.config import Settings
from tutor.errors import NotFound, TutorError
from tutor.models import CourseInfo

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_OF_A_COURSE = ("/api/v1/courses/{course}/{rest:path}",)


def own_origin(scope: Scope, settings: Settings) -> str:
    """The origin under which a browser has asked for what `scope` is: `TUTOR_PUBLIC_URL`, or the request's host."""
    return settings.public_url or f"{scope.get('scheme', 'http')}://{Headers(scope=scope).get('host', '')}"


def frame_ancestors(info: CourseInfo, settings: Settings, origin: str, own: str = "") -> str | None:
    """The value of `frame-ancestors` for a panel that is to talk with a page of `origin`; None when it may not.

    `own` is this server's origin (see `own_origin`), whose pages may always hold it; `origin` is empty for a panel
    that talks with no page. The course's other sites stand there too: a page that holds it may be held by another.
    """
    if origin not in ("", own, settings.public_url, *info.origins):
        return None
    return " ".join(["'self'", *info.origins])


class Origins:
    """ASGI middleware: pages of other sites change nothing here, but for those that the settings or the course name.

    Programs send no origin and are not asked for one.
    """

    def __init__(self, app: ASGIApp, settings: Settings, context: AppContext) -> None:
        self._app = app
        self._settings = settings
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        is_reading = scope["method"] in _READING
        # What is read is answered alike to all, except that browsers are told of the sites that may read it.
        sending = send if is_reading and not self._settings.allowed_origins else _varying(send)
        if is_reading or await self._is_welcome(scope):
            return await self._app(scope, receive, sending)
        detail = (
            "Pages of this web site may not ask here. Whoever runs the course can name the site under `origins` in its "
            "course.yaml, or in TUTOR_ALLOWED_ORIGINS."
        )
        return await problem(scope, 403, detail, "foreign_origin")(scope, receive, sending)

    async def _is_welcome(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is None:
            # A browser that hides where its page is from still says that it is elsewhere.
            return site not in ("cross-site", "same-site")
        if site == "same-origin" or origin in (self._settings.public_url, *self._settings.allowed_origins):
            return True
        # A proxy may take the encryption off, so that only the host can be compared.
        if urlsplit(origin).netloc == headers.get("host", "").lower() and origin != "null":
            return True
        course = caller_of(scope).course or _course(scope["path"])
        if not course:
            return False
        try:
            found = await self._context.workers.run(self._context.tutor.described, course)
        except TutorError as error:
            # Of a course that is not there, the route itself tells.
            return isinstance(error, NotFound)
        return origin in found.info.origins


def _course(path: str) -> str:
    match = matched(path, _OF_A_COURSE)
    return match["course"] if match else ""


def _varying(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).add_vary_header("Origin")
        await send(message)

    return sending
