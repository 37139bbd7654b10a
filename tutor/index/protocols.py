"""The interfaces of what a course is stored in, embedded by and searched with; each has two implementations or more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tutor.index.files import IndexContent
from tutor.index.generations import Build, Course, Generation, Origin, Recipe
from tutor.models import Chunk, CourseInfo, Lesson


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


@runtime_checkable
class WindowingEmbedder(Protocol):
    """An embedder whose model reads only so much of a text, and which can say where to cut."""

    def windows(self, text: str) -> list[str]:
        """`text` cut into overlapping windows that the model reads whole, at least one."""


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


class IndexPart(Protocol):
    """What one library needs to search a generation, e.g. its vectors in Chroma: built once, then only read."""

    def build(self, directory: Path, content: IndexContent) -> None:
        """Write the part into a new index's `directory`; nothing holds it open on return, so it may be renamed."""

    def verify(self, directory: Path, content: IndexContent) -> str:
        """Why the part does not find what it should, or nothing when it does."""

    def delete(self, course: str, generation: int) -> None:
        """Drop what the part keeps elsewhere than in the index's directory, if anything."""


class VectorStore(Protocol):
    """Keeps the vectors of texts, so that nothing is embedded twice."""

    def vectors_of(self, digests: Sequence[bytes], model: str) -> dict[bytes, NDArray[np.float32]]:
        """The stored vectors of `model` by the SHA-256 digest of their text; unknown ones are missing."""

    def add_vectors(self, digests: Sequence[bytes], model: str, rows: NDArray[np.float32]) -> None:
        """Store one row per digest, shape (len(digests), dimensions), at once; those already there stay as they are."""


class GenerationStore(Protocol):
    """Writes whole generations of courses and decides which is live."""

    def begin_generation(
        self,
        info: CourseInfo,
        recipe: Recipe,
        lessons_in_order: Sequence[Lesson],
        chunks_in_order: Sequence[Chunk],
        origins: Sequence[Origin],
        digests: Collection[bytes],
    ) -> int:
        """Store a new generation in state `building`, all or nothing, and return its id, which is never used again.

        `origins` has one item per lesson; `digests` are those of every text that is embedded. The course is created
        when it is new.
        """

    def publish(self, generation: int) -> None:
        """Make a generation that was `building` the live one, with its course's fields; the live one retires.

        Raises NotFound, or InvalidRequest when it is not `building`.
        """

    def rollback(self, course: str, generation: int) -> None:
        """Make a retired generation of `course` live again; raises NotFound, or InvalidRequest when not `retired`."""

    def describe(self, info: CourseInfo) -> None:
        """Change the fields of a course, for readers at once and for its live generation; raises NotFound."""

    def generations(self, course: str) -> tuple[Generation, ...]:
        """All generations of `course`, oldest first, in any state; none when there is no such course."""

    def delete_generation(self, generation: int) -> None:
        """Delete a generation that is not live, and the vectors that no other generation of any course uses.

        One that does not exist is deleted already. Raises InvalidRequest when it is live.
        """


class CourseStore(GenerationStore, VectorStore, Protocol):
    """Courses and everything their indexes are built from: the truth that every index is made of."""

    def courses(self) -> tuple[Course, ...]:
        """All courses by slug, also those that are still being prepared."""

    def course(self, slug: str) -> Course:
        """The course under `slug`; raises NotFound."""

    def live(self, slug: str) -> Generation:
        """The generation of a course that readers see; raises NotFound, or BeingPrepared when there is none yet."""

    def build(self, generation: int) -> Build:
        """A generation read whole, in one state of the database; raises NotFound when it is gone."""
