"""Index content → a directory that readers may open: built aside, verified, made durable, then renamed.

What lies in the directory is told by `tutor.index.files`. While it is built its name ends in `.building`, while it
is deleted in `.old`; readers open only names that are numbers. The database says which of those is live.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.report import OnProgress, Progress
from ingest.units import Units, indexed_text
from tutor.errors import PermanentError
from tutor.index.files import (
    IndexContent,
    UnitArrays,
    course_directory,
    index_directory,
    make_durable,
    write_arrays,
    write_manifest,
)
from tutor.index.generations import Recipe
from tutor.index.lexicon import Lexicon
from tutor.index.protocols import IndexPart
from tutor.models import Chunk, CourseInfo, Lesson
from tutor.text.words import Words

_GENERATION = re.compile(r"(\d+)(?:\.building|\.old)?")


def index_content(
    generation: int,
    info: CourseInfo,
    lessons: Sequence[Lesson],
    chunks: Sequence[Chunk],
    units: Units,
    vectors: NDArray[np.float32],
) -> IndexContent:
    """What an index is built from; `vectors` are those of `units.texts`, shape (windows + sentences, dimensions)."""
    by_name = {lesson.lesson: lesson for lesson in lessons}
    texts = tuple(indexed_text(by_name[chunk.lesson], chunk) for chunk in chunks)
    windows = len(units.window_text)
    arrays = UnitArrays(
        windows=vectors[:windows],
        window_chunk=units.window_chunk,
        # Half the size; sentences are compared, not returned, and differ by less than a thousandth.
        sentences=vectors[windows:].astype(np.float16),
        sentence_chunk=units.sentence_chunk,
        sentence_start=units.sentence_start,
        sentence_end=units.sentence_end,
    )
    lexicon = Lexicon.of(lessons, chunks, texts, units.sentence_text, Words(info.language).tokens)
    return IndexContent(info.slug, generation, info.language, texts, arrays, lexicon)


def write_index(
    data_dir: Path, content: IndexContent, recipe: Recipe, parts: Sequence[IndexPart], on_progress: OnProgress
) -> Path:
    """Put the index of a generation in its place, in the stead of a damaged one if need be, and return its directory.

    The caller holds the course's lock. Raises PermanentError when a part does not find what it should.
    """
    place = index_directory(data_dir, content.course, content.generation)
    new = place.with_name(f"{place.name}.building")
    _remove(new)
    new.mkdir(mode=0o700)
    on_progress(Progress("build", 0, len(parts)))
    write_arrays(new, content.arrays)
    content.lexicon.save(new)
    for done, part in enumerate(parts, 1):
        part.build(new, content)
        on_progress(Progress("build", done, len(parts)))
    on_progress(Progress("verify", 0, len(parts)))
    for done, part in enumerate(parts, 1):
        wrong = part.verify(new, content)
        if wrong:
            raise PermanentError(f"The new index of {content.course!r} was not published: {wrong}.")
        on_progress(Progress("verify", done, len(parts)))
    facts = {
        "course": content.course,
        "generation": content.generation,
        "language": content.language,
        "recipe": asdict(recipe),
        "chunks": len(content.texts),
        "windows": len(content.arrays.windows),
        "sentences": len(content.arrays.sentences),
    }
    # Last, for Chroma writes into its files when they are opened.
    write_manifest(new, facts)
    if place.exists():
        _remove(place)
    new.rename(place)
    make_durable(place.parent)
    return place


def remove_indexes_but(data_dir: Path, course: str, kept: Sequence[int]) -> None:
    """Delete every index directory of a course that is not of a generation in `kept`, finished or not."""
    for path in sorted(course_directory(data_dir, course).iterdir()):
        found = _GENERATION.fullmatch(path.name)
        if found and path.is_dir() and not (path.name == found[1] and int(found[1]) in kept):
            _remove(path)


def _remove(directory: Path) -> None:
    """Delete a directory; one that readers may open is first given a name that they do not know."""
    if directory.suffix not in (".building", ".old") and directory.exists():
        old = directory.with_name(f"{directory.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        directory = directory.rename(old)
    shutil.rmtree(directory, ignore_errors=True)
