"""One turn as it is produced: its events are numbered, logged a few times a second, and ended in exactly one way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from time import monotonic

from tutor.errors import TransientError
from tutor.models import Support, Turn, TurnState, Usage
from tutor.text.language_id import language_of
from tutor.text.messages import languages, messages
from tutor.turns.event_log import EventLog
from tutor.turns.events import Event, EventKind, Logged, delta, ended

log = logging.getLogger(__name__)

Produce = Callable[[Turn], AsyncGenerator[Event]]
"""Answers an accepted turn: what happens after `accepted`, an end last. Closing it stops it at once."""
Used = Callable[[str], tuple[str, Usage]]
"""The model that was called last for a turn, given by its id, and what its calls have cost; see `Spending.used`."""

APPEND_SECONDS = 0.1
"""How far apart appends are once the answer has begun."""
GATHER_SECONDS = 0.02
"""How long what comes before the text waits for it, so that both are committed together."""
_RETRY_SECONDS = 0.5
_CLOSING_SECONDS = 5.0
"""How long a producer that was stopped may take to let go before its turn is ended without it."""


class Production:
    """Runs the producer of one turn as a task of the running loop; `over` is done when the turn's end is logged.

    What happens between two appends is appended together, as it is: sentences stay events of their own. The first
    text and the end do not wait, and what comes before them waits next to nothing. `patience_seconds` is how long a
    store that does not answer is tried.
    """

    def __init__(self, event_log: EventLog, turn: Turn, produce: Produce, used: Used, patience_seconds: float):
        self.turn = turn
        self.unread_since = monotonic()
        self._log = event_log
        self._used = used
        self._patience_seconds = patience_seconds
        self._attempt, self._seq = 1, 1
        self._waiting: list[Logged] = []
        self._news, self._urgent = asyncio.Event(), asyncio.Event()
        self._has_text = self._has_end = False
        self._stop_state: TurnState | None = None
        self._failure: BaseException | None = None
        self._producing = asyncio.create_task(self._take(produce(turn)))
        self._producing.add_done_callback(self._has_produced)
        self.over = asyncio.create_task(self._run())

    def stop(self, state: TurnState) -> None:
        """End the turn in `state` with the text so far, unless its end is there already; the producer stops at once."""
        if not self._has_end and self._stop_state is None:
            self._stop_state = state
            self._producing.cancel()
            self._hurry()

    async def _take(self, events: AsyncGenerator[Event]) -> None:
        async with aclosing(events):
            async for event in events:
                self._put(event)

    def _has_produced(self, producing: asyncio.Task[None]) -> None:
        self._failure = None if producing.cancelled() else producing.exception()
        self._hurry()

    def _hurry(self) -> None:
        self._news.set()
        self._urgent.set()

    def _put(self, event: Event) -> None:
        if self._has_end:
            return
        self._seq += 1
        self._attempt += event.kind == EventKind.RESTARTED
        self._has_end = event.is_end
        self._waiting.append(Logged(self.turn.id, self._attempt, self._seq, event))
        self._news.set()
        is_first_text = event.kind == EventKind.DELTA and not self._has_text
        if is_first_text or event.is_end:
            self._urgent.set()
        self._has_text |= is_first_text

    async def _run(self) -> None:
        try:
            if not await self._log_all():
                log.warning("Another server has taken over turn %s.", self.turn.id)
                return
            if not self._has_end:
                await self._end()
        except Exception:
            # It still runs in the store; the reaper ends it there.
            log.exception("The events of turn %s cannot be stored.", self.turn.id)
        finally:
            self._producing.cancel()
            await asyncio.wait([self._producing], timeout=_CLOSING_SECONDS)

    async def _log_all(self) -> bool:
        """Log what the producer gives until it is done; False when the turn is not ours any more."""
        while True:
            await self._news.wait()
            if not self._has_text:
                await self._gather(GATHER_SECONDS)
            self._news.clear()
            self._urgent.clear()
            if not await self._append_waiting():
                return False
            if self._has_end or self._stop_state is not None or self._producing.done():
                break
            if self._has_text:
                await self._gather(APPEND_SECONDS)
        await asyncio.wait([self._producing], timeout=_CLOSING_SECONDS)
        return await self._append_waiting()

    async def _gather(self, seconds: float) -> None:
        """Let events come together, until one is urgent."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._urgent.wait()

    async def _end(self) -> None:
        """End the turn in place of its producer."""
        state = self._stop_state or TurnState.FAILED
        if state == TurnState.FAILED:
            failure = self._failure or RuntimeError("its producer came to no end")
            log.error("Turn %s failed.", self.turn.id, exc_info=failure)
        turn = await self._log.look(lambda store: store.turn(self.turn.id))
        if state == TurnState.FAILED and not turn.answer:
            self._put(_apology(turn))
            if not await self._append_waiting():
                return
            turn = await self._log.look(lambda store: store.turn(self.turn.id))
        model, usage = self._used(turn.id)
        self._put(ended(replace(turn, state=state, usage=usage, answerer=model or turn.answerer)))
        await self._append_waiting()

    async def _append_waiting(self) -> bool:
        entries, self._waiting = self._waiting, []
        tried_since = monotonic()
        while entries:
            try:
                return not await self._log.append(entries)
            except TransientError as error:
                if monotonic() - tried_since > self._patience_seconds:
                    raise
                log.warning("Turn %s waits for the store: %s", self.turn.id, error)
                await asyncio.sleep(_RETRY_SECONDS)
        return True


def _apology(turn: Turn) -> Event:
    """What is said of a turn that failed before anything was said."""
    text = messages(language_of(turn.question, languages(), "en"))["failed"]
    return delta(text, sentence=1, support=Support.NOT_CHECKABLE, at=0, nodes=[])
