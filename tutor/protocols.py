"""The interfaces behind which outside libraries live; each has at least two implementations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class TokenCounter(Protocol):
    """Counts tokens the way budgets and prices do."""

    def count(self, text: str) -> int:
        """The number of tokens in `text`."""


class Embedder(Protocol):
    """Turns texts into vectors of one model."""

    @property
    def model(self) -> str:
        """The name under which its vectors are stored; another name means other vectors."""

    @property
    def dimensions(self) -> int:
        """Floats per vector."""

    @property
    def price_usd_per_million_tokens(self) -> float:
        """What embedding costs; 0 for a local model."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One L2-normalised row of `dimensions` floats per text, in order: shape (len(texts), dimensions).

        Raises TransientError when the service may succeed on a retry, ProviderRejected when not.
        """


class VectorIndex(Protocol):
    """Finds the nearest of a generation's chunk vectors."""

    def __len__(self) -> int:
        """How many vectors it holds."""

    def search(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ordinals of the `k` nearest vectors and their cosine similarities, best first."""


class LexicalIndex(Protocol):
    """Scores a generation's chunks by the words they share with a query."""

    def scores(self, query: str) -> NDArray[np.float32]:
        """The BM25 score of every chunk, in order of the chunks."""
