"""Students of a server: each with a session of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.served import COURSE, Served

KEY = "a-key-of-some-length"


@dataclass
class StudentClient:
    """Asks the server at `url` with the token of a session."""

    url: str
    student: str
    token: str

    @classmethod
    def of(cls, server: Served, course: str = COURSE) -> StudentClient:
        """A new student of a course."""
        begun = httpx.post(f"{server.url}/api/v1/courses/{course}/sessions")
        assert begun.status_code == 201, begun.text
        return cls(server.url, begun.json()["student"], begun.json()["token"])

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send a request, with JSON if there is any."""
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        return httpx.request(method, self.url + path, json=body, headers=sent, timeout=30)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """What is at a path."""
        return self.send("GET", path, **headers)

    def ask(self, question: str, key: str = "", **fields: Any) -> httpx.Response:
        """Ask the course, under an Idempotency-Key if there is one."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.send("POST", f"/api/v1/courses/{COURSE}/turns", {"question": question, **fields}, **headers)
