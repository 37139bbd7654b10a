"""Empty databases for the contracts of stores: a SQLite file, and a database of its own on Postgres."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432")


@contextmanager
def postgres_database() -> Iterator[str]:
    """The URL of an empty database, gone after use; where no Postgres can be reached, the test is skipped."""
    server = create_engine(f"{POSTGRES}/postgres", isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})
    name = f"tutor_test_{uuid.uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except Exception as error:
        # `make test` must work on a machine that has no database server.
        pytest.skip(f"no Postgres at {POSTGRES}: {type(error).__name__}")
    try:
        yield f"{POSTGRES}/{name}"
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()
