"""A server on this machine that speaks OpenAI's chat wire format, fails as it is told to, and notes who hangs up."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from itertools import pairwise
from typing import Any, Self

from tests.support.scripted_model import Script, pieces_of
from tests.support.waiting import eventually


class ChatFault(StrEnum):
    """What the next answer meets; those that break it do so after `LoopbackChat.fault_after` pieces."""

    SLOW = "slow first token"
    STALL = "stall"
    STATUS_500 = "500"
    STATUS_503 = "503"
    STATUS_429_WAIT = "429 with Retry-After"
    STATUS_429 = "429 without Retry-After"
    HTML = "HTML body"
    BAD_JSON = "bad JSON"
    SPLIT_UTF8 = "split UTF-8"
    HALF_EVENT = "half event"
    NO_DONE = "no [DONE]"
    NO_FINISH = "no finish"
    LENGTH = "length"
    FILTER = "filter"
    REFUSAL = "refusal"
    ERROR_EVENT = "error event"
    RESET = "reset"
    EMPTY = "empty"
    ONE_BYTE = "one-byte chunks"
    ENDLESS = "endless"


_STATUS = {
    ChatFault.STATUS_500: 500,
    ChatFault.STATUS_503: 503,
    ChatFault.STATUS_429_WAIT: 429,
    ChatFault.STATUS_429: 429,
}
_FINISH = {ChatFault.LENGTH: "length", ChatFault.FILTER: "content_filter"}
# These say the first pieces only.
_SHORT = {
    ChatFault.STALL, ChatFault.BAD_JSON, ChatFault.HALF_EVENT, ChatFault.LENGTH, ChatFault.FILTER, ChatFault.REFUSAL,
    ChatFault.ERROR_EVENT, ChatFault.RESET,
}  # fmt: skip
# A server that says nothing more: whoever waits for it has left long before.
_NEVER_SECONDS = 3_600.0
REFUSAL_TEXT = "I will not say that."


class LoopbackChat:
    """`base_url` is for the client; use it as a context. Streams and whole answers, and GET /v1/models.

    `faults` are met in turn, one per answer. `asked` are the bodies of requests, `aborted` the times
    (of time.monotonic) at which it saw a client leave an unfinished answer, `running` the answers that are being
    written. `answers`, if set, makes an answer of the messages. A piece is a token.
    """

    def __init__(self) -> None:
        self.models = ["loopback-1"]
        self.key: str | None = None
        """The only key that is let in, if set."""
        self.refused_fields: set[str] = set()
        """Fields that a request may not have."""
        self.answers: Callable[[list[dict[str, Any]]], Script] | None = None
        self.faults: deque[ChatFault] = deque()
        self.always: ChatFault | None = None
        """The fault of every answer for which `faults` has none."""
        self.fault_after = 2
        self.retry_after_seconds = 1.0
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.lists = 0
        """How often the models were asked for."""
        self.connections = 0
        self.aborted: list[float] = []
        self.writing: set[object] = set()
        self.pieces_written = 0
        """In all streams together."""
        self._said: Script = "Hello from the loopback."
        self.delay_seconds = 0.0
        self.open: set[_Client] = set()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=1_024)
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def running(self) -> int:
        """How many answers are being written."""
        return len(self.writing)

    def say(self, said: Script, delay_seconds: float = 0.0) -> None:
        """What every answer says from now on, and how long it waits before each piece."""
        self._said = said
        self.delay_seconds = delay_seconds
        self.answers = None

    def is_idle(self) -> bool:
        """True as soon as no answer is being written any more; blocks until then, and fails if that never comes."""
        return eventually(lambda: not self.running, "the end of all answers")

    def pieces(self, asked: dict[str, Any]) -> list[str]:
        """What it says to a request when nothing goes wrong, before its allowance is counted."""
        return pieces_of(self.answers(asked["messages"]) if self.answers else self._said)

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve_until_stopped())

    async def _serve_until_stopped(self) -> None:
        self._stop = asyncio.Event()
        server = await self._loop.create_server(lambda: _Client(self), sock=self._socket)
        self._ready.set()
        await self._stop.wait()
        server.close()
        # Aborted transports are closed in the next rounds of the loop, which say nothing of it; one may have just been
        # accepted.
        while self.open:
            for connection in list(self.open):
                connection.drop()
            await asyncio.sleep(0.001)


class _Client(asyncio.Protocol):
    """One client: its requests, one after the other."""

    def __init__(self, chat: LoopbackChat) -> None:
        self._chat = chat
        self._received = b""
        self._task: asyncio.Task[None] | None = None
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._chat.connections += 1
        self._chat.open.add(self)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found or self._task:
            return
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return
        self._received = rest[length:]
        method, path, _ = lines[0].split(" ")
        self._chat.keys.append(headers.get("authorization", "").removeprefix("Bearer "))
        self._task = asyncio.get_running_loop().create_task(self._answer(method, path, rest[:length]))
        self._task.add_done_callback(self._answered)

    def eof_received(self) -> bool:
        self._left()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._left()
        self._chat.open.discard(self)

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    def drop(self) -> None:
        """End the connection without a goodbye."""
        if self._task:
            self._task.cancel()
        self._transport.abort()

    def _left(self) -> None:
        if self._task and self._task in self._chat.writing:
            self._chat.aborted.append(time.monotonic())
            self._chat.writing.discard(self._task)
        self.drop()

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._task = None
        self._chat.writing.discard(task)
        if not task.cancelled() and task.exception():
            self._transport.abort()
            raise AssertionError("the loopback cannot answer") from task.exception()

    async def _answer(self, method: str, path: str, body: bytes) -> None:
        chat = self._chat
        if chat.key is not None and chat.keys[-1] != chat.key:
            self._whole(401, _error("Incorrect API key provided.", code="invalid_api_key"))
        elif (method, path) == ("GET", "/v1/models"):
            chat.lists += 1
            self._whole(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in chat.models]})
        elif (method, path) == ("POST", "/v1/chat/completions"):
            asked = json.loads(body)
            chat.asked.append(asked)
            await self._complete(asked)
        else:
            self._whole(404, _error("There is nothing here."))

    async def _complete(self, asked: dict[str, Any]) -> None:
        chat = self._chat
        for name in sorted(chat.refused_fields & set(asked)):
            self._whole(400, _error(f"Unsupported parameter: '{name}' is not supported.", param=name))
            return
        if asked["model"] not in chat.models:
            self._whole(404, _error("The model does not exist.", code="model_not_found"))
            return
        fault = chat.faults.popleft() if chat.faults else chat.always
        if fault in _STATUS:
            wait = {"Retry-After": f"{chat.retry_after_seconds:g}"} if fault is ChatFault.STATUS_429_WAIT else {}
            self._whole(_STATUS[fault], _error("It went wrong.", code="wrong"), wait)
            return
        if fault is ChatFault.HTML:
            self._send(200, "text/html", b"<!doctype html><h1>Welcome</h1>")
            return
        task = asyncio.current_task()
        chat.writing.add(task)
        if asked.get("stream"):
            self._head(200, "text/event-stream", ["Transfer-Encoding: chunked"])
            await self._stream(asked, fault)
        else:
            await self._at_once(asked, fault)

    async def _stream(self, asked: dict[str, Any], fault: ChatFault | None) -> None:
        async for event in self._events(asked, fault):
            for part in _parts(event, fault):
                await self._may_write.wait()
                self._transport.write(b"%x\r\n%b\r\n" % (len(part), part))
                if len(part) < len(event):
                    await asyncio.sleep(0)
        if fault is ChatFault.RESET:
            # Lingering for no time makes it send a reset instead of a goodbye.
            connection = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._chat.writing.discard(asyncio.current_task())
            self._transport.abort()
            return
        self._transport.write(b"0\r\n\r\n")

    async def _events(self, asked: dict[str, Any], fault: ChatFault | None) -> AsyncIterator[bytes]:
        chat = self._chat
        told = asked.get("stream_options", {}).get("include_usage", False)
        pieces, finish = _written(chat.pieces(asked), asked, fault, chat.fault_after)

        def chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
            return _event(_chunk(asked, [{"index": 0, "delta": delta, "finish_reason": reason}]))

        yield chunk({"role": "assistant", "content": ""})
        if fault is ChatFault.SLOW:
            await asyncio.sleep(_NEVER_SECONDS)
        for piece in pieces:
            await asyncio.sleep(chat.delay_seconds)
            chat.pieces_written += 1
            yield chunk({"content": piece})
        match fault:
            case ChatFault.STALL:
                await asyncio.sleep(_NEVER_SECONDS)
            case ChatFault.ENDLESS:
                while True:
                    await asyncio.sleep(chat.delay_seconds or 0.001)
                    yield chunk({"content": " and on"})
            case ChatFault.RESET:
                # What was written must be on its way before the reset throws away the rest.
                await asyncio.sleep(0.02)
                return
            case ChatFault.HALF_EVENT:
                yield chunk({"content": " half"})[:-30]
                return
            case ChatFault.ERROR_EVENT:
                yield _event(_error(f"Failed at: {asked['messages'][-1]['content']}", code="server_error"))
                return
            case ChatFault.BAD_JSON:
                yield b'data: {"choices": [{"delta": {"content": "bad"}\n\n'
            case ChatFault.REFUSAL:
                yield chunk({"refusal": REFUSAL_TEXT})
            case _:
                pass
        if fault is not ChatFault.NO_FINISH:
            yield chunk({}, finish)
        if told:
            yield _event(_chunk(asked, []) | {"usage": _usage(asked, pieces)})
        if fault is not ChatFault.NO_DONE:
            yield b"data: [DONE]\n\n"

    async def _at_once(self, asked: dict[str, Any], fault: ChatFault | None) -> None:
        chat = self._chat
        pieces, finish = _written(chat.pieces(asked), asked, fault, chat.fault_after)
        slow = fault in (ChatFault.SLOW, ChatFault.STALL, ChatFault.ENDLESS)
        await asyncio.sleep(_NEVER_SECONDS if slow else chat.delay_seconds * len(pieces))
        message = {"role": "assistant", "content": "".join(pieces)}
        if fault is ChatFault.REFUSAL:
            message = {"role": "assistant", "refusal": REFUSAL_TEXT}
        if fault is ChatFault.ERROR_EVENT:
            self._whole(200, _error("It went wrong.", code="server_error"))
            return
        answer = _chunk(asked, [{"index": 0, "message": message, "finish_reason": finish}])
        body = json.dumps(answer | {"object": "chat.completion", "usage": _usage(asked, pieces)}).encode()
        broken = fault in (ChatFault.BAD_JSON, ChatFault.HALF_EVENT, ChatFault.RESET)
        self._send(200, "application/json", body[:-5] if broken else body)

    def _whole(self, status: int, answer: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, "application/json", json.dumps(answer).encode(), headers)

    def _send(self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        more = [f"{name}: {value}" for name, value in (headers or {}).items()]
        self._head(status, kind, [f"Content-Length: {len(body)}", *more])
        self._transport.write(body)

    def _head(self, status: int, kind: str, headers: list[str]) -> None:
        lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}", *headers, "", ""]
        self._transport.write("\r\n".join(lines).encode())


def _written(
    pieces: list[str], asked: dict[str, Any], fault: ChatFault | None, fault_after: int
) -> tuple[list[str], str]:
    """The pieces that are said, and the finish reason."""
    limit = asked.get("max_tokens") or asked.get("max_completion_tokens") or len(pieces)
    finish = "stop" if len(pieces) <= limit else "length"
    if fault is ChatFault.EMPTY:
        return [], finish
    return pieces[: fault_after if fault in _SHORT else limit], _FINISH.get(fault, finish) if fault else finish


def _parts(event: bytes, fault: ChatFault | None) -> list[bytes]:
    if fault is ChatFault.ONE_BYTE:
        return [event[at : at + 1] for at in range(len(event))]
    if fault is ChatFault.SPLIT_UTF8:
        # After the first byte of every character that has several.
        cuts = [0, *(at + 1 for at, byte in enumerate(event) if byte >= 0xC0), len(event)]
        return [event[start:end] for start, end in pairwise(cuts)]
    return [event]


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def _chunk(asked: dict[str, Any], choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": asked["model"],
        "choices": choices,
    }


def _usage(asked: dict[str, Any], pieces: list[str]) -> dict[str, int]:
    read = sum(len(pieces_of(message["content"])) for message in asked["messages"])
    return {"prompt_tokens": read, "completion_tokens": len(pieces), "total_tokens": read + len(pieces)}


def _error(message: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}
