"""The SQL database: opened, brought to the newest version, and its transactions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from tutor.adapters.sql.errors import translated
from tutor.errors import ConfigurationError

BUSY_TIMEOUT_SECONDS = 30.0
"""How long a writer waits for another one of a SQLite database."""
_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x7475746F72
"""Held on Postgres while migrating, so that two servers that start together do not both do it."""


def sqlite_url(data_dir: Path) -> str:
    """Where the database lies when no other is configured: `tutor.db` in the data directory."""
    return URL.create("sqlite", database=str(data_dir / "tutor.db")).render_as_string()


def open_database(url: str, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> Engine:
    """The database at `url` (SQLite or Postgres) with all tables; a SQLite file is created when there is none.

    Raises ConfigurationError for a URL that cannot be read or a database of a newer version,
    UpstreamUnavailable when the server does not answer.
    """
    engine = _engine(url, busy_timeout_seconds)
    try:
        with translated():
            if _version(engine) != newest_version():
                _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def newest_version() -> str:
    """The version of the newest migration, which is the number its file's name begins with."""
    return max(path.name[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction in which every statement sees the same state of the database; errors are translated."""
    with translated():
        options: dict[str, Any] = {}
        if engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        with engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: committed at the end, rolled back on any error; errors are translated."""
    with translated(), engine.connect().execution_options(tutor_writes=True) as connection, connection.begin():
        yield connection


def _engine(url: str, busy_timeout_seconds: float) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError("The database URL cannot be read; write it like sqlite:////path/tutor.db.") from error
    if parsed.drivername == "postgres":
        parsed = parsed.set(drivername="postgresql")
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        _create_file(parsed)
        engine = create_engine(parsed, hide_parameters=True, connect_args={"timeout": busy_timeout_seconds})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if kind != "postgresql":
        raise ConfigurationError(f"The database must be SQLite or Postgres, not {kind}.")
    try:
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True, connect_args={"connect_timeout": 10})
    except (ImportError, NoSuchModuleError) as error:
        raise ConfigurationError("Postgres needs its driver: pip install 'course-tutor[postgres]'.") from error


def _create_file(url: URL) -> None:
    """Lessons, questions and answers are private: the file is its owner's only, and SQLite's own follow it."""
    if url.database is None or url.database == ":memory:":
        raise ConfigurationError("The database must be a file: each connection to :memory: would see another one.")
    path = Path(url.database)
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ConfigurationError(f"The database cannot be opened at {path}: {error.strerror}.") from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # sqlite3 would begin transactions on its own, too late to see one state in several reads; see `_begin_sqlite`.
    connection.isolation_level = None
    # With a write-ahead log, NORMAL loses nothing to a killed process, and keeps the file whole when power fails.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads before it writes must take the lock first: SQLite refuses to wait for it later.
    writes = connection.get_execution_options().get("tutor_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _version(engine: Engine) -> str | None:
    try:
        with engine.connect() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError as error:
        known = getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR"
        if known or getattr(error.orig, "sqlstate", "") == "42P01":
            return None  # no such table: a new database
        raise


def _migrate(engine: Engine) -> None:
    # Imported here because it takes longer than opening a database that is current.
    from alembic import command
    from alembic.config import Config

    version = _version(engine)
    if version is not None and version > newest_version():
        raise ConfigurationError(f"The database has version {version}, newer than this program; upgrade the program.")
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with engine.connect().execution_options(tutor_writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
