"""What a student has asked before, over HTTP; whose it is, `test_sessions` asks."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.api.students import StudentClient
from tests.support.served import COURSE, Served
from tutor.rendering.nodes import is_node

PATH = f"/api/v1/courses/{COURSE}/conversations"


def test_conversations_are_listed_newest_first_and_read_oldest_turn_first(server: Served) -> None:
    ada = StudentClient.of(server)
    assert ada.get(PATH).json() == {"conversations": []}
    first = ada.ask("What is TCP?").json()
    other = ada.ask("What is a bit?").json()
    second = ada.ask("and how does it end?", conversation=first["conversation"]).json()
    newest, oldest = ada.get(PATH).json()["conversations"]
    assert (newest["conversation"], newest["title"], newest["turns"]) == (first["conversation"], "What is TCP?", 2)
    assert (oldest["conversation"], oldest["title"], oldest["turns"]) == (other["conversation"], "What is a bit?", 1)
    instants = [datetime.fromisoformat(each) for each in (newest["started_at"], newest["last_at"])]
    assert instants == sorted(instants)
    assert all(each.tzinfo for each in instants)
    read = ada.get(f"{PATH}/{first['conversation']}").json()
    assert read["conversation"] == first["conversation"]
    for turn in read["turns"]:
        nodes = turn.pop("nodes")
        assert nodes
        assert all(map(is_node, nodes))
    assert read["turns"] == [first, second]


def test_a_conversation_tells_how_its_turns_were_rated(server: Served) -> None:
    ada = StudentClient.of(server)
    first = ada.ask("What is TCP?").json()
    second = ada.ask("What is a bit?", conversation=first["conversation"]).json()
    ada.send("POST", f"/api/v1/turns/{second['id']}/feedback", {"rating": "down"})
    read = ada.get(f"{PATH}/{first['conversation']}").json()["turns"]
    assert [turn["rating"] for turn in read] == [None, "down"]


def test_whoever_sees_everything_names_the_student(server: Served) -> None:
    ada = StudentClient.of(server)
    turn = ada.ask("What is TCP?").json()
    listed = server.client.get(PATH, params={"student": ada.student}).json()
    assert [each["conversation"] for each in listed["conversations"]] == [turn["conversation"]]
    one = f"{PATH}/{turn['conversation']}"
    (read,) = server.client.get(one, params={"student": ada.student}).json()["turns"]
    assert turn.items() <= read.items()
    assert server.client.get(one).status_code == 404
    free = server.ask("What is TCP?").json()["conversation"]
    assert free in [each["conversation"] for each in server.client.get(PATH).json()["conversations"]]


def test_a_session_names_no_other_student(server: Served) -> None:
    ada, bob = StudentClient.of(server), StudentClient.of(server)
    turn = ada.ask("What is TCP?").json()
    for path in (PATH, f"{PATH}/{turn['conversation']}"):
        answer = bob.get(f"{path}?student={ada.student}")
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert ada.get(f"{PATH}?student={ada.student}").status_code == 200


@pytest.mark.parametrize("conversation", ["none", "%00", "a%20b", "-", "conv_000000000000000000000000"])
def test_a_conversation_that_nobody_began_is_not_found(server: Served, conversation: str) -> None:
    assert server.client.get(f"{PATH}/{conversation}").status_code == 404


def test_a_course_that_is_not_there_has_none(server: Served) -> None:
    assert server.client.get("/api/v1/courses/none/conversations").status_code == 404
    assert server.client.get(PATH, params={"student": "a b"}).status_code == 422
