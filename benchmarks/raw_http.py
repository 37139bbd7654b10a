"""A client that costs little: what is measured shares the machine with it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A response; names of headers are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


class RawClient:
    """Requests to one port of this machine, over connections that are kept and used again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[_Connection] = []

    async def request(self, method: str, path: str, body: dict[str, Any] | None = None) -> RawResponse:
        """The whole response. Raises OSError or EOFError when the connection breaks."""
        sent = request_bytes(method, path, body)
        while self._idle:
            try:
                return await self._exchange(self._idle.pop(), sent)
            except asyncio.IncompleteReadError as error:
                # A server may close what was idle for long at the moment in which it is used again.
                if error.partial:
                    raise
            except ConnectionError:
                pass
        return await self._exchange(await asyncio.open_connection("127.0.0.1", self._port), sent)

    async def _exchange(self, connection: _Connection, sent: bytes) -> RawResponse:
        reader, writer = connection
        try:
            writer.write(sent)
            answer = await _answer(reader)
        except BaseException:
            writer.close()
            raise
        if answer.headers.get("connection") == "close":
            writer.close()
        else:
            self._idle.append(connection)
        return answer

    def close(self) -> None:
        """Hang up."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()


def request_bytes(method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
    """A request as it is sent."""
    sent = b"" if body is None else json.dumps(body).encode()
    kind = "Content-Type: application/json\r\n" if sent else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{kind}Content-Length: {len(sent)}\r\n\r\n"
    return head.encode() + sent


async def _answer(reader: asyncio.StreamReader) -> RawResponse:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    if headers.get("transfer-encoding") == "chunked":
        parts = []
        while size := int(await reader.readline(), 16):
            parts.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        body = b"".join(parts)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return RawResponse(int(head[0].split(" ")[1]), headers, body)
