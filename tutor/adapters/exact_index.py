"""Finds the nearest vectors by looking at every one of them: the oracle of the other indexes, and their fallback."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tutor.errors import IndexMismatch, ProviderRejected

# Equal vectors in different rows may differ in the last bit, depending on how the rows are grouped for the processor.
TIE_DECIMALS = 6


class ExactIndex:
    """The `VectorIndex` by a full scan with numpy; good up to some ten thousand vectors.

    `vectors` has one row per chunk, shape (chunks, dimensions); rows that are not of unit length are scaled in a copy.
    """

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self._vectors = unit_rows(vectors)

    def __len__(self) -> int:
        return len(self._vectors)

    def search(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ordinals of the `k` nearest vectors and their cosine similarities, best first, of equals the lower ordinal.

        Fewer than `k` when the index holds fewer. Raises as `unit_query` for a vector it cannot search by.
        """
        query = unit_query(vector, self._vectors.shape[1])
        return best(np.arange(len(self._vectors)), self._vectors @ query, k)


def best(
    ordinals: NDArray[np.int64], similarities: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The `k` most similar, best first; `ordinals` ascend where similarities are equal (to six decimals)."""
    keys = np.round(similarities, TIE_DECIMALS)
    if 0 < k < len(keys):
        chosen = np.flatnonzero(keys >= np.partition(keys, len(keys) - k)[len(keys) - k])
        ordinals, similarities, keys = ordinals[chosen], similarities[chosen], keys[chosen]
    order = np.lexsort((ordinals, -keys))[: max(0, k)]
    return ordinals[order], similarities[order]


def unit_query(vector: NDArray[np.float32], dimensions: int) -> NDArray[np.float32]:
    """The vector scaled to length 1.

    Raises IndexMismatch when it has not as many `dimensions`, ProviderRejected when it points nowhere (zero, NaN).
    """
    if vector.shape != (dimensions,):
        raise IndexMismatch(
            f"The index holds vectors of {dimensions} numbers and was asked with {vector.size}: "
            "it was built with another embedding model."
        )
    query = vector.astype(np.float64)
    length = float(np.linalg.norm(query))
    if not 1e-12 < length < np.inf:
        raise ProviderRejected("The embedding model gave a vector that points nowhere.")
    unit: NDArray[np.float32] = (query / length).astype(np.float32)
    return unit


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows scaled to length 1, without a copy when they are. Raises as `unit_query` for a row."""
    if vectors.ndim != 2:
        raise IndexMismatch(f"Vectors come in rows of one length, not with shape {vectors.shape}.")
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    if not (np.isfinite(lengths) & (lengths > 1e-12)).all():
        raise ProviderRejected("The embedding model gave a vector that points nowhere.")
    if np.abs(lengths - 1).max(initial=0) < 1e-3:
        return vectors
    scaled: NDArray[np.float32] = (vectors / lengths[:, None]).astype(np.float32)
    return scaled
