"""One generation of a course, loaded for questions: its lessons, and everything they are searched with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tutor.errors import IndexMismatch
from tutor.index.files import UnitArrays, read_arrays
from tutor.index.generations import Build
from tutor.index.lexicon import Lexicon
from tutor.index.protocols import LexicalIndex, VectorIndex
from tutor.models import Chunk, Lesson
from tutor.text.plain import plain

_LINK_TARGET = "]("


@dataclass(frozen=True, eq=False)
class CourseIndex:
    """A generation's lessons and indexes, immutable; `vectors` finds windows, `words` scores chunks.

    Safe to use from several threads when its indexes are.
    """

    build: Build
    arrays: UnitArrays
    lexicon: Lexicon
    vectors: VectorIndex
    words: LexicalIndex

    @classmethod
    def read(cls, directory: Path, build: Build, vectors: VectorIndex, words: LexicalIndex) -> CourseIndex:
        """The index in `directory`; raises PermanentError or IndexMismatch when it is damaged or another build's."""
        arrays, lexicon = read_arrays(directory), Lexicon.load(directory)
        if len(lexicon.chunks) != len(build.chunks) or len(lexicon.sentences) != len(arrays.sentences):
            raise IndexMismatch(f"The index {directory.name} is of another build.")
        return cls(build, arrays, lexicon, vectors, words)

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """The lessons in the course's order."""
        return self.build.lessons

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks, lesson by lesson."""
        return self.build.chunks

    @cached_property
    def position(self) -> dict[str, int]:
        """The place of each lesson in the course, from 0, by path."""
        return {lesson.lesson: place for place, lesson in enumerate(self.build.lessons)}

    @cached_property
    def lesson_of(self) -> NDArray[np.int32]:
        """The place of each chunk's lesson: shape (chunks,)."""
        return np.array([self.position[chunk.lesson] for chunk in self.build.chunks], np.int32)

    @cached_property
    def tokens_of(self) -> NDArray[np.int32]:
        """The length of each chunk in tokens of the budget."""
        return np.array([chunk.tokens for chunk in self.build.chunks], np.int32)

    @cached_property
    def first_window(self) -> NDArray[np.int32]:
        """Where each chunk's windows begin, and the number of windows as the last item."""
        return np.searchsorted(self.arrays.window_chunk, np.arange(len(self.chunks) + 1)).astype(np.int32)

    @cached_property
    def first_sentence(self) -> NDArray[np.int32]:
        """Where each chunk's sentences begin, and the number of sentences as the last item."""
        return np.searchsorted(self.arrays.sentence_chunk, np.arange(len(self.chunks) + 1)).astype(np.int32)

    @cached_property
    def link_share(self) -> NDArray[np.float32]:
        """How much of each chunk is link targets and marks rather than words."""
        return np.array(
            [
                1 - len(plain(chunk.text)) / max(1, len(chunk.text)) if _LINK_TARGET in chunk.text else 0.0
                for chunk in self.chunks
            ],
            np.float32,
        )

    def sentence_text(self, sentence: int) -> str:
        """The canonical text of a sentence by its number in `arrays`."""
        lesson = self.lessons[int(self.lesson_of[self.arrays.sentence_chunk[sentence]])]
        return lesson.text[self.arrays.sentence_start[sentence] : self.arrays.sentence_end[sentence]]
