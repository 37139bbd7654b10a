"""Who asked each turn, the keys that sign students' sessions, and which sites may hold a course's tutor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns, filled from the turns that are there, and the table of keys."""
    op.add_column("courses", sa.Column("origins", sa.JSON, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("courses", sa.Column("follow_ups", sa.JSON, nullable=False, server_default=sa.text("'{}'")))
    op.add_column("turns", sa.Column("student", sa.Text, nullable=False, server_default=sa.text("''")))
    turns = sa.table("turns", sa.column("student", sa.Text), sa.column("turn", sa.JSON))
    student = turns.c.turn["student"].as_string()
    op.execute(turns.update().where(student != "").values(student=student))
    op.create_index("ix_turns_student", "turns", ["course", "student", "conversation", "number", "created_at"])
    op.create_table(
        "signing_keys",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("secret", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
