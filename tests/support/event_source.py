"""A reader of event streams that loses its connection after any number of bytes and goes on as a browser does."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Received:
    """An event as a browser would hand it on."""

    id: int
    kind: str
    data: dict[str, Any]


@dataclass
class EventSource:
    """Reads the events of a turn at `url`; `received` is everything that came whole, once."""

    url: str
    turn: str = ""
    received: list[Received] = field(default_factory=list)
    comments: int = 0
    _connection: http.client.HTTPConnection | None = None
    _response: http.client.HTTPResponse | None = None
    _cut: bytes = b""

    @property
    def has_ended(self) -> bool:
        """Whether the last event is an end."""
        return bool(self.received) and "sha256" in self.received[-1].data

    @property
    def text(self) -> str:
        """The answer, put together from its pieces since the last restart."""
        kinds = [event.kind for event in self.received]
        begin = len(kinds) - kinds[::-1].index("restarted") if "restarted" in kinds else 0
        return "".join(event.data["text"] for event in self.received[begin:] if event.kind == "delta")

    def ask(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
        """Ask for a stream, which stays open until `close`."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self._open("POST", path, json.dumps(body), sent)

    def read(self, max_bytes: int = 10**9) -> int:
        """Connect again, read until the end or `max_bytes`, and hang up; what was cut off is forgotten."""
        headers = {"Last-Event-ID": str(self.received[-1].id)} if self.received else {}
        response = self._open("GET", f"/api/v1/turns/{self.turn}/events", None, headers)
        if response.status == 200:
            self.take(max_bytes)
        self.close()
        return response.status

    def take(self, max_bytes: int = 10**9) -> None:
        """Take events out of the open response until it ends, is cut, or `max_bytes` are read."""
        assert self._response is not None
        while max_bytes > 0:
            try:
                piece = self._response.read1(min(max_bytes, 65536))
            except (http.client.HTTPException, OSError):
                return
            if not piece:
                return
            max_bytes -= len(piece)
            *whole, self._cut = (self._cut + piece).split(b"\n\n")
            for block in whole:
                self._take(block.decode())

    def close(self) -> None:
        """Hang up."""
        if self._response is not None and self._connection is not None:
            self._response.close()
            self._connection.close()
        self._connection = self._response = None

    def _open(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        self.close()
        address = urlsplit(self.url)
        assert address.hostname is not None
        self._cut = b""
        self._connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
        self._connection.request(method, path, body, headers)
        self._response = self._connection.getresponse()
        return self._response

    def _take(self, block: str) -> None:
        fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        if "data" not in fields:
            self.comments += 1
            return
        received = Received(int(fields["id"]), fields["event"], json.loads(fields["data"]))
        assert received.id == (self.received[-1].id + 1 if self.received else 1), "an event twice, or one is missing"
        self.received.append(received)
        if received.kind == "accepted":
            self.turn = received.data["turn"]
