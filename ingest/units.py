"""Chunks → units: the texts that are embedded, windows of chunks and single sentences."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

import numpy as np
from numpy.typing import NDArray

from tutor.index.protocols import Embedder, WindowingEmbedder
from tutor.models import Chunk, Lesson
from tutor.text.plain import plain
from tutor.text.sentences import sentences

_QUOTABLE = frozenset(("sentence", "item", "code", "table", "math"))
_LONGEST_SENTENCE = 1_200
_SHORTEST_SENTENCE = 3
# Beside 190 pieces of text, a model that sees 256 has room for about this many characters of header.
_LONGEST_HEADER = 200

Windows = Callable[[str], list[str]]
"""Cuts a text into the pieces that an embedding model can read whole, at least one."""


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """What is embedded of some chunks; `*_chunk` are ordinals of chunks, spans count in the lesson's text.

    `window_text`, `window_chunk`: one item per window, every chunk has at least one.
    `sentence_text`, `sentence_chunk`, `sentence_start`, `sentence_end`: one item per sentence.
    """

    window_text: tuple[str, ...]
    window_chunk: NDArray[np.int32]
    sentence_text: tuple[str, ...]
    sentence_chunk: NDArray[np.int32]
    sentence_start: NDArray[np.int32]
    sentence_end: NDArray[np.int32]

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that needs a vector: the windows, then the sentences."""
        return self.window_text + self.sentence_text

    @property
    def chunks(self) -> NDArray[np.int32]:
        """The chunk of each of `texts`."""
        return np.concatenate([self.window_chunk, self.sentence_chunk])


def units(lesson: Lesson, chunks: Sequence[Chunk], windows: Windows) -> Units:
    """The units of one lesson; chunks are numbered from 0 within it."""
    window_text: list[str] = []
    window_chunk: list[int] = []
    for ordinal, chunk in enumerate(chunks):
        above = header(lesson, chunk)
        body = plain(chunk.text)
        for window in windows(body) if body else [""]:
            window_text.append(f"{above}: {window}" if window else above)
            window_chunk.append(ordinal)
    starts = [chunk.start for chunk in chunks]
    sentence_text: list[str] = []
    spans: list[tuple[int, int, int]] = []
    for sentence in sentences(lesson.text) if chunks else []:
        if sentence.kind not in _QUOTABLE:
            continue
        words = plain(lesson.text[sentence.start : sentence.end])[:_LONGEST_SENTENCE]
        if len(words) >= _SHORTEST_SENTENCE:
            sentence_text.append(words)
            # Between chunks stands only white space, so the last one that begins before the sentence holds it.
            spans.append((max(0, bisect_right(starts, sentence.start) - 1), sentence.start, sentence.end))
    columns = np.array(spans, np.int32).reshape(-1, 3)
    owners = np.array(window_chunk, np.int32)
    return Units(tuple(window_text), owners, tuple(sentence_text), columns[:, 0], columns[:, 1], columns[:, 2])


def course_units(lessons: Iterable[Lesson], chunks: Sequence[Chunk], embedder: Embedder) -> Units:
    """The units of a course, its chunks by ordinal, cut as the embedder's model can read them."""
    windows = embedder.windows if isinstance(embedder, WindowingEmbedder) else lambda text: [text]
    grouped = {lesson: list(found) for lesson, found in groupby(chunks, key=lambda chunk: chunk.lesson)}
    parts = []
    for lesson in lessons:
        own = grouped.get(lesson.lesson, [])
        parts.append((units(lesson, own, windows), len(own)))
    return joined(parts)


def joined(parts: Iterable[tuple[Units, int]]) -> Units:
    """The units of a course from those of its lessons, in order; each comes with its lesson's number of chunks."""
    listed = list(parts)
    first = [0, *accumulate(count for _, count in listed)]
    nothing = np.empty(0, np.int32)
    return Units(
        window_text=tuple(text for part, _ in listed for text in part.window_text),
        window_chunk=np.concatenate([nothing, *(p.window_chunk + n for (p, _), n in zip(listed, first, strict=False))]),
        sentence_text=tuple(text for part, _ in listed for text in part.sentence_text),
        sentence_chunk=np.concatenate(
            [nothing, *(p.sentence_chunk + n for (p, _), n in zip(listed, first, strict=False))]
        ),
        sentence_start=np.concatenate([nothing, *(part.sentence_start for part, _ in listed)]),
        sentence_end=np.concatenate([nothing, *(part.sentence_end for part, _ in listed)]),
    )


def header(lesson: Lesson, chunk: Chunk) -> str:
    """What a reader of the chunk has above it, e.g. `Attention › Masks › Causal masks`."""
    chapter = lesson.chapter.rsplit(" › ", 1)[-1]
    # Most lessons open with their title as a heading, and then every section's path begins with it.
    section = f"{chunk.section} › ".removeprefix(f"{lesson.title} › ").removesuffix(" › ")
    return " › ".join(part for part in (chapter, lesson.title, section) if part)[:_LONGEST_HEADER]


def indexed_text(lesson: Lesson, chunk: Chunk) -> str:
    """The words by which a chunk is found: those above it, and its own."""
    return f"{header(lesson, chunk)}: {plain(chunk.text)}"


def digest(text: str) -> bytes:
    """The SHA-256 under which the vector of `text` is kept; half surrogate pairs count as question marks."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
