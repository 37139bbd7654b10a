"""The log: committed before it is read, read from anywhere, and never held up by a slow reader."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.support.logged_turns import WatchedTurns, done, lease, piece, turn
from tests.support.waiting import eventually
from tutor.adapters.sql.turns import SqlTurns
from tutor.errors import InvalidRequest, NotFound, PermanentError, UpstreamUnavailable
from tutor.turns.event_log import EventLog
from tutor.turns.events import Event, Logged
from tutor.turns.records import RequestKey


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WatchedTurns]:
    """A store."""
    made = WatchedTurns(tmp_path)
    yield made
    made.close()


def entries(number: int, *events: Event, first: int = 2) -> list[Logged]:
    return [Logged(f"turn-{number}", 1, seq, event) for seq, event in enumerate(events, first)]


async def seqs(log: EventLog, name: str, after: int = 0) -> list[int]:
    return [logged.seq async for logged in log.read(name, after)]


def test_every_reader_gets_every_event_once_wherever_it_begins_and_whenever_it_comes(store: WatchedTurns) -> None:
    async def scenario() -> None:
        log = EventLog(store, "me")
        await log.accept(turn(), lease("me"))
        early = [asyncio.create_task(seqs(log, "turn-1", after)) for after in (0, 0, 1)]
        late = []
        for seq in range(2, 20):
            await log.append(entries(1, piece(str(seq)), first=seq))
            late.append(asyncio.create_task(seqs(log, "turn-1", seq // 2)))
        await log.append(entries(1, done(turn(), []), first=20))
        late.append(asyncio.create_task(seqs(log, "turn-1", 19)))
        assert await asyncio.gather(*early) == [list(range(after + 1, 21)) for after in (0, 0, 1)]
        begins = [*(seq // 2 for seq in range(2, 20)), 19]
        assert await asyncio.gather(*late) == [list(range(after + 1, 21)) for after in begins]
        assert log.readers("turn-1") == 0
        await log.close()

    asyncio.run(scenario())


def test_who_follows_a_turn_from_its_beginning_is_told_without_a_look_into_the_store(store: WatchedTurns) -> None:
    async def scenario() -> None:
        log = EventLog(store, "me")
        await log.accept(turn(), lease("me"))
        looked: list[str] = []
        log.look = lambda call: looked.append(call.__qualname__)  # type: ignore[method-assign,assignment,return-value]
        reading = asyncio.create_task(seqs(log, "turn-1"))
        await asyncio.sleep(0)
        await log.append(entries(1, piece("a"), done(turn(), [piece("a")]), first=2))
        assert await reading == [1, 2, 3]
        assert looked == []
        await log.close()

    asyncio.run(scenario())


def test_an_event_is_in_the_store_before_a_reader_has_it(store: WatchedTurns) -> None:
    async def scenario() -> None:
        log = EventLog(store, "me")
        await log.accept(turn(), lease("me"))
        writing = asyncio.create_task(append_slowly(log))
        async for logged in log.read("turn-1"):
            assert logged in store.events("turn-1")
        await writing
        await log.close()

    async def append_slowly(log: EventLog) -> None:
        for seq in range(2, 30):
            await log.append(entries(1, piece("a"), first=seq))
        await log.append(entries(1, done(turn(), []), first=30))

    asyncio.run(scenario())


def test_what_is_appended_while_a_transaction_runs_goes_into_the_next_one_together(store: WatchedTurns) -> None:
    async def scenario() -> None:
        log = EventLog(store, "me")
        for number in range(40):
            await log.accept(turn(number), lease("me"))
        store.append_seconds = 0.05
        await asyncio.gather(*(log.append(entries(number, piece("a"), piece("b"))) for number in range(40)))
        assert [len(batch) for batch in store.appended] in ([2, 78], [80])
        await log.close()

    asyncio.run(scenario())


def test_an_event_that_cannot_be_stored_does_not_take_others_with_it(store: WatchedTurns) -> None:
    async def scenario() -> None:
        log = EventLog(store, "me")
        for number in range(3):
            await log.accept(turn(number), lease("me"))
        store.append_seconds = 0.02
        results = await asyncio.gather(
            log.append(entries(0, piece("a"))),
            log.append([Logged("turn-1", 1, 1, piece("a number that is taken"))]),
            log.append(entries(2, piece("b"))),
            return_exceptions=True,
        )
        assert results[0] == results[2] == frozenset()
        assert isinstance(results[1], PermanentError)
        assert [len(store.events(f"turn-{number}")) for number in range(3)] == [2, 1, 2]
        store.error = UpstreamUnavailable("away")
        with pytest.raises(UpstreamUnavailable):
            await log.append(entries(0, piece("b"), first=3))
        store.error = None
        assert await log.append(entries(0, piece("b"), first=3)) == frozenset()
        await log.close()

    asyncio.run(scenario())


def test_a_slow_reader_holds_up_nobody_and_little_memory_and_still_gets_everything(store: WatchedTurns) -> None:
    async def scenario() -> None:
        log = EventLog(store, "me")
        await log.accept(turn(), lease("me"))
        async with aclosing(log.follow("turn-1")) as slow:
            got = [logged.seq for logged in await anext(slow)]
            quick = asyncio.create_task(seqs(log, "turn-1"))
            for seq in range(2, 1202, 12):
                await log.append(entries(1, *[piece("a")] * 12, first=seq))
            await log.append(entries(1, done(turn(), []), first=1202))
            assert await quick == list(range(1, 1203))
            (reader,) = log._readers["turn-1"]
            assert len(reader.waiting) <= 200
            async for events in slow:
                got += [logged.seq for logged in events]
        assert got == list(range(1, 1203))
        await log.close()

    asyncio.run(scenario())


def test_a_turn_that_another_process_produces_is_followed_in_the_store(store: WatchedTurns) -> None:
    async def scenario() -> None:
        log, other = EventLog(store, "me"), EventLog(store, "you")
        await other.accept(turn(), lease("you"))
        reading = asyncio.create_task(seqs(log, "turn-1"))
        await asyncio.to_thread(eventually, lambda: log.readers("turn-1"), "the reader's coming")
        await other.append(entries(1, piece("a"), done(turn(), [piece("a")])))
        assert await asyncio.wait_for(reading, 2) == [1, 2, 3]
        assert (await log.ended("turn-1")).answer == "a"
        await log.close()
        await other.close()

    asyncio.run(scenario())


def test_readers_of_a_turn_that_was_taken_over_get_the_end_it_was_given(store: WatchedTurns) -> None:
    async def scenario() -> None:
        log = EventLog(store, "me")
        await log.accept(turn(), lease("me"))
        reading = asyncio.create_task(seqs(log, "turn-1"))
        await asyncio.to_thread(eventually, lambda: log.readers("turn-1"), "the reader's coming")
        (held,) = store.running()
        assert store.take_over(held, lease("you"))
        SqlTurns.append(store, entries(1, done(turn(), [])), "you")
        assert await log.append(entries(1, piece("too late"))) == {"turn-1"}
        assert await asyncio.wait_for(reading, 1) == [1, 2]
        await log.close()

    asyncio.run(scenario())


def test_reading_ends_at_once_where_nothing_comes_any_more(store: WatchedTurns) -> None:
    async def scenario() -> None:
        log = EventLog(store, "me")
        with pytest.raises(NotFound):
            await seqs(log, "turn-1")
        with pytest.raises(NotFound):
            await seqs(log, "turn-1", 3)
        await log.accept(turn(), lease("me"))
        await log.append(entries(1, done(turn(), [])))
        assert await asyncio.gather(*(seqs(log, "turn-1", after) for after in (-1, 0, 1, 2, 3, 10**30))) == [
            [1, 2], [1, 2], [2], [], [], []
        ]  # fmt: skip
        await log.close()

    asyncio.run(scenario())


def test_quiet_is_told_from_time_to_time(store: WatchedTurns) -> None:
    async def scenario() -> None:
        log = EventLog(store, "me")
        await log.accept(turn(), lease("me"))
        async with aclosing(log.follow("turn-1", 1, quiet_seconds=0.05)) as following:
            asyncio.get_running_loop().call_later(0.02, log.let_go)
            assert [events async for events in following] == []
        await log.close()
        other = EventLog(store, "you")
        async with aclosing(other.follow("turn-1", 1, quiet_seconds=0.05)) as following:
            assert await anext(following) == ()
        await other.close()

    asyncio.run(scenario())


def test_a_request_is_accepted_once(store: WatchedTurns) -> None:
    async def scenario() -> None:
        log = EventLog(store, "me")
        request = RequestKey("key", "digest")
        stored = await asyncio.gather(*(log.accept(turn(number), lease("me"), request) for number in range(8)))
        assert len({of.id for of in stored}) == 1
        with pytest.raises(InvalidRequest):
            await log.accept(turn(9), lease("me"), RequestKey("key", "other"))
        await log.close()

    asyncio.run(scenario())
