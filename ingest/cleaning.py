"""Deletes what no reader needs: leftovers of ingests that died, and generations that are too old."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingest.building import remove_indexes_but
from tutor.index.generations import GenerationState
from tutor.index.protocols import GenerationStore, IndexPart


def clean(
    store: GenerationStore, data_dir: Path, course: str, parts: Sequence[IndexPart], building: int | None = None
) -> None:
    """Keep a course's live generation, the one before it, and the one that is being built; delete all else.

    The one before stays for readers that have it open, and to go back to. The caller holds the course's lock.
    """
    generations = store.generations(course)
    kept = {item.id for item in generations if item.state is GenerationState.LIVE}
    retired = [item for item in generations if item.state is GenerationState.RETIRED]
    before = sorted((item.live_at, item.id) for item in retired if item.live_at is not None)
    kept |= {id_ for _, id_ in before[-1:]}
    for item in generations:
        if item.id not in kept and item.id != building:
            for part in parts:
                part.delete(course, item.id)
            # Rows before directories: what dies in between leaves a directory that the next one finds without an owner.
            store.delete_generation(item.id)
    remove_indexes_but(data_dir, course, sorted(kept))
