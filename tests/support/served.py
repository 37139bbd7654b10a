"""The app under a real uvicorn on a free port, over a small course."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from ingest.report import Report, unwatched
from tests.support.hash_embedder import HashEmbedder
from tests.support.waiting import eventually
from tutor.api.app import make_app
from tutor.app import DrainingServer
from tutor.config import Settings
from tutor.courses.tutor import Tutor
from tutor.index.protocols import Embedder
from tutor.turns.production import Produce
from tutor.wiring.compose import ingest_course, open_tutor

COURSE = "networks"
LESSONS = {
    "course.yaml": "title: Computer networks\ndescription: From bits to bytes\ngreeting: Hello!\n"
    "popular_questions: ['What is TCP?']\n"
    "contacts: [{kind: email, label: Ada, value: ada@example.org}]\n",
    "01-basics/01-bits.md": "# Bits\n\nA bit is zero or one. Eight bits are a byte, written as two hex digits.\n",
    "01-basics/02-frames.md": "# Frames\n\nA frame carries a packet over one link. Its checksum tells of lost bits.\n\n"
    "## Addresses\n\nA network card has an address of six bytes. A switch learns behind which port an address lives.\n",
    "02-transport/01-tcp.md": "# TCP\n\nTCP is a protocol that numbers every byte it sends. A connection ends "
    "with FIN. 👋 Its peer answers.\n\n## Windows\n\nThe window says how many bytes may be in flight.\n\n"
    "```\nSYN, SYN-ACK, ACK\n```\n",
}


def settings_for(data_dir: Path, **others: Any) -> Settings:
    """Settings of a test: nothing from the environment matters to it."""
    return Settings(**{"data_dir": data_dir, "budget_tokens": 60, "drain_seconds": 1.0, **others})


def write_lessons(folder: Path, lessons: dict[str, str] | None = None) -> Path:
    """The folder with the lessons in it."""
    for name, text in (lessons or LESSONS).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def ingest_lessons(settings: Settings, folder: Path, course: str = COURSE, embedder: Embedder | None = None) -> Report:
    """Make a course of the lessons in a folder."""
    return ingest_course(settings, folder, course, unwatched, embedder=embedder or HashEmbedder())


@dataclass
class Served:
    """A running server, its tutor, and a client for it."""

    client: httpx.Client
    tutor: Tutor
    settings: Settings

    @property
    def url(self) -> str:
        """Where it listens."""
        return str(self.client.base_url)

    def ready(self, seconds: float = 60.0) -> None:
        """Wait until it is ready and serves by no fallback."""
        eventually(self._is_ready, "readiness", seconds)

    def _is_ready(self) -> bool:
        answer = self.client.get("/readyz")
        return answer.status_code == 200 and not answer.json()["degraded"]

    def ask(self, question: str, **fields: Any) -> httpx.Response:
        """Ask the course."""
        return self.client.post(f"/api/v1/courses/{COURSE}/turns", json={"question": question, **fields})


def tutor_that_produces(settings: Settings, embedder: Embedder, produce: Produce | None) -> Tutor:
    """A tutor whose accepted turns are answered by `produce`, if there is one."""
    tutor = open_tutor(settings, serving=produce is None, embedder=embedder)
    if produce is not None:
        tutor.producers = tutor._services.producers(produce)
    return tutor


@contextmanager
def served(
    settings: Settings, embedder: Embedder | None = None, *, wait: bool = True, produce: Produce | None = None
) -> Iterator[Served]:
    """A server over what `settings` have; `produce` answers in place of the tutor, and then Chroma is not needed."""
    tutor = tutor_that_produces(settings, embedder or HashEmbedder(), produce)
    config = uvicorn.Config(make_app(tutor, settings), log_config=None, access_log=False)
    server = DrainingServer(config, lambda: tutor.producers.drain(settings.drain_seconds))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        key = settings.api_key
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with httpx.Client(base_url=url, headers=headers, timeout=30) as client:
                running = Served(client, tutor, settings)
                if wait:
                    running.ready()
                yield running
        finally:
            server.should_exit = True
            thread.join()
