"""The vectors of everything that was embedded, by digest of its text and model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, Insert, select
from sqlalchemy.dialects import postgresql, sqlite

from tutor.adapters.sql.database import reading, writing
from tutor.adapters.sql.tables import vectors

_STORED = np.dtype("<f4")
_BATCH = 5_000
"""SQLite takes 32,766 values in one statement; longer statements than this are no faster."""


class SqlVectors:
    """Keeps one vector per text and model; implements `VectorStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def vectors_of(self, digests: Sequence[bytes], model: str) -> dict[bytes, NDArray[np.float32]]:
        """The stored vectors of `model` by digest; those that are not stored are missing from the answer."""
        found: dict[bytes, NDArray[np.float32]] = {}
        unique = sorted(set(digests))
        with reading(self._engine) as connection:
            for first in range(0, len(unique), _BATCH):
                wanted = select(vectors.c.digest, vectors.c.vector).where(
                    vectors.c.model == model, vectors.c.digest.in_(unique[first : first + _BATCH])
                )
                for digest, vector in connection.execute(wanted):
                    found[bytes(digest)] = np.frombuffer(vector, dtype=_STORED)
        return found

    def add_vectors(self, digests: Sequence[bytes], model: str, rows: NDArray[np.float32]) -> None:
        """Store one row per digest, shape (len(digests), dimensions), at once; those already there stay as they are."""
        if rows.shape[0] != len(digests):
            raise ValueError(f"{len(digests)} digests, {rows.shape[0]} vectors")
        if not digests:
            return
        values = [
            {"digest": digest, "model": model, "dimensions": rows.shape[1], "vector": row.astype(_STORED).tobytes()}
            for digest, row in zip(digests, rows, strict=True)
        ]
        with writing(self._engine) as connection:
            connection.execute(_insert_new(self._engine), values)


def _insert_new(engine: Engine) -> Insert:
    if engine.dialect.name == "sqlite":
        return sqlite.insert(vectors).on_conflict_do_nothing()
    return postgresql.insert(vectors).on_conflict_do_nothing()
