"""Scores texts by the words they share with a query: BM25 as Lucene counts it, by bm25s."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import bm25s  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from tutor.errors import IndexMismatch
from tutor.text import words
from tutor.text.words import Words

_ABOUT = "words.json"
# It sets its own logger to DEBUG and writes two lines for every index.
logging.getLogger("bm25s").setLevel(logging.WARNING)


class Bm25sIndex:
    """The `LexicalIndex` over plain texts in one language, given by its code.

    Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with Lucene's IDF.
    Every token's scores are counted when the index is built; a query adds them up. Safe to use from several threads.
    """

    def __init__(self, texts: Sequence[str], language: str = "en", *, k1: float = 1.5, b: float = 0.75) -> None:
        self._words = Words(language)
        self._count = len(texts)
        self._bm25 = bm25s.BM25(k1=k1, b=b, method="lucene", backend="numpy", csc_backend="numpy")
        # Ids by first appearance: bm25s's own order changes with every process.
        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(token, len(vocabulary)) for token in self._words.tokens(text)] for text in texts]
        if vocabulary:
            self._bm25.index((ids, vocabulary), create_empty_token=False, show_progress=False)
        else:
            # It cannot count what holds no token.
            self._bm25.vocab_dict = {}
            self._bm25.nonoccurrence_array = None
            self._bm25.scores = {
                "data": np.empty(0, np.float32),
                "indices": np.empty(0, np.int32),
                "indptr": np.zeros(1, np.int64),
                "num_docs": self._count,
            }

    def __len__(self) -> int:
        return self._count

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text as the index counts them."""
        return self._words.tokens(text)

    def scores(self, query: str) -> NDArray[np.float32]:
        """The BM25 score of every text, in order: shape (texts,). Words that no text has add nothing."""
        known = self._bm25.get_tokens_ids(self.tokens(query))
        if not known:
            return np.zeros(self._count, np.float32)
        scores: NDArray[np.float32] = self._bm25.get_scores_from_ids(known)
        return scores

    def idf(self, token: str) -> float:
        """Lucene's IDF of one of `tokens`, `ln(1 + (N - n + 0.5) / (n + 0.5))`; a token of no text has the highest."""
        ordinal = self._bm25.vocab_dict.get(token)
        starts = self._bm25.scores["indptr"]
        holders = 0 if ordinal is None else int(starts[ordinal + 1] - starts[ordinal])
        return math.log1p((self._count - holders + 0.5) / (holders + 0.5))

    def save(self, directory: Path) -> None:
        """Write the index into a directory, which is made if it is missing."""
        self._bm25.save(directory, show_progress=False)
        about = {"language": self._words.language, "count": self._count, "words": words.VERSION}
        (directory / _ABOUT).write_text(json.dumps(about), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path, mmap: bool = False) -> Self:
        """Read a saved index; with `mmap` the scores stay on disk, and the directory must outlive the index.

        Raises IndexMismatch when it is missing, damaged or was counted by other rules: build it again.
        """
        try:
            about = json.loads((directory / _ABOUT).read_text(encoding="utf-8"))
            language, count, version = str(about["language"]), int(about["count"]), about["words"]
            loaded = bm25s.BM25.load(directory, mmap=mmap, show_progress=False)
            data, indices, starts = (loaded.scores[name] for name in ("data", "indices", "indptr"))
            whole = (
                loaded.scores["num_docs"] == count
                and len(data) == len(indices) == starts[-1]
                and len(starts) == len(loaded.vocab_dict) + 1
                and indices.max(initial=-1) < count
            )
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise IndexMismatch("The index of words cannot be read.") from error
        if not whole or version != words.VERSION:
            raise IndexMismatch("The index of words was built by other rules, or is damaged.")
        index = cls((), language)
        index._count = count
        index._bm25 = loaded
        return index
