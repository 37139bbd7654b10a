"""A vector index that goes on when its library fails."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tutor.errors import IndexMismatch, Overloaded, ProviderRejected, TutorError
from tutor.protocols import VectorIndex

log = logging.getLogger(__name__)


class FallbackIndex:
    """The `VectorIndex` that asks `first`, and from its first failure on `other`, which is made only then.

    `failed` is told why, once. Being overloaded is no failure, nor is a vector that no index can be searched by.
    """

    def __init__(self, first: VectorIndex, other: Callable[[], VectorIndex], failed: Callable[[str], None]) -> None:
        self._first = first
        self._make_other = other
        self._failed = failed
        self._other: VectorIndex | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._first)

    def search(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ordinals of the `k` nearest vectors and their cosine similarities, best first."""
        if self._other is None:
            try:
                return self._first.search(vector, k)
            except (IndexMismatch, ProviderRejected, Overloaded):
                raise
            except TutorError as error:
                self._give_up(error.message)
        assert self._other is not None
        return self._other.search(vector, k)

    def _give_up(self, reason: str) -> None:
        with self._lock:
            if self._other is not None:
                return
            self._other = self._make_other()
        log.warning("The index failed, searching without it: %s", reason)
        self._failed(reason)
