"""Turns, the keys under which programs asked for them, and what readers thought of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "turns",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("course", sa.Text, nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("turn", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_turns_conversation", "turns", ["course", "conversation", "number"])
    op.create_table(
        "request_keys",
        sa.Column("course", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("turn", sa.Text, sa.ForeignKey("turns.id"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "feedback",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("turn", sa.Text, sa.ForeignKey("turns.id"), nullable=False),
        sa.Column("rating", sa.Text, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feedback_turn", "feedback", ["turn"])
