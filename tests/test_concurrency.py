"""Threads that say no when too many wait."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.support.waiting import eventually
from tutor.concurrency import Workers
from tutor.errors import Overloaded


def begun_then_waits(begun: threading.Event, gate: threading.Event) -> bool:
    begun.set()
    return gate.wait(5)


def test_beyond_its_room_it_refuses_and_then_takes_calls_again() -> None:
    async def scenario() -> None:
        workers, gate = Workers(2, 1, "test"), threading.Event()
        running = [asyncio.create_task(workers.run(gate.wait, 5)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded) as caught:
            await workers.run(gate.wait, 5)
        assert caught.value.retry_after_seconds
        gate.set()
        assert await asyncio.gather(*running) == [True, True, True]
        assert await workers.run(lambda: 7) == 7
        workers.close()

    asyncio.run(scenario())


def test_a_caller_who_leaves_does_not_make_room_before_the_call_has_ended() -> None:
    async def scenario() -> None:
        workers, begun, gate = Workers(1, 0, "test"), threading.Event(), threading.Event()
        leaving = asyncio.create_task(workers.run(begun_then_waits, begun, gate))
        await asyncio.to_thread(begun.wait, 5)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        with pytest.raises(Overloaded):
            await workers.run(gate.wait, 5)
        gate.set()
        workers.close()

    asyncio.run(scenario())


def test_what_a_call_raises_reaches_its_caller() -> None:
    async def scenario() -> None:
        workers = Workers(1, 0, "test")
        with pytest.raises(ZeroDivisionError):
            await workers.run(lambda: 1 / 0)
        workers.close()

    asyncio.run(scenario())


def test_it_says_how_many_calls_wait_for_a_thread() -> None:
    async def scenario() -> None:
        workers, gate = Workers(2, 5, "test"), threading.Event()
        running = [asyncio.create_task(workers.run(gate.wait, 5)) for _ in range(5)]
        await asyncio.sleep(0)
        assert workers.waiting == 3
        gate.set()
        await asyncio.gather(*running)
        workers.close()
        assert workers.waiting == 0

    asyncio.run(scenario())


def test_what_is_begun_runs_aside_when_a_thread_is_free_and_not_at_all_when_none_is() -> None:
    async def scenario() -> None:
        workers, begun, gate, ran = Workers(1, 1, "test"), threading.Event(), threading.Event(), threading.Event()
        running = asyncio.create_task(workers.run(begun_then_waits, begun, gate))
        await asyncio.to_thread(begun.wait, 5)
        workers.begin(ran.set)
        gate.set()
        await running
        await workers.run(lambda: None)
        assert not ran.is_set()

        def has_run() -> bool:
            workers.begin(ran.set)
            return ran.is_set()

        # A thread is free only a moment after its call has given its result.
        await asyncio.to_thread(eventually, has_run, "the call's turn")
        workers.begin(dict[str, str]().pop, "what is not there")
        workers.close()

    asyncio.run(scenario())
