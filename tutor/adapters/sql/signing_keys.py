"""The keys that sign sessions, in the SQL database."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, insert, select, text

from tutor.adapters.sql.database import reading, writing
from tutor.adapters.sql.session_tables import signing_keys
from tutor.auth.signing_keys import SigningKey

_SECRET_BYTES = 32


class SqlSigningKeys:
    """One secret for all servers of one database; implements `SigningKeyStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """All keys, newest first; the first one is made where there is none."""
        with reading(self._engine) as connection:
            found = _all(connection)
        if found:
            return found
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer anyhow
                connection.execute(text("LOCK TABLE signing_keys IN EXCLUSIVE MODE"))
            return _all(connection) or (_add(connection),)

    def add_signing_key(self) -> SigningKey:
        """Make a key that signs from now on; those before are still believed."""
        with writing(self._engine) as connection:
            return _add(connection)


def _all(connection: Connection) -> tuple[SigningKey, ...]:
    wanted = select(signing_keys.c.id, signing_keys.c.secret).order_by(signing_keys.c.number.desc())
    return tuple(SigningKey(*row) for row in connection.execute(wanted))


def _add(connection: Connection) -> SigningKey:
    key = SigningKey(secrets.token_hex(4), secrets.token_bytes(_SECRET_BYTES))
    connection.execute(insert(signing_keys).values(id=key.id, secret=key.secret, created_at=datetime.now(UTC)))
    return key
