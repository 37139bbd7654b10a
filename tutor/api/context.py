"""What routes are given: the tutor, and the threads that ask it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from tutor.api.metrics import Metrics
from tutor.api.workers import Workers
from tutor.library import Tutor

THREADS = 4
WAITING = 64


@dataclass(frozen=True, slots=True)
class Context:
    """Made once per app. `health` are threads of their own, so that questions in a queue do not hide that it lives."""

    tutor: Tutor
    workers: Workers
    health: Workers
    metrics: Metrics

    @classmethod
    def of(cls, tutor: Tutor) -> Context:
        """The context over a tutor."""
        return cls(tutor, Workers(THREADS, WAITING, "ask"), Workers(1, 16, "health"), Metrics(tutor))

    def close(self) -> None:
        """End the threads."""
        self.workers.close()
        self.health.close()


def _context(request: Request) -> Context:
    context = request.app.state.context
    assert isinstance(context, Context)
    return context


Given = Annotated[Context, Depends(_context)]
Course = Annotated[str, Path(description="The course's slug.", examples=["ai-system-design"])]
TurnId = Annotated[str, Path(description="The turn's id.")]
