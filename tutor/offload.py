"""Where calls run that would hold up an event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Offload(Protocol):
    """Runs a call somewhere and gives what it returns or raises."""

    async def __call__(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `call` returns or raises."""


async def in_place(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The call in the loop itself, where nobody else is waiting."""
    return call(*args, **kwargs)
