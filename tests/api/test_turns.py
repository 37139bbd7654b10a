"""Asking over HTTP, and what becomes of turns."""

from __future__ import annotations

import pytest

from tests.support.served import COURSE, Served

QUESTION = "How does a connection end?"
KEYS = (
    "id conversation course question standalone_question answer state coverage citations passages suggestions answerer "
    "usage timings_ms mode sentences fallback repeats generation lesson not_beyond step rating"
)


def test_a_question_gets_an_answer_whose_citations_are_exact(server: Served) -> None:
    turn = server.ask(QUESTION).json()
    assert set(turn) == set(KEYS.split())
    assert (turn["state"], turn["course"], turn["answerer"]) == ("done", COURSE, "quoting")
    assert [citation["number"] for citation in turn["citations"]] == list(range(1, len(turn["citations"]) + 1))
    assert turn["citations"]
    for citation in turn["citations"]:
        lesson = server.client.get(f"/api/v1/courses/{COURSE}/lessons/{citation['lesson']}").json()
        assert lesson["text"][citation["source_start"] : citation["source_end"]] == citation["quote"]
        assert turn["answer"][citation["answer_start"] : citation["answer_end"]] == citation["quote"]


def test_what_the_course_does_not_cover_is_refused_and_stored_like_any_turn(server: Served) -> None:
    turn = server.ask("Who won the football world cup of 1998?").json()
    assert (turn["state"], turn["coverage"]["decision"], turn["citations"]) == ("refused", "not_covered", [])
    assert server.client.get(f"/api/v1/turns/{turn['id']}").json() == turn


def test_a_turn_can_be_read_again_and_stopping_it_changes_nothing(server: Served) -> None:
    turn = server.ask(QUESTION).json()
    assert server.client.get(f"/api/v1/turns/{turn['id']}").json() == turn
    assert server.client.post(f"/api/v1/turns/{turn['id']}/stop").json() == turn


def test_a_conversation_goes_on(server: Served) -> None:
    first = server.ask("What is TCP?").json()
    second = server.ask("and how does it end?", conversation=first["conversation"]).json()
    assert second["conversation"] == first["conversation"]
    assert second["standalone_question"] != second["question"]


@pytest.mark.parametrize("conversation", ["none", "conv_000000000000000000000000"])
def test_a_conversation_that_nobody_began_is_not_found(server: Served, conversation: str) -> None:
    assert server.ask(QUESTION, conversation=conversation).status_code == 404


def test_the_same_key_and_body_get_the_same_turn(server: Served) -> None:
    path = f"/api/v1/courses/{COURSE}/turns"
    headers = {"Idempotency-Key": "one"}
    first = server.client.post(path, json={"question": QUESTION}, headers=headers)
    again = server.client.post(path, json={"question": QUESTION, "stream": False}, headers=headers)
    assert again.json() == first.json()
    other = server.client.post(path, json={"question": "What is TCP?"}, headers=headers)
    assert other.status_code == 422
    assert "Idempotency-Key" in other.json()["detail"]
    assert server.client.post(path, json={"question": QUESTION}).json()["id"] != first.json()["id"]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"mode": "shout"}, "mode"),
        ({"student": "a b"}, "student"),
        ({"question": " \n"}, "question"),
        ({"question": "\0"}, "question"),
        ({"question": "a" * 4001}, "4,000"),
        ({"questoin": "a"}, "questoin"),
        ({"conversation": "a b"}, "conversation"),
    ],
)
def test_a_turn_that_cannot_be_is_refused_with_what_is_wrong(
    server: Served, fields: dict[str, object], word: str
) -> None:
    answer = server.client.post(f"/api/v1/courses/{COURSE}/turns", json={"question": QUESTION, **fields})
    assert answer.status_code == 422
    assert word in answer.json()["detail"]


def test_a_lesson_that_is_not_there_is_not_found(server: Served) -> None:
    assert server.ask(QUESTION, lesson="none.md").status_code == 404
    assert server.ask(QUESTION, not_beyond="none.md").status_code == 404


def test_a_question_can_be_kept_to_the_lessons_up_to_one(server: Served) -> None:
    question = "What are SYN and ACK?"
    frames, tcp = "01-basics/02-frames.md", "02-transport/01-tcp.md"
    whole = server.ask(question, lesson=frames).json()
    assert (whole["state"], whole["not_beyond"]) == ("done", "")
    assert {citation["lesson"] for citation in whole["citations"]} == {tcp}
    kept = server.ask(question, lesson=frames, not_beyond=frames).json()
    assert (kept["state"], kept["not_beyond"]) == ("refused", frames)
    assert kept["answer"].startswith("The lessons up to “Frames” do not answer that.")
    assert tcp not in {passage["lesson"] for passage in kept["passages"]}
    assert server.client.get(f"/api/v1/turns/{kept['id']}").json() == kept
    assert server.ask(question, not_beyond=tcp).json()["citations"] == whole["citations"]


def test_feedback_is_stored(server: Served) -> None:
    turn = server.ask(QUESTION).json()["id"]
    sent = {"rating": "down", "reasons": ["wrong_lesson"], "note": "no \0"}
    feedback = server.client.post(f"/api/v1/turns/{turn}/feedback", json=sent).json()
    assert {name: feedback[name] for name in sent} == {**sent, "note": "no  "}
    assert feedback["turn"] == turn


def test_a_turn_that_is_read_again_tells_its_newest_rating(server: Served) -> None:
    turn = server.ask(QUESTION).json()
    assert turn["rating"] is None
    for rating in ("down", "up"):
        server.client.post(f"/api/v1/turns/{turn['id']}/feedback", json={"rating": rating})
        assert server.client.get(f"/api/v1/turns/{turn['id']}").json() == {**turn, "rating": rating}


@pytest.mark.parametrize("body", [{"rating": "good"}, {}, {"rating": "up", "reasons": ["No Spaces"]}])
def test_feedback_that_says_nothing_is_refused(server: Served, body: dict[str, object]) -> None:
    turn = server.ask(QUESTION).json()["id"]
    assert server.client.post(f"/api/v1/turns/{turn}/feedback", json=body).status_code == 422


def test_a_turn_that_is_not_there_is_not_found_on_every_route(server: Served) -> None:
    assert server.client.get("/api/v1/turns/none").status_code == 404
    assert server.client.get("/api/v1/turns/%00").status_code == 404
    assert server.client.post("/api/v1/turns/none/stop").status_code == 404
    assert server.client.post("/api/v1/turns/none/feedback", json={"rating": "up"}).status_code == 404
