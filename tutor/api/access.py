"""Who may call: anyone on this machine, or whoever has the key."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tutor.api.problems import problem
from tutor.config import is_loopback

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/openapi.json"})


class Access:
    """ASGI middleware: with a `key`, every request but those for `OPEN_PATHS` must bear it.

    Without one it answers only what arrived at this machine's own address, however the server was started.
    """

    def __init__(self, app: ASGIApp, key: str | None) -> None:
        self._app = app
        self._key = key.encode() if key else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] == "lifespan" or scope["path"] in OPEN_PATHS:
            return await self._app(scope, receive, send)
        if self._key is None:
            if _is_local(scope):
                return await self._app(scope, receive, send)
            detail = "Without TUTOR_API_KEY this server answers only on the machine that it runs on."
        else:
            given = Headers(scope=scope).get("authorization", "")
            scheme, _, token = given.partition(" ")
            # Compared as bytes: compare_digest refuses other than ASCII text.
            same = hmac.compare_digest(token.strip().encode("utf-8", "replace"), self._key)
            if same and scheme.lower() == "bearer":
                return await self._app(scope, receive, send)
            detail = "Send the key of this server as a header: Authorization: Bearer KEY"
        refusal = problem(scope["path"], 401, detail, headers={"WWW-Authenticate": "Bearer"})
        return await refusal(scope, receive, send)


def _is_local(scope: Scope) -> bool:
    server = scope.get("server")
    # A socket in the file system has no port.
    return server is None or server[1] is None or is_loopback(server[0])
