"""The table of keys that sign sessions; a change here needs a migration in `migrations/versions`."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from tutor.adapters.sql.tables import UtcDateTime, metadata

# The newest, by `number`, signs; the others are still believed.
signing_keys = Table(
    "signing_keys",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("secret", LargeBinary(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
