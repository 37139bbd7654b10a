"""Turns as they were answered, kept whole in the SQL database."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text

from tutor.adapters.database import reading, writing
from tutor.adapters.turn_tables import feedback, request_keys, turns
from tutor.errors import InvalidRequest, NotFound
from tutor.models import Citation, Coverage, Decision, Passage, Turn, TurnState, Usage
from tutor.records import Feedback, RequestKey


class SqlTurns:
    """The store of turns in one SQL database; implements `TurnStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, turn: Turn, request: RequestKey | None = None) -> Turn:
        """Store a turn for good and return it; or, when its request was answered already, that turn.

        Raises InvalidRequest when the request's key stands for another body.
        """
        now = datetime.now(UTC)
        with writing(self._engine) as connection:
            if request is not None:
                _lock(connection, turn.course, request.key)
                earlier = _of_request(connection, turn.course, request)
                if earlier is not None:
                    return earlier
            connection.execute(
                insert(turns).values(
                    id=turn.id,
                    course=turn.course,
                    conversation=turn.conversation,
                    state=turn.state.value,
                    created_at=now,
                    turn=asdict(turn),
                )
            )
            if request is not None:
                connection.execute(
                    insert(request_keys).values(
                        course=turn.course, key=request.key, digest=request.digest, turn=turn.id, created_at=now
                    )
                )
        return turn

    def of_request(self, course: str, request: RequestKey) -> Turn | None:
        """The turn that answered a request, if it was answered; raises as `add`."""
        with reading(self._engine) as connection:
            return _of_request(connection, course, request)

    def turn(self, id_: str) -> Turn:
        """The turn of that id; raises NotFound."""
        with reading(self._engine) as connection:
            stored = connection.execute(select(turns.c.turn).where(turns.c.id == id_)).scalar()
        if stored is None:
            raise NotFound("There is no such turn.")
        return _turn_from(stored)

    def conversation(self, course: str, conversation: str, last: int = 20) -> tuple[Turn, ...]:
        """The `last` turns of a conversation in a course, oldest first; raises NotFound when it has none there."""
        wanted = (
            select(turns.c.turn)
            .where(turns.c.course == course, turns.c.conversation == conversation)
            .order_by(turns.c.number.desc())
            .limit(last)
        )
        with reading(self._engine) as connection:
            stored = connection.execute(wanted).scalars().all()
        if not stored:
            raise NotFound("There is no such conversation in this course.")
        return tuple(_turn_from(item) for item in reversed(stored))

    def add_feedback(self, given: Feedback) -> Feedback:
        """Store what a reader thought of a turn, beside what was said before, and return it with its time.

        Raises NotFound when there is no such turn.
        """
        now = datetime.now(UTC)
        with writing(self._engine) as connection:
            if connection.execute(select(turns.c.number).where(turns.c.id == given.turn)).first() is None:
                raise NotFound("There is no such turn.")
            values = {**asdict(given), "reasons": list(given.reasons), "created_at": now}
            connection.execute(insert(feedback).values(values))
        return Feedback(given.turn, given.rating, given.reasons, given.note, now)

    def feedback(self, turn: str) -> tuple[Feedback, ...]:
        """All that readers said about a turn, oldest first."""
        wanted = select(feedback).where(feedback.c.turn == turn).order_by(feedback.c.number)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).all()
        return tuple(Feedback(row.turn, row.rating, tuple(row.reasons), row.note, row.created_at) for row in rows)


def _lock(connection: Connection, course: str, key: str) -> None:
    # Two requests with one key may arrive together. SQLite has one writer at a time already.
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        connection.execute(lock, {"name": f"{course}/{key}"})


def _of_request(connection: Connection, course: str, request: RequestKey) -> Turn | None:
    row = connection.execute(
        select(request_keys.c.digest, turns.c.turn)
        .join(turns, turns.c.id == request_keys.c.turn)
        .where(request_keys.c.course == course, request_keys.c.key == request.key)
    ).first()
    if row is None:
        return None
    if row.digest != request.digest:
        raise InvalidRequest("This Idempotency-Key was used for another question; send a new key with it.")
    return _turn_from(row.turn)


def _turn_from(stored: dict[str, Any]) -> Turn:
    coverage = stored["coverage"]
    return Turn(
        **{
            **stored,
            "state": TurnState(stored["state"]),
            "coverage": Coverage(coverage["probability"], Decision(coverage["decision"])),
            "citations": tuple(Citation(**item) for item in stored["citations"]),
            "passages": tuple(Passage(**item) for item in stored["passages"]),
            "suggestions": tuple(stored["suggestions"]),
            "usage": Usage(**stored["usage"]),
        }
    )
