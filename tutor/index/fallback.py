"""A vector index that goes on when its library fails."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tutor.errors import IndexMismatch, Overloaded, ProviderRejected, TimedOut, TutorError
from tutor.index.protocols import VectorIndex


class FallbackIndex:
    """The `VectorIndex` that asks `first`, and from its first failure on `other`, which is made only then.

    One search that takes too long is answered by `other` alone. `fell_back` is told of each of the two. Being
    overloaded is no failure, nor is a vector that no index can be searched by.
    """

    def __init__(
        self, first: VectorIndex, other: Callable[[], VectorIndex], fell_back: Callable[[TutorError], None]
    ) -> None:
        self._first = first
        self._make_other = other
        self._fell_back = fell_back
        self._failed = False
        self._other: VectorIndex | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._first)

    def search(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ordinals of the `k` nearest vectors and their cosine similarities, best first."""
        if not self._failed:
            try:
                return self._first.search(vector, k)
            except (IndexMismatch, ProviderRejected, Overloaded):
                raise
            except TutorError as error:
                with self._lock:
                    is_news = not self._failed
                    self._failed = self._failed or not isinstance(error, TimedOut)
                if is_news:
                    self._fell_back(error)
        with self._lock:
            self._other = self._other or self._make_other()
        return self._other.search(vector, k)
