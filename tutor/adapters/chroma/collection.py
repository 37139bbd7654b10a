"""One generation's vectors as a Chroma collection: filled once, checked, then only asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from chromadb.api.client import Client
from chromadb.api.models.Collection import Collection
from numpy.typing import NDArray

from tutor.adapters.exact_index import ExactIndex, best, unit_query, unit_rows
from tutor.errors import IndexMismatch, UpstreamUnavailable

# The library refuses more than 5,461 at once.
_BATCH = 5_000
_ALL_BELOW = 2_000
_SAMPLE = 500
_PROBED = 10
LEAST_RECALL = 0.99
# Above what float32 and the index's own arithmetic differ by, below what another vector would show.
_NEAR = 1e-4


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether an index finds what an exact scan finds; `reason` says why not."""

    good: bool
    reason: str
    count: int
    recall: float
    """Share of the exact ten nearest that the index finds, from 0 to 1, over all vectors that were probed."""
    probed: int


def fill(client: Client, name: str, vectors: NDArray[np.float32]) -> None:
    """Create the collection and add the rows; the id of each is its ordinal. Nothing else is stored with them."""
    rows = unit_rows(vectors)
    count, dimensions = rows.shape
    collection = client.create_collection(
        name,
        configuration={
            "hnsw": {
                "space": "cosine",
                # Recall@10 of 1.0 for 35,000 vectors in clusters, as text has them, and for 5,000 at random; with
                # half of both numbers the latter have .964.
                "ef_construction": 128,
                "max_neighbors": 32,
                "ef_search": 400,
                # Written out once, with the last row: no half-written state on disk, nothing left in the log to
                # replay at the first query, and the build takes half as long as with the default of 1,000.
                "sync_threshold": max(2, count),
                "batch_size": min(100, max(2, count)),
            }
        },
        metadata={"dimensions": dimensions, "count": count},
        # Without this it attaches a model that it would download.
        embedding_function=None,
    )
    for start in range(0, count, _BATCH):
        batch = rows[start : start + _BATCH]
        collection.add(ids=[str(start + ordinal) for ordinal in range(len(batch))], embeddings=batch)


def opened(client: Client, name: str, count: int) -> tuple[Collection, int]:
    """The collection and its dimensions. Raises NotFound, or IndexMismatch when it does not hold `count` vectors."""
    collection = client.get_collection(name, embedding_function=None)
    held = collection.count()
    dimensions: Any = (collection.metadata or {}).get("dimensions")
    if held != count or not isinstance(dimensions, int):
        raise IndexMismatch(f"The index holds {held} vectors, {count} are expected.")
    return collection, dimensions


def nearest(
    collection: Collection, vector: NDArray[np.float32], k: int, count: int, dimensions: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """As `VectorIndex.search`. Raises UpstreamUnavailable when the index finds less than it holds."""
    query = unit_query(vector, dimensions)
    wanted = max(0, min(k, count))
    if wanted == 0:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    embeddings: list[Any] = [query]
    answer = collection.query(query_embeddings=embeddings, n_results=wanted, include=["distances"])
    distances = answer["distances"]
    ordinals = np.array([int(id_) for id_ in answer["ids"][0]], np.int64)
    # A damaged index does not fail: with a truncated header file it finds nothing.
    if distances is None or len(ordinals) != wanted or (ordinals >= count).any():
        raise UpstreamUnavailable(f"The index found {len(ordinals)} of {wanted} vectors; it is damaged.")
    similarities = (1 - np.array(distances[0], np.float64)).astype(np.float32)
    return best(ordinals, similarities, wanted)


def verified(collection: Collection, vectors: NDArray[np.float32], seed: int = 0) -> Verification:
    """Compare the collection with an exact scan: its ids, and the ten nearest of up to 2,000 of its own vectors.

    Of a larger index 500 at random are probed, by `seed`.
    """
    rows = unit_rows(vectors)
    count, dimensions = rows.shape
    held = collection.count()
    if held != count:
        return Verification(False, f"it holds {held} vectors, {count} are expected", held, 0.0, 0)
    if _ids(collection) != {str(ordinal) for ordinal in range(count)}:
        return Verification(False, "its ids are not the chunks' ordinals", held, 0.0, 0)
    exact = ExactIndex(rows)
    probes = (
        np.arange(count)
        if count <= _ALL_BELOW
        else np.sort(np.random.default_rng(seed).choice(count, _SAMPLE, replace=False))
    )
    hits = wanted = 0
    for ordinal in probes.tolist():
        found, similarities = nearest(collection, rows[ordinal], _PROBED, count, dimensions)
        truly = rows[found] @ rows[ordinal]
        if np.abs(truly - similarities).max() > _NEAR:
            return Verification(False, "it holds other vectors than were given", held, 0.0, len(probes))
        # Its copies may crowd a vector out of its own ten nearest; anything less near may not.
        if ordinal not in found and truly.min() < 1 - _NEAR:
            return Verification(False, f"vector {ordinal} cannot be found", held, 0.0, len(probes))
        _, best_similarities = exact.search(rows[ordinal], _PROBED)
        hits += int((truly >= best_similarities[-1] - _NEAR / 10).sum())
        wanted += len(best_similarities)
    recall = hits / wanted if wanted else 1.0
    good = recall >= LEAST_RECALL
    return Verification(good, "" if good else f"recall is {recall:.3f}", held, recall, len(probes))


def _ids(collection: Collection) -> set[str]:
    ids: set[str] = set()
    while page := collection.get(include=[], limit=_BATCH, offset=len(ids))["ids"]:
        known = len(ids)
        ids.update(page)
        if len(ids) == known:
            break
    return ids
