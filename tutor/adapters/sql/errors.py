"""SQLAlchemy's errors → the tutor's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tutor.errors import Overloaded, PermanentError, TransientError, TutorError, UpstreamUnavailable

_SQLITE_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
_SQLITE_BROKEN = {
    "SQLITE_FULL": "The disk that holds the database is full.",
    "SQLITE_READONLY": "The database cannot be written: its file or folder is read-only.",
    "SQLITE_CANTOPEN": "The database file cannot be opened.",
    "SQLITE_IOERR": "The disk that holds the database cannot be read or written.",
    "SQLITE_CORRUPT": "The database file is damaged.",
    "SQLITE_NOTADB": "The file is not a database.",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html, by class or whole code.
_POSTGRES_RETRY = ("40001", "40P01", "55P03", "57014")
_POSTGRES_AWAY = ("08", "53", "57P", "58")


@contextmanager
def translated() -> Iterator[None]:
    """Within it, an error of SQLAlchemy or its driver leaves as one of the tutor's.

    TransientError when the same call may succeed later (a locked database), UpstreamUnavailable when the
    server does not answer, Overloaded when all connections are in use, PermanentError for the rest.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise translate(error) from error


def translate(error: SQLAlchemyError) -> TutorError:
    """The tutor's error for `error`; its message holds no statement, value or password."""
    if isinstance(error, PoolTimeout):
        return Overloaded("All connections to the database are in use.", 1.0)
    if not isinstance(error, DBAPIError) or error.orig is None:
        return PermanentError(f"The database refused the call ({type(error).__name__}).")
    if error.connection_invalidated:
        return UpstreamUnavailable("The connection to the database was lost.", 1.0)
    sqlite_name = getattr(error.orig, "sqlite_errorname", None)
    if sqlite_name:
        return _from_sqlite(str(sqlite_name))
    code = getattr(error.orig, "sqlstate", None)
    if code:
        return _from_postgres(str(code))
    if isinstance(error, (OperationalError, InterfaceError)):
        return UpstreamUnavailable("The database does not answer.", 1.0)
    return PermanentError(f"The database refused the call ({type(error.orig).__name__}).")


def _from_sqlite(name: str) -> TutorError:
    if name.startswith(_SQLITE_BUSY):
        return TransientError("The database is busy with another writer.", 1.0)
    for prefix, message in _SQLITE_BROKEN.items():
        if name.startswith(prefix):
            return PermanentError(message)
    return PermanentError(f"The database refused the call ({name}).")


def _from_postgres(code: str) -> TutorError:
    if code in _POSTGRES_RETRY:
        return TransientError("The database is busy with another writer.", 1.0)
    if code.startswith(_POSTGRES_AWAY):
        return UpstreamUnavailable("The database does not answer.", 1.0)
    return PermanentError(f"The database refused the call (SQLSTATE {code}).")
