"""Texts → vectors: what the store has is taken from it, the rest is embedded and stored as it comes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.report import OnProgress, Progress
from ingest.units import digest
from tutor.errors import IndexMismatch
from tutor.index.protocols import Embedder, VectorStore

_BATCH = 128
"""Texts per commit, and per line of progress: what a crash can lose, a second or two of work."""


Stored = Mapping[bytes, NDArray[np.float32]]
"""Vectors of one model by the digest of their text."""


class Texts:
    """Texts that need vectors, each distinct one once; `digests` are those of the distinct ones."""

    def __init__(self, texts: Sequence[str]) -> None:
        rows: dict[bytes, int] = {}
        self._rows = np.array([rows.setdefault(digest(text), len(rows)) for text in texts], np.int64)
        self.digests = list(rows)
        self._distinct: list[str] = [""] * len(rows)
        for row, text in zip(self._rows.tolist(), texts, strict=True):
            self._distinct[row] = text

    def missing(self, stored: Stored) -> list[str]:
        """The distinct texts without a stored vector, in order."""
        return [text for key, text in zip(self.digests, self._distinct, strict=True) if key not in stored]

    def new(self, stored: Stored) -> NDArray[np.bool_]:
        """Whether each of all texts has no stored vector, shape (texts,)."""
        absent = np.array([key not in stored for key in self.digests], np.bool_)
        return absent[self._rows]

    def vectors(self, stored: Stored, dimensions: int, model: str) -> NDArray[np.float32]:
        """The vectors of all texts, shape (texts, dimensions), in order; zeros where none is stored.

        Raises IndexMismatch when one has another size.
        """
        distinct = np.zeros((len(self.digests), dimensions), np.float32)
        for row, key in enumerate(self.digests):
            vector = stored.get(key)
            if vector is not None:
                if len(vector) != dimensions:
                    raise _mismatch(model, len(vector), dimensions)
                distinct[row] = vector
        return distinct[self._rows]

    def embed(self, stored: Stored, store: VectorStore, embedder: Embedder, on_progress: OnProgress) -> Stored:
        """`stored` and the vectors of what is missing, which are in the store then too.

        Raises what the embedder raises, and IndexMismatch when it gives rows of another size than it says: what
        was made until then stays in the store.
        """
        missing = [row for row, key in enumerate(self.digests) if key not in stored]
        vectors = dict(stored)
        began = time.monotonic()
        on_progress(Progress("embed", 0, len(missing)))
        for first in range(0, len(missing), _BATCH):
            batch = missing[first : first + _BATCH]
            made = embedder.embed([self._distinct[row] for row in batch])
            if made.shape != (len(batch), embedder.dimensions):
                raise _mismatch(embedder.model, made.shape[-1], embedder.dimensions)
            keys = [self.digests[row] for row in batch]
            store.add_vectors(keys, embedder.model, made)
            vectors.update(zip(keys, made, strict=True))
            on_progress(Progress("embed", first + len(batch), len(missing), time.monotonic() - began))
        return vectors


def _mismatch(model: str, found: int, expected: int) -> IndexMismatch:
    return IndexMismatch(
        f"The vectors of {model} have {found} numbers where {expected} are expected: the model was exchanged under "
        "the same name. Configure it under another name."
    )
