"""The events of a turn as `text/event-stream`: https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tutor.api.shapes.turns import TurnShape
from tutor.turns.events import Logged
from tutor.turns.turn_json import turn_from_json

_BEGIN = b": events of a turn\nretry: 1000\n\n"
QUIET = b": \n\n"


class EventStream(Response):
    """Sends `events` as they come, and a comment at once and where there are none.

    Each group of events is one write. When a reader leaves or is slow, no other one waits.
    """

    media_type = "text/event-stream"
    begin = _BEGIN

    def __init__(self, events: AsyncGenerator[tuple[Logged, ...]]) -> None:
        self._events = events
        self.status_code = 200
        self.background = None
        self.init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything, until the reader leaves."""
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            has_sent = sending.done()
            if not has_sent:
                sending.cancel()
            await asyncio.wait((sending, leaving))
        if has_sent:
            sending.result()

    def written(self, events: Sequence[Logged]) -> bytes:
        """What is sent for events that were logged together."""
        return encoded(events)

    def rest(self) -> bytes:
        """What is sent when there are no more events."""
        return b""

    async def _send(self, send: Send) -> None:
        async with aclosing(self._events) as following:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": self.begin, "more_body": True})
            async for events in following:
                await send({"type": "http.response.body", "body": self.written(events), "more_body": True})
        await send({"type": "http.response.body", "body": self.rest(), "more_body": False})


def encoded(events: Sequence[Logged]) -> bytes:
    """Events in the format of the stream, or a comment when there are none.

    The data is one line of ASCII: it can be cut anywhere, and hold half a surrogate pair, without harm.
    """
    return b"".join(map(_encoded, events)) or QUIET


def _encoded(logged: Logged) -> bytes:
    data = logged.event.data
    if logged.event.is_end:
        # The same turn as the other routes give, which is not all that is kept.
        shape = TurnShape.model_validate(turn_from_json(data["turn"]))
        data = {**data, "turn": shape.model_dump(mode="json")}
    line = json.dumps(data, separators=(",", ":"))
    return f"id: {logged.seq}\nevent: {logged.event.kind.value}\ndata: {line}\n\n".encode("ascii")


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
