"""What every VectorIndex promises: an exact scan, a Chroma directory and a Chroma server must agree."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from chromadb import errors
from chromadb.api.shared_system_client import SharedSystemClient
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.support.waiting import eventually, no_hang
from tutor.adapters.chroma.errors import translated, translating
from tutor.adapters.chroma.index import ChromaIndex, build, verify, verify_elsewhere
from tutor.adapters.chroma.query_thread import QueryThread
from tutor.adapters.chroma.server import ChromaServer
from tutor.adapters.exact_index import ExactIndex
from tutor.errors import (
    ConfigurationError,
    IndexMismatch,
    NotFound,
    Overloaded,
    ProviderRejected,
    TimedOut,
    TutorError,
    UpstreamUnavailable,
)
from tutor.index.protocols import VectorIndex

Matrix = NDArray[np.float32]
Opener = Callable[[Matrix], VectorIndex]


def some_vectors(count: int, dimensions: int = 16, seed: int = 0) -> Matrix:
    vectors = np.random.default_rng(seed).normal(size=(count, dimensions))
    unit: Matrix = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


@pytest.fixture(scope="session")
def server() -> Iterator[ChromaServer]:
    """The server that `chromadb` ships, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tempfile.mkdtemp(prefix="chroma-")
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", folder, "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
    )

    def beats() -> bool:
        assert process.poll() is None, "the Chroma server ended"
        with suppress(httpx.HTTPError):
            return httpx.get(f"http://127.0.0.1:{port}/api/v2/heartbeat", timeout=1).is_success
        return False

    try:
        eventually(beats, "the Chroma server's first heartbeat")
        yield ChromaServer(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


@pytest.fixture(params=["exact", "chroma", "chroma server"])
def open_index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    closing: list[Callable[[], None]] = []

    def opener(vectors: Matrix) -> VectorIndex:
        if request.param == "exact":
            return ExactIndex(vectors)
        index: Any
        if request.param == "chroma":
            directory = tmp_path / str(len(closing))
            build(directory, vectors)
            index = ChromaIndex(directory, len(vectors))
        else:
            remote: ChromaServer = request.getfixturevalue("server")
            generation = f"{tmp_path.name}-{len(closing)}"
            remote.build("course", generation, vectors)
            index = remote.open("course", generation, len(vectors))
        closing.append(index.close)
        return index  # type: ignore[no-any-return]

    yield opener
    for close in closing:
        close()


def test_a_stored_vector_finds_itself_first(open_index: Opener) -> None:
    vectors = some_vectors(40)
    index = open_index(vectors)
    assert len(index) == 40
    for ordinal in (0, 17, 39):
        found, similarities = index.search(vectors[ordinal], 3)
        assert found[0] == ordinal
        assert similarities[0] == pytest.approx(1, abs=1e-5)


def test_what_is_found_comes_best_first_with_its_cosine(open_index: Opener) -> None:
    vectors = some_vectors(200)
    index = open_index(vectors)
    query = some_vectors(1, seed=1)[0]
    found, similarities = index.search(5 * query, 20)
    assert found.dtype == np.int64
    assert similarities.dtype == np.float32
    np.testing.assert_array_equal(found, np.argsort(-(vectors @ query))[:20])
    np.testing.assert_allclose(similarities, (vectors @ query)[found], atol=1e-5)


def test_of_equal_vectors_the_lower_ordinal_comes_first(open_index: Opener) -> None:
    one = some_vectors(1)
    index = open_index(np.concatenate([some_vectors(3, seed=2), np.repeat(one, 7, axis=0)]))
    np.testing.assert_array_equal(index.search(one[0], 7)[0], np.arange(3, 10))


@pytest.mark.parametrize("k", [0, -1, 1, 5, 6, 1_000])
def test_there_are_as_many_as_asked_for_or_as_there_are(open_index: Opener, k: int) -> None:
    found, similarities = open_index(some_vectors(5)).search(some_vectors(1)[0], k)
    assert len(found) == len(similarities) == len(set(found.tolist())) == max(0, min(k, 5))


def test_an_empty_index_finds_nothing(open_index: Opener) -> None:
    index = open_index(np.empty((0, 16), np.float32))
    assert len(index) == 0
    assert [len(part) for part in index.search(some_vectors(1)[0], 5)] == [0, 0]


def test_an_index_of_one_finds_it(open_index: Opener) -> None:
    assert open_index(some_vectors(1)).search(some_vectors(1, seed=3)[0], 5)[0].tolist() == [0]


@pytest.mark.parametrize("shape", [(15,), (17,), (1, 16), ()])
def test_a_query_of_other_dimensions_is_a_mismatch(open_index: Opener, shape: tuple[int, ...]) -> None:
    with pytest.raises(IndexMismatch):
        open_index(some_vectors(5)).search(np.ones(shape, np.float32), 3)


@pytest.mark.parametrize("number", [0.0, np.nan, np.inf])
def test_a_query_that_points_nowhere_is_refused(open_index: Opener, number: float) -> None:
    index = open_index(some_vectors(5))
    with pytest.raises(ProviderRejected):
        index.search(np.full(16, number, np.float32), 3)


def test_vectors_that_point_nowhere_are_not_indexed(open_index: Opener) -> None:
    vectors = some_vectors(3)
    vectors[1] = np.nan
    with pytest.raises(ProviderRejected):
        open_index(vectors)


def test_threads_get_their_own_answers(open_index: Opener) -> None:
    vectors = some_vectors(50)
    index = open_index(vectors)
    wrong: list[int] = []

    def ask(ordinal: int) -> None:
        if index.search(vectors[ordinal], 1)[0].tolist() != [ordinal]:
            wrong.append(ordinal)

    threads = [threading.Thread(target=ask, args=(ordinal,)) for ordinal in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60), st.integers(2, 12), st.integers(1, 12), st.integers(0, 2**32 - 1), st.booleans())
def test_chroma_agrees_with_the_exact_scan(count: int, dimensions: int, k: int, seed: int, copies: bool) -> None:
    vectors = some_vectors(count, dimensions, seed)
    if copies:
        vectors[count // 2 :] = vectors[0]
    query = some_vectors(1, dimensions, seed + 1)[0]
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), vectors)
        index = ChromaIndex(Path(folder), count)
        try:
            _, similarities = index.search(query, k)
            _, expected = ExactIndex(vectors).search(query, k)
            np.testing.assert_allclose(similarities, expected, atol=1e-5)
        finally:
            index.close()


# A directory's life: built, verified, renamed, opened, deleted.


def test_a_good_build_is_verified_in_another_process(tmp_path: Path) -> None:
    vectors = some_vectors(300)
    build(tmp_path / "new", vectors)
    (tmp_path / "new").rename(tmp_path / "live")
    verdict = verify_elsewhere(tmp_path / "live", vectors)
    assert (verdict.good, verdict.count, verdict.probed) == (True, 300, 300), verdict.reason
    assert verdict.recall >= 0.99


def test_a_large_build_is_sampled(tmp_path: Path) -> None:
    vectors = some_vectors(2_500)
    build(tmp_path, vectors)
    verdict = verify(tmp_path, vectors)
    assert (verdict.good, verdict.probed) == (True, 500), verdict.reason


def test_copies_of_a_vector_do_not_spoil_a_verdict(tmp_path: Path) -> None:
    vectors = np.repeat(some_vectors(4), 30, axis=0)
    build(tmp_path, vectors)
    assert verify(tmp_path, vectors).good


@pytest.mark.parametrize("change", ["fewer", "more", "other", "one other", "slightly other", "swapped"])
def test_an_index_of_other_vectors_is_not_good(tmp_path: Path, change: str) -> None:
    vectors = some_vectors(100)
    build(tmp_path, vectors)
    one_other = vectors.copy()
    one_other[50] = some_vectors(1, seed=9)[0]
    wanted = {
        "fewer": vectors[:-1],
        "more": some_vectors(101),
        "other": some_vectors(100, seed=5),
        "one other": one_other,
        "slightly other": vectors + 0.002 * some_vectors(100, seed=7) * 4,
        "swapped": vectors[::-1],
    }[change]
    verdict = verify(tmp_path, np.ascontiguousarray(wanted))
    assert not verdict.good
    assert verdict.reason


def test_the_command_prints_json_and_fails_for_a_bad_index(tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", some_vectors(20))
    command = [sys.executable, "-m", "tutor.adapters.chroma.index", "verify", str(tmp_path / "db")]
    for count, status in ((20, 0), (19, 1)):
        build(tmp_path / "db", some_vectors(count))
        done = subprocess.run([*command, str(tmp_path / "vectors.npy")], capture_output=True, check=False)
        assert done.returncode == status, done.stderr
        assert json.loads(done.stdout)["count"] == count
        shutil.rmtree(tmp_path / "db")


def test_a_crash_while_verifying_is_a_bad_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crasher = tmp_path / "python"
    crasher.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crasher.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(crasher))
    verdict = verify_elsewhere(tmp_path, some_vectors(3))
    assert not verdict.good
    assert "-11" in verdict.reason


def test_a_build_wants_an_empty_directory(tmp_path: Path) -> None:
    build(tmp_path, some_vectors(3))
    with pytest.raises(UpstreamUnavailable, match="not empty"):
        build(tmp_path, some_vectors(3))


def test_an_index_with_another_count_is_a_mismatch(tmp_path: Path) -> None:
    build(tmp_path, some_vectors(10))
    with pytest.raises(IndexMismatch, match="10 vectors, 11"):
        ChromaIndex(tmp_path, 11)


def test_a_directory_without_an_index_is_no_index(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        ChromaIndex(tmp_path, 1)


def test_everything_is_let_go_of_when_closed(tmp_path: Path) -> None:
    threads = threading.active_count()
    for turn in range(3):
        directory = tmp_path / str(turn)
        build(directory, some_vectors(50))
        index = ChromaIndex(directory, 50)
        index.search(some_vectors(1)[0], 5)
        index.close()
        index.close()
        with pytest.raises(UpstreamUnavailable):
            index.search(some_vectors(1)[0], 5)
        shutil.rmtree(directory)
    links = [str(file.readlink()) for file in Path("/proc/self/fd").iterdir() if file.is_symlink()]
    assert not [link for link in links if link.startswith(str(tmp_path))]
    assert not [path for path in SharedSystemClient._identifier_to_system if path.startswith(str(tmp_path))]
    assert threading.active_count() == threads


@pytest.mark.parametrize(
    ("damaged", "how"),
    [
        ("header.bin", "truncated"),
        ("header.bin", "gone"),
        ("data_level0.bin", "truncated"),
        ("data_level0.bin", "overwritten"),
        ("index_metadata.pickle", "overwritten"),
        ("chroma.sqlite3", "truncated"),
    ],
)
def test_a_damaged_index_is_noticed_and_never_answers_wrongly(tmp_path: Path, damaged: str, how: str) -> None:
    vectors = some_vectors(200)
    build(tmp_path, vectors)
    file = next(tmp_path.rglob(damaged))
    size = file.stat().st_size
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(b"" if how == "truncated" else os.urandom(size))
    # In another process: some of these crash whoever opens them.
    assert not verify_elsewhere(tmp_path, vectors).good


def test_what_failed_to_open_opens_once_it_is_repaired(tmp_path: Path) -> None:
    vectors = some_vectors(20)
    (tmp_path / "chroma.sqlite3").write_bytes(os.urandom(8_192))
    with pytest.raises(TutorError):
        ChromaIndex(tmp_path, 20)
    for file in tmp_path.iterdir():
        file.unlink()
    build(tmp_path, vectors)
    index = ChromaIndex(tmp_path, 20)
    assert index.search(vectors[3], 1)[0].tolist() == [3]
    index.close()


# The one thread that asks.


def test_a_full_queue_says_no_at_once() -> None:
    thread = QueryThread(max_waiting=2, timeout_seconds=5)
    begun, end = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        end.wait(5)

    askers = [threading.Thread(target=thread.run, args=(call,)) for call in (slow, end.wait)]
    for asker in askers:
        asker.start()
    assert begun.wait(5)
    eventually(lambda: not thread._room._value, "the queue's being full")
    with pytest.raises(Overloaded) as caught:
        thread.run(lambda: None)
    assert caught.value.retry_after_seconds
    end.set()
    for asker in askers:
        asker.join()
    assert thread.run(lambda: 7) == 7
    thread.close()


def test_a_search_that_takes_too_long_is_given_up() -> None:
    thread = QueryThread(timeout_seconds=0.05)
    end = threading.Event()
    with pytest.raises(TimedOut):
        thread.run(lambda: end.wait(5))
    end.set()
    thread.close()


# The server.


def test_a_server_holds_one_collection_per_generation(server: ChromaServer) -> None:
    vectors = some_vectors(30)
    for generation in ("g1", "g2"):
        server.build("history", generation, vectors)
    assert {"history-g1", "history-g2"} <= set(server.collections())
    assert server.verify("history", "g2", vectors).good
    assert not server.verify("history", "g2", some_vectors(30, seed=1)).good
    server.delete("history", "g1")
    server.delete("history", "g1")
    assert "history-g1" not in server.collections()
    assert not server.verify("history", "g1", vectors).good
    with pytest.raises(NotFound):
        server.open("history", "g1", 30)
    with pytest.raises(IndexMismatch):
        server.open("history", "g2", 31)


def test_a_server_is_let_go_of_when_closed(server: ChromaServer) -> None:
    before = dict(SharedSystemClient._identifier_to_system)
    server.build("music", "g1", some_vectors(3))
    index = server.open("music", "g1", 3)
    index.close()
    index.close()
    with pytest.raises(UpstreamUnavailable):
        index.search(some_vectors(1)[0], 1)
    assert SharedSystemClient._identifier_to_system == before


def test_a_build_replaces_what_an_interrupted_one_left(server: ChromaServer) -> None:
    server.build("maths", "g1", some_vectors(10))
    server.build("maths", "g1", some_vectors(12))
    index = server.open("maths", "g1", 12)
    assert len(index) == 12
    index.close()


def test_a_collection_that_is_deleted_under_its_reader_is_not_found(server: ChromaServer) -> None:
    server.build("art", "g1", some_vectors(10))
    index = server.open("art", "g1", 10)
    server.delete("art", "g1")
    with pytest.raises(NotFound):
        index.search(some_vectors(1)[0], 3)
    index.close()


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(UpstreamUnavailable):
        ChromaServer("http://127.0.0.1:9").open("course", "g1", 1)


def test_a_server_that_says_nothing_times_out() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with no_hang("a call that has 0.2 seconds", 8), pytest.raises(TimedOut):
            ChromaServer(url, timeout_seconds=0.2).open("course", "g1", 1)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://chroma", "http://"])
def test_an_address_that_is_none_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(ConfigurationError):
        ChromaServer(url)


# Errors.


@pytest.mark.parametrize(
    "failure",
    [
        found
        for _, found in inspect.getmembers(errors, inspect.isclass)
        if issubclass(found, errors.ChromaError) and not inspect.isabstract(found)
    ],
    ids=lambda failure: str(failure.__name__),
)
def test_every_exception_of_the_library_is_translated(failure: type[errors.ChromaError]) -> None:
    error = translated(failure("a message"))
    assert type(error) not in (TutorError, UpstreamUnavailable) or failure is errors.InternalError
    assert "a message" not in error.message


@pytest.mark.parametrize(
    "raised", [Exception("bare"), ValueError(), AttributeError(), KeyError(), httpx.ConnectError("x"), OSError()]
)
def test_what_else_the_library_raises_is_translated(raised: Exception) -> None:
    with pytest.raises(UpstreamUnavailable) as caught, translating():
        raise raised
    assert caught.value.__cause__ is raised


def test_a_panic_of_the_library_is_translated_and_an_interrupt_is_not() -> None:
    panic = type("PanicException", (BaseException,), {})
    with pytest.raises(UpstreamUnavailable), translating():
        raise panic("rust")
    with pytest.raises(KeyboardInterrupt), translating():
        raise KeyboardInterrupt
