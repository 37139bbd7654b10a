"""Where calls run that would hold up an event loop: threads, with a queue that says no when it is full."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

from tutor.errors import Overloaded

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """Runs calls in `threads` threads; beyond `waiting` calls more it refuses."""

    def __init__(self, threads: int, waiting: int, name: str) -> None:
        self._threads = threads
        self._most = threads + waiting
        self._taken = self._callers = 0
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    @property
    def waiting(self) -> int:
        """How many callers wait beyond those whose calls can run at once.

        Those whose call has ended count until they go on: where the loop is late, they are about to call again.
        """
        return max(0, self._callers - self._threads)

    async def run(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `call` returns or raises; raises Overloaded when too many are waiting.

        A caller that stops waiting does not stop the call: its place is taken until it has ended.
        """
        future = self._submitted(partial(call, *args, **kwargs))
        self._callers += 1
        try:
            return await asyncio.wrap_future(future)
        finally:
            self._callers -= 1

    def begin(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Run a call without waiting for its end, unless all threads are busy; what it raises is dropped."""
        if self._taken < self._threads:
            with suppress(Overloaded):
                self._submitted(partial(call, *args, **kwargs))

    def close(self) -> None:
        """End the threads after what is running; what waits is dropped."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submitted(self, call: Callable[[], T]) -> Future[T]:
        with self._lock:
            if self._taken >= self._most:
                raise Overloaded("The tutor is busy; try again in a moment.", 1.0)
            self._taken += 1
        try:
            future = self._pool.submit(call)
        except BaseException:
            self._leave()
            raise
        future.add_done_callback(lambda _: self._leave())
        return future

    def _leave(self) -> None:
        with self._lock:
            self._taken -= 1


class RunInThread(Protocol):
    """Runs a call somewhere and gives what it returns or raises."""

    async def __call__(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `call` returns or raises."""


async def in_place(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The call in the loop itself, where no other call waits."""
    return call(*args, **kwargs)
