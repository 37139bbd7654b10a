"""What models may cost: reserved before a call, settled after it, capped by day."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.waiting import eventually
from tutor.adapters.sql.database import open_database, sqlite_url
from tutor.adapters.sql.spending import SqlSpending
from tutor.errors import BudgetSpent, PermanentError, TransientError, TutorError
from tutor.llm.model import CostScope
from tutor.models import Usage
from tutor.spending.capped import CappedSpending
from tutor.spending.usage import Caps, Spent, Sum

PAYER = CostScope("turn-1", "networks", "talk-1", "ada")
MODEL = "gpt-4.1-mini"
DAY = date(2030, 1, 2)
COST = 0.0008
"""Of a call with 1,000 tokens read and 250 written."""


class WatchedSpending(SqlSpending):
    """A store that counts its transactions and can be told to fail."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(open_database(sqlite_url(data_dir)))
        self.transactions = 0
        self.errors: list[TutorError] = []
        self.in_flight: set[str] = set()
        """Calls that were reserved; who settles them takes them out."""
        self.max_in_flight = 0

    def reserve(self, spent: Spent, caps: Caps) -> str:
        """Counted."""
        self.transactions += 1
        full = super().reserve(spent, caps)
        if not full:
            self.in_flight.add(spent.id)
            self.max_in_flight = max(self.max_in_flight, len(self.in_flight))
        return full

    def settle(self, spent: list[Spent]) -> None:  # type: ignore[override]
        """Counted, in the mood that it was put in."""
        self.transactions += 1
        if self.errors:
            raise self.errors.pop(0)
        super().settle(spent)

    @property
    def total(self) -> Sum:
        """All calls."""
        return self.sums("networks", DAY, DAY + timedelta(days=1), "day", 5).total

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WatchedSpending]:
    """An empty store."""
    store = WatchedSpending(tmp_path)
    yield store
    store.close()


def spending(
    store: SqlSpending, now: datetime = datetime(2030, 1, 2, 21, 30, tzinfo=UTC), **caps: float
) -> CappedSpending:
    return CappedSpending(store, Caps(**caps), lambda: now)  # type: ignore[arg-type]


async def call(spent: CappedSpending, scope: CostScope = PAYER, model: str = MODEL) -> Usage:
    reservation = await spent.reserve(scope, model, 1000, 250)
    return await spent.settle(reservation, 1000, 125)


def test_a_call_is_stored_with_its_price_a_moment_after_it(store: WatchedSpending) -> None:
    spent = spending(store)
    usage = asyncio.run(call(spent))
    assert (usage.prompt_tokens, usage.completion_tokens) == (1000, 125)
    assert usage.cost_usd == pytest.approx(0.0006)
    eventually(lambda: store.total.calls, "the call's being stored")
    assert (store.total.prompt_tokens, store.total.completion_tokens) == (1000, 125)
    assert store.total.cost_usd == pytest.approx(0.0006)
    spent.close()


def test_it_is_known_at_once_what_the_calls_of_a_turn_have_cost(store: WatchedSpending) -> None:
    spent = spending(store)
    assert spent.used(PAYER.turn) == ("", Usage())
    one = asyncio.run(call(spent))
    assert spent.used(PAYER.turn) == (MODEL, one)
    assert spent.used(PAYER.turn) == (MODEL, one)
    assert asyncio.run(call(spent)) + one == spent.used(PAYER.turn)[1]
    assert spent.used("another") == ("", Usage())
    spent.close()


def test_without_a_cap_a_reservation_does_not_touch_the_database(store: WatchedSpending) -> None:
    spent = spending(store)
    reservation = asyncio.run(spent.reserve(PAYER, MODEL, 1000, 250))
    spent.close()
    assert (store.transactions, store.total) == (0, Sum())
    assert reservation.cost_usd == pytest.approx(COST)


def test_everything_is_stored_when_it_is_closed(store: WatchedSpending) -> None:
    spent = spending(store)

    async def many() -> None:
        await asyncio.gather(*(call(spent) for _ in range(50)))

    asyncio.run(many())
    spent.close()
    assert store.total.calls == 50
    asyncio.run(call(spent))
    assert store.total.calls == 51


def test_a_spent_cap_is_named_and_free_again_at_midnight(store: WatchedSpending) -> None:
    spent = spending(store, daily_usd_per_course=1.5 * COST)
    asyncio.run(spent.reserve(PAYER, MODEL, 1000, 250))
    with pytest.raises(BudgetSpent, match="TUTOR_DAILY_USD_PER_COURSE") as refused:
        asyncio.run(spent.reserve(PAYER, MODEL, 1000, 250))
    assert refused.value.retry_after_seconds == 2.5 * 3600
    tomorrow = spending(store, datetime(2030, 1, 3, 0, 0, 1, tzinfo=UTC), daily_usd_per_course=1.5 * COST)
    asyncio.run(call(tomorrow))
    spent.close()
    tomorrow.close()


def test_what_a_call_did_not_need_is_free_for_the_next(store: WatchedSpending) -> None:
    spent = spending(store, daily_usd=1.8 * COST)
    asyncio.run(call(spent))
    asyncio.run(call(spent))
    with pytest.raises(BudgetSpent):
        asyncio.run(call(spent))
    spent.close()
    assert store.total.cost_usd == pytest.approx(2 * 0.0006)


def test_a_reservation_whose_call_died_counts_for_the_day(store: WatchedSpending) -> None:
    asyncio.run(spending(store, daily_usd=COST).reserve(PAYER, MODEL, 1000, 250))
    restarted = spending(store, daily_usd=COST)
    with pytest.raises(BudgetSpent):
        asyncio.run(restarted.reserve(PAYER, MODEL, 1000, 250))
    assert store.total.reserved_usd == pytest.approx(COST)
    restarted.close()


def test_a_reservation_that_nobody_waits_for_any_more_is_given_back(store: WatchedSpending) -> None:
    spent = spending(store, daily_usd=1.0)

    async def left() -> None:
        reserving = asyncio.create_task(spent.reserve(PAYER, MODEL, 1000, 250))
        await asyncio.sleep(0)
        reserving.cancel()
        await asyncio.gather(reserving, return_exceptions=True)

    asyncio.run(left())
    spent.close()
    assert store.total == Sum()


def test_a_call_that_took_no_tokens_leaves_nothing(store: WatchedSpending) -> None:
    spent = spending(store, daily_usd=1.0)

    async def failed() -> Usage:
        return await spent.settle(await spent.reserve(PAYER, MODEL, 1000, 250), 0, 0)

    assert asyncio.run(failed()) == Usage()
    spent.close()
    assert store.total == Sum()


def test_a_model_that_is_named_only_by_its_answer_is_priced_when_it_is_settled(store: WatchedSpending) -> None:
    spent = spending(store, daily_usd=1.0)

    async def named_late() -> Usage:
        reservation = await spent.reserve(PAYER, "", 1000, 250)
        return await spent.settle(replace(reservation, model=MODEL), 1000, 250)

    assert asyncio.run(named_late()).cost_usd == pytest.approx(COST)
    spent.close()
    assert store.total.cost_usd == pytest.approx(COST)
    assert store.total.unpriced_calls == 0


def test_a_model_without_a_price_is_limited_by_tokens_only_and_that_is_said_once(
    store: WatchedSpending, caplog: pytest.LogCaptureFixture
) -> None:
    spent = spending(store, daily_usd=0.0, daily_tokens=2400)
    with caplog.at_level(logging.WARNING):
        asyncio.run(call(spent, model="qwen"))
        asyncio.run(call(spent, model="qwen"))
    assert [record.getMessage() for record in caplog.records] == [
        "The price of qwen is not known: no cap in dollars limits it; set TUTOR_DAILY_TOKENS."
    ]
    with pytest.raises(BudgetSpent, match="TUTOR_DAILY_TOKENS"):
        asyncio.run(call(spent, model="qwen"))
    spent.close()
    assert store.total.unpriced_calls == 2


def test_what_cannot_be_stored_now_is_stored_later_and_nothing_is_refused(store: WatchedSpending) -> None:
    spent = spending(store)
    store.errors = [TransientError("The database is busy.")]
    asyncio.run(call(spent))
    asyncio.run(call(spent))
    spent.close()
    assert store.total.calls == 2


def test_a_call_that_can_never_be_stored_does_not_take_others_with_it(store: WatchedSpending) -> None:
    spent = spending(store)
    store.errors = [TransientError("Busy."), PermanentError("One is wrong."), PermanentError("This one.")]

    async def two() -> None:
        await asyncio.gather(call(spent), call(spent))

    asyncio.run(two())
    spent.close()
    assert store.total.calls == 1


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_200_calls_that_race_for_a_cap_pass_it_by_no_more_than_what_is_in_flight(
    store: WatchedSpending, tmp_path: Path, factor: float
) -> None:
    """Two servers share the database. With the factor 2 a call takes twice of what was reserved for it."""
    cap = 20 * COST
    other = WatchedSpending(tmp_path)
    servers = [spending(each, daily_usd=cap) for each in (store, other)]
    dice = random.Random(1)
    max_over, refused = 0.0, 0

    async def one(number: int) -> None:
        nonlocal refused, max_over
        server = servers[number % 2]
        try:
            reservation = await server.reserve(replace(PAYER, turn=f"turn-{number}"), MODEL, 1000, 250)
        except BudgetSpent:
            refused += 1
            return
        # The call itself, so that others begin and end meanwhile.
        await asyncio.sleep(dice.random() / 50)
        await server.settle(reservation, int(1000 * factor), int(250 * factor))
        max_over = max(max_over, store.total.cost_usd - cap)
        (store, other)[number % 2].in_flight.remove(reservation.id)

    async def race() -> None:
        await asyncio.gather(*(one(number) for number in range(200)))

    asyncio.run(race())
    for server in servers:
        server.close()
    taken = store.total
    other.close()
    assert taken.calls + refused == 200
    assert taken.calls >= 20 / factor
    max_in_flight = store.max_in_flight + other.max_in_flight
    assert max(max_over, taken.cost_usd - cap) <= (factor - 1) * COST * max_in_flight + 1e-9
