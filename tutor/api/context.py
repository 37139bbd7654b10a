"""What routes are given: the tutor, and the threads that ask it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Path, Request
from pydantic import AfterValidator

from tutor.api.metrics import Metrics
from tutor.concurrency import Workers
from tutor.courses.tutor import Tutor
from tutor.errors import NotFound
from tutor.models import Turn
from tutor.text.names import is_name
from tutor.turns.records import RequestKey

THREADS = 4
WAITING = 64


@dataclass(slots=True)
class AppContext:
    """Made once per app. `health` are threads of their own, so that questions in a queue do not hide that it lives."""

    tutor: Tutor
    workers: Workers
    health: Workers
    metrics: Metrics
    entering: int = 0
    """How many questions are being checked and stored: they are about to wait for a thread."""

    @classmethod
    def of(cls, tutor: Tutor) -> AppContext:
        """The context over a tutor."""
        return cls(tutor, Workers(THREADS, WAITING, "ask"), Workers(1, 16, "health"), Metrics(tutor))

    async def accept(self, check: Callable[[], Turn], request: RequestKey | None) -> Turn:
        """The stored turn of a question that `check` finds in order; see `Producers.accept`."""
        self.entering += 1
        try:
            return await self.tutor.producers.accept(await self.workers.run(check), request)
        finally:
            self.entering -= 1

    def close(self) -> None:
        """End the threads."""
        self.workers.close()
        self.health.close()


async def _context(request: Request) -> AppContext:
    context = request.app.state.context
    assert isinstance(context, AppContext)
    return context


def _possible(turn: str) -> str:
    # Not every database takes every text; what cannot be an id is not even looked up.
    if not is_name(turn):
        raise NotFound("There is no such turn.")
    return turn


Given = Annotated[AppContext, Depends(_context)]
CourseSlug = Annotated[str, Path(description="The course's slug.", examples=["ai-system-design"])]
TurnId = Annotated[str, Path(description="The turn's id."), AfterValidator(_possible)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Your own name for this request: sent again with the same body, it gets the same answer.",
    ),
]
