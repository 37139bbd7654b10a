"""What every store of follow-ups promises, on SQLite and on Postgres."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, update

from tests.support.follow_ups import a_follow_up
from tutor.adapters.sql.database import open_database, writing
from tutor.adapters.sql.follow_up_tables import follow_up_deliveries, follow_ups
from tutor.adapters.sql.follow_ups import SqlFollowUps
from tutor.errors import InvalidRequest, NotFound
from tutor.follow_ups.follow_up import Delivery, DeliveryState, FollowUp, FollowUpState, is_reference
from tutor.follow_ups.store import FollowUpStore
from tutor.turns.records import RequestKey

KEY = RequestKey("key-1", "digest-1")


@pytest.fixture
def store(engine: Engine) -> Iterator[FollowUpStore]:
    """A store on an empty database."""
    yield SqlFollowUps(engine)
    with writing(engine) as connection:
        connection.execute(delete(follow_up_deliveries))
        connection.execute(delete(follow_ups))


def begun(store: FollowUpStore, channel: str = "mail", seconds: float = 60.0) -> tuple[FollowUp, Delivery] | None:
    now = datetime.now(UTC)
    return store.begin(channel, now, now + timedelta(seconds=seconds))  # type: ignore[arg-type]


def attempt(store: FollowUpStore, channel: str = "mail", seconds: float = 60.0) -> Delivery:
    found = begun(store, channel, seconds)
    assert found is not None
    return found[1]


def test_a_follow_up_is_stored_whole_with_a_delivery_on_every_channel(store: FollowUpStore) -> None:
    left = a_follow_up(
        note="It’s urgent", name="Grace", turn="turn-1", student="s-1", lesson="01.md", lesson_title="Bits",
        lesson_url="https://school.example/bits",
    )  # fmt: skip
    stored = store.add(left)
    assert is_reference(stored.reference)
    assert replace(stored, reference="", deliveries=()) == left
    assert [(each.purpose, each.channel, each.state, each.attempts) for each in stored.deliveries] == [
        ("team", "mail", DeliveryState.WAITING, 0),
        ("team", "webhook", DeliveryState.WAITING, 0),
    ]
    assert store.follow_up("networks", stored.reference) == stored


def test_the_same_key_gives_the_same_follow_up_and_with_another_body_it_is_refused(store: FollowUpStore) -> None:
    first = store.add(a_follow_up(), KEY)
    assert store.add(a_follow_up(), KEY) == first == store.known(a_follow_up(), KEY)
    # The key counts, and not the words, when it was used.
    assert store.add(a_follow_up(question="Or this?"), KEY) == first
    with pytest.raises(InvalidRequest, match="Idempotency-Key"):
        store.add(a_follow_up(question="Else?"), RequestKey("key-1", "digest-2"))
    assert store.add(a_follow_up(question="Else?", course="another"), KEY).reference != first.reference


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ({"email": "GRACE@student.example"}, True),
        ({"name": "Grace"}, True),
        ({"question": "Who?"}, False),
        ({"turn": "turn-2"}, False),
        ({"note": "Please"}, False),
        ({"email": "ada@student.example"}, False),
        ({"course": "another"}, False),
        ({"created_at": datetime.now(UTC) + timedelta(hours=25)}, False),
    ],
)
def test_the_same_words_from_the_same_address_within_a_day_are_the_same_follow_up(
    store: FollowUpStore, other: dict[str, object], is_same: bool
) -> None:
    first = store.add(a_follow_up())
    again = a_follow_up(**other)
    assert (store.known(again) == first) is is_same
    assert (store.add(again) == first) is is_same


def test_the_same_request_that_arrives_many_times_at_once_is_stored_once(store: FollowUpStore, url: str) -> None:
    engines = [open_database(url) for _ in range(2)]
    found: list[str] = []

    def leave(place: int) -> None:
        key = RequestKey(f"key-{place % 3}", "digest")
        found.append(SqlFollowUps(engines[place % 2]).add(a_follow_up(), key).reference)

    threads = [threading.Thread(target=leave, args=(place,)) for place in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (12, 1)
    for engine in engines:
        engine.dispose()


def test_follow_ups_come_newest_first_by_state_and_page_by_page(store: FollowUpStore) -> None:
    left = [store.add(a_follow_up(question=f"Question {number}")).reference for number in range(5)]
    store.add(a_follow_up(course="another"))
    store.answer("networks", left[1], "Yes.")
    newest_first = left[::-1]
    assert [each.reference for each in store.follow_ups("networks", None, 10)] == newest_first
    assert [each.reference for each in store.follow_ups("networks", FollowUpState.ANSWERED, 10)] == [left[1]]
    page = store.follow_ups("networks", FollowUpState.OPEN, 2)
    assert [each.reference for each in page] == [left[4], left[3]]
    rest = store.follow_ups("networks", FollowUpState.OPEN, 10, before=left[3])
    assert [each.reference for each in rest] == [left[2], left[0]]
    with pytest.raises(NotFound):
        store.follow_ups("another", None, 10, before=left[0])


def test_a_follow_up_is_found_in_its_own_course_only(store: FollowUpStore) -> None:
    reference = store.add(a_follow_up()).reference
    for read in (store.follow_up, store.remove, lambda course, name: store.answer(course, name, "Yes.")):
        with pytest.raises(NotFound):
            read("another", reference)
        with pytest.raises(NotFound):
            read("networks", "F-XXXXXX")


def test_an_answer_is_kept_once_and_goes_to_the_student_and_the_team_needs_no_telling_any_more(
    store: FollowUpStore,
) -> None:
    reference = store.add(a_follow_up()).reference
    answered = store.answer("networks", reference, "On Friday.")
    assert (answered.state, answered.answer) == (FollowUpState.ANSWERED, "On Friday.")
    assert answered.answered_at is not None
    assert [(each.purpose, each.channel) for each in answered.deliveries] == [("student", "mail")]
    assert store.answer("networks", reference, "On Friday.") == answered
    with pytest.raises(InvalidRequest, match="was answered"):
        store.answer("networks", reference, "On Monday.")
    assert store.follow_up("networks", reference) == answered


def test_a_removed_follow_up_leaves_nothing(store: FollowUpStore, engine: Engine) -> None:
    stored = store.add(a_follow_up(), KEY)
    store.answer("networks", stored.reference, "On Friday.")
    store.remove("networks", stored.reference)
    with pytest.raises(NotFound):
        store.follow_up("networks", stored.reference)
    with engine.connect() as connection:
        assert connection.execute(follow_ups.select()).all() == connection.execute(follow_up_deliveries.select()).all()
    assert store.add(a_follow_up(), KEY).reference != stored.reference


def test_a_begun_attempt_is_nobody_elses_until_its_time_is_over(store: FollowUpStore) -> None:
    stored = store.add(a_follow_up())
    first = attempt(store, seconds=0.2)
    assert (first.attempts, first.id) == (1, stored.deliveries[0].id)
    assert first.first_tried_at is not None
    assert begun(store) is None
    threading.Event().wait(0.25)
    second = attempt(store)
    assert (second.attempts, second.id, second.first_tried_at) == (2, first.id, first.first_tried_at)
    # Whose time is over has nothing to say any more.
    assert not store.end(replace(first, state=DeliveryState.FAILED))
    assert store.end(replace(second, state=DeliveryState.SENT, ended_at=second.due_at))
    assert not store.end(replace(second, state=DeliveryState.FAILED))
    (mail, _) = store.follow_up("networks", stored.reference).deliveries
    assert (mail.state, mail.ended_at) == (DeliveryState.SENT, second.due_at)


def test_what_is_to_be_tried_again_waits_until_it_is_due(store: FollowUpStore) -> None:
    store.add(a_follow_up())
    first = attempt(store)
    later = datetime.now(UTC) + timedelta(hours=1)
    store.end(replace(first, due_at=later, problem="no room"))
    assert begun(store) is None
    found = store.begin("mail", later, later + timedelta(minutes=1))
    assert found is not None
    assert (found[1].attempts, found[1].problem) == (2, "no room")


def test_what_has_failed_is_made_again_with_all_its_time_and_what_was_sent_is_not(store: FollowUpStore) -> None:
    stored = store.add(a_follow_up())
    for channel, state in (("mail", DeliveryState.FAILED), ("webhook", DeliveryState.SENT)):
        ended = attempt(store, channel)
        store.end(replace(ended, state=state, ended_at=ended.due_at, problem="no room"))
    mail, webhook = store.resend("networks", stored.reference).deliveries
    assert (mail.state, mail.first_tried_at, mail.ended_at) == (DeliveryState.WAITING, None, None)
    assert (webhook.state, attempt(store).id) == (DeliveryState.SENT, mail.id)
    with pytest.raises(NotFound):
        store.resend("another", stored.reference)


def test_channels_are_apart_and_what_is_due_longest_comes_first(store: FollowUpStore, engine: Engine) -> None:
    left = [store.add(a_follow_up(question=f"Question {number}")) for number in range(3)]
    with writing(engine) as connection:
        # The second has waited longest.
        earlier = datetime.now(UTC) - timedelta(hours=1)
        of_it = follow_up_deliveries.c.id == left[1].deliveries[1].id
        connection.execute(update(follow_up_deliveries).where(of_it).values(due_at=earlier))
    order = [attempt(store, "webhook").id for _ in range(3)]
    assert order == [left[place].deliveries[1].id for place in (1, 0, 2)]
    assert begun(store, "webhook") is None
    assert attempt(store, "mail").id == left[0].deliveries[0].id
    store.end(replace(attempt(store, "mail"), state=DeliveryState.FAILED))
    assert store.counts() == {("webhook", "waiting"): 3, ("mail", "waiting"): 2, ("mail", "failed"): 1}


def test_several_servers_never_begin_the_same_delivery(store: FollowUpStore, url: str) -> None:
    for number in range(30):
        store.add(a_follow_up(question=f"Question {number}"))
    engines = [open_database(url) for _ in range(2)]
    taken: list[str] = []

    def take(place: int) -> None:
        mine = SqlFollowUps(engines[place % 2])
        while (found := begun(mine)) is not None:
            taken.append(found[1].id)

    threads = [threading.Thread(target=take, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # One may have looked while another held the last ones.
    while (found := begun(store)) is not None:
        taken.append(found[1].id)
    assert (len(taken), len(set(taken))) == (30, 30)
    for engine in engines:
        engine.dispose()
