"""Alembic's entry: runs the migrations on the connection that `tutor.adapters.sql.database` has opened."""

from __future__ import annotations

from alembic import context

from tutor.adapters.sql import (  # noqa: F401 - they add their tables to the metadata
    follow_up_tables,
    session_tables,
    spending_tables,
    turn_tables,
)
from tutor.adapters.sql.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
