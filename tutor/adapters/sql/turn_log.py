"""The log of turns in the SQL database: accepted, event by event, ended, and who may write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from tutor.adapters.sql.database import reading, writing
from tutor.adapters.sql.turn_tables import request_keys, turn_events, turn_leases, turns
from tutor.errors import InvalidRequest, NotFound
from tutor.models import Turn, TurnState
from tutor.turns.events import Event, EventKind, Logged, accepted, so_far
from tutor.turns.records import Lease, LeasedTurn, RequestKey
from tutor.turns.turn_json import turn_from_json, turn_to_json


class SqlTurnLog:
    """The part of `TurnStore` that is needed while turns run.

    A turn has a lease as long as it runs; its end is stored, and the lease deleted, in one transaction.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def accept(self, turn: Turn, lease: Lease, request: RequestKey | None = None) -> Turn:
        """Store a running turn with its lease and its event `accepted`, and return it; or, when its request was
        accepted already, that turn as it stands now.

        Raises InvalidRequest when the request's key stands for another body.
        """
        now = datetime.now(UTC)
        with writing(self._engine) as connection:
            if request is not None:
                _lock(connection, turn.course, request.key)
                earlier = of_request(connection, turn.course, request)
                if earlier is not None:
                    return earlier
            connection.execute(
                insert(turns).values(
                    id=turn.id,
                    course=turn.course,
                    conversation=turn.conversation,
                    student=turn.student,
                    state=turn.state.value,
                    created_at=now,
                    turn=turn_to_json(turn),
                )
            )
            connection.execute(
                insert(turn_leases).values(turn=turn.id, owner=lease.owner, until=lease.until, stop_wanted=False)
            )
            connection.execute(insert(turn_events), [_row(Logged(turn.id, 1, 1, accepted(turn)), now)])
            if request is not None:
                connection.execute(
                    insert(request_keys).values(
                        course=turn.course, key=request.key, digest=request.digest, turn=turn.id, created_at=now
                    )
                )
        return turn

    def append(self, entries: Sequence[Logged], owner: str) -> frozenset[str]:
        """Store events, in order; one that ends a turn stores the turn too. Returns the turns that are not `owner`'s
        or do not run, for which nothing is stored.
        """
        now = datetime.now(UTC)
        named = {entry.turn for entry in entries}
        mine = select(turn_leases.c.turn).where(turn_leases.c.turn.in_(sorted(named)), turn_leases.c.owner == owner)
        with writing(self._engine) as connection:
            # Locked on Postgres, where another server might take a turn over just now; SQLite has one writer.
            running = set(connection.execute(mine.with_for_update()).scalars())
            lost = named - running
            rows, ends = [], []
            for entry in entries:
                if entry.turn not in running:
                    lost.add(entry.turn)
                    continue
                rows.append(_row(entry, now))
                if entry.event.is_end:
                    running.remove(entry.turn)
                    ends.append(entry)
            if rows:
                connection.execute(insert(turn_events), rows)
            for entry in ends:
                whole = entry.event.data["turn"]
                values = {"state": whole["state"], "turn": whole}
                connection.execute(update(turns).where(turns.c.id == entry.turn).values(values))
                connection.execute(delete(turn_leases).where(turn_leases.c.turn == entry.turn))
        return frozenset(lost)

    def events(self, turn: str, after: int = 0, limit: int | None = None) -> tuple[Logged, ...]:
        """The events of a turn with a seq above `after`, in order, the first `limit` of them; raises NotFound."""
        wanted = select(turn_events).where(turn_events.c.turn == turn, turn_events.c.seq > after)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(turn_events.c.seq).limit(limit)).all()
            if not rows:
                _must_exist(connection, turn)
        return tuple(_logged(row) for row in rows)

    def newest(self, turn: str) -> Logged:
        """The newest event of a turn; raises NotFound."""
        wanted = select(turn_events).where(turn_events.c.turn == turn).order_by(turn_events.c.seq.desc()).limit(1)
        with reading(self._engine) as connection:
            row = connection.execute(wanted).first()
        if row is None:
            raise NotFound("There is no such turn.")
        return _logged(row)

    def renew(self, lease: Lease) -> None:
        """Prolong the leases of all running turns of the lease's owner."""
        with writing(self._engine) as connection:
            connection.execute(update(turn_leases).where(turn_leases.c.owner == lease.owner).values(until=lease.until))

    def running(self) -> tuple[LeasedTurn, ...]:
        """Every running turn, with who holds it and until when."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(turn_leases)).all()
        return tuple(LeasedTurn(row.turn, Lease(row.owner, row.until)) for row in rows)

    def take_over(self, held: LeasedTurn, lease: Lease) -> bool:
        """Give a running turn another lease, if it is still held as `held` says; says whether it was done."""
        same = (
            turn_leases.c.turn == held.turn,
            turn_leases.c.owner == held.lease.owner,
            turn_leases.c.until == held.lease.until,
        )
        with writing(self._engine) as connection:
            changed = update(turn_leases).where(*same).values(owner=lease.owner, until=lease.until)
            return connection.execute(changed).rowcount == 1

    def want_stop(self, turn: str) -> None:
        """Tell the producer of a turn to stop; nothing to do when it has ended."""
        with writing(self._engine) as connection:
            connection.execute(update(turn_leases).where(turn_leases.c.turn == turn).values(stop_wanted=True))

    def stop_wanted(self, owner: str) -> frozenset[str]:
        """The running turns of an owner that it was told to stop."""
        wanted = select(turn_leases.c.turn).where(turn_leases.c.owner == owner, turn_leases.c.stop_wanted)
        with reading(self._engine) as connection:
            return frozenset(connection.execute(wanted).scalars())


def of_request(connection: Connection, course: str, request: RequestKey) -> Turn | None:
    """The turn that a request was given, as it stands; raises InvalidRequest when the key stands for another body."""
    row = connection.execute(
        select(request_keys.c.digest, request_keys.c.turn).where(
            request_keys.c.course == course, request_keys.c.key == request.key
        )
    ).first()
    if row is None:
        return None
    if row.digest != request.digest:
        raise InvalidRequest("This Idempotency-Key was used for another question; send a new key with it.")
    return current(connection, row.turn)


def current(connection: Connection, id_: str) -> Turn:
    """A turn as it ended, or as far as its events tell; raises NotFound."""
    stored = connection.execute(select(turns.c.turn).where(turns.c.id == id_)).scalar()
    if stored is None:
        raise NotFound("There is no such turn.")
    turn = turn_from_json(stored)
    if turn.state != TurnState.RUNNING:
        return turn
    wanted = select(turn_events.c.kind, turn_events.c.data).where(turn_events.c.turn == id_)
    rows = connection.execute(wanted.order_by(turn_events.c.seq)).all()
    return so_far(turn, (Event(EventKind(row.kind), row.data) for row in rows))


def _must_exist(connection: Connection, turn: str) -> None:
    if connection.execute(select(turns.c.number).where(turns.c.id == turn)).first() is None:
        raise NotFound("There is no such turn.")


def _row(entry: Logged, now: datetime) -> dict[str, Any]:
    return {
        "turn": entry.turn,
        "seq": entry.seq,
        "attempt": entry.attempt,
        "kind": entry.event.kind.value,
        "data": entry.event.data,
        "created_at": now,
    }


def _logged(row: Any) -> Logged:
    return Logged(row.turn, row.attempt, row.seq, Event(EventKind(row.kind), row.data))


def _lock(connection: Connection, course: str, key: str) -> None:
    # Two requests with one key may arrive together. SQLite has one writer at a time already.
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        connection.execute(lock, {"name": f"{course}/{key}"})
