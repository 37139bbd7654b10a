"""The sample course, indexed once with the bundled embedder, and tiny courses with the hash embedder."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.pipeline import ingest
from ingest.report import Report
from tests.support.courses import open_course
from tests.support.hash_embedder import HashEmbedder
from tests.support.reach import is_whole
from tests.support.remembering_embedder import RememberingEmbedder
from tutor.adapters.bm25s_index import Bm25sIndex
from tutor.adapters.bm25s_part import NAME as WORDS
from tutor.adapters.bm25s_part import Bm25sPart
from tutor.adapters.exact_index import ExactIndex
from tutor.adapters.sql.courses import SqlCourses
from tutor.adapters.sql.database import open_database, sqlite_url
from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.index.course_index import CourseIndex
from tutor.index.files import index_directory, read_arrays
from tutor.index.protocols import Embedder
from tutor.pipeline.course_tutor import CourseTutor

ROOT = Path(__file__).parents[1]
SAMPLE = "ai-system-design"
COURSE = "tiny"
# What decides the index of the sample course; the rest of `tutor` only reads it.
_DECIDING = (
    "corpus/**/*.md", "corpus/course.yaml", "ingest/**/*.py", "tutor/adapters/*.py", "tutor/adapters/sql/**/*.py",
    "tutor/index/*.py", "tutor/models.py", "tutor/text/*.py",
)  # fmt: skip

_KEPT_SECONDS = 86_400

TinyCourse = Callable[..., CourseTutor]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each test goes to whichever process is free; but a module of pages to one, for its browser and its servers."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    # The groups that xdist has for this do nothing under pytest 9.2.
    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return nodeid.partition("::")[0] if nodeid.startswith("tests/pages/") else nodeid

    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make unit` leaves out what is marked here."""
    for item in items:
        if isinstance(item, pytest.Function) and is_whole(item):
            item.add_marker(pytest.mark.whole)


def index_course(folder: Path, course: str, data_dir: Path, embedder: Embedder, budget_tokens: int = 400) -> Report:
    """Ingest a folder; vectors are searched by an exact scan, so Chroma's part is not needed."""
    engine = open_database(sqlite_url(data_dir))
    try:
        parts = [Bm25sPart()]
        counter = TiktokenCounter()
        courses = SqlCourses(engine)
        return ingest(folder, course, courses, embedder, counter, data_dir, parts, budget_tokens=budget_tokens)
    finally:
        engine.dispose()


def open_tiny(data_dir: Path, embedder: Embedder) -> CourseIndex:
    """The live generation of a tiny course."""
    engine = open_database(sqlite_url(data_dir))
    try:
        store = SqlCourses(engine)
        build = store.build(store.live(COURSE).id)
    finally:
        engine.dispose()
    directory = index_directory(data_dir, COURSE, build.generation.id)
    vectors = ExactIndex(read_arrays(directory).windows)
    return CourseIndex.read(directory, build, vectors, Bm25sIndex.load(directory / WORDS))


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """The data folder of the sample course: embedded by whichever process comes first, read by all others."""
    cache = ROOT / ".data" / "test-cache"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place = cache / _digest()
        if not place.exists():
            for old in cache.glob("sample-*"):
                # Another run, of other files, may be reading the younger ones.
                if time.time() - old.stat().st_mtime > _KEPT_SECONDS:
                    shutil.rmtree(old, ignore_errors=True)
            fresh = cache / "unfinished"
            shutil.rmtree(fresh, ignore_errors=True)
            index_course(ROOT / "corpus", SAMPLE, fresh, RememberingEmbedder(cache / "vectors.db"))
            fresh.rename(place)
    return place


def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _DECIDING for path in ROOT.glob(pattern)):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"sample-{digest.hexdigest()[:16]}"


@pytest.fixture(scope="session")
def sample(sample_data: Path) -> CourseTutor:
    """The tutor of the sample course."""
    embedder, index = open_course(sample_data, SAMPLE)
    return CourseTutor(index, embedder)


@pytest.fixture
def tiny(tmp_path: Path) -> TinyCourse:
    """Makes the tutor of a course from lessons by path; further files, as `course.yaml`, are welcome."""
    made = 0

    def make(lessons: dict[str, str], embedder: Embedder | None = None, budget_tokens: int = 60) -> CourseTutor:
        nonlocal made
        made += 1
        folder, data_dir = tmp_path / f"lessons{made}", tmp_path / f"data{made}"
        for name, text in lessons.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        embedder = embedder or HashEmbedder()
        index_course(folder, COURSE, data_dir, embedder, budget_tokens)
        return CourseTutor(open_tiny(data_dir, embedder), embedder)

    return make
