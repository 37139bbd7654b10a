"""Producers: every turn that was accepted ends once, whoever leaves, fails, stops or dies."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.free_spending import FreeSpending
from tests.support.logged_turns import WatchedTurns, done, lease, piece, produced, texts, turn
from tests.support.stopped_clock import StoppedClock
from tests.support.waiting import eventually
from tutor.errors import InvalidRequest, NotFound, Overloaded, UpstreamUnavailable
from tutor.models import Turn, TurnState
from tutor.turns.event_log import EventLog
from tutor.turns.events import Event, EventKind, Logged, restarted
from tutor.turns.owner import Owner
from tutor.turns.producers import Producers
from tutor.turns.production import Produce
from tutor.turns.records import RequestKey

Process = Callable[..., AbstractAsyncContextManager[Producers]]
# Nobody waits for its end.
SLOW = texts(5_000)
PAUSE_SECONDS = 0.02


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WatchedTurns]:
    """A store."""
    made = WatchedTurns(tmp_path)
    yield made
    made.close()


@pytest.fixture
def process(store: WatchedTurns, tmp_path: Path) -> Process:
    """Makes what one process has: producers of its own over the store."""

    @asynccontextmanager
    async def made(
        produce: Produce | None = None,
        drain_seconds: float = 0.0,
        lease_seconds: float = 30.0,
        unread_seconds: float = 60.0,
    ) -> AsyncGenerator[Producers]:
        owner = Owner(tmp_path)
        producers = Producers(
            EventLog(store, owner.name),
            produce or produced(SLOW, PAUSE_SECONDS),
            owner,
            FreeSpending().used,
            lease_seconds=lease_seconds,
            unread_seconds=unread_seconds,
        )
        async with producers.started(drain_seconds):
            yield producers

    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    """The time, which goes on only when it is told to."""
    return StoppedClock(monkeypatch)


async def looked(store: WatchedTurns) -> None:
    """Wait until the producers have seen what time it is."""
    # A first look may have begun before.
    seen = store.looks + 2
    await asyncio.to_thread(eventually, lambda: store.looks >= seen, "the producers' look")


async def begun(store: WatchedTurns) -> None:
    """Wait until the first words of an answer are on their way into the store."""
    await asyncio.to_thread(eventually, lambda: store.appended, "the first words")


async def all_of(producers: Producers, name: str) -> list[Logged]:
    return [logged async for logged in producers.read(name)]


def check(store: WatchedTurns, name: str, state: TurnState) -> Turn:
    """A turn's log is whole: it ends once, in `state`, and its texts since the last restart are the answer."""
    logged = store.events(name)
    assert [entry.seq for entry in logged] == list(range(1, len(logged) + 1))
    assert [entry.event.is_end for entry in logged] == [False] * (len(logged) - 1) + [True]
    last = logged[-1].attempt
    text = "".join(entry.event.data.get("text", "") for entry in logged if entry.attempt == last)
    end = logged[-1].event
    assert end.kind.value == state
    assert end.data["length"] == len(text)
    assert end.data["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert end.data["turn"]["answer"] == text
    stored = store.turn(name)
    assert (stored.answer, stored.state) == (text, state)
    assert name not in {held.turn for held in store.running()}
    return stored


def test_a_turn_is_produced_to_its_end_though_nobody_reads(store: WatchedTurns, process: Process) -> None:
    async def scenario() -> None:
        async with process(produced(texts(5)), drain_seconds=5.0) as producers:
            await producers.accept(turn())

    asyncio.run(scenario())
    assert check(store, "turn-1", TurnState.DONE).answer == "".join(texts(5))


def test_a_reader_who_leaves_and_comes_back_misses_nothing(store: WatchedTurns, process: Process) -> None:
    async def scenario() -> None:
        async with process(produced(texts(30), 0.01)) as producers:
            await producers.accept(turn())
            got: list[Logged] = []
            while not got or not got[-1].event.is_end:
                async for logged in producers.read("turn-1", got[-1].seq if got else 0):
                    got.append(logged)
                    if logged.seq % 7 == 0:
                        break
            assert tuple(got) == store.events("turn-1")

    asyncio.run(scenario())
    check(store, "turn-1", TurnState.DONE)


def test_appends_are_few_but_the_first_words_and_the_end_do_not_wait(
    store: WatchedTurns, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("APPEND_SECONDS", "GATHER_SECONDS"):
        monkeypatch.setattr(f"tutor.turns.production.{name}", 3_600)

    async def scenario() -> None:
        is_read = asyncio.Event()

        async def produce(of: Turn) -> AsyncGenerator[Event]:
            events = [piece(text) for text in texts(100)]
            yield events[0]
            await is_read.wait()
            for event in events[1:]:
                yield event
            yield done(of, events)

        async with asyncio.timeout(30), process(produce) as producers:
            await producers.accept(turn())
            async for logged in producers.read("turn-1"):
                if logged.event.kind == EventKind.DELTA:
                    break
            is_read.set()
            await producers.ended(turn())
            assert [len(batch) for batch in store.appended] == [1, 100]

    asyncio.run(scenario())


def test_a_restart_begins_an_attempt_whose_text_alone_counts(store: WatchedTurns, process: Process) -> None:
    async def produce(of: Turn) -> AsyncGenerator[Event]:
        events = [piece("Wrong."), restarted("ungrounded"), piece("Right.")]
        for event in events:
            yield event
        yield done(of, events)

    async def scenario() -> None:
        async with process(produce) as producers:
            await producers.ended(await producers.accept(turn()))

    asyncio.run(scenario())
    assert check(store, "turn-1", TurnState.DONE).answer == "Right."
    assert [logged.attempt for logged in store.events("turn-1")] == [1, 1, 2, 2, 2]


@pytest.mark.parametrize("has_begun", [False, True])
def test_a_stop_ends_the_producer_at_once_and_keeps_what_was_said(
    store: WatchedTurns, process: Process, has_begun: bool
) -> None:
    async def scenario() -> None:
        noted: list[str] = []
        async with process(produced(SLOW, PAUSE_SECONDS, noted.append)) as producers:
            await producers.accept(turn())
            reading = asyncio.create_task(all_of(producers, "turn-1"))
            if has_begun:
                await begun(store)
            stopped = await producers.stop("turn-1")
            # Nothing is written any more when the stop is answered.
            assert noted in (["begin", "abort"], [] if not has_begun else None)
            assert (await reading)[-1].event.data["turn"]["answer"] == stopped.answer
            assert bool(stopped.answer) == has_begun
            assert await producers.stop("turn-1") == stopped
        assert "end" not in noted

    asyncio.run(scenario())
    check(store, "turn-1", TurnState.STOPPED)


def test_a_stop_reaches_the_process_that_produces(store: WatchedTurns, process: Process) -> None:
    async def scenario() -> None:
        async with process() as producers, process() as other:
            await producers.accept(turn())
            await begun(store)
            assert (await other.stop("turn-1")).state == TurnState.STOPPED
            with pytest.raises(NotFound):
                await other.stop("turn-2")

    asyncio.run(scenario())
    check(store, "turn-1", TurnState.STOPPED)


def test_what_nobody_reads_is_stopped_and_what_is_read_is_not(
    store: WatchedTurns, process: Process, clock: StoppedClock
) -> None:
    async def scenario() -> None:
        async with process(unread_seconds=60) as producers:
            await producers.accept(turn(1))
            await producers.accept(turn(2))
            reading = asyncio.create_task(all_of(producers, "turn-2"))
            await begun(store)
            clock.seconds += 59
            await looked(store)
            assert store.turn("turn-1").state == TurnState.RUNNING
            clock.seconds += 2
            await asyncio.to_thread(eventually, lambda: store.turn("turn-1").state == TurnState.STOPPED, "the stop")
            assert store.turn("turn-2").state == TurnState.RUNNING
            await producers.stop("turn-2")
            await reading

    asyncio.run(scenario())
    assert check(store, "turn-1", TurnState.STOPPED).answer
    check(store, "turn-2", TurnState.STOPPED)


def test_what_is_read_in_short_visits_is_not_stopped(
    store: WatchedTurns, process: Process, clock: StoppedClock
) -> None:
    async def scenario() -> None:
        async with process(unread_seconds=60) as producers:
            await producers.accept(turn(1))
            for _ in range(3):
                async with aclosing(producers.read("turn-1")) as reading:
                    await anext(reading)
                clock.seconds += 59
                await looked(store)
                assert store.turn("turn-1").state == TurnState.RUNNING
            clock.seconds += 2
            await asyncio.to_thread(eventually, lambda: store.turn("turn-1").state == TurnState.STOPPED, "the stop")

    asyncio.run(scenario())


@pytest.mark.parametrize("said", [[], ["So far."]])
def test_a_producer_that_breaks_ends_its_turn_as_failed_and_is_logged(
    store: WatchedTurns, process: Process, said: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def produce(of: Turn) -> AsyncGenerator[Event]:
        for text in said:
            yield piece(text)
        raise ZeroDivisionError

    async def scenario() -> None:
        async with process(produce) as producers:
            await producers.ended(await producers.accept(turn()))

    with caplog.at_level(logging.ERROR):
        asyncio.run(scenario())
    assert "ZeroDivisionError" in caplog.text
    answer = check(store, "turn-1", TurnState.FAILED).answer
    assert answer == "So far." if said else "went wrong" in answer


@pytest.mark.parametrize(
    ("question", "apology"),
    [
        ("What is TCP and how does it end?", "Something went wrong"),
        ("Was ist TCP und wie endet eine Verbindung?", "schiefgegangen"),
        ("¿Qué es TCP y cómo termina una conexión?", "Algo ha fallado"),
    ],
)
def test_a_turn_that_failed_is_apologised_for_in_the_language_of_its_question(
    store: WatchedTurns, process: Process, question: str, apology: str
) -> None:
    async def produce(of: Turn) -> AsyncGenerator[Event]:
        raise ZeroDivisionError
        yield piece("")

    async def scenario() -> None:
        async with process(produce) as producers:
            await producers.ended(await producers.accept(replace(turn(), question=question)))

    asyncio.run(scenario())
    assert apology in check(store, "turn-1", TurnState.FAILED).answer


def test_a_producer_without_an_end_or_with_an_event_that_is_no_json_fails(
    store: WatchedTurns, process: Process
) -> None:
    async def produce(of: Turn) -> AsyncGenerator[Event]:
        yield piece("So far.")
        if of.id == "turn-2":
            await begun(store)
            yield Event(EventKind.DELTA, {"text": object()})
            await asyncio.Event().wait()

    async def scenario() -> None:
        async with process(produce, lease_seconds=1.0) as producers:
            await producers.ended(await producers.accept(turn(1)))
            store.appended.clear()
            await producers.ended(await producers.accept(turn(2)))

    asyncio.run(scenario())
    check(store, "turn-1", TurnState.FAILED)
    assert store.turn("turn-2").state == TurnState.INTERRUPTED


def test_a_store_that_is_away_for_a_moment_costs_nothing(store: WatchedTurns, process: Process) -> None:
    async def scenario() -> None:
        async with process(produced(texts(20), 0.01)) as producers:
            await producers.accept(turn())
            store.error = UpstreamUnavailable("away")
            await asyncio.to_thread(eventually, lambda: store.refused, "an append's being refused")
            store.error = None
            await producers.ended(turn())

    asyncio.run(scenario())
    assert check(store, "turn-1", TurnState.DONE).answer == "".join(texts(20))


def test_turns_of_the_dead_are_ended_at_the_next_start_with_what_was_said(
    store: WatchedTurns, process: Process, tmp_path: Path
) -> None:
    dead, alive, over = Owner(tmp_path), Owner(tmp_path), "owner_elsewhere"
    for number, (name, seconds) in enumerate(((dead.name, 600), (alive.name, 600), (over, -1), (over, 600))):
        store.accept(turn(number), lease(name, seconds))
        store.append([Logged(f"turn-{number}", 1, 2, piece("So far."))], name)
    dead.close(holds_turns=True)

    async def scenario() -> None:
        async with process() as producers:
            assert (await asyncio.wait_for(producers.ended(turn(0)), 20)).state == TurnState.INTERRUPTED
            assert (await asyncio.wait_for(producers.ended(turn(2)), 20)).state == TurnState.INTERRUPTED

    async def until_forgotten() -> None:
        async with process():
            lock = tmp_path / "owners" / f"{dead.name}.lock"
            await asyncio.to_thread(eventually, lambda: not lock.exists(), "the dead one's being forgotten")

    asyncio.run(scenario())
    assert check(store, "turn-0", TurnState.INTERRUPTED).answer == "So far."
    check(store, "turn-2", TurnState.INTERRUPTED)
    assert [held.turn for held in store.running()] == ["turn-1", "turn-3"]
    assert {path.name for path in (tmp_path / "owners").iterdir()} == {f"{dead.name}.lock", f"{alive.name}.lock"}
    asyncio.run(until_forgotten())
    assert {path.name for path in (tmp_path / "owners").iterdir()} == {f"{alive.name}.lock"}
    alive.close()


def test_leases_are_renewed_so_that_a_long_answer_is_nobody_elses(store: WatchedTurns, process: Process) -> None:
    async def scenario() -> None:
        async with process(produced(texts(40), 0.05), lease_seconds=1.0) as producers, process(lease_seconds=1.0):
            await producers.ended(await producers.accept(turn()))

    asyncio.run(scenario())
    check(store, "turn-1", TurnState.DONE)


def test_a_producer_whose_turn_was_taken_away_stops_and_adds_nothing(store: WatchedTurns, process: Process) -> None:
    async def scenario() -> None:
        noted: list[str] = []
        async with process(produced(SLOW, PAUSE_SECONDS, noted.append)) as producers:
            await producers.accept(turn())
            await begun(store)
            (held,) = store.running()
            assert store.take_over(held, lease("you"))
            newest = store.newest("turn-1")
            end = done(turn(), [logged.event for logged in store.events("turn-1")], TurnState.INTERRUPTED)
            store.append([Logged("turn-1", 1, newest.seq + 1, end)], "you")
            assert (await asyncio.wait_for(producers.ended(turn()), 20)).state == TurnState.INTERRUPTED
            await asyncio.to_thread(eventually, lambda: len(noted) > 1, "the producer's abort")
            assert noted == ["begin", "abort"]

    asyncio.run(scenario())
    check(store, "turn-1", TurnState.INTERRUPTED)


def test_a_drain_finishes_what_it_can_ends_the_rest_and_leaves_no_reader_waiting(
    store: WatchedTurns, process: Process
) -> None:
    async def scenario() -> None:
        is_draining = asyncio.Event()

        async def produce(of: Turn) -> AsyncGenerator[Event]:
            async for event in produced(SLOW if of.id == "turn-2" else texts(10), 0.02)(of):
                yield event
                await is_draining.wait()

        async with process() as elsewhere, process(produce) as producers:
            await elsewhere.accept(turn(3))
            for number in (1, 2):
                await producers.accept(turn(number), RequestKey(f"key-{number}", "digest"))
            reading = [asyncio.create_task(all_of(producers, f"turn-{number}")) for number in (1, 2, 3)]
            await begun(store)
            draining = asyncio.create_task(producers.drain(1.5))
            await asyncio.sleep(0)
            is_draining.set()
            with pytest.raises(Overloaded) as refused:
                await producers.accept(turn(4))
            assert refused.value.retry_after_seconds
            again = await producers.accept(turn(5), RequestKey("key-1", "digest"))
            assert again.id == "turn-1"
            await draining
            first, second, third = await asyncio.wait_for(asyncio.gather(*reading), 20)
            assert (first[-1].event.kind, second[-1].event.kind) == (EventKind.DONE, EventKind.INTERRUPTED)
            assert not third[-1].event.is_end
            with pytest.raises(InvalidRequest):
                await producers.accept(turn(5), RequestKey("key-1", "other"))

    asyncio.run(scenario())
    check(store, "turn-1", TurnState.DONE)
    check(store, "turn-2", TurnState.INTERRUPTED)
    check(store, "turn-3", TurnState.INTERRUPTED)


def test_of_requests_with_one_key_at_once_one_is_produced(store: WatchedTurns, process: Process) -> None:
    async def scenario() -> None:
        noted: list[str] = []
        async with process(produced(texts(5), 0.01, noted.append)) as producers:
            request = RequestKey("key", "digest")
            accepted = await asyncio.gather(*(producers.accept(turn(number), request) for number in range(10)))
            (name,) = {of.id for of in accepted}
            ended = await asyncio.gather(*(producers.ended(of) for of in accepted))
            assert {of.answer for of in ended} == {"".join(texts(5))}
            assert (await producers.accept(turn(11), request)).answer == "".join(texts(5))
            assert noted == ["begin", "end"]
            check(store, name, TurnState.DONE)

    asyncio.run(scenario())
