"""A database with its tables for the stores' contracts, on SQLite and on Postgres."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.contracts.databases import postgres_database
from tutor.adapters.sql.database import open_database, sqlite_url


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it is. One for a module, which each test leaves empty: making one takes longer than most tests."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path_factory.mktemp("database"))
        return
    with postgres_database() as made:
        yield made


@pytest.fixture(scope="module")
def engine(url: str) -> Iterator[Engine]:
    """The database, open."""
    engine = open_database(url)
    yield engine
    engine.dispose()
