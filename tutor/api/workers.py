"""Threads for what blocks, with a queue that says no when it is full."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from tutor.errors import Overloaded

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """Runs calls in `threads` threads; beyond `waiting` calls more it refuses."""

    def __init__(self, threads: int, waiting: int, name: str) -> None:
        self._room = threading.BoundedSemaphore(threads + waiting)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `call` returns or raises; raises Overloaded when too many are waiting.

        Whoever gives up waiting does not stop the call: its place is taken until it has ended.
        """
        if not self._room.acquire(blocking=False):
            raise Overloaded("The tutor is busy; try again in a moment.", 1.0)
        try:
            future: Future[T] = self._pool.submit(partial(call, *args, **kwargs))
        except BaseException:
            self._room.release()
            raise
        future.add_done_callback(lambda _: self._room.release())
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """End the threads after what is running; what waits is dropped."""
        self._pool.shutdown(wait=True, cancel_futures=True)
