"""Whether it lives, is ready, and what it counts."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.hash_embedder import HashEmbedder
from tests.support.served import COURSE, Served, ingest_lessons, served, settings_for, write_lessons


def test_it_lives_and_is_ready(server: Served) -> None:
    assert server.client.get("/healthz").json()["status"] == "ok"
    answer = server.client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "waiting": {}, "degraded": {}, "alarms": []})


def test_a_course_that_cannot_be_loaded_makes_it_unready_and_says_why(tmp_path: Path) -> None:
    folder = tmp_path
    settings = settings_for(folder / "data")
    ingest_lessons(settings, write_lessons(folder / "lessons"))
    with served(settings, HashEmbedder("another"), wait=False) as running:
        answer = running.client.get("/readyz")
        while "being loaded" in answer.text:
            answer = running.client.get("/readyz")
        assert answer.status_code == 503
        assert "--reembed" in answer.json()["waiting"][COURSE]
        assert running.client.get("/healthz").status_code == 200
        refused = running.ask("What is TCP?")
        assert (refused.status_code, refused.json()["code"]) == (500, "index_mismatch")


def test_requests_and_turns_are_counted_by_route_and_state(server: Served) -> None:
    before = _figures(server)
    server.ask("How does a connection end?")
    server.client.get("/api/v1/turns/none")
    after = _figures(server)

    def more(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert more('tutor_turns_total{answerer="quoting",state="done"}') == 1
    route = "/api/v1/turns/{turn}"
    assert more(f'tutor_requests_total{{method="GET",route="{route}",status="404"}}') == 1
    assert more('tutor_request_seconds_count{route="/api/v1/courses/{course}/turns"}') == 1


def _figures(server: Served) -> dict[str, float]:
    lines = server.client.get("/metrics").text.splitlines()
    found = (re.fullmatch(r"(\S+) (\S+)", line) for line in lines if not line.startswith("#"))
    return {match[1]: float(match[2]) for match in found if match}
