"""The tables of follow-ups and their deliveries; a change here needs a migration in `migrations/versions`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from tutor.adapters.sql.tables import UtcDateTime, metadata

# The tables keep the names that they were first stored under.
# No foreign keys to the turn and the course: a follow-up outlives both. `key` and `digest` are those of the request.
follow_ups = Table(
    "inquiries",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("course", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("turn", Text, nullable=False),
    Column("student", Text, nullable=False),
    Column("lesson", Text, nullable=False),
    Column("lesson_title", Text, nullable=False),
    Column("lesson_url", Text, nullable=False),
    Column("consent_text", Text, nullable=False),
    Column("consent_version", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("answer", Text, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("key", Text),
    Column("digest", Text),
    Column("sameness", Text, nullable=False, index=True),
    UniqueConstraint("course", "key"),
    Index("ix_inquiries_course", "course", "state", "number"),
    sqlite_autoincrement=True,
)

# The outbox. Who begins an attempt puts `due_at` to when another one may; `attempts` tells whose attempt it is.
follow_up_deliveries = Table(
    "inquiry_deliveries",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("inquiry", Integer, ForeignKey("inquiries.number"), key="follow_up", nullable=False, index=True),
    Column("purpose", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("first_tried_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("problem", Text, nullable=False),
    Index("ix_inquiry_deliveries_due", "state", "channel", "due_at"),
    sqlite_autoincrement=True,
)
