"""Ingests a folder and kills its own process group at a chosen moment: `crash_driver FOLDER DATA POINT COUNT DELAY`.

A moment is DELAY seconds after POINT was reached for the COUNT-th time. Points are the steps of the progress, and
the calls of the store and of the index's parts.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest import embedding
from ingest.pipeline import ingest
from tests.support.hash_embedder import HashEmbedder
from tutor.adapters.bm25s_part import Bm25sPart
from tutor.adapters.chroma.part import ChromaPart
from tutor.adapters.sql.courses import SqlCourses
from tutor.adapters.sql.database import open_database, sqlite_url
from tutor.adapters.tiktoken_counter import TiktokenCounter

BUDGET_TOKENS = 60
POINTS = (
    "load", "begin_generation", "vectors_of", "embed", "add_vectors", "build", "ChromaPart.build", "Bm25sPart.build",
    "verify", "ChromaPart.verify", "Bm25sPart.verify", "publish", "clean", "delete_generation",
)  # fmt: skip
_CALLS = ("begin_generation", "vectors_of", "add_vectors", "publish", "delete_generation")


class Fuse:
    """Burns down when `point` is reached for the `count`-th time, `delay_seconds` later."""

    def __init__(self, point: str, count: int, delay_seconds: float) -> None:
        self._point = point
        self._left = count
        self._delay_seconds = delay_seconds

    def reached(self, point: str) -> None:
        """Tell that a point is reached."""
        if point == self._point:
            self._left -= 1
            if self._left == 0 and self._delay_seconds > 0:
                threading.Timer(self._delay_seconds, kill).start()
            elif self._left == 0:
                kill()

    def before(self, point: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call`, which tells that `point` is reached when it begins."""

        def told(*args: Any, **options: Any) -> Any:
            self.reached(point)
            return call(*args, **options)

        return told


def kill() -> None:
    """End this process and all it has started, without a chance to tidy up."""
    os.killpg(0, signal.SIGKILL)


def main(folder: str, data_dir: str, point: str, count: str, delay_seconds: str) -> None:
    """Ingest, and die on the way; with a point that is never reached, to the end."""
    embedding._BATCH = 16  # so that there are several
    fuse = Fuse(point, int(count), float(delay_seconds))
    store: Any = SqlCourses(open_database(sqlite_url(Path(data_dir))))
    for name in _CALLS:
        setattr(store, name, fuse.before(name, getattr(store, name)))
    parts: list[Any] = [ChromaPart(), Bm25sPart()]
    for part in parts:
        for name in ("build", "verify"):
            setattr(part, name, fuse.before(f"{type(part).__name__}.{name}", getattr(part, name)))
    ingest(
        Path(folder),
        "networks",
        store,
        HashEmbedder(),
        TiktokenCounter(),
        Path(data_dir),
        parts,
        budget_tokens=BUDGET_TOKENS,
        progress=lambda progress: fuse.reached(progress.step),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
