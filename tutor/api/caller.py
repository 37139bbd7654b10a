"""Who calls: a caller with the key (or on this machine), a student with a session, or anyone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.types import Scope

from tutor.api.context import Given, TurnId
from tutor.courses.tutor import Tutor
from tutor.errors import NotFound
from tutor.turns.records import RequestKey

_PLACE = "course_tutor.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """`is_trusted` callers see and do everything; a student has a course; anyone has neither."""

    is_trusted: bool = False
    course: str = ""
    student: str = ""

    @property
    def is_student(self) -> bool:
        """Whether a session says who it is."""
        return bool(self.student)

    def request(self, key: str | None, digest: str) -> RequestKey | None:
        """A request by its Idempotency-Key, if it has one; one student's key never leads to what is another's."""
        return RequestKey(f"{self.student}/{key}" if self.is_student else key, digest) if key else None

    def must_own(self, tutor: Tutor, turn: str) -> None:
        """Raise NotFound unless the caller may see a turn."""
        if not self.is_trusted and tutor.history.asker(turn) != (self.course, self.student):
            raise NotFound("There is no such turn.")


TRUSTED = Caller(is_trusted=True)
ANYONE = Caller()


def note_caller(scope: Scope, caller: Caller) -> None:
    """Have everything that serves this request know who calls."""
    scope[_PLACE] = caller


def caller_of(scope: Scope) -> Caller:
    """Who calls; anyone, where it was not checked."""
    caller = scope.get(_PLACE, ANYONE)
    assert isinstance(caller, Caller)
    return caller


async def _calling(request: Request) -> Caller:
    return caller_of(request.scope)


Calling = Annotated[Caller, Depends(_calling)]


async def _own(given: Given, calling: Calling, turn: TurnId) -> str:
    if not calling.is_trusted:
        await given.workers.run(calling.must_own, given.tutor, turn)
    return turn


OwnTurn = Annotated[str, Depends(_own)]
"""A turn's id in the path; one that the caller may not see is as good as none."""
