"""What a server does with questions when more wait than it can soon answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.served import COURSE, Served
from tutor.courses.tutor import _MAX_QUEUED, _THREADS

QUESTION = "How does a connection end?"


@contextmanager
def queued(server: Served, calls: int) -> Iterator[None]:
    """Within it so many calls wait for a thread, as those of accepted turns do."""
    gate, workers = threading.Event(), server.tutor._workers
    filled = threading.Event()

    async def wait() -> None:
        waiting = [asyncio.create_task(workers.run(gate.wait, 20)) for _ in range(_THREADS + calls)]
        await asyncio.sleep(0)
        filled.set()
        await asyncio.gather(*waiting)

    thread = threading.Thread(target=lambda: asyncio.run(wait()))
    thread.start()
    filled.wait()
    try:
        yield
    finally:
        gate.set()
        thread.join()


def test_with_too_many_turns_in_the_queue_new_ones_are_told_when_to_come_again(server: Served) -> None:
    with queued(server, _MAX_QUEUED):
        for path, body in (
            (f"/api/v1/courses/{COURSE}/turns", {"question": QUESTION}),
            (f"/api/v1/courses/{COURSE}/turns", {"question": QUESTION, "stream": True}),
            (
                "/v1/chat/completions",
                {"model": f"course:{COURSE}", "messages": [{"role": "user", "content": QUESTION}]},
            ),
        ):
            refused = server.client.post(path, json=body)
            assert refused.status_code == 503
            assert int(refused.headers["Retry-After"]) >= 1
            assert "busy" in refused.text
        assert server.client.get("/healthz").status_code == 200
    assert server.ask(QUESTION).json()["state"] == "done"
