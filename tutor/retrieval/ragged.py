"""Values of many rows → one value for each of the chunks they belong to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows that belong to each of some chunks, in order: those of chunk `i` begin at `first[i]`."""

    rows: NDArray[np.int64]
    first: NDArray[np.int64]
    counts: NDArray[np.int64]

    def best(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """The highest value of each chunk; -1 where it has no rows."""
        found = np.full(len(self.counts), -1.0, np.float32)
        some = self.counts > 0
        if len(values):
            found[some] = np.maximum.reduceat(values, self.first[some])
        return found

    def mean_of_best(self, values: NDArray[np.float32], limit: int) -> NDArray[np.float32]:
        """The mean of each chunk's `limit` highest values; a missing one counts as -0.1."""
        owner = np.repeat(np.arange(len(self.counts)), self.counts)
        order = np.lexsort((-values, owner))
        place = np.arange(len(values)) - np.repeat(self.first, self.counts)
        kept = place < limit
        total = np.bincount(owner[order][kept], values[order][kept], len(self.counts))
        missing = np.maximum(0, limit - self.counts)
        return ((total - 0.1 * missing) / limit).astype(np.float32)


def rows_of(first_of: NDArray[np.int32], chunks: NDArray[np.int64]) -> Rows:
    """The rows of `chunks`, when those of chunk `i` are `first_of[i]` to `first_of[i + 1]`."""
    starts, counts = first_of[chunks].astype(np.int64), (first_of[chunks + 1] - first_of[chunks]).astype(np.int64)
    first = np.cumsum(counts) - counts
    rows = np.repeat(starts - first, counts) + np.arange(counts.sum())
    return Rows(rows, first, counts)
