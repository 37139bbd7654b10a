"""Producers of turns: detached tasks that go on when a reader leaves, and end when they must."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from time import monotonic

from tutor.errors import Overloaded, TutorError
from tutor.models import Turn, TurnState
from tutor.turns.event_log import QUIET_SECONDS, EventLog
from tutor.turns.events import Logged
from tutor.turns.owner import Owner
from tutor.turns.production import Produce, Production, Used
from tutor.turns.reaper import Reaper
from tutor.turns.records import Lease, RequestKey

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.25
"""How often producers are told what others want of them."""
_MAX_REAP_SECONDS = 5.0
_STOP_SECONDS = 5.0
"""How long the stop of a turn is waited for."""
_ENDING_SECONDS = 5.0
"""How long the ends of turns may take that are interrupted at last."""
_RETRY_AFTER_SECONDS = 5.0


class Producers:
    """Everything this process produces. Belongs to the event loop on which it is started.

    `produce` answers an accepted turn; `used` tells by whom and at what cost one was that is ended from outside. A turn
    that has no reader in this process for `unread_seconds` is stopped.
    """

    def __init__(
        self,
        event_log: EventLog,
        produce: Produce,
        owner: Owner,
        used: Used,
        *,
        lease_seconds: float = 30.0,
        unread_seconds: float = 60.0,
    ) -> None:
        self._log = event_log
        self._produce = produce
        self._owner = owner
        self._lease_seconds = lease_seconds
        self._unread_seconds = unread_seconds
        self._used = used
        self._productions: dict[str, Production] = {}
        self._accepting: dict[str, asyncio.Task[Turn]] = {}
        self._reaper = Reaper(event_log, owner, self._is_produced, self._lease)
        self._rounds: list[asyncio.Task[None]] = []
        self._draining: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def started(self, drain_seconds: float = 0.0) -> AsyncIterator[None]:
        """Within it questions are taken; at its end those that run are given `drain_seconds`."""
        await self.start()
        try:
            yield
        finally:
            await self.drain(drain_seconds)
            await self.close()

    async def start(self) -> None:
        """Begin to take questions, and end the turns that dead processes have left, now and from time to time."""
        reap_seconds = min(_MAX_REAP_SECONDS, self._lease_seconds / 6)
        self._rounds = [
            asyncio.create_task(_every(reap_seconds, self._reaper.reap)),
            asyncio.create_task(_every(self._lease_seconds / 6, self._renew)),
            asyncio.create_task(_every(_LOOK_SECONDS, self._look)),
        ]

    @property
    def accepting(self) -> int:
        """How many turns are being stored, to be produced here."""
        return len(self._accepting)

    async def accept(self, turn: Turn, request: RequestKey | None = None) -> Turn:
        """Store a turn and begin to produce it, or get the one that its request was given already.

        It goes on when the caller leaves. Raises InvalidRequest when the request's key stands for another body,
        Overloaded when this process is about to end.
        """
        if self._draining is not None:
            earlier = await self._earlier(turn.course, request)
            if earlier is None:
                raise Overloaded("This server is being stopped; ask again in a moment.", _RETRY_AFTER_SECONDS)
            return earlier
        accepting = self._accepting[turn.id] = asyncio.create_task(self._accept(turn, request))
        return await asyncio.shield(accepting)

    def follow(
        self, turn: str, after: int = 0, quiet_seconds: float = QUIET_SECONDS
    ) -> AsyncGenerator[tuple[Logged, ...]]:
        """The events of a turn with a seq above `after`, together as they were committed; see `EventLog.follow`."""
        return self._log.follow(turn, after, quiet_seconds)

    def read(self, turn: str, after: int = 0) -> AsyncGenerator[Logged]:
        """The events of a turn with a seq above `after`, one by one until its end; raises NotFound."""
        return self._log.read(turn, after)

    async def newest(self, turn: str) -> Logged:
        """The newest event of a turn, which is its end when it has ended; raises NotFound."""
        return await self._log.look(lambda store: store.newest(turn))

    async def ended(self, turn: Turn) -> Turn:
        """A turn when it has ended, or as far as it is when this process ends before; raises NotFound."""
        return turn if turn.state != TurnState.RUNNING else await self._log.ended(turn.id)

    async def stop(self, turn: str) -> Turn:
        """End a turn with the text so far, wherever it is produced; one that has ended stays as it is.

        Gives the turn as it ended, or as far as it is when its producer does not answer. Raises NotFound.
        """
        production = self._productions.get(turn)
        if production is not None:
            production.stop(TurnState.STOPPED)
        elif not (await self.newest(turn)).event.is_end:
            await self._log.write(lambda store: store.want_stop(turn))
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                return await self._log.ended(turn)
        return await self._log.look(lambda store: store.turn(turn))

    async def drain(self, seconds: float) -> None:
        """Refuse new questions and wait until all turns have ended; those that have not after `seconds` are ended as
        interrupted. Then every reader comes to its end. A second call waits for the first.
        """
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain(seconds))
        await asyncio.shield(self._draining)

    async def close(self) -> None:
        """End the rounds, the log's threads and the lock of this process; after `drain`."""
        for task in self._rounds:
            task.cancel()
        await asyncio.gather(*self._rounds, return_exceptions=True)
        holds_turns = True
        with suppress(TutorError):
            running = await self._log.look(lambda store: store.running())
            holds_turns = any(held.lease.owner == self._owner.name for held in running)
        await self._log.close()
        self._owner.close(holds_turns=holds_turns)

    async def _accept(self, turn: Turn, request: RequestKey | None) -> Turn:
        try:
            stored = await self._log.accept(turn, self._lease(), request)
            if stored.id == turn.id:
                self._begin(turn)
            return stored
        finally:
            del self._accepting[turn.id]

    def _begin(self, turn: Turn) -> None:
        made = Production(self._log, turn, self._produce, self._used, self._lease_seconds)
        self._productions[turn.id] = made
        made.over.add_done_callback(lambda _: self._productions.pop(turn.id))

    async def _earlier(self, course: str, request: RequestKey | None) -> Turn | None:
        return await self._log.look(lambda store: store.of_request(course, request)) if request else None

    def _is_produced(self, turn: str) -> bool:
        return turn in self._productions or turn in self._accepting

    def _lease(self) -> Lease:
        return Lease(self._owner.name, datetime.now(UTC) + timedelta(seconds=self._lease_seconds))

    async def _renew(self) -> None:
        if self._productions:
            lease = self._lease()
            await self._log.write(lambda store: store.renew(lease))

    async def _look(self) -> None:
        """Stop what has no reader, and what others have asked to stop."""
        if not self._productions:
            return
        now = monotonic()
        for id_, production in self._productions.items():
            production.unread_since = max(production.unread_since, self._log.left(id_))
            if self._log.readers(id_):
                production.unread_since = now
            elif now - production.unread_since > self._unread_seconds:
                log.info("Nobody reads turn %s; it is stopped.", id_)
                production.stop(TurnState.STOPPED)
        for id_ in await self._log.look(lambda store: store.stop_wanted(self._owner.name)):
            if id_ in self._productions:
                self._productions[id_].stop(TurnState.STOPPED)

    async def _drain(self, seconds: float) -> None:
        await self._end_of_all(seconds)
        for production in self._productions.values():
            production.stop(TurnState.INTERRUPTED)
        await self._end_of_all(_ENDING_SECONDS)
        self._log.let_go()

    async def _end_of_all(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while pending := [*self._accepting.values(), *(each.over for each in self._productions.values())]:
                    await asyncio.wait(pending)


async def _every(seconds: float, do: Callable[[], Awaitable[None]]) -> None:
    """Do something now and then; a time that fails is logged, and the next one comes all the same."""
    while True:
        try:
            await do()
        except Exception:
            log.exception("Turns could not be looked after.")
        await asyncio.sleep(seconds)
