"""Every error is a problem, and nothing that is sent breaks the server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.served import COURSE, Served
from tutor import errors
from tutor.api.problems import STATUS, status_of
from tutor.errors import TutorError

TURNS = f"/api/v1/courses/{COURSE}/turns"
JSON = {"Content-Type": "application/json"}


def kinds(of: type[TutorError] = TutorError) -> Iterator[type[TutorError]]:
    """All kinds of errors but the base."""
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


@pytest.mark.parametrize("kind", list(kinds()))
def test_every_kind_of_error_has_the_status_of_itself_or_its_parent(kind: type[TutorError]) -> None:
    expected = next(STATUS[parent] for parent in kind.__mro__ if parent in STATUS)
    error = kind("field", "message") if issubclass(kind, errors.InvalidField) else kind("message")
    assert status_of(error) == expected


def test_the_table_has_the_statuses_that_callers_know() -> None:
    assert status_of(errors.BeingPrepared("")) == 503
    assert status_of(errors.Overloaded("")) == 503
    assert status_of(errors.InvalidRequest("")) == 422
    assert status_of(errors.ConfigurationError("")) == 500


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b'"text"',
        b"[" * 30_000,
        b'{"question":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"question": NaN}',
        b'{"question": "a", "extra": -Infinity}',
        b'{"question": ' + b"9" * 20_000 + b"}",
        b'{"question": "\\ud800"}',
        b'{"question": "\xff\xfe"}',
        b'{"question": ["a"]}',
        b'{"question": {"$ne": null}}',
        b'{"question": "a", "question": 1}',
    ],
)
def test_a_body_that_is_no_question_is_told_so(server: Served, body: bytes) -> None:
    answer = server.client.post(TURNS, content=body, headers=JSON)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) >= {"type", "title", "status", "detail", "code", "instance"}
    assert (problem["status"], problem["instance"]) == (answer.status_code, TURNS)


def test_json_under_another_name_is_not_read(server: Served) -> None:
    for headers in ({"Content-Type": "text/plain"}, {}):
        assert server.client.post(TURNS, content=b'{"question": "a"}', headers=headers).status_code == 422


def test_a_body_that_is_too_large_is_refused_also_without_its_length(server: Served) -> None:
    body = b'{"question": "' + b"a" * 70_000 + b'"}'
    pieces = (body[start : start + 1000] for start in range(0, len(body), 1000))
    for answer in (
        server.client.post(TURNS, content=body, headers=JSON),
        server.client.post(TURNS, content=pieces, headers=JSON),
    ):
        assert answer.status_code == 413
        assert answer.json()["code"] == "too_large"


def test_what_no_route_serves_is_a_problem(server: Served) -> None:
    assert server.client.get("/none").json()["code"] == "not_found"
    answer = server.client.delete("/api/v1/courses")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


def test_a_method_that_a_path_does_not_have_is_answered_with_all_that_it_has(server: Served) -> None:
    answer = server.client.put(f"/api/v1/courses/{COURSE}/follow-ups")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    answer = server.client.put(f"/api/v1/courses/{COURSE}/sessions")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_wrong_fields_are_named_and_not_repeated(server: Served) -> None:
    answer = server.client.post(TURNS, json={"question": 7, "conversation": "s e c r e t"})
    assert [error["field"] for error in answer.json()["errors"]] == ["body.question", "body.conversation"]
    assert "s e c r e t" not in answer.text
