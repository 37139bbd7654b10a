"""Alembic's entry: runs the migrations on the connection that `tutor.adapters.database` has opened."""

from __future__ import annotations

from alembic import context

from tutor.adapters import spending_tables, turn_tables  # noqa: F401 - they add their tables to the metadata
from tutor.adapters.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
