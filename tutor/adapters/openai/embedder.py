"""Embeds with any service that speaks OpenAI's embeddings API."""

from __future__ import annotations

import itertools
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import openai
from numpy.typing import NDArray

from tutor.adapters.openai.errors import OPENAI_FAILURES, translated
from tutor.errors import ProviderRejected, TimedOut, TransientError
from tutor.llm.model import TokenCounter

_MAX_TEXTS = 256
_MAX_TOKENS = 200_000
_LONGEST_WAIT_SECONDS = 30.0
_MAX_BYTES = 64 * 1024 * 1024


class OpenAIEmbedder:
    """The `Embedder` over HTTP: batches, retries inside a deadline, and trusts nothing that comes back.

    Give `dimensions` only if the service can shorten its vectors; it is sent along. Without it, the first answer
    decides. `deadline_seconds` is for one request of up to 256 texts and its retries. `counter` keeps a request below
    200,000 tokens; without one, every two bytes count as a token. Safe to use from several threads.
    """

    def __init__(
        self,
        base_url: str | None,
        api_key: str,
        model: str,
        dimensions: int | None = None,
        price_usd_per_million_tokens: float = 0.0,
        *,
        counter: TokenCounter | None = None,
        deadline_seconds: float = 60.0,
        first_wait_seconds: float = 0.5,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._asked_model = model
        self._asked_dimensions = dimensions
        self._dimensions = dimensions
        self._price = price_usd_per_million_tokens
        self._counter = counter
        self._deadline_seconds = deadline_seconds
        self._first_wait_seconds = first_wait_seconds
        self._sleep = sleep
        # Servers on one's own machine want no key, but the library insists on one.
        self._client = openai.OpenAI(
            base_url=base_url, api_key=api_key or "none", max_retries=0, timeout=deadline_seconds
        )

    @property
    def model(self) -> str:
        """The service's name of the model, with the size when a shorter one than its own is asked for."""
        return f"{self._asked_model}@{self._asked_dimensions}" if self._asked_dimensions else self._asked_model

    @property
    def dimensions(self) -> int:
        """Floats per vector. Asks the service when neither a setting nor an answer has told; may raise as `embed`."""
        if self._dimensions is None:
            self._embed_batch(["dimensions"])
        assert self._dimensions is not None
        return self._dimensions

    @property
    def price_usd_per_million_tokens(self) -> float:
        """What a million tokens cost, as configured."""
        return self._price

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One L2-normalised row per text, in order: shape (len(texts), dimensions).

        Raises TransientError once the deadline leaves no room for another try, and ProviderRejected for a request
        that is refused or an answer that cannot be right.
        """
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        return np.concatenate([self._embed_batch(batch) for batch in self._batches(texts)])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _batches(self, texts: Sequence[str]) -> Iterator[list[str]]:
        batch: list[str] = []
        tokens = 0
        for text in texts:
            # The API refuses empty texts and JSON cannot hold half a surrogate pair.
            sendable = text.encode("utf-8", "replace").decode("utf-8") or " "
            size = self._counter.count(sendable) if self._counter else len(sendable.encode()) // 2
            if batch and (len(batch) == _MAX_TEXTS or tokens + size > _MAX_TOKENS):
                yield batch
                batch, tokens = [], 0
            batch.append(sendable)
            tokens += size
        yield batch

    def _embed_batch(self, texts: list[str]) -> NDArray[np.float32]:
        deadline = time.monotonic() + self._deadline_seconds
        for attempt in itertools.count():
            try:
                return self._rows(self._ask(texts, deadline), len(texts))
            except TransientError as error:
                wait = error.retry_after_seconds
                if wait is None:
                    # Full jitter: many clients that failed together do not come back together.
                    wait = random.uniform(0.5, 1.0) * min(self._first_wait_seconds * 2**attempt, 8.0)  # noqa: S311
                if wait > _LONGEST_WAIT_SECONDS or time.monotonic() + wait >= deadline:
                    raise
                self._sleep(wait)
        raise AssertionError("unreachable")

    def _ask(self, texts: list[str], deadline: float) -> bytes:
        """The body of one answer, read under the deadline: the library's own timeout restarts with every byte."""
        try:
            with self._client.embeddings.with_streaming_response.create(
                input=texts,
                model=self._asked_model,
                encoding_format="float",
                dimensions=self._asked_dimensions or openai.omit,
                timeout=max(0.001, deadline - time.monotonic()),
            ) as response:
                body = bytearray()
                for piece in response.iter_bytes():
                    body += piece
                    if time.monotonic() > deadline:
                        raise TimedOut("The embedding service did not finish its answer in time.")
                    if len(body) > _MAX_BYTES:
                        raise ProviderRejected("The embedding service's answer is too large.")
                return bytes(body)
        except OPENAI_FAILURES as error:
            raise translated(error) from error

    def _rows(self, body: bytes, count: int) -> NDArray[np.float32]:
        try:
            rows: list[Any] = sorted(json.loads(body)["data"], key=lambda row: int(row["index"]))
            indexes = [row["index"] for row in rows]
            vectors = np.array([row["embedding"] for row in rows], np.float64)
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
            raise ProviderRejected("The embedding service's answer is not a list of vectors.") from error
        if indexes != list(range(count)):
            raise ProviderRejected(f"The embedding service answered {len(indexes)} vectors for {count} texts.")
        if vectors.ndim != 2 or vectors.shape[1] == 0:
            raise ProviderRejected("The embedding service's vectors have no size.")
        if self._dimensions not in (None, vectors.shape[1]):
            raise ProviderRejected(
                f"The embedding service gave vectors of {vectors.shape[1]} numbers, {self._dimensions} are expected."
            )
        largest = np.abs(vectors).max(axis=1)
        # NaN fails both; a number whose square is no number is none either.
        if not ((largest > 1e-12) & (largest < 1e30)).all():
            raise ProviderRejected("The embedding service gave a vector that points nowhere.")
        self._dimensions = vectors.shape[1]
        unit: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        return unit
