"""Students by session: each reaches what is their own and nothing else, on every route that there is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import httpx
import pytest

from tests.api.conftest import EMBEDDER
from tests.api.students import KEY, StudentClient
from tests.support.loopback_chat import LoopbackChat
from tests.support.routes import ROUTES
from tests.support.served import COURSE, Served, ingest_lessons, served, settings_for, write_lessons
from tutor.api.middleware.access import FOR_STUDENTS, OPEN_PATHS, PAGES, SESSIONS
from tutor.api.paths import matched

OTHER = "security"
SECRET = "quokka"
QUESTION = f"What is TCP? My word is {SECRET}."
PLENTY = {"questions_per_minute": 1000, "questions_per_address_per_minute": 1000, "sessions_per_address_per_hour": 1000}

# What a student sends to each route that a session opens; a new route is not tested until it stands here.
BODIES: dict[tuple[str, str], Any] = {
    ("GET", "/api/v1/courses/{course}"): None,
    ("GET", "/api/v1/courses/{course}/presence"): None,
    ("GET", "/api/v1/courses/{course}/popular-questions"): None,
    ("GET", "/api/v1/courses/{course}/lessons"): None,
    ("GET", "/api/v1/courses/{course}/lessons/{lesson:path}"): None,
    ("POST", "/api/v1/courses/{course}/search"): {"query": "TCP"},
    ("POST", "/api/v1/courses/{course}/turns"): {"question": "What is TCP?"},
    ("GET", "/api/v1/courses/{course}/conversations"): None,
    ("GET", "/api/v1/courses/{course}/conversations/{conversation}"): None,
    ("GET", "/api/v1/turns/{turn}"): None,
    ("GET", "/api/v1/turns/{turn}/events"): None,
    ("POST", "/api/v1/turns/{turn}/stop"): None,
    ("POST", "/api/v1/turns/{turn}/feedback"): {"rating": "up"},
}
# Follow-ups have tests of their own, of whose turn they may name too.
ELSEWHERE = {("POST", "/api/v1/courses/{course}/follow-ups")}


@pytest.fixture(scope="module")
def classroom(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a key that lets students in, over two courses."""
    folder = tmp_path_factory.mktemp("classroom")
    data = Path(copytree(published, folder / "data"))
    settings = settings_for(data, api_key=KEY, students="open", **PLENTY)
    ingest_lessons(settings, write_lessons(folder / "other"), OTHER, EMBEDDER)
    with served(settings, EMBEDDER) as running:
        yield running


@pytest.fixture(scope="module")
def ada(classroom: Served) -> StudentClient:
    """A student who has asked."""
    return StudentClient.of(classroom)


@pytest.fixture(scope="module")
def asked(ada: StudentClient) -> dict[str, str]:
    """What stands in the paths of ada's things."""
    turn = ada.ask(QUESTION).json()
    found = {"course": COURSE, "turn": turn["id"], "conversation": turn["conversation"]}
    return {**found, "lesson:path": "02-transport/01-tcp.md"}


@pytest.fixture(scope="module")
def bob(classroom: Served) -> StudentClient:
    """Another student of the course."""
    return StudentClient.of(classroom)


@pytest.fixture(scope="module")
def eve(classroom: Served) -> StudentClient:
    """A student of another course."""
    return StudentClient.of(classroom, OTHER)


def filled(template: str, places: dict[str, str]) -> str:
    """A path of a route."""
    others = {"model:path": f"course:{COURSE}", "path:path": "x", "digest": "x", "reference": "F-AAAAAA"}
    for name, value in {**others, **places}.items():
        template = template.replace(f"{{{name}}}", value)
    assert "{" not in template, "give the new part of the path a value"
    return template


def test_every_route_that_a_session_opens_is_tested_below() -> None:
    assert set(BODIES) | ELSEWHERE == set(FOR_STUDENTS)


@pytest.mark.parametrize(("method", "template"), sorted(BODIES))
def test_a_student_reaches_what_is_the_student_s_own(
    ada: StudentClient, asked: dict[str, str], method: str, template: str
) -> None:
    answer = ada.send(method, filled(template, asked), BODIES[method, template])
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("method", "template"), sorted(BODIES))
def test_another_student_sees_nothing_of_it(
    bob: StudentClient, asked: dict[str, str], method: str, template: str
) -> None:
    answer = bob.send(method, filled(template, asked), BODIES[method, template])
    assert SECRET not in answer.text
    if "{turn}" in template or "{conversation}" in template:
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(("method", "template"), sorted(BODIES))
def test_a_student_of_another_course_finds_nothing_there(
    eve: StudentClient, asked: dict[str, str], method: str, template: str
) -> None:
    answer = eve.send(method, filled(template, asked), BODIES[method, template])
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert SECRET not in answer.text


@pytest.mark.parametrize(("method", "template"), ROUTES)
def test_no_route_answers_a_session_but_those_that_are_named(
    bob: StudentClient, asked: dict[str, str], method: str, template: str
) -> None:
    path = filled(template, asked)
    known = FOR_STUDENTS if method != "HEAD" else [("HEAD", template) for _, template in FOR_STUDENTS]
    is_page = method in ("GET", "HEAD") and matched(path, PAGES)
    if (method, template) in (*known, ("POST", SESSIONS)) or is_page:
        return
    answer = bob.send(method, path)
    if path in OPEN_PATHS or path.startswith("/assets/"):
        assert answer.status_code != 403
        return
    assert answer.status_code == 403, answer.text
    assert SECRET not in answer.text


@pytest.mark.parametrize(("method", "template"), ROUTES)
def test_a_token_that_was_not_made_here_opens_nothing_but_what_is_open_to_all(
    classroom: Served, ada: StudentClient, asked: dict[str, str], method: str, template: str
) -> None:
    path = filled(template, asked)
    is_page = method in ("GET", "HEAD") and matched(path, PAGES)
    if path in OPEN_PATHS or path.startswith("/assets/") or is_page or (method, template) == ("POST", SESSIONS):
        return
    answer = httpx.request(method, classroom.url + path, headers={"Authorization": f"Bearer {ada.token}x"})
    assert answer.status_code == 401, answer.text
    if method != "HEAD":
        told = answer.json()
        assert told.get("code", told.get("error", {}).get("code")) == "session_expired"


def test_who_has_the_key_sees_every_student_s_turn(classroom: Served, asked: dict[str, str]) -> None:
    assert classroom.client.get(f"/api/v1/turns/{asked['turn']}").json()["question"] == QUESTION


def test_without_a_key_who_sends_no_token_sees_them_too_and_other_students_do_not(server: Served) -> None:
    ada, bob = StudentClient.of(server), StudentClient.of(server)
    turn = ada.ask("What is TCP?").json()
    path = f"/api/v1/turns/{turn['id']}"
    assert server.client.get(path).json() == ada.get(path).json() == turn
    assert bob.get(path).status_code == 404
    free = server.ask("What is TCP?").json()
    assert bob.get(f"/api/v1/turns/{free['id']}").status_code == 404


def test_a_session_names_its_student_and_when_it_ends(classroom: Served) -> None:
    begun = httpx.post(f"{classroom.url}/api/v1/courses/{COURSE}/sessions").json()
    assert set(begun) == {"student", "token", "expires_at"}
    left = datetime.fromisoformat(begun["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=179) < left <= timedelta(days=180)


def test_there_are_no_students_of_a_course_that_is_not_there(classroom: Served) -> None:
    assert httpx.post(f"{classroom.url}/api/v1/courses/none/sessions").status_code == 404


def test_who_comes_with_a_token_that_is_over_can_begin_anew(classroom: Served, ada: StudentClient) -> None:
    headers = {"Authorization": f"Bearer {ada.token}x"}
    begun = httpx.post(f"{classroom.url}/api/v1/courses/{COURSE}/sessions", headers=headers)
    assert begun.status_code == 201
    assert begun.json()["student"] != ada.student


def test_another_student_s_stop_does_not_end_a_turn_and_feedback_is_not_kept(
    classroom: Served, ada: StudentClient, bob: StudentClient
) -> None:
    turn = ada.ask(QUESTION).json()
    assert bob.send("POST", f"/api/v1/turns/{turn['id']}/feedback", {"rating": "down"}).status_code == 404
    assert ada.send("GET", f"/api/v1/turns/{turn['id']}").json()["rating"] is None


def test_a_student_cannot_go_on_with_another_s_conversation_nor_one_without_a_student(
    classroom: Served, ada: StudentClient, bob: StudentClient, asked: dict[str, str]
) -> None:
    free = classroom.ask("What is TCP?").json()["conversation"]
    for conversation in (asked["conversation"], free):
        answer = bob.ask("and how does it end?", conversation=conversation)
        assert answer.status_code == 404
        assert SECRET not in answer.text
    turn = ada.ask("and how does it end?", conversation=asked["conversation"]).json()
    assert turn["conversation"] == asked["conversation"]


def test_a_student_asks_for_nobody_else(ada: StudentClient, bob: StudentClient) -> None:
    refused = bob.ask("What is TCP?", student=ada.student)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert bob.ask("What is TCP?", student=bob.student).status_code == 200


def test_the_same_key_by_two_students_gets_each_their_own_turn(
    classroom: Served, ada: StudentClient, bob: StudentClient
) -> None:
    first = ada.ask(QUESTION, key="one").json()
    assert ada.ask(QUESTION, key="one").json() == first
    second = bob.ask(QUESTION, key="one").json()
    assert second["id"] != first["id"]
    # Nor is another question of another student refused for it, which would tell that there was one.
    assert StudentClient.of(classroom).ask("What is a bit?", key="one").is_success


def test_a_stream_is_only_its_student_s(ada: StudentClient, bob: StudentClient) -> None:
    streamed = ada.ask(QUESTION, stream=True).text
    turn = streamed.split('"turn":"', 1)[1].split('"', 1)[0]
    path = f"/api/v1/turns/{turn}/events"
    assert SECRET in ada.get(path).text
    assert bob.get(path).status_code == 404
    assert bob.get(path, **{"Last-Event-ID": "999"}).status_code == 404


def test_a_repeated_answer_leads_nobody_to_who_asked_before(
    published: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = Path(copytree(published, tmp_path_factory.mktemp("repeats") / "data"))
    with LoopbackChat() as chat:
        chat.say("TCP is a protocol that numbers every byte it sends [1].")
        settings = settings_for(data, api_key=KEY, students="open", openai_base_url=chat.base_url, **PLENTY)
        with served(settings, EMBEDDER) as running:
            ada, bob = StudentClient.of(running), StudentClient.of(running)
            first = ada.ask("What is TCP?").json()
            again = bob.ask("what is TCP").json()
            assert (again["repeats"], again["answer"]) == (first["id"], first["answer"])
            assert again["question"] == "what is TCP"
            assert again["conversation"] != first["conversation"]
            assert ada.student not in str(again)
            for path in (f"/api/v1/turns/{again['repeats']}", f"/api/v1/turns/{again['repeats']}/events"):
                assert bob.get(path).status_code == 404
            listed = bob.get(f"/api/v1/courses/{COURSE}/conversations").json()["conversations"]
            assert [each["title"] for each in listed] == ["what is TCP"]


def test_a_token_outlives_the_server_that_made_it(published: Path, tmp_path: Path) -> None:
    data = Path(copytree(published, tmp_path / "data"))
    settings = settings_for(data, api_key=KEY, students="open")
    with served(settings, EMBEDDER) as first:
        student = StudentClient.of(first)
        turn = student.ask("What is TCP?").json()["id"]
    with served(settings, EMBEDDER) as second:
        headers = {"Authorization": f"Bearer {student.token}"}
        assert httpx.get(f"{second.url}/api/v1/turns/{turn}", headers=headers).status_code == 200


def test_students_who_ask_or_begin_too_often_are_told_when_to_come_again(published: Path, tmp_path: Path) -> None:
    data = Path(copytree(published, tmp_path / "data"))
    limits = {"questions_per_minute": 2, "questions_per_address_per_minute": 3, "sessions_per_address_per_hour": 3}
    with served(settings_for(data, api_key=KEY, students="open", **limits), EMBEDDER) as running:
        ada, bob = StudentClient.of(running), StudentClient.of(running)
        assert [ada.ask("What is TCP?").status_code for _ in range(2)] == [200, 200]
        refused = ada.ask("What is TCP?")
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert "more than 2 questions" in refused.json()["detail"]
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert bob.ask("What is TCP?").status_code == 200
        together = bob.ask("What is TCP?")
        assert (together.status_code, "from your network" in together.json()["detail"]) == (429, True)
        assert httpx.get(f"{running.url}/ask", params={"course": COURSE, "question": "TCP?"}).status_code == 429
        StudentClient.of(running)
        begun = httpx.post(f"{running.url}/api/v1/courses/{COURSE}/sessions")
        assert (begun.status_code, 3000 < int(begun.headers["retry-after"]) <= 3600) == (429, True)
        assert [running.ask("What is TCP?").status_code for _ in range(4)] == [200] * 4
        assert running.client.post(f"/api/v1/courses/{COURSE}/sessions").status_code == 201
