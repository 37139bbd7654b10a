"""The tables of courses and their generations; a change here needs a migration in `migrations/versions`."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant in UTC; SQLite forgets time zones, so they are put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant in UTC; a naive one is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant with its time zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

courses = Table(
    "courses",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("greeting", Text, nullable=False),
    Column("licence", Text, nullable=False),
    Column("popular_questions", JSON, nullable=False),
    Column("contacts", JSON, nullable=False),
    Column("graded_lessons", JSON, nullable=False),
    Column("allowed_hosts", JSON, nullable=False),
    # Null where course.yaml says nothing, and the server's setting counts.
    Column("mask_personal_data", Boolean),
    Column("most_verbatim_words", Integer, nullable=False),
    Column("origins", JSON, nullable=False),
    Column("follow_ups", JSON, nullable=False),
    # No foreign key: the two tables would point at each other, and only `publish` and `rollback` write it.
    Column("live_generation", Integer),
)

# Ids are never used twice (sqlite_autoincrement): directories are named after them.
generations = Table(
    "generations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("course", Text, ForeignKey("courses.slug"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("live_at", UtcDateTime),
    Column("method", Text, nullable=False),
    Column("budget_tokens", Integer, nullable=False),
    Column("model", Text, nullable=False),
    Column("dimensions", Integer, nullable=False),
    Column("lessons", Integer, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    # The course's fields as they were built, so that they flip together with the lessons.
    Column("info", JSON, nullable=False),
    sqlite_autoincrement=True,
)

lessons = Table(
    "lessons",
    metadata,
    Column("generation", Integer, ForeignKey("generations.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("lesson", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("headings", JSON, nullable=False),
    Column("marks", JSON, nullable=False),
    Column("chapter", Text, nullable=False),
    Column("order", Integer, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("preview", Boolean, nullable=False),
    Column("url", Text, nullable=False),
    Column("source_digest", Text, nullable=False),
    # What its file said itself, for when the lesson is taken over without reading the file again.
    Column("own_order", Integer, nullable=False),
    Column("own_url", Text, nullable=False),
    Column("notes", JSON, nullable=False),
    UniqueConstraint("generation", "lesson"),
)

# A chunk's text is its lesson's slice, and is not stored twice.
chunks = Table(
    "chunks",
    metadata,
    Column("generation", Integer, ForeignKey("generations.id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("section", Text, nullable=False),
    Column("tokens", Integer, nullable=False),
)

# Which texts a generation has embedded, so that a vector can be dropped with the last generation that uses it.
units = Table(
    "units",
    metadata,
    Column("generation", Integer, ForeignKey("generations.id"), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Index("ix_units_digest", "digest"),
)

# `digest` is the SHA-256 of the embedded text, `vector` little-endian float32.
vectors = Table(
    "vectors",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("model", Text, primary_key=True),
    Column("dimensions", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)
