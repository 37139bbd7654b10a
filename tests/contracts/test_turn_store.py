"""What every store of turns promises, on SQLite and on Postgres."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tutor.adapters.database import open_database, sqlite_url
from tutor.adapters.sql_turns import SqlTurns
from tutor.errors import InvalidRequest, NotFound
from tutor.models import Citation, Coverage, Decision, Passage, Turn, TurnState, Usage
from tutor.protocols import TurnStore
from tutor.records import Feedback, RequestKey

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432")
TURN = Turn(
    id="turn-1",
    conversation="talk-1",
    course="networks",
    question="Wie endet TCP? 👋 \u2028 \\u0000",
    standalone_question="Wie endet TCP?",
    answer="Mit **FIN**. [1]",
    state=TurnState.DONE,
    coverage=Coverage(0.875, Decision.PARTIAL),
    citations=(Citation(1, 0, 12, "01.md", "TCP", "TCP › Ende", 5, 17, "Mit **FIN**.", "https://example.org/#ende"),),
    passages=(Passage(1, 0.25, "01.md", "TCP", "TCP › Ende", 0, 20, "# TCP\n\nMit **FIN**.", ""),),
    suggestions=("Was ist ein Router?",),
    usage=Usage(3, 4, 0.5),
    timings_ms={"search": 1.5},
)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TurnStore]:
    """A store on an empty database, gone after the test."""
    if request.param == "sqlite":
        engine = open_database(sqlite_url(tmp_path / "data"))
        yield SqlTurns(engine)
        engine.dispose()
        return
    server = create_engine(f"{POSTGRES}/postgres", isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})
    name = f"tutor_test_{uuid.uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except Exception as error:
        pytest.skip(f"no Postgres at {POSTGRES}: {type(error).__name__}")
    engine = open_database(f"{POSTGRES}/{name}")
    yield SqlTurns(engine)
    engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def test_a_turn_is_read_back_as_it_was_stored(store: TurnStore) -> None:
    assert store.add(TURN) == TURN
    assert store.turn("turn-1") == TURN


def test_a_turn_that_nobody_stored_is_not_found(store: TurnStore) -> None:
    with pytest.raises(NotFound):
        store.turn("turn-1")


def test_a_conversation_is_its_last_turns_oldest_first(store: TurnStore) -> None:
    for number in range(5):
        store.add(replace(TURN, id=f"turn-{number}", question=f"question {number}"))
    store.add(replace(TURN, id="other", conversation="talk-2"))
    store.add(replace(TURN, id="elsewhere", course="biology"))
    assert [turn.id for turn in store.conversation("networks", "talk-1")] == [f"turn-{number}" for number in range(5)]
    assert [turn.id for turn in store.conversation("networks", "talk-1", last=2)] == ["turn-3", "turn-4"]
    assert [turn.id for turn in store.conversation("biology", "talk-1")] == ["elsewhere"]


@pytest.mark.parametrize(("course", "conversation"), [("networks", "talk-2"), ("biology", "talk-1")])
def test_a_conversation_that_the_course_does_not_have_is_not_found(
    store: TurnStore, course: str, conversation: str
) -> None:
    store.add(TURN)
    with pytest.raises(NotFound):
        store.conversation(course, conversation)


def test_the_same_request_gets_the_turn_it_got_first(store: TurnStore) -> None:
    request = RequestKey("key", "digest")
    assert store.of_request("networks", request) is None
    store.add(TURN, request)
    assert store.of_request("networks", request) == TURN
    assert store.add(replace(TURN, id="turn-2"), request) == TURN
    with pytest.raises(NotFound):
        store.turn("turn-2")


def test_a_key_that_was_used_for_another_body_is_refused_and_stores_nothing(store: TurnStore) -> None:
    store.add(TURN, RequestKey("key", "digest"))
    with pytest.raises(InvalidRequest, match="Idempotency-Key"):
        store.of_request("networks", RequestKey("key", "other"))
    with pytest.raises(InvalidRequest, match="Idempotency-Key"):
        store.add(replace(TURN, id="turn-2"), RequestKey("key", "other"))
    with pytest.raises(NotFound):
        store.turn("turn-2")


def test_two_courses_may_use_one_key(store: TurnStore) -> None:
    store.add(TURN, RequestKey("key", "digest"))
    other = replace(TURN, id="turn-2", course="biology")
    assert store.add(other, RequestKey("key", "other")) == other


def test_of_many_requests_with_one_key_at_once_one_is_stored(store: TurnStore) -> None:
    stored: list[Turn] = []
    barrier = threading.Barrier(8)

    def add(number: int) -> None:
        barrier.wait()
        stored.append(store.add(replace(TURN, id=f"turn-{number}"), RequestKey("key", "digest")))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored) == 8
    assert len({turn.id for turn in stored}) == 1
    assert store.conversation("networks", "talk-1") == (stored[0],)


def test_feedback_is_kept_with_its_time_in_the_order_it_came(store: TurnStore) -> None:
    store.add(TURN)
    first = store.add_feedback(Feedback("turn-1", "down", ("wrong", "too_long"), "Es fehlt ACK. 👎"))
    second = store.add_feedback(Feedback("turn-1", "up"))
    assert store.feedback("turn-1") == (first, second)
    assert first.reasons == ("wrong", "too_long")
    assert first.created_at is not None
    assert abs(datetime.now(UTC) - first.created_at) < timedelta(minutes=1)
    assert store.feedback("turn-2") == ()


def test_feedback_to_a_turn_that_is_not_there_is_not_found(store: TurnStore) -> None:
    with pytest.raises(NotFound):
        store.add_feedback(Feedback("turn-1", "up"))
