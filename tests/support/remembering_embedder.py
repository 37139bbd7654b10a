"""The bundled embedder with a memory on disk, so that a change of code does not embed the sample course again."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tutor.adapters.onnx_embedder import OnnxEmbedder


class RememberingEmbedder(OnnxEmbedder):
    """Keeps every vector in a SQLite file at `path`, under the model and the text's digest."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._memory = sqlite3.connect(path, isolation_level=None, timeout=60)
        self._memory.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)")

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """What the bundled embedder gives, asked only for texts that were never seen."""
        keys = [hashlib.sha256(f"{self.model}\0{text}".encode("utf-8", "surrogatepass")).digest() for text in texts]
        known: dict[bytes, bytes] = {}
        for key in keys:
            row = self._memory.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
            if row:
                known[key] = row[0]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            rows = super().embed(list(missing.values()))
            known |= {key: row.tobytes() for key, row in zip(missing, rows, strict=True)}
            self._memory.executemany(
                "INSERT OR IGNORE INTO vectors VALUES (?, ?)", [(key, known[key]) for key in missing]
            )
        return np.stack([np.frombuffer(known[key], np.float32) for key in keys])
