"""The words of a course by place: chunks, sentences, section titles, lesson titles, emphasised words.

BM25 says how often rare words occur; ranking and coverage also ask *where* they do. Every text is kept as the
sequence of its tokens, from which holders and neighbours of a word are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tutor.errors import IndexMismatch
from tutor.models import Chunk, Lesson

FIELDS = ("chunks", "sentences", "sections", "titles", "emphasised")
_EMPHASISED = re.compile(r"\*\*(.+?)\*\*|`([^`\n]+)`")

Tokens = Callable[[str], list[str]]


class Field:
    """Texts as sequences of token ids: text `i` is `tokens[starts[i]:starts[i + 1]]`."""

    def __init__(self, tokens: NDArray[np.int32], starts: NDArray[np.int32]) -> None:
        self.tokens = tokens
        self.starts = starts
        self._own_weight: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def owner(self) -> NDArray[np.int32]:
        """The text of each token."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Positions by token, and where each token's begin: looked up 50 times a question, so not searched for."""
        order = np.argsort(self.tokens, kind="stable").astype(np.int32)
        counts = np.bincount(self.tokens, minlength=1)
        return order, np.concatenate([[0], np.cumsum(counts)])

    def positions(self, token: int) -> NDArray[np.int32]:
        """Where `token` stands, ascending."""
        order, first = self._sorted
        return order[first[token] : first[token + 1]] if token < len(first) - 1 else order[:0]

    def holders(self, token: int) -> NDArray[np.int32]:
        """The texts that hold `token`, ascending, each once."""
        owners = self.owner[self.positions(token)]
        return owners[np.concatenate([[True], owners[1:] != owners[:-1]])] if len(owners) else owners

    def shares(self, tokens: Iterable[int], weight: Callable[[int], float]) -> NDArray[np.float32]:
        """Per text, the weight of those of `tokens` that it holds: shape (texts,)."""
        found = np.zeros(len(self), np.float32)
        for token in tokens:
            found[self.holders(token)] += weight(token)
        return found

    def own_weight(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Per text, the weight of its different tokens, given the weight of every token: shape (texts,).

        Counted once: every call after the first must come with the same weights.
        """
        if self._own_weight is None:
            pairs = np.unique(self.owner.astype(np.int64) * (len(weights) + 1) + self.tokens)
            owner, token = np.divmod(pairs, len(weights) + 1)
            self._own_weight = np.bincount(owner, weights[token], len(self)).astype(np.float32)
        return self._own_weight

    def pairs(self, first: int, second: int) -> NDArray[np.int32]:
        """The texts in which `second` follows `first` at once or after one other token."""
        found = [np.empty(0, np.int32)]
        positions = self.positions(first)
        for distance in (1, 2):
            near = positions[positions + distance < len(self.tokens)]
            near = near[self.tokens[near + distance] == second]
            found.append(near[self.owner[near] == self.owner[near + distance]])
        return np.unique(self.owner[np.concatenate(found)])


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The fields of a course over one vocabulary; `chunks`, `sections` and `emphasised` have one text per chunk."""

    vocabulary: dict[str, int]
    chunks: Field
    sentences: Field
    sections: Field
    titles: Field
    emphasised: Field

    @classmethod
    def of(
        cls,
        lessons: Sequence[Lesson],
        chunks: Sequence[Chunk],
        texts: Sequence[str],
        sentences: Sequence[str],
        tokens: Tokens,
    ) -> Self:
        """The lexicon of a course; `texts` are the chunks' indexed texts, `tokens` splits a text."""
        vocabulary: dict[str, int] = {}

        def field(items: Iterable[str]) -> Field:
            rows = [[vocabulary.setdefault(token, len(vocabulary)) for token in tokens(item)] for item in items]
            starts = np.cumsum([0, *(len(row) for row in rows)], dtype=np.int32)
            return Field(np.array([token for row in rows for token in row], np.int32), starts)

        return cls(
            vocabulary,
            chunks=field(texts),
            sentences=field(sentences),
            sections=field(chunk.section.rsplit(" › ", 1)[-1] for chunk in chunks),
            titles=field(lesson.title for lesson in lessons),
            emphasised=field(
                " ; ".join(bold or code for bold, code in _EMPHASISED.findall(chunk.text)) for chunk in chunks
            ),
        )

    def ids(self, tokens: Iterable[str]) -> list[int]:
        """The ids of those tokens that the course has, in order."""
        return [self.vocabulary[token] for token in tokens if token in self.vocabulary]

    @cached_property
    def idf(self) -> NDArray[np.float32]:
        """Lucene's IDF of every token, over chunks: `ln(1 + (N - n + 0.5) / (n + 0.5))`."""
        pairs = np.unique(self.chunks.owner.astype(np.int64) * (len(self.vocabulary) + 1) + self.chunks.tokens)
        holders = np.bincount(pairs % (len(self.vocabulary) + 1), minlength=len(self.vocabulary))
        return np.log1p((len(self.chunks) - holders + 0.5) / (holders + 0.5)).astype(np.float32)

    @property
    def unknown_idf(self) -> float:
        """The IDF of a token that no chunk has."""
        return float(np.log1p((len(self.chunks) + 0.5) / 0.5))

    def save(self, directory: Path) -> None:
        """Write it into an index directory, as `lexicon.npz` and `vocabulary.json`."""
        arrays = {name: getattr(self, name) for name in FIELDS}
        np.savez(
            directory / "lexicon.npz",
            **{f"{name}_tokens": field.tokens for name, field in arrays.items()},
            **{f"{name}_starts": field.starts for name, field in arrays.items()},
        )
        (directory / "vocabulary.json").write_text(json.dumps(list(self.vocabulary), ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read what `save` wrote; raises IndexMismatch when it is missing or damaged."""
        try:
            words = json.loads((directory / "vocabulary.json").read_text("utf-8"))
            # Opened here, as numpy leaves a file open that is no zip.
            with (directory / "lexicon.npz").open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                fields = {name: Field(stored[f"{name}_tokens"], stored[f"{name}_starts"]) for name in FIELDS}
        except Exception as error:  # a damaged zip or header raises nearly anything
            raise IndexMismatch("The lexicon of the index cannot be read.") from error
        if any(int(field.tokens.max(initial=-1)) >= len(words) for field in fields.values()):
            raise IndexMismatch("The lexicon of the index has words that its vocabulary does not have.")
        return cls({word: number for number, word in enumerate(words)}, **fields)
