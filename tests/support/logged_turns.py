"""Turns to write and read, and a store of them that can be told to be slow or to fail."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tutor.adapters.sql.database import open_database, sqlite_url
from tutor.adapters.sql.turns import SqlTurns
from tutor.models import Coverage, Decision, Support, Turn, TurnState
from tutor.turns.events import Event, Logged, delta, ended, so_far
from tutor.turns.records import Lease

NEW = Turn(
    id="turn-1",
    conversation="talk-1",
    course="networks",
    question="How does TCP end?",
    standalone_question="",
    answer="",
    state=TurnState.RUNNING,
    coverage=Coverage(0.0, Decision.NOT_COVERED),
)


class WatchedTurns(SqlTurns):
    """A store that can be made slow or broken, and notes what it was asked.

    `appended` is what each append brought, `refused` counts those that failed as told, `looks` how often the producers
    asked what others want of them.
    """

    def __init__(self, data_dir: Path) -> None:
        super().__init__(open_database(sqlite_url(data_dir)))
        self.appended: list[Sequence[Logged]] = []
        self.append_seconds = 0.0
        self.error: Exception | None = None
        self.refused = self.looks = 0

    def append(self, entries: Sequence[Logged], owner: str) -> frozenset[str]:
        """Store events, in the mood that it was put in."""
        if self.error is not None:
            self.refused += 1
            raise self.error
        time.sleep(self.append_seconds)
        self.appended.append(entries)
        return super().append(entries, owner)

    def stop_wanted(self, owner: str) -> frozenset[str]:
        """The turns that somebody wants to be stopped."""
        self.looks += 1
        return super().stop_wanted(owner)

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()


def turn(number: int = 1) -> Turn:
    """A new turn."""
    return replace(NEW, id=f"turn-{number}")


def lease(owner: str, seconds: float = 30.0) -> Lease:
    """A lease from now on."""
    return Lease(owner, datetime.now(UTC) + timedelta(seconds=seconds))


def piece(text: str) -> Event:
    """A sentence."""
    return delta(text, sentence=1, support=Support.SUPPORTED, at=0, nodes=[])


def done(of: Turn, events: Sequence[Event], state: TurnState = TurnState.DONE) -> Event:
    """The end of a turn after its events."""
    return ended(replace(so_far(of, events), state=state))


def texts(pieces: int) -> list[str]:
    """Pieces of an answer, some of them of more than one byte a character."""
    return [f"Satz {number} – 👋 «é».\n" for number in range(pieces)]


def produced(
    pieces: Sequence[str], pause_seconds: float = 0.0, noted: Callable[[str], None] = lambda what: None
) -> Callable[[Turn], AsyncGenerator[Event]]:
    """A producer of `pieces`, one after another; `noted` is told of its begin and of its end or abort."""

    async def produce(turn: Turn) -> AsyncGenerator[Event]:
        noted("begin")
        events: list[Event] = []
        try:
            for text in pieces:
                await asyncio.sleep(pause_seconds)
                events.append(piece(text))
                yield events[-1]
            yield done(turn, events)
            noted("end")
        except (asyncio.CancelledError, GeneratorExit):
            noted("abort")
            raise

    return produce
