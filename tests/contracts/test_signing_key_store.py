"""What every store of the keys that sign sessions promises, on SQLite and on Postgres."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, delete

from tutor.adapters.sql.database import writing
from tutor.adapters.sql.session_tables import signing_keys
from tutor.adapters.sql.signing_keys import SqlSigningKeys
from tutor.auth.signing_keys import SigningKeyStore


@pytest.fixture
def store(engine: Engine) -> Iterator[SigningKeyStore]:
    """A store without keys."""
    yield SqlSigningKeys(engine)
    with writing(engine) as connection:
        connection.execute(delete(signing_keys))


def test_the_first_key_is_made_when_it_is_wanted_and_stays(store: SigningKeyStore, engine: Engine) -> None:
    (key,) = store.signing_keys()
    assert len(key.secret) == 32
    assert SqlSigningKeys(engine).signing_keys() == (key,)


def test_servers_that_begin_together_make_one_key(store: SigningKeyStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: store.signing_keys(), range(8)))
    assert len(set(found)) == 1


def test_a_new_key_comes_first_and_the_older_ones_are_kept(store: SigningKeyStore) -> None:
    (first,) = store.signing_keys()
    second = store.add_signing_key()
    assert store.signing_keys() == (second, first)
    assert first.id != second.id
    assert first.secret != second.secret
