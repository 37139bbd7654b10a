"""What models cost, in the SQL database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, case, delete, func, insert, select, text, update

from tutor.adapters.sql.database import reading, writing
from tutor.adapters.sql.spending_tables import spending
from tutor.spending.usage import By, Caps, Spent, Sum, Sums

_RESERVED, _SETTLED = "reserved", "settled"
_NOTHING_USD = 1e-9
"""Sums of fractions are a little off."""
_LOCK = 0x7475746F73
"""Held on Postgres while a reservation is made, so that two do not both see the last of the room."""


class SqlSpending:
    """The store of costs in one SQL database; implements `SpendingStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def reserve(self, spent: Spent, caps: Caps) -> str:
        """Add a reservation, or name the field of the cap that has no room for it, counting what is reserved."""
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            full = _full(connection, spent, caps)
            if not full:
                connection.execute(insert(spending).values(**asdict(spent), state=_RESERVED))
        return full

    def settle(self, spent: Sequence[Spent]) -> None:
        """Put calls as they were in the place of their reservations, which keep their day; add those without one.

        A call without tokens is forgotten.
        """
        with writing(self._engine) as connection:
            for call in spent:
                same = spending.c.id == call.id
                if not call.prompt_tokens and not call.completion_tokens:
                    connection.execute(delete(spending).where(same))
                    continue
                values = {**asdict(call), "state": _SETTLED}
                reserved = {name: value for name, value in values.items() if name != "day"}
                if not connection.execute(update(spending).where(same).values(reserved)).rowcount:
                    connection.execute(insert(spending).values(values))

    def sums(self, course: str, first: date, last: date, by: By, limit: int) -> Sums:
        """The calls of a course from one day to another, both included: all together, and by group.

        Days come in order; other groups by what they cost, the first `limit` of them.
        """
        key = spending.c[by]
        of_it = (spending.c.course == course, spending.c.day >= first, spending.c.day <= last)
        sums = _sums()
        order = [key] if by == "day" else [sums[4].desc(), (sums[2] + sums[3]).desc(), key]
        groups = select(key, *sums).where(*of_it).group_by(key).order_by(*order).limit(limit)
        with reading(self._engine) as connection:
            total = connection.execute(select(*sums, func.count(key.distinct())).where(*of_it)).one()
            rows = connection.execute(groups).all()
        return Sums(_sum("", total[:-1]), tuple(_sum(str(row[0]), row[1:]) for row in rows), total[-1] - len(rows))


def _full(connection: Connection, spent: Spent, caps: Caps) -> str:
    """The first cap over which the call would go, or nothing."""
    cost = spending.c.cost_usd
    row = connection.execute(
        select(
            func.coalesce(func.sum(cost), 0.0),
            func.coalesce(func.sum(case((spending.c.course == spent.course, cost), else_=0.0)), 0.0),
            func.coalesce(func.sum(case((spending.c.student == spent.student, cost), else_=0.0)), 0.0),
            func.coalesce(func.sum(spending.c.prompt_tokens + spending.c.completion_tokens), 0),
        ).where(spending.c.day == spent.day)
    ).one()
    wanted = (spent.cost_usd, spent.cost_usd, spent.cost_usd, spent.prompt_tokens + spent.completion_tokens)
    for name, used, more in zip(_CAPS, row, wanted, strict=True):
        cap = getattr(caps, name)
        if name == "daily_usd_per_student" and not spent.student:
            continue
        # What costs nothing may go on when the money is spent.
        if cap is not None and more and used + more > cap + _NOTHING_USD:
            return name
    return ""


_CAPS = ("daily_usd", "daily_usd_per_course", "daily_usd_per_student", "daily_tokens")


def _sums() -> list[ColumnElement[Any]]:
    cost = spending.c.cost_usd
    return [
        func.count(spending.c.turn.distinct()),
        func.count(),
        func.coalesce(func.sum(spending.c.prompt_tokens), 0),
        func.coalesce(func.sum(spending.c.completion_tokens), 0),
        func.coalesce(func.sum(cost), 0.0),
        func.coalesce(func.sum(case((spending.c.state == _RESERVED, cost), else_=0.0)), 0.0),
        func.coalesce(func.sum(case((spending.c.is_priced, 0), else_=1)), 0),
    ]


def _sum(key: str, row: Sequence[Any]) -> Sum:
    turns, calls, prompt, completion, cost, reserved, unpriced = row
    return Sum(key, turns, calls, int(prompt), int(completion), float(cost), float(reserved), int(unpriced))
