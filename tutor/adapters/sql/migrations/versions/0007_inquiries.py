"""Questions left for the course team, and the outbox of what is to be sent about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "inquiries",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("reference", sa.Text, nullable=False, unique=True),
        sa.Column("course", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("turn", sa.Text, nullable=False),
        sa.Column("student", sa.Text, nullable=False),
        sa.Column("lesson", sa.Text, nullable=False),
        sa.Column("lesson_title", sa.Text, nullable=False),
        sa.Column("lesson_url", sa.Text, nullable=False),
        sa.Column("consent_text", sa.Text, nullable=False),
        sa.Column("consent_version", sa.Text, nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("answered_at", instant),
        sa.Column("key", sa.Text),
        sa.Column("digest", sa.Text),
        sa.Column("sameness", sa.Text, nullable=False, index=True),
        sa.UniqueConstraint("course", "key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inquiries_course", "inquiries", ["course", "state", "number"])
    op.create_table(
        "inquiry_deliveries",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("inquiry", sa.Integer, sa.ForeignKey("inquiries.number"), nullable=False, index=True),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("due_at", instant, nullable=False),
        sa.Column("first_tried_at", instant),
        sa.Column("ended_at", instant),
        sa.Column("problem", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inquiry_deliveries_due", "inquiry_deliveries", ["state", "channel", "due_at"])
