"""Waiting for what must happen: as soon as it does, and never for ever.

The seconds are no promise of speed. They keep a run from hanging, and are far more than a busy machine needs.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

T = TypeVar("T")


def eventually(condition: Callable[[], T], what: str = "what is waited for", seconds: float = 30.0) -> T:
    """What `condition` gives as soon as it is true; fails and says `what` when it does not become so.

    For what another thread, process or page does, which gives no event to wait for. A coroutine waits for it by
    `asyncio.to_thread`.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:g} seconds"
        time.sleep(0.01)
    return found


@contextmanager
def no_hang(what: str, seconds: float = 60.0) -> Iterator[None]:
    """Within it, what runs for longer fails and says `what`; for calls of the main thread that nobody else can end.

    A search for a regular expression is interrupted too.
    """

    def give_up(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"{what} took more than {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
