"""Turns in the SQL database, while they run and as they ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import exists, func, insert, select

from tutor.adapters.sql.database import reading, writing
from tutor.adapters.sql.turn_log import SqlTurnLog, current, of_request
from tutor.adapters.sql.turn_tables import feedback, turns
from tutor.errors import NotFound
from tutor.models import Decision, Mode, Turn, TurnState
from tutor.turns.records import AskedQuestion, Conversation, Feedback, Rating, RequestKey, StateCount
from tutor.turns.turn_json import turn_from_json

_LOOKED_AT = 5000
_AT_ONCE = 200
_NO_CONVERSATION = "There is no such conversation in this course."


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
                raise NotFound(_NO_CONVERSATION)
        return tuple(turn_from_json(item) for item in reversed(stored))

    def asker(self, turn: str) -> tuple[str, str]:
        """The course and the student of a turn, empty where it is not known; raises NotFound."""
        wanted = select(turns.c.course, turns.c.student).where(turns.c.id == turn)
        with reading(self._engine) as connection:
            row = connection.execute(wanted).first()
        if row is None:
            raise NotFound("There is no such turn.")
        return row.course, row.student

    def beginner(self, course: str, conversation: str) -> str:
        """The student who asked first in a conversation, empty where it is not known; raises NotFound."""
        of_it = (turns.c.course == course, turns.c.conversation == conversation)
        with reading(self._engine) as connection:
            row = connection.execute(select(turns.c.student).where(*of_it).order_by(turns.c.number).limit(1)).first()
        if row is None:
            raise NotFound(_NO_CONVERSATION)
        return str(row.student)

    def conversations(self, course: str, student: str, limit: int = 50) -> tuple[Conversation, ...]:
        """The conversations that hold turns of a student, with what is the student's, the `limit` last ones first."""
        first, last = func.min(turns.c.number), func.max(turns.c.number)
        found = (
            select(
                turns.c.conversation,
                first.label("first"),
                last.label("last"),
                func.count().label("turns"),
                func.min(turns.c.created_at).label("started_at"),
                func.max(turns.c.created_at).label("last_at"),
            )
            .where(turns.c.course == course, turns.c.student == student)
            .group_by(turns.c.conversation)
            .order_by(last.desc())
            .limit(limit)
            .subquery()
        )
        begun = turns.alias()
        wanted = (
            select(
                found.c.conversation,
                begun.c.turn["question"].as_string(),
                found.c.turns,
                found.c.started_at,
                found.c.last_at,
            )
            .join(begun, begun.c.number == found.c.first)
            .order_by(found.c.last.desc())
        )
        with reading(self._engine) as connection:
            return tuple(Conversation(*row) for row in connection.execute(wanted))

    def turns_of(self, course: str, conversation: str, student: str, last: int = 100) -> tuple[Turn, ...]:
        """The `last` turns of a student in a conversation, oldest first, those that run as far as they have come.

        Raises NotFound when there is none.
        """
        of_it = (turns.c.course == course, turns.c.conversation == conversation, turns.c.student == student)
        wanted = select(turns.c.id, turns.c.state, turns.c.turn).where(*of_it)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(turns.c.number.desc()).limit(last)).all()
            if not rows:
                raise NotFound(_NO_CONVERSATION)
            return tuple(
                current(connection, row.id) if row.state == TurnState.RUNNING else turn_from_json(row.turn)
                for row in reversed(rows)
            )

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

    def askings(self, course: str, since: datetime, limit: int) -> tuple[AskedQuestion, ...]:
        """What was asked in the newest `limit` turns of a course, newest first: of those accepted since then that were
        answered whole, in the plain way, by a course that covers it.
        """
        newest = select(turns.c.number).where(turns.c.course == course).order_by(turns.c.number.desc()).limit(limit)
        wanted = (
            select(
                # Whole: each part that a database is asked for has it read all of the turn again.
                turns.c.turn,
                func.coalesce(func.nullif(turns.c.student, ""), turns.c.conversation),
                exists().where(feedback.c.turn == turns.c.id, feedback.c.rating == "down"),
            )
            .where(
                turns.c.number.in_(newest.scalar_subquery()),
                turns.c.state == TurnState.DONE.value,
                turns.c.created_at >= since,
            )
            .order_by(turns.c.number.desc())
            .execution_options(yield_per=_AT_ONCE)
        )
        with reading(self._engine) as connection:
            return tuple(
                AskedQuestion(
                    turn["question"],
                    turn["standalone_question"],
                    asker,
                    turn.get("lesson", ""),
                    tuple(sorted({citation["lesson"] for citation in turn["citations"]})),
                    is_rated_down,
                )
                for turn, asker, is_rated_down in connection.execute(wanted)
                if _is_plain_and_covered(turn)
            )

    def outcomes(self, course: str, first: date, last: date) -> tuple[StateCount, ...]:
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
            return tuple(StateCount(*row) for row in connection.execute(wanted))

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

    def ratings(self, turns: Collection[str]) -> Mapping[str, Rating]:
        """The newest rating of each of some turns; those without a rating are missing."""
        newest = select(func.max(feedback.c.number)).where(feedback.c.turn.in_(turns)).group_by(feedback.c.turn)
        wanted = select(feedback.c.turn, feedback.c.rating).where(feedback.c.number.in_(newest))
        with reading(self._engine) as connection:
            return {row.turn: row.rating for row in connection.execute(wanted)}


def _is_plain_and_covered(turn: Mapping[str, Any]) -> bool:
    is_plain = turn.get("mode", Mode.ANSWER) == Mode.ANSWER and not turn.get("step", 0)
    return is_plain and turn["coverage"]["decision"] == Decision.COVERED
