"""What every store of costs promises, on SQLite and on Postgres."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine, delete

from tutor.adapters.sql.database import open_database, writing
from tutor.adapters.sql.spending import SqlSpending
from tutor.adapters.sql.spending_tables import spending
from tutor.spending.store import SpendingStore
from tutor.spending.usage import Caps, Spent, Sum

TODAY, TOMORROW = date(2030, 1, 2), date(2030, 1, 3)
CALL = Spent("call-1", "turn-1", "networks", "talk-1", "ada", TODAY, "gpt", 100, 20, 0.5, True)
NONE = Caps()


@pytest.fixture
def store(engine: Engine) -> Iterator[SpendingStore]:
    """A store on an empty database."""
    yield SqlSpending(engine)
    with writing(engine) as connection:
        connection.execute(delete(spending))


def total(store: SpendingStore, course: str = "networks") -> Sum:
    return store.sums(course, TODAY, TOMORROW, "day", 10).total


def call(number: int, **fields: object) -> Spent:
    return replace(CALL, id=f"call-{number}", turn=f"turn-{number}", **fields)  # type: ignore[arg-type]


def test_a_reservation_counts_until_what_it_came_to_takes_its_place(store: SpendingStore) -> None:
    assert store.reserve(CALL, NONE) == ""
    assert total(store) == Sum("", 1, 1, 100, 20, 0.5, 0.5, 0)
    store.settle([replace(CALL, prompt_tokens=90, completion_tokens=5, cost_usd=0.25)])
    assert total(store) == Sum("", 1, 1, 90, 5, 0.25, 0.0, 0)


def test_a_call_that_was_not_reserved_is_added_and_settled_again_it_is_not_added_twice(store: SpendingStore) -> None:
    store.settle([CALL])
    store.settle([CALL])
    assert total(store) == Sum("", 1, 1, 100, 20, 0.5, 0.0, 0)


def test_a_call_without_tokens_is_forgotten(store: SpendingStore) -> None:
    store.reserve(CALL, NONE)
    store.settle(
        [
            replace(CALL, prompt_tokens=0, completion_tokens=0, cost_usd=0.0),
            call(2, prompt_tokens=0, completion_tokens=0),
        ]
    )
    assert total(store) == Sum()


def test_a_call_settled_after_midnight_counts_for_the_day_of_its_reservation(store: SpendingStore) -> None:
    store.reserve(CALL, NONE)
    store.settle([replace(CALL, day=TOMORROW)])
    assert [group.key for group in store.sums("networks", TODAY, TOMORROW, "day", 10).groups] == ["2030-01-02"]


@pytest.mark.parametrize(
    ("caps", "others"),
    [
        (Caps(daily_usd=1.2), {"course": "another", "student": "bob"}),
        (Caps(daily_usd_per_course=1.2), {"student": "bob"}),
        (Caps(daily_usd_per_student=1.2), {"course": "another"}),
        (Caps(daily_tokens=300), {"course": "another", "student": "bob", "cost_usd": 0.0}),
    ],
)
def test_a_cap_has_room_up_to_what_it_says_and_is_named_when_it_has_none(
    store: SpendingStore, caps: Caps, others: dict[str, object]
) -> None:
    name = next(name for name in Caps.__dataclass_fields__ if getattr(caps, name) is not None)
    assert store.reserve(call(1, **others), caps) == ""
    store.settle([call(1, **others)])
    assert store.reserve(call(2, **others), caps) == ""
    assert store.reserve(call(3, **others), caps) == name
    assert store.reserve(call(3, **others, day=TOMORROW), caps) == ""


def test_caps_of_a_course_and_of_a_student_leave_the_others_alone(store: SpendingStore) -> None:
    caps = Caps(daily_usd_per_course=0.6)
    assert [store.reserve(call(number, course=f"c{number}"), caps) for number in range(3)] == ["", "", ""]
    caps = Caps(daily_usd_per_student=0.6)
    assert [store.reserve(call(9 + number, student=f"s{number}"), caps) for number in range(3)] == ["", "", ""]
    nobody = [store.reserve(call(19 + number, student=""), caps) for number in range(3)]
    assert nobody == ["", "", ""]


def test_what_costs_nothing_goes_on_when_the_money_is_spent(store: SpendingStore) -> None:
    store.settle([replace(CALL, cost_usd=9.0)])
    assert store.reserve(call(2, cost_usd=0.0), Caps(daily_usd=1.0)) == ""
    assert store.reserve(call(3), Caps(daily_usd=1.0)) == "daily_usd"


def test_calls_are_summed_by_day_conversation_student_and_turn(store: SpendingStore) -> None:
    store.settle([
        CALL,
        replace(CALL, id="call-2", cost_usd=0.25, is_priced=False),
        call(3, day=TOMORROW, conversation="talk-2", student="bob", cost_usd=2.0),
        call(4, course="another"),
        call(5, day=date(2029, 12, 31)),
    ])  # fmt: skip

    def keys(by: str) -> list[tuple[str, int, int, float, int]]:
        sums = store.sums("networks", TODAY, TOMORROW, by, 10)  # type: ignore[arg-type]
        assert (sums.total.calls, sums.total.turns, sums.total.cost_usd, sums.left_out) == (3, 2, 2.75, 0)
        return [(each.key, each.turns, each.calls, each.cost_usd, each.unpriced_calls) for each in sums.groups]

    assert keys("day") == [("2030-01-02", 1, 2, 0.75, 1), ("2030-01-03", 1, 1, 2.0, 0)]
    assert keys("conversation") == [("talk-2", 1, 1, 2.0, 0), ("talk-1", 1, 2, 0.75, 1)]
    assert keys("student") == [("bob", 1, 1, 2.0, 0), ("ada", 1, 2, 0.75, 1)]
    assert keys("turn") == [("turn-3", 1, 1, 2.0, 0), ("turn-1", 1, 2, 0.75, 1)]


def test_no_more_groups_are_given_than_wanted_and_the_rest_is_counted(store: SpendingStore) -> None:
    store.settle([call(number, cost_usd=float(number)) for number in range(1, 6)])
    sums = store.sums("networks", TODAY, TODAY, "turn", 2)
    assert ([group.key for group in sums.groups], sums.left_out) == (["turn-5", "turn-4"], 3)
    assert sums.total.cost_usd == 15.0


def test_two_servers_that_race_for_the_last_of_a_cap_do_not_pass_it(store: SpendingStore, url: str) -> None:
    engines = [open_database(url) for _ in range(2)]
    stores = [SqlSpending(engine) for engine in engines]
    given: list[str] = []

    def race(place: int) -> None:
        calls = [call(100 * place + number) for number in range(10)]
        given.extend(stores[place % 2].reserve(each, Caps(daily_usd=5.0)) for each in calls)

    threads = [threading.Thread(target=race, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (given.count(""), given.count("daily_usd"), len(given)) == (10, 30, 40)
    assert total(store).cost_usd == 5.0
    for engine in engines:
        engine.dispose()
