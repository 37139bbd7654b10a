"""Ends the turns whose producers are gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tutor.models import TurnState
from tutor.turns.event_log import EventLog
from tutor.turns.events import Logged, ended
from tutor.turns.owner import Owner
from tutor.turns.records import Lease, LeasedTurn
from tutor.turns.store import TurnStore

log = logging.getLogger(__name__)

_AT_ONCE = 50


class Reaper:
    """Looks for running turns without a producer and ends them as interrupted, with the text so far.

    `is_produced` says whether a turn is produced in this process, `lease` gives a new lease.
    """

    def __init__(
        self, event_log: EventLog, owner: Owner, is_produced: Callable[[str], bool], lease: Callable[[], Lease]
    ) -> None:
        self._log = event_log
        self._owner = owner
        self._is_produced = is_produced
        self._lease = lease

    async def reap(self) -> None:
        """Look once. The files of owners that are dead and hold nothing any more are removed."""
        running = await self._log.look(lambda store: store.running())
        gone = await asyncio.to_thread(self._gone, running)
        for start in range(0, len(gone), _AT_ONCE):
            await asyncio.gather(*(self._end(held) for held in gone[start : start + _AT_ONCE]))
        await asyncio.to_thread(self._owner.forget_dead, {held.lease.owner for held in running})

    def _gone(self, running: Sequence[LeasedTurn]) -> list[LeasedTurn]:
        now = datetime.now(UTC)
        others = {held.lease.owner for held in running} - {self._owner.name}
        dead = {name for name in others if self._owner.is_dead(name)}
        return [held for held in running if self._is_over(held, now, dead)]

    def _is_over(self, held: LeasedTurn, now: datetime, dead: set[str]) -> bool:
        if held.lease.owner == self._owner.name:
            return not self._is_produced(held.turn)
        return held.lease.owner in dead or held.lease.until < now

    async def _end(self, held: LeasedTurn) -> None:
        def take(store: TurnStore) -> Logged | None:
            if held.lease.owner != self._owner.name and not store.take_over(held, self._lease()):
                return None
            newest = store.newest(held.turn)
            turn = replace(store.turn(held.turn), state=TurnState.INTERRUPTED)
            return Logged(held.turn, newest.attempt, newest.seq + 1, ended(turn))

        end = await self._log.write(take)
        if end is not None and not await self._log.append([end]):
            log.warning("Turn %s was left unfinished by %s and is ended.", held.turn, held.lease.owner)
