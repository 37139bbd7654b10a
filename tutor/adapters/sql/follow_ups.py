"""Follow-ups and the outbox of their deliveries, in the SQL database."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, delete, func, insert, select, text, update

from tutor.adapters.sql.database import reading, writing
from tutor.adapters.sql.follow_up_tables import follow_up_deliveries, follow_ups
from tutor.errors import InvalidRequest, NotFound
from tutor.follow_ups.follow_up import (
    CHANNELS,
    SAME_WITHIN,
    Channel,
    Consent,
    Delivery,
    DeliveryState,
    FollowUp,
    FollowUpState,
    Purpose,
    new_reference,
)
from tutor.turns.records import RequestKey

_FIELDS = (
    "course", "email", "question", "note", "name", "turn", "student", "lesson", "lesson_title", "lesson_url",
    "answer", "answered_at", "created_at",
)  # fmt: skip
_WAITING = follow_up_deliveries.c.state == DeliveryState.WAITING.value


class SqlFollowUps:
    """The store of follow-ups in one SQL database; implements `FollowUpStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def known(self, follow_up: FollowUp, request: RequestKey | None = None) -> FollowUp | None:
        """The stored follow-up that this one is, sent again; raises InvalidRequest as `add`."""
        with reading(self._engine) as connection:
            return _known(connection, follow_up, request)

    def add(self, follow_up: FollowUp, request: RequestKey | None = None) -> FollowUp:
        """Store a follow-up under a new reference, with a delivery to the team on every channel; or get the stored one
        that this one is, sent again.

        Raises InvalidRequest when the request's key stands for another body.
        """
        with writing(self._engine) as connection:
            _one_at_a_time(connection, [f"{follow_up.course}/{request.key}"] if request else [])
            _one_at_a_time(connection, [follow_up.sameness])
            known = _known(connection, follow_up, request)
            if known is not None:
                return known
            reference = _unused_reference(connection)
            values = {name: getattr(follow_up, name) for name in _FIELDS}
            values |= {
                "reference": reference,
                "state": follow_up.state.value,
                "consent_text": follow_up.consent.text,
                "consent_version": follow_up.consent.version,
                "key": request.key if request else None,
                "digest": request.digest if request else None,
                "sameness": follow_up.sameness,
            }
            number = connection.execute(insert(follow_ups).values(values).returning(follow_ups.c.number)).scalar_one()
            for channel in CHANNELS:
                _deliver(connection, number, "team", channel, follow_up.created_at)
            return _one(connection, follow_ups.c.number == number)

    def follow_up(self, course: str, reference: str) -> FollowUp:
        """The follow-up under a reference, with its deliveries; raises NotFound."""
        with reading(self._engine) as connection:
            return _one(connection, *_named(course, reference))

    def follow_ups(
        self, course: str, state: FollowUpState | None, limit: int, before: str | None = None
    ) -> tuple[FollowUp, ...]:
        """The newest `limit` follow-ups of a course, newest first; only those older than the one called `before`.

        Raises NotFound when there is none of that name.
        """
        wanted = select(follow_ups).where(follow_ups.c.course == course)
        if state is not None:
            wanted = wanted.where(follow_ups.c.state == state.value)
        with reading(self._engine) as connection:
            if before is not None:
                wanted = wanted.where(follow_ups.c.number < _number(connection, course, before))
            return _all(connection, wanted.order_by(follow_ups.c.number.desc()).limit(limit))

    def answer(self, course: str, reference: str, answer: str) -> FollowUp:
        """Store the team's answer and a delivery of it to the student; the same answer again changes nothing.

        Messages to the team that still wait are dropped. Raises NotFound, and
        InvalidRequest when it was answered otherwise.
        """
        now = datetime.now(UTC)
        with writing(self._engine) as connection:
            number = _number(connection, course, reference, lock=True)
            follow_up = _one(connection, follow_ups.c.number == number)
            if follow_up.state is FollowUpState.ANSWERED:
                if follow_up.answer != answer:
                    raise InvalidRequest(
                        f"{reference} was answered on {follow_up.answered_at:%Y-%m-%d}; the answer is on its way and "
                        "cannot be changed."
                    )
                return follow_up
            values = {"state": FollowUpState.ANSWERED.value, "answer": answer, "answered_at": now}
            connection.execute(update(follow_ups).where(follow_ups.c.number == number).values(values))
            of_it = follow_up_deliveries.c.follow_up == number
            connection.execute(delete(follow_up_deliveries).where(of_it, _WAITING))
            _deliver(connection, number, "student", "mail", now)
            return _one(connection, follow_ups.c.number == number)

    def resend(self, course: str, reference: str) -> FollowUp:
        """Have the deliveries of a follow-up that have failed made again, with all their time; raises NotFound."""
        values = {"state": DeliveryState.WAITING.value, "due_at": datetime.now(UTC), "first_tried_at": None}
        with writing(self._engine) as connection:
            number = _number(connection, course, reference, lock=True)
            failed = (
                follow_up_deliveries.c.follow_up == number,
                follow_up_deliveries.c.state == DeliveryState.FAILED.value,
            )
            connection.execute(update(follow_up_deliveries).where(*failed).values(values | {"ended_at": None}))
            return _one(connection, follow_ups.c.number == number)

    def remove(self, course: str, reference: str) -> None:
        """Delete a follow-up with all that was said and sent about it; raises NotFound."""
        with writing(self._engine) as connection:
            number = _number(connection, course, reference, lock=True)
            connection.execute(delete(follow_up_deliveries).where(follow_up_deliveries.c.follow_up == number))
            connection.execute(delete(follow_ups).where(follow_ups.c.number == number))

    def begin(self, channel: Channel, now: datetime, until: datetime) -> tuple[FollowUp, Delivery] | None:
        """Begin an attempt at the delivery of a channel that is due longest; no other process takes it `until` then.

        An attempt that is not ended by then is left to the next process.
        """
        due = (_WAITING, follow_up_deliveries.c.channel == channel, follow_up_deliveries.c.due_at <= now)
        wanted = select(follow_up_deliveries.c.number).where(*due).order_by(follow_up_deliveries.c.due_at).limit(1)
        with reading(self._engine) as connection:
            # Looked first without the lock that all who write wait for: mostly there is nothing.
            if connection.execute(wanted).first() is None:
                return None
        with writing(self._engine) as connection:
            number = connection.execute(wanted.with_for_update(skip_locked=True)).scalar()
            if number is None:
                return None
            it = follow_up_deliveries.c.number == number
            values = {
                "attempts": follow_up_deliveries.c.attempts + 1,
                "due_at": until,
                "first_tried_at": func.coalesce(follow_up_deliveries.c.first_tried_at, now),
            }
            connection.execute(update(follow_up_deliveries).where(it).values(values))
            row = connection.execute(select(follow_up_deliveries).where(it)).one()
            return _one(connection, follow_ups.c.number == row.follow_up), _delivery(row)

    def end(self, attempt: Delivery) -> bool:
        """Store how an attempt that was begun has ended; says whether it was still whose it is."""
        mine = (follow_up_deliveries.c.id == attempt.id, follow_up_deliveries.c.attempts == attempt.attempts, _WAITING)
        values = {
            "state": attempt.state.value,
            "due_at": attempt.due_at,
            "first_tried_at": attempt.first_tried_at,
            "ended_at": attempt.ended_at,
            "problem": attempt.problem,
        }
        with writing(self._engine) as connection:
            return connection.execute(update(follow_up_deliveries).where(*mine).values(values)).rowcount == 1

    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many deliveries of all courses there are, by channel and state."""
        by = (follow_up_deliveries.c.channel, follow_up_deliveries.c.state)
        with reading(self._engine) as connection:
            rows = connection.execute(select(*by, func.count()).group_by(*by)).all()
        return {(channel, state): count for channel, state, count in rows}


def _known(connection: Connection, follow_up: FollowUp, request: RequestKey | None) -> FollowUp | None:
    if request is not None:
        named = (follow_ups.c.course == follow_up.course, follow_ups.c.key == request.key)
        row = connection.execute(select(follow_ups.c.number, follow_ups.c.digest).where(*named)).first()
        if row is not None:
            if row.digest != request.digest:
                raise InvalidRequest("This Idempotency-Key was used for another follow-up; send a new key with it.")
            return _one(connection, follow_ups.c.number == row.number)
    same = (follow_ups.c.sameness == follow_up.sameness, follow_ups.c.created_at > follow_up.created_at - SAME_WITHIN)
    number = connection.execute(select(func.max(follow_ups.c.number)).where(*same)).scalar()
    return None if number is None else _one(connection, follow_ups.c.number == number)


def _unused_reference(connection: Connection) -> str:
    while True:
        reference = new_reference()
        if connection.execute(select(follow_ups.c.number).where(follow_ups.c.reference == reference)).first() is None:
            return reference


def _deliver(connection: Connection, follow_up: int, purpose: Purpose, channel: Channel, now: datetime) -> None:
    connection.execute(
        insert(follow_up_deliveries).values(
            id=secrets.token_hex(16),
            follow_up=follow_up,
            purpose=purpose,
            channel=channel,
            state=DeliveryState.WAITING.value,
            attempts=0,
            created_at=now,
            due_at=now,
            problem="",
        )
    )


def _named(course: str, reference: str) -> tuple[Any, Any]:
    return follow_ups.c.course == course, follow_ups.c.reference == reference


def _number(connection: Connection, course: str, reference: str, *, lock: bool = False) -> int:
    wanted = select(follow_ups.c.number).where(*_named(course, reference))
    number = connection.execute(wanted.with_for_update() if lock else wanted).scalar()
    if number is None:
        raise _missing()
    return int(number)


def _one(connection: Connection, *where: Any) -> FollowUp:
    found = _all(connection, select(follow_ups).where(*where))
    if not found:
        raise _missing()
    return found[0]


def _all(connection: Connection, wanted: Select[Any]) -> tuple[FollowUp, ...]:
    rows = connection.execute(wanted).all()
    if not rows:
        return ()
    of_them = follow_up_deliveries.c.follow_up.in_([row.number for row in rows])
    sent = connection.execute(select(follow_up_deliveries).where(of_them).order_by(follow_up_deliveries.c.number)).all()
    return tuple(_follow_up(row, (each for each in sent if each.follow_up == row.number)) for row in rows)


def _follow_up(row: Row[Any], deliveries: Iterable[Row[Any]]) -> FollowUp:
    fields = {name: getattr(row, name) for name in _FIELDS}
    return FollowUp(
        reference=row.reference,
        state=FollowUpState(row.state),
        consent=Consent(row.consent_text, row.consent_version),
        deliveries=tuple(map(_delivery, deliveries)),
        **fields,
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        purpose=row.purpose,
        channel=row.channel,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at,
        first_tried_at=row.first_tried_at,
        ended_at=row.ended_at,
        problem=row.problem,
    )


def _missing() -> NotFound:
    return NotFound("There is no follow-up under this reference in this course.")


def _one_at_a_time(connection: Connection, names: Iterable[str]) -> None:
    # The same request may arrive twice at once. SQLite has one writer at a time already.
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        for name in names:
            connection.execute(lock, {"name": name})
