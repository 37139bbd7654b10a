"""Turns in the SQL database, while they run and as they ended."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, time

from sqlalchemy import exists, func, insert, select

from tutor.accounts import Outcomes
from tutor.adapters.database import reading, writing
from tutor.adapters.sql_turn_log import SqlTurnLog, current, of_request
from tutor.adapters.turn_tables import feedback, turns
from tutor.errors import NotFound
from tutor.models import Turn, TurnState
from tutor.records import Feedback, RequestKey
from tutor.turn_json import turn_from_json

_LOOKED_AT = 5000


class SqlTurns(SqlTurnLog):
    """The store of turns in one SQL database; implements `TurnStore`."""

    def of_request(self, course: str, request: RequestKey) -> Turn | None:
        """The turn that a request was given, if it was; raises as `accept`."""
        with reading(self._engine) as connection:
            return of_request(connection, course, request)

    def turn(self, id_: str) -> Turn:
        """The turn of that id, as far as it has come; raises NotFound."""
        with reading(self._engine) as connection:
            return current(connection, id_)

    def conversation(self, course: str, conversation: str, last: int = 20) -> tuple[Turn, ...]:
        """The `last` ended turns of a conversation in a course, oldest first; raises NotFound when it has no turn."""
        of_it = (turns.c.course == course, turns.c.conversation == conversation)
        ended = select(turns.c.turn).where(*of_it, turns.c.state != TurnState.RUNNING.value)
        with reading(self._engine) as connection:
            stored = connection.execute(ended.order_by(turns.c.number.desc()).limit(last)).scalars().all()
            if not stored and connection.execute(select(turns.c.number).where(*of_it).limit(1)).first() is None:
                raise NotFound("There is no such conversation in this course.")
        return tuple(turn_from_json(item) for item in reversed(stored))

    def answered(self, course: str, generation: int, last: int) -> tuple[Turn, ...]:
        """The `last` turns that a generation of a course answered whole, each the first of its conversation, oldest
        first, without those that a reader found wrong; only the newest 5,000 of the course are looked at.
        """
        newest = (
            select(turns.c.number).where(turns.c.course == course).order_by(turns.c.number.desc()).limit(_LOOKED_AT)
        )
        before = turns.alias()
        follows = exists().where(
            before.c.course == course, before.c.conversation == turns.c.conversation, before.c.number < turns.c.number
        )
        wanted = select(turns.c.turn).where(
            turns.c.number.in_(newest.scalar_subquery()),
            turns.c.state == TurnState.DONE.value,
            turns.c.turn["generation"].as_integer() == generation,
            ~follows,
            ~exists().where(feedback.c.turn == turns.c.id, feedback.c.rating == "down"),
        )
        with reading(self._engine) as connection:
            stored = connection.execute(wanted.order_by(turns.c.number.desc()).limit(last)).scalars().all()
        return tuple(turn_from_json(item) for item in reversed(stored))

    def outcomes(self, course: str, first: date, last: date) -> tuple[Outcomes, ...]:
        """How the turns of a course ended that were accepted from one day (UTC) to another, both included."""
        begin, end = datetime.combine(first, time.min, UTC), datetime.combine(last, time.max, UTC)
        answerer = turns.c.turn["answerer"].as_string()
        wanted = (
            select(turns.c.state, answerer, func.count())
            .where(turns.c.course == course, turns.c.created_at >= begin, turns.c.created_at <= end)
            .group_by(turns.c.state, answerer)
            .order_by(turns.c.state, answerer)
        )
        with reading(self._engine) as connection:
            return tuple(Outcomes(*row) for row in connection.execute(wanted))

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
