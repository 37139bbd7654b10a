"""A generation's vectors in a Chroma database of its own directory: built, verified elsewhere, then only read.

`python -m tutor.adapters.chroma.index verify DIRECTORY VECTORS.npy` prints a `Verification` as JSON and exits 0 if it
is good, 1 if not. A damaged database can crash the process that opens it, hence another one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from numpy.typing import NDArray

from tutor.adapters.chroma.collection import Verification, fill, nearest, opened, verified
from tutor.adapters.chroma.errors import translated, translating
from tutor.adapters.chroma.query_thread import QueryThread
from tutor.errors import TutorError, UpstreamUnavailable

COLLECTION = "chunks"


def build(directory: Path, vectors: NDArray[np.float32]) -> None:
    """Write a Chroma database of the vectors, shape (chunks, dimensions), into an empty directory.

    On return nothing holds the directory open: it may be renamed. Raises UpstreamUnavailable when it is not empty.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise UpstreamUnavailable(f"The directory {directory.name} for a new index is not empty.")
    with translating(), _opened(directory) as client:
        fill(client, COLLECTION, vectors)


def verify(directory: Path, vectors: NDArray[np.float32]) -> Verification:
    """Whether the database finds what an exact scan finds. Run it where a crash does no harm: `verify_elsewhere`."""
    try:
        with translating(), _opened(directory) as client:
            return verified(client.get_collection(COLLECTION, embedding_function=None), vectors)
    except TutorError as error:
        return Verification(False, error.message, 0, 0.0, 0)


def verify_elsewhere(
    directory: Path, vectors: NDArray[np.float32] | Path, timeout_seconds: float = 300.0
) -> Verification:
    """As `verify`, in another process; its crash or silence is a bad verdict.

    `vectors` may be the `.npy` file that holds them: a copy would be left behind when this process is killed.
    """
    if not isinstance(vectors, Path):
        with tempfile.TemporaryDirectory(prefix="verify-") as folder:
            copy = Path(folder, "vectors.npy")
            np.save(copy, vectors)
            return verify_elsewhere(directory, copy, timeout_seconds)
    file = vectors.resolve()
    command = [sys.executable, "-m", "tutor.adapters.chroma.index", "verify", str(directory.resolve()), str(file)]
    # The packages lie beside each other, wherever this process was started.
    home = str(Path(__file__).parents[3])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))}
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=timeout_seconds, check=False, cwd=file.parent, env=environment
        )
    except subprocess.TimeoutExpired:
        return Verification(False, f"verifying took longer than {timeout_seconds:.0f} s", 0, 0.0, 0)
    try:
        verdict = Verification(**json.loads(done.stdout.decode().splitlines()[-1]))
    except (ValueError, TypeError, IndexError):
        return Verification(False, f"verifying ended with status {done.returncode} and no verdict", 0, 0.0, 0)
    return verdict if verdict.good == (done.returncode == 0) else Verification(False, "no clear verdict", 0, 0.0, 0)


class ChromaIndex:
    """The `VectorIndex` over a built directory; it never writes vectors. Close it before the directory is deleted.

    One process may open a directory at a time. `thread` may be shared between indexes; its owner closes it.
    """

    def __init__(self, directory: Path, count: int, thread: QueryThread | None = None) -> None:
        """Raises IndexMismatch when there are not `count` vectors, UpstreamUnavailable when it cannot be opened."""
        self._count = count
        self._thread = thread or QueryThread()
        self._owns_thread = thread is None
        self._path = str(directory.resolve())
        try:
            with translating():
                self._client = _connected(self._path)
                try:
                    self._collection, self._dimensions = opened(self._client, COLLECTION, count)
                except BaseException:
                    _release(self._client, self._path)
                    raise
        except BaseException:
            self._close_own_thread()
            raise

    def __len__(self) -> int:
        return self._count

    def search(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ordinals of the `k` nearest vectors and their cosine similarities, best first.

        Raises IndexMismatch or ProviderRejected for a vector it cannot search by, Overloaded and TimedOut as the
        thread does, UpstreamUnavailable when the database fails, is damaged or is closed.
        """
        with translating():
            return self._thread.run(lambda: nearest(self._collection, vector, k, self._count, self._dimensions))

    def close(self) -> None:
        """Let go of the directory."""
        self._close_own_thread()
        _release(self._client, self._path)

    def _close_own_thread(self) -> None:
        if self._owns_thread:
            self._thread.close()


@contextmanager
def _opened(directory: Path) -> Iterator[Client]:
    path = str(directory.resolve())
    client = _connected(path)
    try:
        yield client
    finally:
        _release(client, path)


def _connected(path: str) -> Client:
    try:
        client = chromadb.PersistentClient(path, settings=Settings(anonymized_telemetry=False))
    except BaseException:
        # The library keeps what failed to start, and hands it to the next who opens this path.
        SharedSystemClient._identifier_to_system.pop(path, None)
        SharedSystemClient._identifier_to_refcount.pop(path, None)
        raise
    assert isinstance(client, Client)
    return client


def _release(client: Client, path: str, seconds: float = 2.0) -> None:
    """Close the client, and wait for the library's own threads: they close its files a moment later."""
    client.close()
    files = Path("/proc/self/fd")
    deadline = time.monotonic() + seconds
    while files.is_dir() and time.monotonic() < deadline:
        if not any(_target(file).startswith(path + os.sep) for file in files.iterdir()):
            return
        time.sleep(0.005)


def _target(file: Path) -> str:
    try:
        return str(file.readlink())
    except OSError:
        return ""


def _main(arguments: list[str]) -> int:
    if len(arguments) != 3 or arguments[0] != "verify":
        sys.stderr.write("usage: python -m tutor.adapters.chroma.index verify DIRECTORY VECTORS.npy\n")
        return 2
    try:
        verdict = verify(Path(arguments[1]), np.load(arguments[2], allow_pickle=False))
    except (OSError, ValueError) as error:
        verdict = Verification(False, translated(error).message, 0, 0.0, 0)
    sys.stdout.write(json.dumps(asdict(verdict)) + "\n")
    return 0 if verdict.good else 1


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
