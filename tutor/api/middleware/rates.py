"""How often students may ask and begin, each by themselves and together behind one address."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from tutor.api.caller import Caller, caller_of
from tutor.api.middleware.access import SESSIONS
from tutor.api.paths import matched
from tutor.api.problems import problem
from tutor.config import Settings

_COURSE = "/api/v1/courses/{course}"
_ASKING = (f"{_COURSE}/turns",)
_BEGINNING = (SESSIONS,)
# Who has an IPv6 address has a whole network of them.
_IPV6_NETWORK_BITS = 64


@dataclass(frozen=True, slots=True)
class _Limit:
    item: RateLimitItem
    counted: str
    detail: str


class Rates:
    """ASGI middleware that counts in the memory of this process; who has the key, or is on this machine, is not."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_student = RateLimitItemPerMinute(settings.questions_per_minute, namespace="student")
        self._per_address = RateLimitItemPerMinute(settings.questions_per_address_per_minute, namespace="address")
        self._sessions = RateLimitItemPerHour(settings.sessions_per_address_per_hour, namespace="sessions")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] == "http":
            for limit in self._limits(scope, caller_of(scope)):
                if not self._limiter.hit(limit.item, limit.counted):
                    return await self._refuse(limit, scope, receive, send)
        return await self._app(scope, receive, send)

    def _limits(self, scope: Scope, caller: Caller) -> list[_Limit]:
        path, address = scope["path"], address_of(scope)
        if caller.is_trusted:
            return []
        if scope["method"] == "POST" and matched(path, _BEGINNING):
            limit = f"More than {self._sessions.amount} students have begun from your network in the last hour."
            return [_Limit(self._sessions, address, limit)]
        together = f"More than {self._per_address.amount} questions came from your network in the last minute."
        if scope["method"] == "POST" and matched(path, _ASKING):
            own = f"You have asked more than {self._per_student.amount} questions in the last minute."
            return [
                _Limit(self._per_student, f"{caller.course}/{caller.student}", own),
                _Limit(self._per_address, address, together),
            ]
        return [_Limit(self._per_address, address, together)] if path == "/ask" else []

    async def _refuse(self, limit: _Limit, scope: Scope, receive: Receive, send: Send) -> None:
        over = self._limiter.get_window_stats(limit.item, limit.counted).reset_time
        headers = {"Retry-After": str(max(1, math.ceil(over - time.time())))}
        detail = f"{limit.detail} Wait a moment, then try again."
        await problem(scope, 429, detail, "rate_limited", headers)(scope, receive, send)


def address_of(scope: Scope) -> str:
    """The address that counts as one: of IPv6 the network; empty when it is not known."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ip_address(host)
    except ValueError:
        return str(host)
    if not isinstance(address, IPv6Address):
        return host
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else f"{int(address) >> (128 - _IPV6_NETWORK_BITS):x}/64"
