"""The log of turns as one process uses it: one thread writes, and readers are given what was committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing, suppress
from time import monotonic
from typing import TypeVar

from tutor.errors import TransientError
from tutor.models import Turn
from tutor.turns.events import Logged, accepted
from tutor.turns.records import Lease, RequestKey
from tutor.turns.store import TurnStore
from tutor.turns.turn_json import turn_from_json

T = TypeVar("T")

_READING_THREADS = 2
_PAGE = 500
"""How many events a reader takes from the store at once."""
_MAX_WAITING = 200
"""How many events wait for one reader in memory; a slower one reads the store."""
_ELSEWHERE_SECONDS = 0.25
"""How often the store is asked about a turn that another process produces."""
_HERE_SECONDS = 5.0
"""The same for one that is produced here, in case that another process has ended it."""
QUIET_SECONDS = 15.0


class EventLog:
    """Writes events for `owner` and lets any number of readers follow turns.

    No reader sees an event before it is committed. Events that are appended while others are being written go into the
    next transaction together. Belongs to the event loop that calls it.
    """

    def __init__(self, store: TurnStore, owner: str) -> None:
        self.owner = owner
        self._store = store
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="log-write")
        self._looking = ThreadPoolExecutor(_READING_THREADS, thread_name_prefix="log-read")
        self._appends: list[_Append] = []
        self._committing: asyncio.Task[None] | None = None
        self._readers: dict[str, set[_Reader]] = {}
        self._here: set[str] = set()
        self._begun: dict[str, Logged] = {}
        self._left: dict[str, float] = {}
        self._lets_go = False

    async def write(self, call: Callable[[TurnStore], T]) -> T:
        """What `call` returns, which may write to the store; calls run one after another, in a thread."""
        return await self._call(self._writing, call)

    async def look(self, call: Callable[[TurnStore], T]) -> T:
        """What `call` returns, which only reads."""
        return await self._call(self._looking, call)

    async def accept(self, turn: Turn, lease: Lease, request: RequestKey | None = None) -> Turn:
        """Store a running turn, to be produced here, or get the one that its request was given already.

        Raises InvalidRequest when the request's key stands for another body.
        """
        stored = await self.write(lambda store: store.accept(turn, lease, request))
        if stored.id == turn.id:
            self._here.add(turn.id)
            self._begun[turn.id] = Logged(turn.id, 1, 1, accepted(turn))
        return stored

    async def append(self, entries: Sequence[Logged]) -> frozenset[str]:
        """Store events and give them to readers. Returns the turns that `owner` does not hold any more.

        A caller that stops waiting does not take them back: they are stored all the same, in order.
        """
        append = _Append(entries)
        self._appends.append(append)
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_waiting())
        return await append.done

    def readers(self, turn: str) -> int:
        """How many follow a turn in this process."""
        return len(self._readers.get(turn, ()))

    def left(self, turn: str) -> float:
        """When the last reader left a turn that is produced here, in seconds of `monotonic`; 0 when none has yet."""
        return self._left.get(turn, 0.0)

    async def follow(
        self, turn: str, after: int = 0, quiet_seconds: float = QUIET_SECONDS
    ) -> AsyncGenerator[tuple[Logged, ...]]:
        """The events of a turn with a seq above `after`, together as they were committed, until its end.

        After every `quiet_seconds` in which there were none, no events. Raises NotFound when there is no such turn.
        """
        reader = _Reader(self._begun.get(turn))
        self._readers.setdefault(turn, set()).add(reader)
        try:
            seen = await self._begin(turn, after)
            heard = monotonic()
            while seen is not None:
                events = await self._next(reader, turn, seen)
                if events:
                    yield events
                    seen, heard = events[-1].seq, monotonic()
                    if events[-1].event.is_end:
                        return
                elif self._lets_go:
                    return
                elif monotonic() - heard >= quiet_seconds:
                    yield ()
                    heard = monotonic()
        finally:
            self._readers[turn].discard(reader)
            if not self._readers[turn]:
                del self._readers[turn]
                if turn in self._here:
                    self._left[turn] = monotonic()

    async def read(self, turn: str, after: int = 0) -> AsyncGenerator[Logged]:
        """The events of a turn with a seq above `after`, one by one as they happen, until its end; raises NotFound."""
        async with aclosing(self.follow(turn, after)) as following:
            async for events in following:
                for logged in events:
                    yield logged

    async def ended(self, turn: str) -> Turn:
        """The turn, when it has ended, or as far as it is when this process ends before; raises NotFound."""
        async with aclosing(self.read(turn)) as reading:
            async for logged in reading:
                if logged.event.is_end:
                    return turn_from_json(logged.event.data["turn"])
        return await self.look(lambda store: store.turn(turn))

    def let_go(self) -> None:
        """Have every reader come to its end with what is committed, also of turns that go on elsewhere."""
        self._lets_go = True
        for readers in self._readers.values():
            for reader in readers:
                reader.wake.set()

    async def close(self) -> None:
        """End the threads, after what is being written."""
        if self._committing is not None:
            await self._committing
        self._writing.shutdown()
        self._looking.shutdown()

    async def _call(self, threads: Executor, call: Callable[[TurnStore], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads, call, self._store)

    async def _begin(self, turn: str, after: int) -> int | None:
        """The seq to go on from, or None when nothing comes after it any more."""
        if after <= 0:
            return 0
        newest = await self.look(lambda store: store.newest(turn))
        if newest.event.is_end and newest.seq <= after:
            return None
        return min(after, newest.seq)

    async def _next(self, reader: _Reader, turn: str, seen: int) -> tuple[Logged, ...]:
        if not reader.is_behind and not reader.waiting and not self._lets_go:
            patience = _HERE_SECONDS if turn in self._here else _ELSEWHERE_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await reader.wake.wait()
            reader.is_behind |= not reader.waiting
        reader.wake.clear()
        events = [logged for logged in reader.take() if logged.seq > seen]
        if reader.is_behind or (events and events[0].seq != seen + 1):
            # From now on what is committed waits for it again; what the store gives as well is dropped above.
            reader.is_behind = False
            page = await self.look(lambda store: store.events(turn, seen, _PAGE))
            reader.is_behind |= len(page) == _PAGE
            return page
        return tuple(events)

    async def _commit_waiting(self) -> None:
        while self._appends:
            appends, self._appends = self._appends, []
            await self._commit(appends)

    async def _commit(self, appends: Sequence[_Append]) -> None:
        entries = [entry for append in appends for entry in append.entries]
        try:
            lost = await self.write(lambda store: store.append(entries, self.owner))
        except Exception as error:
            if len(appends) == 1 or isinstance(error, TransientError):
                for append in appends:
                    append.fail(error)
                return
            # One that cannot be stored must not take the others with it.
            for append in appends:
                await self._commit([append])
            return
        self._here -= lost
        for append in appends:
            append.finish(lost)
            self._tell(append.entries)

    def _tell(self, entries: Sequence[Logged]) -> None:
        """Give committed events to the readers of their turn; who is told of a lost one looks into the store."""
        for turn in {entry.turn for entry in entries}:
            self._begun.pop(turn, None)
            is_here = turn in self._here
            events = [entry for entry in entries if entry.turn == turn] if is_here else []
            for reader in self._readers.get(turn, ()):
                reader.give(events)
            if events and events[-1].event.is_end:
                self._here.discard(turn)
                self._left.pop(turn, None)


class _Append:
    """Events that wait to be committed, and who waits for that."""

    def __init__(self, entries: Sequence[Logged]) -> None:
        self.entries = entries
        self.done: asyncio.Future[frozenset[str]] = asyncio.get_running_loop().create_future()

    def finish(self, lost: frozenset[str]) -> None:
        if not self.done.done():
            self.done.set_result(lost & {entry.turn for entry in self.entries} if lost else lost)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class _Reader:
    """What waits for one reader; one that `is_behind` must read the store, unless `all_so_far` is all there is."""

    def __init__(self, all_so_far: Logged | None) -> None:
        self.is_behind = all_so_far is None
        self.waiting = [all_so_far] if all_so_far else []
        self.wake = asyncio.Event()

    def give(self, events: Sequence[Logged]) -> None:
        """More events; when they are too many, or none that are known here, the reader has to look itself."""
        if not events or len(self.waiting) + len(events) > _MAX_WAITING:
            self.waiting.clear()
            self.is_behind = True
        elif not self.is_behind:
            self.waiting.extend(events)
        self.wake.set()

    def take(self) -> list[Logged]:
        taken, self.waiting = self.waiting, []
        return taken
