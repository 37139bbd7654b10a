"""A published generation → a `CourseTutor`, whatever has become of its index; and the repair of the index."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tutor.adapters.bm25s_index import Bm25sIndex
from tutor.adapters.bm25s_part import NAME as WORDS
from tutor.adapters.chroma.part import NAME as VECTORS
from tutor.adapters.chroma.serving_lock import ServingLock
from tutor.adapters.exact_index import ExactIndex
from tutor.config import Settings
from tutor.courses.live_course import Loaded
from tutor.errors import IndexMismatch, PermanentError, TimedOut, TutorError
from tutor.index.course_index import CourseIndex
from tutor.index.fallback import FallbackIndex
from tutor.index.files import damage, index_directory, read_arrays
from tutor.index.generations import Build, Generation
from tutor.index.protocols import CourseStore, Embedder, VectorIndex
from tutor.llm.writing import Writing
from tutor.monitoring.counters import Counters
from tutor.pipeline.answer_cache import MAX_ANSWERS, AnswerCache
from tutor.pipeline.course_tutor import CourseTutor
from tutor.turns.store import TurnStore
from tutor.wiring.parts import chroma_server, index_parts

if TYPE_CHECKING:
    from tutor.adapters.chroma.index import ChromaIndex
    from tutor.adapters.chroma.server import ChromaServerIndex

log = logging.getLogger(__name__)


class Loader:
    """Opens generations for `LiveCourse`; see `tutor.wiring.compose.open_tutor` for `serving`. Close it at the end."""

    def __init__(
        self,
        settings: Settings,
        store: CourseStore,
        embedder: Embedder,
        counters: Counters,
        writing: Writing | None,
        turns: TurnStore,
        *,
        serving: bool,
    ) -> None:
        self._settings = settings
        self._store = store
        self._embedder = embedder
        self._counters = counters
        self._writing = writing
        self._turns = turns
        self._serving = serving
        self._server = chroma_server(settings) if serving else None
        self._lock = ServingLock(settings.data_dir) if serving and self._server is None else None
        self._open: dict[int, ChromaIndex | ChromaServerIndex] = {}
        self._guard = threading.Lock()

    def load(self, generation: Generation) -> Loaded:
        """The generation, warm. When its index is damaged it is searched without, straight from the database.

        Raises IndexMismatch when it was embedded with another model, NotFound when it is gone, PermanentError when
        neither the index nor the database can serve it.
        """
        model = self._embedder.model
        if generation.recipe.model != model:
            raise IndexMismatch(
                f"The index of {generation.course!r} was built with the embedding model {generation.recipe.model}, "
                f"and {model} is configured. Configure the former, or embed all lessons anew: ingest with --reembed."
            )
        build = self._store.build(generation.id)
        problems: list[str] = []
        try:
            try:
                index = self._from_files(build, problems)
            except (PermanentError, IndexMismatch) as error:
                self._release(generation.id)
                self._fell_back(generation, error, problems)
                index = self._from_database(build)
            tutor = CourseTutor(
                index, self._embedder, self._writing, self._answer_cache(build), masks=self._settings.mask_personal_data
            )
            tutor.warm()
        except BaseException:
            self._release(generation.id)
            raise
        return Loaded(generation, tutor, lambda: self._release(generation.id), problems)

    def _answer_cache(self, build: Build) -> AnswerCache:
        slug, generation = build.info.slug, build.generation.id
        return AnswerCache(
            self._settings.repeat_answers,
            lambda: self._turns.answered(slug, generation, MAX_ANSWERS),
            build.info.language,
        )

    def repair(self, generation: Generation) -> None:
        """Build the index of a generation again; raises as `ingest.rebuilding.rebuild`."""
        from ingest.rebuilding import rebuild

        self._release(generation.id)
        rebuild(self._store, generation.id, self._settings.data_dir, self._embedder, index_parts(self._settings))

    def close(self) -> None:
        """Close what is still open."""
        for generation in list(self._open):
            self._release(generation)
        if self._lock is not None:
            self._lock.close()

    def _from_files(self, build: Build, problems: list[str]) -> CourseIndex:
        generation = build.generation
        directory = index_directory(self._settings.data_dir, generation.course, generation.id)
        wrong = damage(directory)
        if wrong:
            raise PermanentError(wrong)
        words = Bm25sIndex.load(directory / WORDS)
        vectors = self._vectors(generation, directory, read_arrays(directory).windows, problems)
        return CourseIndex.read(directory, build, vectors, words)

    def _from_database(self, build: Build) -> CourseIndex:
        from ingest.rebuilding import stored_content

        content = stored_content(self._store, build, self._embedder)
        words = Bm25sIndex(content.texts, content.language)
        return CourseIndex(build, content.arrays, content.lexicon, ExactIndex(content.arrays.windows), words)

    def _vectors(
        self, generation: Generation, directory: Path, windows: NDArray[np.float32], problems: list[str]
    ) -> VectorIndex:
        if not self._serving:
            return ExactIndex(windows)
        if self._lock is not None and not self._lock.held():
            log.warning("%s: searched without Chroma, which another process has open", generation.course)
            self._counters.add("fallbacks", generation.course, "in_use")
            return ExactIndex(windows)
        try:
            first = self._opened(generation, directory / VECTORS, len(windows))
        except TutorError as error:
            self._fell_back(generation, error, problems)
            return ExactIndex(windows)
        with self._guard:
            self._open[generation.id] = first
        return FallbackIndex(
            first, lambda: ExactIndex(windows), lambda error: self._fell_back(generation, error, problems)
        )

    def _opened(self, generation: Generation, directory: Path, count: int) -> ChromaIndex | ChromaServerIndex:
        if self._server is not None:
            return self._server.open(generation.course, str(generation.id), count)
        from tutor.adapters.chroma.check import unsound
        from tutor.adapters.chroma.index import ChromaIndex

        wrong = unsound(directory)
        if wrong:
            raise PermanentError(wrong)
        return ChromaIndex(directory, count)

    def _fell_back(self, generation: Generation, error: TutorError, problems: list[str]) -> None:
        is_slow = isinstance(error, TimedOut)
        if not is_slow:
            problems.append(error.message)
        self._counters.add("fallbacks", generation.course, "slow" if is_slow else "index")
        log.warning("%s: index %d is searched without: %s", generation.course, generation.id, error)

    def _release(self, generation: int) -> None:
        with self._guard:
            index = self._open.pop(generation, None)
        if index is not None:
            index.close()
