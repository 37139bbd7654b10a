"""The table of what models cost; a change here needs a migration in `migrations/versions`."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Float, Index, Integer, Table, Text

from tutor.adapters.sql.tables import metadata

# One row per call of a model. A turn may be gone, or not stored yet, while its cost is kept.
spending = Table(
    "spending",
    metadata,
    Column("id", Text, primary_key=True),
    Column("turn", Text, nullable=False),
    Column("course", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("student", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt_tokens", Integer, nullable=False),
    Column("completion_tokens", Integer, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("is_priced", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Index("ix_spending_day", "day"),
    Index("ix_spending_course", "course", "day"),
)
