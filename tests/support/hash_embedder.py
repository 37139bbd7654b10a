"""A real embedder that needs no model: a text's vector is the sum of its words' random directions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


class HashEmbedder:
    """Texts that share words are near each other; the same on every machine. It counts what it has embedded."""

    price_usd_per_million_tokens = 0.0

    def __init__(self, model: str = "hash", dimensions: int = 384) -> None:
        self.model = model
        self.dimensions = dimensions
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One L2-normalised row per text, in order: shape (len(texts), dimensions)."""
        self.embedded.extend(texts)
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()) or [text]:
                row += _direction(word, self.dimensions)
            row /= np.linalg.norm(row)
        return rows


class ShortSightedEmbedder(HashEmbedder):
    """As `HashEmbedder`, and reads ten words at a time."""

    def windows(self, text: str) -> list[str]:
        """`text` in windows of ten words, which share two."""
        words = text.split()
        return [" ".join(words[first : first + 10]) for first in range(0, max(1, len(words) - 2), 8)]


@lru_cache(maxsize=100_000)
def _direction(word: str, dimensions: int) -> NDArray[np.float32]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
    return np.random.default_rng(seed).standard_normal(dimensions).astype(np.float32)
