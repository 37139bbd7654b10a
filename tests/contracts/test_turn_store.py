"""What every store of turns promises, on SQLite and on Postgres."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, event, insert, text

from tutor.adapters.sql import database
from tutor.adapters.sql.database import open_database, sqlite_url, writing
from tutor.adapters.sql.turn_tables import feedback, request_keys, turn_events, turn_leases, turns
from tutor.adapters.sql.turns import SqlTurns
from tutor.errors import InvalidRequest, NotFound, TutorError
from tutor.models import (
    Citation,
    Coverage,
    Decision,
    Mode,
    Passage,
    SentenceSupport,
    Support,
    Turn,
    TurnState,
    Usage,
)
from tutor.turns.events import Event, EventKind, Logged, accepted, cited, delta, ended, restarted, retrieved, suggested
from tutor.turns.records import AskedQuestion, Feedback, Lease, LeasedTurn, RequestKey, StateCount
from tutor.turns.store import TurnStore

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
    mode=Mode.HINT,
    sentences=(SentenceSupport(0, 12, Support.SUPPORTED),),
    history=(("user", "Was ist TCP?"), ("assistant", "Ein Protokoll.")),
    step=1,
)
NEW = replace(
    TURN, standalone_question="", answer="", state=TurnState.RUNNING, citations=(), passages=(), suggestions=(),
    usage=Usage(), timings_ms={}, sentences=(),
)  # fmt: skip
LEASE = Lease("me", datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
LATER = replace(LEASE, until=LEASE.until + timedelta(seconds=5))


def logged(turn: str, seq: int, event: Event, attempt: int = 1) -> Logged:
    """An event as it is read back: of JSON values, so without tuples."""
    return Logged(turn, attempt, seq, Event(event.kind, json.loads(json.dumps(event.data))))


def piece(text: str) -> Event:
    return delta(text, sentence=1, support=Support.SUPPORTED, at=0, nodes=[])


def add(store: TurnStore, turn: Turn = TURN, request: RequestKey | None = None) -> Turn:
    """Store a turn that has ended."""
    same = {name: getattr(turn, name) for name in ("id", "course", "conversation", "question", "student")}
    new = replace(NEW, **same)
    stored = store.accept(new, LEASE, request)
    if stored.id == turn.id:
        assert store.append([logged(turn.id, 2, ended(turn))], "me") == frozenset()
        return store.turn(turn.id)
    return stored


@pytest.fixture
def store(engine: Engine) -> Iterator[TurnStore]:
    """A store on an empty database."""
    yield SqlTurns(engine)
    with writing(engine) as connection:
        for table in (feedback, request_keys, turn_events, turn_leases, turns):
            connection.execute(delete(table))


def test_an_accepted_turn_runs_and_has_its_first_event(store: TurnStore) -> None:
    assert store.accept(NEW, LEASE) == NEW
    assert store.turn("turn-1") == NEW
    assert store.events("turn-1") == (logged("turn-1", 1, accepted(NEW)),)
    assert store.running() == (LeasedTurn("turn-1", LEASE),)


def test_a_turn_is_read_back_as_it_ended_and_does_not_run_any_more(store: TurnStore) -> None:
    assert add(store) == TURN
    assert store.running() == ()
    assert store.newest("turn-1") == logged("turn-1", 2, ended(TURN))


def test_a_running_turn_is_what_its_events_say(store: TurnStore) -> None:
    store.accept(NEW, LEASE)
    (citation,) = TURN.citations
    events = [
        retrieved(TURN.standalone_question, TURN.passages, TURN.coverage),
        piece("Nonsense."),
        restarted("ungrounded"),
        piece("Mit **FIN**."),
        cited(citation),
        piece(" 👋"),
        suggested(TURN.suggestions),
    ]
    assert store.append([logged("turn-1", seq, event) for seq, event in enumerate(events, 2)], "me") == frozenset()
    assert store.turn("turn-1") == replace(
        NEW,
        standalone_question=TURN.standalone_question,
        answer="Mit **FIN**. 👋",
        passages=TURN.passages,
        citations=(citation,),
        suggestions=TURN.suggestions,
        sentences=(SentenceSupport(0, 12, Support.SUPPORTED), SentenceSupport(12, 14, Support.SUPPORTED)),
    )


def test_events_are_read_in_order_from_anywhere_and_in_pages(store: TurnStore) -> None:
    store.accept(NEW, LEASE)
    written = [logged("turn-1", seq, piece(f"{seq} "), attempt=1 + seq // 4) for seq in range(2, 8)]
    store.append(written[:2], "me")
    store.append(written[2:], "me")
    assert store.events("turn-1", 1) == tuple(written)
    assert store.events("turn-1", 3, 2) == tuple(written[2:4])
    assert store.events("turn-1", 7) == ()
    assert store.events("turn-1", 70) == ()
    assert store.newest("turn-1") == written[-1]
    for read in (store.events, store.newest):
        with pytest.raises(NotFound):
            read("turn-2")


def test_events_of_many_turns_are_stored_together_and_the_lost_are_named(store: TurnStore) -> None:
    for number in range(3):
        store.accept(replace(NEW, id=f"turn-{number}"), LEASE if number else replace(LEASE, owner="you"))
    end = ended(replace(TURN, id="turn-2"))
    entries = [
        logged("turn-0", 2, piece("not mine")),
        logged("turn-1", 2, piece("mine")),
        logged("turn-2", 2, end),
        logged("turn-2", 3, piece("after the end")),
        logged("turn-9", 2, piece("of nothing")),
    ]
    assert store.append(entries, "me") == {"turn-0", "turn-2", "turn-9"}
    assert len(store.events("turn-0")) == 1
    assert store.events("turn-1", 1) == (entries[1],)
    assert store.events("turn-2", 1) == (entries[2],)
    assert store.append([logged("turn-2", 3, piece("after the end"))], "me") == {"turn-2"}
    assert store.append([], "me") == frozenset()


def test_of_a_batch_that_cannot_be_stored_nothing_is(store: TurnStore) -> None:
    store.accept(NEW, LEASE)
    with pytest.raises(TutorError):
        store.append([logged("turn-1", 2, piece("a")), logged("turn-1", 2, piece("the same number"))], "me")
    assert len(store.events("turn-1")) == 1


def test_a_lease_is_renewed_for_its_owner_alone(store: TurnStore) -> None:
    store.accept(NEW, LEASE)
    store.accept(replace(NEW, id="turn-2"), replace(LEASE, owner="you"))
    store.renew(LATER)
    assert set(store.running()) == {LeasedTurn("turn-1", LATER), LeasedTurn("turn-2", replace(LEASE, owner="you"))}


def test_a_turn_is_taken_over_once_and_its_first_owner_is_told_that_it_is_lost(store: TurnStore) -> None:
    store.accept(NEW, LEASE)
    (held,) = store.running()
    yours = Lease("you", LATER.until)
    assert store.take_over(held, yours)
    assert not store.take_over(held, Lease("another", LATER.until))
    assert store.running() == (LeasedTurn("turn-1", yours),)
    assert store.append([logged("turn-1", 2, piece("a"))], "me") == {"turn-1"}
    assert store.append([logged("turn-1", 2, ended(TURN))], "you") == frozenset()
    assert not store.take_over(LeasedTurn("turn-1", yours), LEASE)


def test_a_turn_whose_lease_was_renewed_meanwhile_is_not_taken_over(store: TurnStore) -> None:
    store.accept(NEW, LEASE)
    (held,) = store.running()
    store.renew(LATER)
    assert not store.take_over(held, Lease("you", LATER.until))


def test_the_wish_to_stop_reaches_the_owner_and_goes_with_the_turn(store: TurnStore) -> None:
    store.accept(NEW, LEASE)
    store.accept(replace(NEW, id="turn-2"), LEASE)
    assert store.stop_wanted("me") == frozenset()
    store.want_stop("turn-1")
    store.want_stop("turn-9")
    assert store.stop_wanted("me") == {"turn-1"}
    assert store.stop_wanted("you") == frozenset()
    store.append([logged("turn-1", 2, ended(TURN))], "me")
    assert store.stop_wanted("me") == frozenset()


def test_a_turn_that_nobody_stored_is_not_found(store: TurnStore) -> None:
    with pytest.raises(NotFound):
        store.turn("turn-1")


def test_a_conversation_is_its_last_turns_oldest_first(store: TurnStore) -> None:
    for number in range(5):
        add(store, replace(TURN, id=f"turn-{number}", question=f"question {number}"))
    add(store, replace(TURN, id="other", conversation="talk-2"))
    add(store, replace(TURN, id="elsewhere", course="biology"))
    assert [turn.id for turn in store.conversation("networks", "talk-1")] == [f"turn-{number}" for number in range(5)]
    assert [turn.id for turn in store.conversation("networks", "talk-1", last=2)] == ["turn-3", "turn-4"]
    assert [turn.id for turn in store.conversation("biology", "talk-1")] == ["elsewhere"]


@pytest.mark.parametrize(("course", "conversation"), [("networks", "talk-2"), ("biology", "talk-1")])
def test_a_conversation_that_the_course_does_not_have_is_not_found(
    store: TurnStore, course: str, conversation: str
) -> None:
    add(store)
    with pytest.raises(NotFound):
        store.conversation(course, conversation)


def test_a_running_turn_is_no_history_yet_but_its_conversation_is_there(store: TurnStore) -> None:
    store.accept(NEW, LEASE)
    assert store.conversation("networks", "talk-1") == ()
    store.append([logged("turn-1", 2, ended(TURN))], "me")
    assert store.conversation("networks", "talk-1") == (TURN,)


def test_a_request_that_is_sent_again_while_it_runs_gets_its_turn_as_far_as_it_is(store: TurnStore) -> None:
    request = RequestKey("key", "digest")
    store.accept(NEW, LEASE, request)
    store.append([logged("turn-1", 2, piece("Mit"))], "me")
    assert store.accept(replace(NEW, id="turn-2"), LEASE, request).answer == "Mit"
    assert [held.turn for held in store.running()] == ["turn-1"]


def test_the_same_request_gets_the_turn_it_got_first(store: TurnStore) -> None:
    request = RequestKey("key", "digest")
    assert store.of_request("networks", request) is None
    add(store, TURN, request)
    assert store.of_request("networks", request) == TURN
    assert add(store, replace(TURN, id="turn-2"), request) == TURN
    with pytest.raises(NotFound):
        store.turn("turn-2")


def test_a_key_that_was_used_for_another_body_is_refused_and_stores_nothing(store: TurnStore) -> None:
    add(store, TURN, RequestKey("key", "digest"))
    with pytest.raises(InvalidRequest, match="Idempotency-Key"):
        store.of_request("networks", RequestKey("key", "other"))
    with pytest.raises(InvalidRequest, match="Idempotency-Key"):
        add(store, replace(TURN, id="turn-2"), RequestKey("key", "other"))
    with pytest.raises(NotFound):
        store.turn("turn-2")


def test_two_courses_may_use_one_key(store: TurnStore) -> None:
    add(store, TURN, RequestKey("key", "digest"))
    other = replace(TURN, id="turn-2", course="biology")
    assert add(store, other, RequestKey("key", "other")) == other


def test_of_many_requests_with_one_key_at_once_one_is_stored(store: TurnStore) -> None:
    stored: list[Turn] = []
    barrier = threading.Barrier(8)

    def ask(number: int) -> None:
        barrier.wait()
        stored.append(add(store, replace(TURN, id=f"turn-{number}"), RequestKey("key", "digest")))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored) == 8
    assert len({turn.id for turn in stored}) == 1
    assert [turn.id for turn in store.conversation("networks", "talk-1")] == [stored[0].id]


def test_feedback_is_kept_with_its_time_in_the_order_it_came(store: TurnStore) -> None:
    add(store)
    first = store.add_feedback(Feedback("turn-1", "down", ("wrong", "too_long"), "Es fehlt ACK. 👎"))
    second = store.add_feedback(Feedback("turn-1", "up"))
    assert store.feedback("turn-1") == (first, second)
    assert first.reasons == ("wrong", "too_long")
    assert first.created_at is not None
    assert abs(datetime.now(UTC) - first.created_at) < timedelta(minutes=1)
    assert store.feedback("turn-2") == ()


def test_the_newest_rating_of_each_turn_counts_and_takes_one_query(store: TurnStore, engine: Engine) -> None:
    for number in range(4):
        add(store, replace(TURN, id=f"turn-{number}"))
    for turn, rating in ((1, "up"), (2, "down"), (1, "down"), (2, "up"), (3, "up")):
        store.add_feedback(Feedback(f"turn-{turn}", rating))  # type: ignore[arg-type]
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    ratings = store.ratings([f"turn-{number}" for number in range(3)])
    event.remove(engine, "before_cursor_execute", note)
    assert ratings == {"turn-1": "down", "turn-2": "up"}
    assert sum("SELECT" in statement for statement in asked) == 1
    assert store.ratings([]) == {}


def test_feedback_to_a_turn_that_is_not_there_is_not_found(store: TurnStore) -> None:
    with pytest.raises(NotFound):
        store.add_feedback(Feedback("turn-1", "up"))


def test_what_a_generation_answered_first_in_a_conversation_comes_oldest_first(store: TurnStore) -> None:
    first = replace(TURN, generation=7)
    add(store, first)
    add(store, replace(first, id="turn-2"))
    for number, fields in enumerate(({"course": "other"}, {"generation": 8}, {"state": TurnState.REFUSED}, {}, {}), 3):
        add(store, replace(first, id=f"turn-{number}", conversation=f"talk-{number}", **fields))  # type: ignore[arg-type]
    assert [turn.id for turn in store.answered("networks", 7, 10)] == ["turn-1", "turn-6", "turn-7"]
    assert [turn.id for turn in store.answered("networks", 7, 2)] == ["turn-6", "turn-7"]
    assert store.answered("networks", 9, 10) == ()
    store.add_feedback(Feedback("turn-6", "down"))
    store.add_feedback(Feedback("turn-7", "up"))
    assert [turn.id for turn in store.answered("networks", 7, 10)] == ["turn-1", "turn-7"]


def asked(number: int, student: str, conversation: str = "talk-1", course: str = "networks") -> Turn:
    return replace(TURN, id=f"turn-{number}", student=student, conversation=conversation, course=course)


def test_a_turn_says_whose_it_is(store: TurnStore) -> None:
    add(store, asked(1, "ada"))
    add(store, asked(2, ""))
    assert [store.asker(turn) for turn in ("turn-1", "turn-2")] == [("networks", "ada"), ("networks", "")]
    with pytest.raises(NotFound):
        store.asker("turn-9")


def test_a_conversation_is_that_of_who_asked_first(store: TurnStore) -> None:
    for number, student in enumerate(("ada", "bob"), 1):
        store.accept(replace(NEW, id=f"turn-{number}", student=student), LEASE)
    assert store.beginner("networks", "talk-1") == "ada"
    for course, conversation in (("other", "talk-1"), ("networks", "talk-2")):
        with pytest.raises(NotFound):
            store.beginner(course, conversation)


def test_a_student_s_conversations_come_newest_first_and_nobody_else_s(store: TurnStore) -> None:
    before = datetime.now(UTC)
    for number, (student, conversation) in enumerate(
        [("ada", "talk-1"), ("ada", "talk-2"), ("bob", "talk-3"), ("ada", "talk-1"), ("bob", "talk-2")], 1
    ):
        new = replace(asked(number, student, conversation), question=f"Question {number}?", state=TurnState.RUNNING)
        store.accept(new, LEASE)
    add(store, asked(6, "ada", course="other"))
    first, second = store.conversations("networks", "ada")
    assert (first.conversation, first.title, first.turns) == ("talk-1", "Question 1?", 2)
    assert (second.conversation, second.title, second.turns) == ("talk-2", "Question 2?", 1)
    assert before <= first.started_at < second.started_at == second.last_at < first.last_at <= datetime.now(UTC)
    assert store.conversations("networks", "ada", 1) == (first,)
    assert store.conversations("networks", "eve") == ()


def test_a_student_s_turns_of_a_conversation_are_those_that_run_too(store: TurnStore) -> None:
    add(store, asked(1, "ada"))
    add(store, asked(2, "bob"))
    running = replace(NEW, id="turn-3", student="ada")
    store.accept(running, LEASE)
    store.append([logged("turn-3", 2, piece("With "))], "me")
    assert store.turns_of("networks", "talk-1", "ada") == (asked(1, "ada"), store.turn("turn-3"))
    assert store.turns_of("networks", "talk-1", "ada", 1) == (store.turn("turn-3"),)
    assert store.turn("turn-3").answer == "With "
    for course, conversation, student in (("networks", "talk-1", "eve"), ("networks", "talk-2", "ada"), ("x", "y", "")):
        with pytest.raises(NotFound):
            store.turns_of(course, conversation, student)


def test_a_student_s_conversations_are_found_without_reading_other_turns(store: TurnStore, engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("Postgres chooses its plan by what is in the table")
    add(store, asked(1, "ada"))
    seen = []
    event.listen(engine, "before_cursor_execute", lambda *call: seen.append((call[2], call[3])))
    store.conversations("networks", "ada")
    with engine.connect() as connection:
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {seen[-1][0]}", seen[-1][1])]
    assert [line for line in plan if line.startswith("SEARCH turns USING COVERING INDEX ix_turns_student")], plan
    assert not [line for line in plan if line.startswith("SCAN turns")], plan


def test_what_was_asked_and_answered_comes_newest_first_with_who_asked_and_where(store: TurnStore) -> None:
    covered = replace(TURN, mode=Mode.ANSWER, step=0, coverage=Coverage(0.9, Decision.COVERED))
    others: tuple[dict[str, object], ...] = (
        {"course": "other"},
        {"mode": Mode.SIMPLE},
        {"step": 1},
        {"coverage": Coverage(0.5, Decision.PARTIAL)},
        {"state": TurnState.STOPPED},
    )
    for number, fields in enumerate(({}, {"student": "ada", "lesson": "02.md"}, *others), 1):
        add(store, replace(covered, id=f"turn-{number}", **fields))  # type: ignore[arg-type]
    store.accept(replace(NEW, id="turn-9"), LEASE)
    store.add_feedback(Feedback("turn-1", "down"))
    store.add_feedback(Feedback("turn-2", "up"))
    first = AskedQuestion(TURN.question, TURN.standalone_question, "talk-1", "", ("01.md",), is_rated_down=True)
    second = replace(first, asker="ada", lesson="02.md", is_rated_down=False)
    long_ago, soon = datetime(2000, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(minutes=1)
    assert store.askings("networks", long_ago, 10) == (second, first)
    assert store.askings("networks", soon, 10) == ()
    assert store.askings("networks", long_ago, 6) == (second,)
    assert store.askings("none", long_ago, 10) == ()


def test_the_ends_of_a_course_s_turns_are_counted_by_state_and_answerer(store: TurnStore) -> None:
    add(store)
    add(store, replace(TURN, id="turn-2"))
    add(store, replace(TURN, id="turn-3", answerer="gpt"))
    add(store, replace(TURN, id="turn-4", state=TurnState.REFUSED))
    add(store, replace(TURN, id="turn-5", course="other"))
    today, day = datetime.now(UTC).date(), timedelta(days=1)
    counted = (StateCount("done", "gpt", 1), StateCount("done", "quoting", 2), StateCount("refused", "quoting", 1))
    assert store.outcomes("networks", today, today) == counted
    assert store.outcomes("networks", date.min, date.max) == counted
    assert store.outcomes("networks", today + day, today + day) == ()
    assert store.outcomes("networks", today - day, today - day) == ()


def test_turns_of_the_version_before_sessions_are_still_their_students(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    engine = open_database(sqlite_url(tmp_path / "data"))
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    with engine.connect() as connection, connection.begin():
        for statement in (
            "DROP INDEX ix_turns_student",
            "ALTER TABLE turns DROP COLUMN student",
            "ALTER TABLE courses DROP COLUMN origins",
            "ALTER TABLE courses DROP COLUMN follow_ups",
            "DROP TABLE signing_keys",
            "UPDATE alembic_version SET version_num = '0005'",
        ):
            connection.execute(text(statement))
        insertion = text(
            "INSERT INTO turns (id, course, conversation, state, created_at, turn) "
            "VALUES (:id, 'networks', 'talk-1', 'done', '2030-01-02 00:00:00', :turn)"
        )
        older = {name: value for name, value in asdict(TURN).items() if name != "student"}
        for number, turn in enumerate((asdict(replace(TURN, student="ada")), asdict(TURN), older), 1):
            connection.execute(insertion, {"id": f"turn-{number}", "turn": json.dumps(turn)})
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
    store = SqlTurns(engine)
    assert [store.asker(f"turn-{number}")[1] for number in (1, 2, 3)] == ["ada", "", ""]
    engine.dispose()


def test_turns_of_the_version_before_the_log_can_be_read_event_by_event(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    engine = open_database(sqlite_url(tmp_path / "data"))
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    old = {name: value for name, value in asdict(TURN).items() if name not in ("mode", "sentences", "step")}
    with engine.connect() as connection, connection.begin():
        connection.execute(text("DELETE FROM turn_events"))
        for table in ("turn_events", "turn_leases"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))
        values = {"id": "turn-1", "course": "networks", "conversation": "talk-1", "state": "done"}
        connection.execute(insert(turns).values(**values, created_at=LEASE.until, turn=old))
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
    store = SqlTurns(engine)
    turn = store.turn("turn-1")
    assert turn == replace(TURN, mode=Mode.ANSWER, sentences=(), step=0)
    first, last = store.events("turn-1")
    assert first == logged("turn-1", 1, accepted(TURN))
    assert (last.seq, last.event.kind, last.event.data["sha256"]) == (2, EventKind.DONE, ended(turn).data["sha256"])
    engine.dispose()
