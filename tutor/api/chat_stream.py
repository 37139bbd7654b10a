"""The events of a turn as OpenAI's `chat.completion.chunk`s."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import Any

from tutor.api.event_stream import QUIET, EventStream
from tutor.api.openai_problems import error_json
from tutor.api.shapes.completions import CompletionUsage, annotated, completion_id, finish_reason, grounds, is_lost
from tutor.api.shapes.openai import ChatBody
from tutor.models import Turn
from tutor.turns.events import Event, EventKind, Logged
from tutor.turns.turn_json import turn_from_json

LOST = "The answer was lost before it began; ask again."
_DONE = b"data: [DONE]\n\n"


class CompletionStream(EventStream):
    """The answer of the turn `id_` as it comes; its citations come in a chunk of their own before the finish.

    OpenAI's format cannot take text back: when an answer begins anew after some of it was sent, the stream ends with
    an error that names where the turn can be read.
    """

    # A comment alone: some clients take `retry` for an event without data.
    begin = QUIET

    def __init__(self, events: AsyncGenerator[tuple[Logged, ...]], id_: str, body: ChatBody) -> None:
        super().__init__(events)
        self._turn = id_
        self._ignored = body.ignored
        self._has_usage = bool(body.stream_options and body.stream_options.include_usage)
        self._head = {
            "id": completion_id(id_),
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": body.model,
            **({"usage": None} if self._has_usage else {}),
        }
        self._has_text = self._is_over = False

    def written(self, events: Sequence[Logged]) -> bytes:
        """The chunks for events that were logged together."""
        return b"".join(line for logged in events for line in self._lines(logged.event)) or QUIET

    def rest(self) -> bytes:
        """What is left to say when there are no more events: that the end of the answer is missing, if it is."""
        return b"" if self._is_over else self._broken("This server is being stopped.")

    def _lines(self, event: Event) -> Iterator[bytes]:
        if self._is_over:
            return
        if event.kind is EventKind.ACCEPTED:
            yield self._chunk({"role": "assistant", "content": "", "refusal": None})
        elif event.kind is EventKind.DELTA:
            self._has_text = True
            yield self._chunk({"content": event.data["text"]})
        elif event.kind is EventKind.RESTARTED and self._has_text:
            yield self._broken("The answer began anew.")
        elif event.is_end:
            self._is_over = True
            yield from self._end(turn_from_json(event.data["turn"]))
            yield _DONE

    def _end(self, turn: Turn) -> Iterator[bytes]:
        if is_lost(turn):
            yield _line(error_json(503, turn.answer or LOST, "try_again"))
            return
        cited = [annotation.model_dump() for annotation in annotated(turn)]
        yield self._chunk({"annotations": cited}, **grounds(turn, self._ignored).model_dump(mode="json"))
        yield self._chunk({}, finish_reason(turn))
        if self._has_usage:
            yield _line(self._head | {"choices": [], "usage": CompletionUsage.of(turn).model_dump()})

    def _chunk(self, delta: Mapping[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _line(self._head | {"choices": [choice]} | more)

    def _broken(self, why: str) -> bytes:
        self._is_over = True
        message = f"{why} The turn can be read at /api/v1/turns/{self._turn}."
        return _line(error_json(503, message, "try_again")) + _DONE


def _line(data: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(data, separators=(',', ':'))}\n\n".encode("ascii")
