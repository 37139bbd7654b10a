"""A published generation in the database → its index directory, without embedding anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingest.building import index_content, write_index
from ingest.course_lock import course_lock
from ingest.embedding import Texts
from ingest.report import OnProgress, unwatched
from ingest.units import course_units
from tutor.errors import IndexMismatch, PermanentError
from tutor.index.files import IndexContent, course_directory
from tutor.index.generations import Build
from tutor.index.protocols import CourseStore, Embedder, IndexPart


def rebuild(
    store: CourseStore,
    generation: int,
    data_dir: Path,
    embedder: Embedder,
    parts: Sequence[IndexPart],
    progress: OnProgress = unwatched,
) -> Path:
    """Build the index directory of a published generation again, for one that is missing or damaged, and return it.

    `embedder` only says how texts are cut. Raises NotFound, TransientError while the course is being ingested,
    IndexMismatch when it was embedded with another model, PermanentError when not all of its vectors are there
    (after an upgrade that cuts texts otherwise).
    """
    build = store.build(generation)
    with course_lock(course_directory(data_dir, build.generation.course)):
        return rebuild_locked(store, build, data_dir, embedder, parts, progress)


def rebuild_locked(
    store: CourseStore,
    build: Build,
    data_dir: Path,
    embedder: Embedder,
    parts: Sequence[IndexPart],
    progress: OnProgress,
) -> Path:
    """As `rebuild`, for a caller that holds the course's lock."""
    content = stored_content(store, build, embedder)
    return write_index(data_dir, content, build.generation.recipe, parts, progress)


def stored_content(store: CourseStore, build: Build, embedder: Embedder) -> IndexContent:
    """What a generation's index is built from, out of the database alone; raises as `rebuild`."""
    course, recipe = build.generation.course, build.generation.recipe
    if recipe.model != embedder.model:
        raise IndexMismatch(
            f"The index of {course!r} was built with the embedding model {recipe.model}, and {embedder.model} is "
            "configured. Configure the former, or embed all lessons anew: ingest with --reembed."
        )
    units = course_units(build.lessons, build.chunks, embedder)
    texts = Texts(units.texts)
    stored = store.vectors_of(texts.digests, recipe.model)
    if texts.missing(stored):
        raise PermanentError(f"The index of {course!r} cannot be rebuilt by this version: ingest the course again.")
    vectors = texts.vectors(stored, recipe.dimensions, recipe.model)
    return index_content(build.generation.id, build.info, build.lessons, build.chunks, units, vectors)
