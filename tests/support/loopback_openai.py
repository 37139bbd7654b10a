"""A server on this machine that speaks OpenAI's embeddings wire format, and fails as it is told to."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import numpy as np


@dataclass(frozen=True)
class Fault:
    """What the next request meets instead of its answer; without a status, a right answer after `change`."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    change: Callable[[list[dict[str, Any]]], Any] | None = None
    reset: bool = False
    cut: bool = False
    drip_seconds: float = 0.0
    """Seconds between one byte of the body and the next."""


class LoopbackOpenAI:
    """`base_url` is for the client; `faults` are met in turn; `inputs` are the texts of every request."""

    def __init__(self, dimensions: int = 8) -> None:
        self.dimensions = dimensions
        self.faults: deque[Fault] = deque()
        self.inputs: list[list[str]] = []
        self.asked: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def vector(self, text: str) -> list[float]:
        """A vector that depends on the text alone and is not of unit length."""
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        return [float(number) for number in 3 * np.random.default_rng(seed).normal(size=self.dimensions)]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        loopback = self

        class _EmbeddingHandler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                loopback.asked.append(asked)
                loopback.inputs.append(asked["input"])
                loopback.answer(self, asked, loopback.faults.popleft() if loopback.faults else Fault())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return _EmbeddingHandler

    def answer(self, request: BaseHTTPRequestHandler, asked: dict[str, Any], fault: Fault) -> None:
        """Answer one request as the fault says."""
        if fault.reset:
            # Lingering for no time makes close() send a reset instead of a goodbye.
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.connection.close()
            request.close_connection = True
            return
        rows: list[dict[str, Any]] = [
            {"object": "embedding", "index": index, "embedding": self.vector(text)}
            for index, text in enumerate(asked["input"])
        ]
        data = fault.change(rows) if fault.change else rows
        answer = {"object": "list", "model": asked["model"], "data": data, "usage": {"prompt_tokens": 1}}
        body = fault.body if fault.body is not None else json.dumps(answer).encode()
        request.send_response(fault.status)
        for name, value in ({"Content-Type": "application/json"} | fault.headers).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        try:
            if fault.drip_seconds:
                for byte in body:
                    request.wfile.write(bytes([byte]))
                    request.wfile.flush()
                    time.sleep(fault.drip_seconds)
            else:
                request.wfile.write(body[: len(body) // 2] if fault.cut else body)
        except OSError:
            pass
        if fault.cut:
            request.close_connection = True
