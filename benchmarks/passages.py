"""A course made of given passages, one lesson each, indexed by the code that ingests courses, without a database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.building import index_content
from ingest.chunking import chunk
from ingest.lessons import lesson_from
from ingest.loaders.markdown import load
from ingest.units import Units, course_units, digest
from tutor.adapters.bm25s_index import Bm25sIndex
from tutor.adapters.bm25s_part import NAME, Bm25sPart
from tutor.adapters.exact_index import ExactIndex
from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.index.course_index import CourseIndex
from tutor.index.generations import Build, Generation, GenerationState, Origin, Recipe
from tutor.index.protocols import Embedder
from tutor.models import Chunk, CourseInfo, Lesson

_BUDGET_TOKENS = 400
_BATCH = 512


@dataclass(frozen=True, slots=True)
class PassageCourse:
    """Passages as lessons, chunks and units; a lesson's path is the passage's id."""

    lessons: tuple[Lesson, ...]
    chunks: tuple[Chunk, ...]
    units: Units

    @classmethod
    def of(cls, passages: Iterable[Mapping[str, str]], embedder: Embedder) -> PassageCourse:
        """The course of passages that have an `id`, a `title` and a `text`, which may open with the title."""
        counter = TiktokenCounter()
        lessons = tuple(_lesson(passage) for passage in passages)
        chunks = tuple(item for lesson in lessons for item in chunk(lesson, counter, _BUDGET_TOKENS))
        return cls(lessons, chunks, course_units(lessons, chunks, embedder))


def read_passages(path: Path) -> list[dict[str, str]]:
    """The passages in a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def embedded(texts: Iterable[str], embedder: Embedder, kept: Path) -> dict[bytes, NDArray[np.float32]]:
    """The vectors of `texts` by digest; those that were made before are read from the folder `kept`."""
    kept.mkdir(parents=True, exist_ok=True)
    vectors: dict[bytes, NDArray[np.float32]] = {}
    for file in sorted(kept.glob("*.npz")):
        with np.load(file) as stored:
            vectors |= dict(zip((bytes(key) for key in stored["digests"]), stored["vectors"], strict=True))
    missing = {digest(text): text for text in texts if digest(text) not in vectors}
    keys = list(missing)
    for first in range(0, len(keys), _BATCH):
        batch = keys[first : first + _BATCH]
        made = embedder.embed([missing[key] for key in batch])
        digests = np.array([list(key) for key in batch], np.uint8)
        np.savez(kept / f"{batch[0].hex()[:24]}.npz", digests=digests, vectors=made)
        vectors |= dict(zip(batch, made, strict=True))
        print(f"embedded {first + len(batch):,} of {len(keys):,} texts", flush=True)
    return vectors


def passage_index(
    course: PassageCourse, vectors: Mapping[bytes, NDArray[np.float32]], embedder: Embedder, folder: Path
) -> CourseIndex:
    """The course, ready to be searched; `folder` is for the files of its index of words."""
    info = CourseInfo(slug="passages", title="")
    rows = np.stack([vectors[digest(text)] for text in course.units.texts])
    content = index_content(1, info, course.lessons, course.chunks, course.units, rows)
    folder.mkdir(parents=True, exist_ok=True)
    Bm25sPart().build(folder, content)
    recipe = Recipe("passages", _BUDGET_TOKENS, embedder.model, embedder.dimensions)
    now = datetime.now(UTC)
    tokens = sum(item.tokens for item in course.chunks)
    counts = len(course.lessons), len(course.chunks), tokens
    generation = Generation(1, info.slug, GenerationState.LIVE, now, now, recipe, *counts)
    build = Build(generation, info, course.lessons, course.chunks, tuple(Origin() for _ in course.lessons))
    words = Bm25sIndex.load(folder / NAME)
    return CourseIndex(build, content.arrays, content.lexicon, ExactIndex(content.arrays.windows), words)


def _lesson(passage: Mapping[str, str]) -> Lesson:
    text = passage["text"].removeprefix(passage["title"]).lstrip()
    source = f"# {passage['title']}\n\n{text}\n" if passage["title"] else text
    return lesson_from(load(source.encode(), passage["id"]), passage["id"], "")
