"""Questions left for the course team: stored, told, answered and removed, under a real server."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.conftest import EMBEDDER
from tests.api.students import KEY, StudentClient
from tests.support.follow_ups import Hook, Mailbox, enabled, free_port, hook_server, mail_server
from tests.support.served import COURSE, Served, served, settings_for
from tests.support.waiting import eventually
from tutor.adapters.sql.database import open_database, sqlite_url
from tutor.config import Settings
from tutor.follow_ups.follow_up import consent_of, is_reference
from tutor.models import CourseInfo

ROOT = Path(__file__).parents[2]
URL = f"/api/v1/courses/{COURSE}/follow-ups"
EMAIL = "grace@student.example"
VERSION = consent_of(CourseInfo(COURSE, "")).version


@pytest.fixture(scope="module")
def data(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data of a course that takes follow-ups."""
    return enabled(published, tmp_path_factory.mktemp("follow-ups"))


@pytest.fixture(scope="module")
def desk(data: Path) -> Iterator[Served]:
    """A server on this machine, where nothing that could send is configured."""
    with served(settings_for(data, follow_ups_per_hour=1000), EMBEDDER) as running:
        yield running


def draft(**fields: Any) -> dict[str, Any]:
    return {"email": EMAIL, "question": "When is the exam?", "consent_version": VERSION, **fields}


def leave(server: Served, key: str | None = None, **fields: Any) -> httpx.Response:
    return server.client.post(URL, json=draft(**fields), headers={"Idempotency-Key": key} if key else {})


def test_a_question_is_stored_with_the_consent_and_gets_a_reference(desk: Served) -> None:
    turn = desk.ask("How does a connection end?").json()
    answer = leave(desk, question="Why\r\ntwo? \x07\u202e", name=" Grace\nHopper ", note="Please.", turn=turn["id"])
    assert answer.status_code == 201
    receipt = answer.json()
    assert set(receipt) == {"reference", "state", "created_at"}
    assert is_reference(receipt["reference"])
    assert receipt["state"] == "open"
    stored = desk.client.get(f"{URL}/{receipt['reference'].lower()}").json()
    assert (stored["email"], stored["name"], stored["question"]) == (EMAIL, "Grace Hopper", "Why\ntwo?")
    assert (stored["note"], stored["turn"], stored["lesson"]) == ("Please.", turn["id"], "02-transport/01-tcp.md")
    assert stored["consent_version"] == VERSION
    assert stored["consent_text"].startswith("I agree that my e-mail address")
    # Nothing is configured that could tell anybody: it is listed, and waits.
    assert (stored["team_told"], stored["student_told"], stored["deliveries"]) == ("listed", "not_yet", [])


def test_the_course_says_what_is_agreed_to(desk: Served) -> None:
    said = desk.client.get(f"/api/v1/courses/{COURSE}").json()["follow_ups"]
    assert (said["enabled"], said["consent_version"]) == (True, VERSION)


@pytest.mark.parametrize(
    ("wrong", "field", "word"),
    [
        ({"email": ""}, "email", "Write your e-mail address"),
        ({"email": "grace"}, "email", "one @"),
        ({"email": "grace@"}, "email", "missing after"),
        ({"email": "@student.example"}, "email", "missing before"),
        ({"email": "a@b@student.example"}, "email", "one @"),
        ({"email": "grace hopper@student.example"}, "email", "before the @"),
        ({"email": "grace..h@student.example"}, "email", "before the @"),
        ({"email": "=?utf-8?q?x?=@student.example"}, "email", "before the @"),
        ({"email": f"{'a' * 65}@student.example"}, "email", "before the @"),
        ({"email": "grace@localhost"}, "email", "after the @"),
        ({"email": "grace@student,example"}, "email", "after the @"),
        ({"email": "grace@192.168.0.1"}, "email", "after the @"),
        ({"email": "grace@student.example\nBcc: x@y.example"}, "email", "one @"),
        ({"email": "grace@student.example\nBcc:"}, "email", "after the @"),
        ({"email": f"grace@{'a.' * 130}example"}, "email", "after the @"),
        ({"question": ""}, "question", "no word"),
        ({"question": " \x00\u200b\n"}, "question", "no word"),
        ({"question": "x" * 4001}, "question", "4,000"),
        ({"name": "x" * 101}, "name", "100"),
        ({"note": "x" * 2001}, "note", "2000"),
        ({"consent_version": ""}, "consent_version", VERSION),
        ({"consent_version": "00000000"}, "consent_version", VERSION),
        ({"turn": "nobody-s"}, "turn", "no such turn"),
        ({"turn": "../x"}, "turn", ""),
        ({"email": 5}, "email", ""),
        ({"phone": "1"}, "phone", ""),
    ],
)
def test_what_is_wrong_is_named_by_its_field_and_nothing_is_stored(
    desk: Served, wrong: dict[str, Any], field: str, word: str
) -> None:
    before = len(desk.client.get(URL).json()["follow_ups"])
    answer = leave(desk, **wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    (error,) = answer.json()["errors"]
    assert error["field"] == f"body.{field}"
    assert word in error["message"]
    assert len(desk.client.get(URL).json()["follow_ups"]) == before


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Grace.O'Hopper+tcp@Student.Example ", "Grace.O'Hopper+tcp@student.example"),
        ("grace@bücher.example", "grace@xn--bcher-kva.example"),
        ("grace＠student．example", "grace@student.example"),
        ("用户@student。example", "用户@student.example"),
    ],
)
def test_addresses_are_kept_as_they_can_be_written_to(desk: Served, written: str, kept: str) -> None:
    reference = leave(desk, email=written).json()["reference"]
    assert desk.client.get(f"{URL}/{reference}").json()["email"] == kept


def test_the_same_request_gets_the_same_reference(desk: Served) -> None:
    first = leave(desk, "key-1", question="Twice?").json()
    assert leave(desk, "key-1", question="Twice?").json() == first
    # A lost answer, and a page that was loaded again: another key, the same words.
    assert leave(desk, "key-2", question="Twice?", email=EMAIL.upper()).json() == first
    other = leave(desk, "key-1", question="Another?")
    assert (other.status_code, "Idempotency-Key" in other.json()["detail"]) == (422, True)
    assert leave(desk, question="Twice?", note="And why?").json()["reference"] != first["reference"]


def test_the_list_is_by_state_and_goes_on_page_by_page(desk: Served) -> None:
    left = [leave(desk, question=f"Listed {number}?").json()["reference"] for number in range(3)]
    desk.client.post(f"{URL}/{left[1]}/answer", json={"text": "Yes."})
    newest = desk.client.get(URL, params={"state": "all", "limit": 2}).json()
    assert [each["reference"] for each in newest["follow_ups"]] == [left[2], left[1]]
    rest = desk.client.get(URL, params={"state": "all", "limit": 1, "before": newest["next"]}).json()
    assert rest["follow_ups"][0]["reference"] == left[0]
    assert left[1] not in [each["reference"] for each in desk.client.get(URL).json()["follow_ups"]]
    answered = desk.client.get(URL, params={"state": "answered"}).json()
    assert (answered["follow_ups"][0]["reference"], answered["next"]) == (left[1], None)


def test_an_answer_is_given_once(desk: Served) -> None:
    reference = leave(desk, question="Answered?").json()["reference"]
    at = f"{URL}/{reference}"
    empty = desk.client.post(f"{at}/answer", json={"text": " "})
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "body.text")
    answered = desk.client.post(f"{at}/answer", json={"text": "On\r\nFriday."}).json()
    assert (answered["state"], answered["answer"], answered["student_told"]) == ("answered", "On\nFriday.", "listed")
    assert desk.client.post(f"{at}/answer", json={"text": "On\nFriday."}).json() == answered
    other = desk.client.post(f"{at}/answer", json={"text": "On Monday."})
    assert (other.status_code, "was answered" in other.json()["detail"]) == (422, True)


def test_what_is_removed_is_gone_for_good(desk: Served, data: Path) -> None:
    reference = leave(desk, email="ada-lovelace@student.example", question="Forget me?").json()["reference"]
    assert desk.client.delete(f"{URL}/{reference}").status_code == 204
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/answer")):
        body = {"text": "Yes."} if method == "POST" else None
        answer = desk.client.request(method, f"{URL}/{reference}{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    engine = open_database(sqlite_url(data))
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM inquiries").all()
    engine.dispose()
    assert rows
    assert "ada-lovelace" not in repr(rows)


@pytest.mark.parametrize("reference", ["F-XXXXXX", "x", "F-%00%00%00%00%00%00", "F-١٢٣٤٥٦", "x" * 500])
def test_what_is_no_reference_is_not_found(desk: Served, reference: str) -> None:
    assert desk.client.get(f"{URL}/{reference}").status_code == 404


def test_a_course_that_nobody_has_is_not_found_and_one_that_takes_none_says_so(desk: Served, server: Served) -> None:
    for path in ("/api/v1/courses/none/follow-ups", "/api/v1/courses/%00/follow-ups"):
        assert desk.client.post(path, json=draft()).status_code == 404
        assert desk.client.get(path).status_code == 404
    refused = leave(server)
    assert (refused.status_code, "takes no questions by e-mail" in refused.json()["detail"]) == (403, True)


def school(data: Path, **fields: Any) -> Settings:
    """Settings of a server that students reach."""
    return settings_for(data, api_key=KEY, students="open", **fields)


def test_a_student_leaves_questions_about_own_turns_only_and_reads_none(data: Path) -> None:
    with served(school(data), EMBEDDER) as server:
        grace, ada = StudentClient.of(server), StudentClient.of(server)
        turn = grace.ask("How does a connection end?").json()["id"]
        stranger = ada.send("POST", URL, draft(turn=turn, email="ada@student.example"))
        assert (stranger.status_code, stranger.json()["errors"][0]["field"]) == (422, "body.turn")
        receipt = grace.send("POST", URL, draft(turn=turn))
        assert receipt.status_code == 201
        at = f"{URL}/{receipt.json()['reference']}"
        for method, path in (
            ("GET", URL),
            ("GET", at),
            ("POST", f"{at}/answer"),
            ("POST", f"{at}/resend"),
            ("DELETE", at),
        ):
            assert grace.send(method, path, {"text": "x"}).status_code == 403
            assert httpx.request(method, server.url + path).status_code == 401
        assert httpx.post(server.url + URL, json=draft()).status_code == 401
        assert server.client.get(at).json()["student"] == grace.student


def test_without_a_key_a_session_reads_no_list_either(desk: Served) -> None:
    assert StudentClient.of(desk).get(URL).status_code == 403


def test_who_leaves_too_many_is_told_when_to_come_again_but_a_repeat_always_arrives(data: Path) -> None:
    with served(school(data, follow_ups_per_hour=2), EMBEDDER) as server:
        grace, ada = StudentClient.of(server), StudentClient.of(server)

        def left(student: StudentClient, number: int, email: str) -> httpx.Response:
            return student.send("POST", URL, draft(question=f"Too many, {number}?", email=email))

        assert [left(grace, number, f"a{number}@b.example").status_code for number in range(3)] == [201, 201, 429]
        full = left(grace, 2, "a2@b.example")
        assert full.json()["code"] == "rate_limited"
        assert 3000 < int(full.headers["Retry-After"]) <= 3601
        assert left(grace, 1, "a1@b.example").status_code == 201
        # Another student is another one, but not with the same address.
        assert left(ada, 3, "a0@b.example").status_code == 201
        assert left(ada, 4, "A0@b.example").status_code == 429
        assert left(ada, 4, "a9@b.example").status_code == 201


def test_what_was_left_before_mail_was_configured_is_sent_when_it_is(published: Path, tmp_path: Path) -> None:
    data = enabled(published, tmp_path)
    with served(settings_for(data), EMBEDDER) as server:
        reference = leave(server).json()["reference"]
    mailbox, hook = Mailbox(), Hook()
    with mail_server(mailbox) as smtp_url, hook_server(hook) as hook_url:
        settings = settings_for(
            data, smtp_url=smtp_url, mail_from="tutor@school.example", follow_up_webhook_url=f"{hook_url}/hook",
            public_url="https://tutor.example",
        )  # fmt: skip
        with served(settings, EMBEDDER) as server:
            at = f"{URL}/{reference}"
            eventually(lambda: [each["state"] for each in server.client.get(at).json()["deliveries"]] == ["sent"] * 2)
            assert server.client.get(at).json()["team_told"] == "sent"
            # The course's own contact, as course.yaml names it.
            assert (mailbox.recipients, len(hook.requests)) == ([["ada@example.org"]], 1)
            turn = server.ask("How does a connection end?").json()
            asked = leave(server, question="And then?", turn=turn["id"]).json()["reference"]
            eventually(lambda: len(mailbox.mails) == 2)
            server.client.post(f"{URL}/{asked}/answer", json={"text": "Silence."})
            eventually(lambda: server.client.get(f"{URL}/{asked}").json()["student_told"] == "sent")
            assert mailbox.recipients[-1] == [EMAIL]
            text = mailbox.mails[-1].get_content().replace("\r\n", "\n")
            assert "TCP\nhttps://tutor.example/courses/networks/lessons/02-transport/01-tcp.md\n" in text
            figures = server.client.get("/metrics").text
            assert 'tutor_deliveries_total{channel="mail",outcome="sent"} 3.0' in figures
            assert 'tutor_outbox{channel="mail",state="sent"} 3.0' in figures


def test_what_has_failed_is_sent_again_when_that_is_wanted(published: Path, tmp_path: Path) -> None:
    mailbox = Mailbox(refused_recipients={"ada@example.org": "550 no such mailbox"})
    with mail_server(mailbox) as url:
        settings = settings_for(enabled(published, tmp_path), smtp_url=url, mail_from="tutor@school.example")
        with served(settings, EMBEDDER) as server:
            at = f"{URL}/{leave(server).json()['reference']}"
            eventually(lambda: server.client.get(at).json()["team_told"] == "failed")
            assert (
                server.client.get(at).json()["deliveries"][0]["problem"] == "The mail server said 550: no such mailbox"
            )
            mailbox.refused_recipients.clear()
            assert server.client.post(f"{at}/resend").status_code == 200
            eventually(lambda: server.client.get(at).json()["team_told"] == "sent")
    assert len(mailbox.mails) == 1


@contextmanager
def program(data: Path, log: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """The server as a program of its own, and a client for it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TUTOR_", "OPENAI_"))}
    clean |= {"PYTHONPATH": str(ROOT), "TUTOR_LOG_LEVEL": "debug", **environment}
    command = [sys.executable, "-m", "tutor", "serve", "--port", "0", "--json", "--data-dir", str(data)]
    with (
        log.open("a") as errors,
        subprocess.Popen(
            command, cwd=log.parent, env=clean, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            url = json.loads("".join(process.stdout.readline() for _ in range(3)))["url"]
            with httpx.Client(base_url=url, timeout=20) as client:
                yield process, client
        finally:
            process.kill()


@pytest.mark.parametrize("moment", ["waiting", "sending"])
def test_what_was_stored_is_sent_after_the_server_was_killed(published: Path, tmp_path: Path, moment: str) -> None:
    data, log, port, mailbox = enabled(published, tmp_path), tmp_path / "log", free_port(), Mailbox()
    mail = {
        "TUTOR_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "TUTOR_MAIL_FROM": "tutor@school.example",
        "TUTOR_DELIVERY_SECONDS": "3",
    }
    if moment == "waiting":
        # Nothing is configured yet: it lies in the outbox, and nobody has begun.
        with program(data, log) as (process, client):
            left = client.post(URL, json=draft()).json()
            process.send_signal(signal.SIGKILL)
            process.wait()
    else:
        with (
            socket.create_server(("127.0.0.1", port)) as silent,
            program(data, log, **mail) as (process, client),
        ):
            left = client.post(URL, json=draft()).json()
            silent.settimeout(20)
            # It has begun to send, and is answered nothing.
            connection, _ = silent.accept()
            process.send_signal(signal.SIGKILL)
            process.wait()
            connection.close()
    with mail_server(mailbox, port), program(data, log, **mail) as (_, client):
        eventually(lambda: client.get(f"{URL}/{left['reference']}").json()["team_told"] == "sent")
    assert len(mailbox.mails) == 1
    assert left["reference"] in mailbox.mails[0]["Subject"]
    logged = log.read_text()
    assert f"{left['reference']}, mail to the team" in logged
    assert EMAIL not in logged
    assert "ada@example.org" not in logged
