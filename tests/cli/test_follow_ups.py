"""`course-tutor follow-ups` and what the doctor says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import RunCommand, course_tutor
from tests.support.follow_ups import Mailbox, a_follow_up, enabled, free_port, mail_server
from tutor.adapters.sql.database import open_database, sqlite_url
from tutor.adapters.sql.follow_ups import SqlFollowUps


@pytest.fixture(scope="module")
def data(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a course in which one question was left."""
    data = enabled(folder / ".data", tmp_path_factory.mktemp("cli-follow-ups"))
    engine = open_database(sqlite_url(data))
    SqlFollowUps(engine).add(a_follow_up(name="Grace", note="Soon?", lesson_title="Bits"))
    engine.dispose()
    return data


def test_a_question_is_listed_shown_and_answered(data: Path) -> None:
    def run(*arguments: str, json: bool = True) -> object:
        end = ["--json"] if json else []
        done = course_tutor("follow-ups", *arguments, "--data-dir", str(data), *end, cwd=data)
        assert done.status == 0, done.err
        return done.json if json else done.out

    (listed,) = run("list")["follow_ups"]  # type: ignore[index]
    reference = listed["reference"]
    assert (listed["state"], listed["team_told"]) == ("open", "listed")
    assert f"{reference}" in str(run("list", json=False))
    shown = str(run("show", reference.lower(), json=False))
    for part in ("Grace, grace@student.example", "When is the exam?", "Soon?", "Bits", "waits here for an instructor"):
        assert part in shown
    said = " ".join(str(run("answer", reference, "On Friday.", json=False)).split())
    assert (
        said
        == f"The answer to {reference} is stored, and waits for a mail server: set TUTOR_SMTP_URL and TUTOR_MAIL_FROM."
    )
    assert run("show", reference)["answer"] == "On Friday."  # type: ignore[index]
    assert run("list") == {"follow_ups": []}
    assert run("list", "--state", "answered")["follow_ups"][0]["reference"] == reference  # type: ignore[index]


def test_what_is_not_there_or_wrong_is_said_in_words(data: Path) -> None:
    missing = course_tutor("follow-ups", "show", "F-XXXXXX", "--data-dir", str(data), cwd=data)
    assert (missing.status, "There is no follow-up" in missing.err) == (1, True)
    wrong = course_tutor("follow-ups", "list", "--state", "closed", "--data-dir", str(data), cwd=data)
    assert (wrong.status, "open, answered or all" in wrong.err) == (2, True)


def test_the_doctor_says_whether_follow_ups_can_be_sent(run: RunCommand) -> None:
    def found(**environment: str) -> tuple[str, str]:
        findings = run("doctor", "--json", **environment).json["findings"]
        (finding,) = [each for each in findings if each["subject"] == "follow-ups"]
        return finding["state"], finding["found"]

    assert found() == ("ok", "are listed only: no mail server and no webhook is configured")
    sender = {"TUTOR_MAIL_FROM": "tutor@school.example"}
    with mail_server(Mailbox()) as url:
        assert found(TUTOR_SMTP_URL=url, **sender) == ("ok", "are sent by mail")
    away = found(TUTOR_SMTP_URL=f"smtp://tutor:secret-word@127.0.0.1:{free_port()}", **sender)
    assert (away[0], "cannot be reached" in away[1], "secret-word" in away[1]) == ("fail", True, False)
    state, said = found(TUTOR_SMTP_URL="smtp://127.0.0.1")
    assert (state, "TUTOR_MAIL_FROM is not" in said) == ("fail", True)


def test_the_server_does_not_start_with_a_mail_server_that_it_could_not_use(data: Path) -> None:
    done = course_tutor(
        "serve", "--port", "0", "--data-dir", str(data), cwd=data, TUTOR_SMTP_URL="mail.school.example",
        TUTOR_MAIL_FROM="tutor@school.example",
    )  # fmt: skip
    assert (done.status, "TUTOR_SMTP_URL cannot be read" in done.err) == (1, True)
