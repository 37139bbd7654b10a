"""What every part of an index promises: what it has built it finds good, and what is damaged it finds bad."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.contracts.test_vector_index import server, some_vectors  # noqa: F401 - the fixture
from tutor.adapters.bm25s_part import Bm25sPart
from tutor.adapters.chroma.part import ChromaPart, ChromaServerPart
from tutor.adapters.chroma.server import ChromaServer
from tutor.index.files import IndexContent, UnitArrays, write_arrays
from tutor.index.lexicon import Lexicon
from tutor.index.protocols import IndexPart


class PartCase(NamedTuple):
    """A part, and a way to damage what it has built."""

    part: IndexPart
    damage: Callable[[Path, IndexContent], None]


@pytest.fixture(params=["bm25s", "chroma", "chroma server"])
def case(request: pytest.FixtureRequest) -> PartCase:
    """Each part in turn."""
    if request.param == "bm25s":
        return PartCase(Bm25sPart(), lambda directory, content: truncate(directory / "bm25s"))
    if request.param == "chroma":
        return PartCase(ChromaPart(), lambda directory, content: truncate(directory / "chroma"))
    remote: ChromaServer = request.getfixturevalue("server")
    return PartCase(ChromaServerPart(remote), lambda _, content: remote.delete(content.course, str(content.generation)))


def truncate(directory: Path) -> None:
    for path in directory.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def remove_folders(directory: Path) -> None:
    for path in directory.iterdir():
        if path.is_dir():
            shutil.rmtree(path)


def content_of(tmp_path: Path, generation: int = 1, count: int = 30) -> IndexContent:
    """Something to index; its arrays lie in `tmp_path`, as they do in a new index."""
    owners = np.arange(count, dtype=np.int32)
    nothing = np.empty(0, np.int32)
    sentences = np.empty((0, 16), np.float16)
    arrays = UnitArrays(some_vectors(count), owners, sentences, nothing, nothing, nothing)
    write_arrays(tmp_path, arrays)
    texts = tuple(f"lesson {number} of networks" for number in range(count))
    lexicon = Lexicon.of((), (), texts, (), str.split)
    return IndexContent(f"course-{tmp_path.name}", generation, "en", texts, arrays, lexicon)


def test_what_was_built_is_good(case: PartCase, tmp_path: Path) -> None:
    content = content_of(tmp_path)
    case.part.build(tmp_path, content)
    assert case.part.verify(tmp_path, content) == ""


def test_what_was_built_may_be_renamed(case: PartCase, tmp_path: Path) -> None:
    (tmp_path / "1.building").mkdir()
    content = content_of(tmp_path / "1.building")
    case.part.build(tmp_path / "1.building", content)
    (tmp_path / "1.building").rename(tmp_path / "1")
    assert case.part.verify(tmp_path / "1", content) == ""


def test_what_is_damaged_or_missing_is_bad_and_can_be_built_again(case: PartCase, tmp_path: Path) -> None:
    content = content_of(tmp_path)
    assert case.part.verify(tmp_path, content) != ""
    remove_folders(tmp_path)
    case.part.build(tmp_path, content)
    case.damage(tmp_path, content)
    assert case.part.verify(tmp_path, content) != ""
    remove_folders(tmp_path)
    case.part.build(tmp_path, content)
    assert case.part.verify(tmp_path, content) == ""


def test_another_number_of_chunks_is_bad(case: PartCase, tmp_path: Path) -> None:
    case.part.build(tmp_path, content_of(tmp_path))
    assert case.part.verify(tmp_path, content_of(tmp_path, count=31)) != ""


def test_deleting_what_is_not_there_is_no_error(case: PartCase, tmp_path: Path) -> None:
    content = content_of(tmp_path)
    case.part.delete(content.course, 1)
    case.part.build(tmp_path, content)
    case.part.delete(content.course, 1)
    case.part.delete(content.course, 1)


def test_a_good_collection_on_a_server_stays_for_those_who_read_it(
    server: ChromaServer,  # noqa: F811
    tmp_path: Path,
) -> None:
    content = content_of(tmp_path)
    part = ChromaServerPart(server)
    part.build(tmp_path, content)
    reader = server.open(content.course, "1", 30)
    part.build(tmp_path, content)
    assert len(reader.search(content.arrays.windows[3], 5)[0]) == 5
    reader.close()
