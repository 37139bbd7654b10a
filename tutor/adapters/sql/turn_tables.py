"""The tables of turns; a change here needs a migration in `migrations/versions`."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from tutor.adapters.sql.tables import UtcDateTime, metadata

# `number` orders turns that were stored in the same instant. A course may be gone while its turns are kept.
turns = Table(
    "turns",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("course", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    # The pseudonym of who asked, which stands in `turn` too; empty where it is not known.
    Column("student", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("turn", JSON, nullable=False),
    Index("ix_turns_conversation", "course", "conversation", "number"),
    Index("ix_turns_course", "course", "number"),
    # All that a list of conversations needs, so that no turn is read for it.
    Index("ix_turns_student", "course", "student", "conversation", "number", "created_at"),
    sqlite_autoincrement=True,
)

# A turn runs as long as it has a lease. Apart from `turns`, so that renewing a lease does not write whole turns again.
turn_leases = Table(
    "turn_leases",
    metadata,
    Column("turn", Text, ForeignKey("turns.id"), primary_key=True),
    Column("owner", Text, nullable=False, index=True),
    Column("until", UtcDateTime, nullable=False),
    Column("stop_wanted", Boolean, nullable=False),
)

turn_events = Table(
    "turn_events",
    metadata,
    Column("turn", Text, ForeignKey("turns.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("attempt", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

request_keys = Table(
    "request_keys",
    metadata,
    Column("course", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("turn", Text, ForeignKey("turns.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("turn", Text, ForeignKey("turns.id"), nullable=False, index=True),
    Column("rating", Text, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
