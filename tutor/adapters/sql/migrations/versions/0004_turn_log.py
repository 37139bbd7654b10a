"""The log of what happens in a turn, and who produces those that run."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_AT_ONCE = 500


def upgrade() -> None:
    """Create the tables; every turn that is there has ended, and gets a log that says so."""
    op.create_table(
        "turn_leases",
        sa.Column("turn", sa.Text, sa.ForeignKey("turns.id"), primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stop_wanted", sa.Boolean, nullable=False),
    )
    op.create_index("ix_turn_leases_owner", "turn_leases", ["owner"])
    events = op.create_table(
        "turn_events",
        sa.Column("turn", sa.Text, sa.ForeignKey("turns.id"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    connection = op.get_bind()
    turns = sa.table(
        "turns",
        sa.column("number", sa.Integer),
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("turn", sa.JSON),
    )
    last = 0
    while True:
        wanted = sa.select(turns).where(turns.c.number > last).order_by(turns.c.number).limit(_AT_ONCE)
        rows = connection.execute(wanted).all()
        if not rows:
            return
        last = rows[-1].number
        values = []
        for row in rows:
            turn, answer = row.turn, row.turn["answer"]
            begun = {"turn": turn["id"], "conversation": turn["conversation"]}
            end = {"turn": turn, "length": len(answer), "sha256": hashlib.sha256(answer.encode()).hexdigest()}
            for seq, (kind, data) in enumerate((("accepted", begun), (turn["state"], end)), 1):
                common = {"turn": turn["id"], "attempt": 1, "created_at": row.created_at}
                values.append({**common, "seq": seq, "kind": kind, "data": data})
        connection.execute(events.insert(), values)
