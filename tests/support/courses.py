"""A published course opened for measuring, without a server."""

from __future__ import annotations

from pathlib import Path

from tutor.adapters.bm25s_index import Bm25sIndex
from tutor.adapters.bm25s_part import NAME as WORDS
from tutor.adapters.exact_index import ExactIndex
from tutor.adapters.onnx_embedder import OnnxEmbedder
from tutor.adapters.sql.courses import SqlCourses
from tutor.adapters.sql.database import open_database, sqlite_url
from tutor.index.course_index import CourseIndex
from tutor.index.files import index_directory, read_arrays


def open_course(data_dir: Path, course: str) -> tuple[OnnxEmbedder, CourseIndex]:
    """The bundled embedder, and the live generation of `course`, its vectors searched by an exact scan."""
    engine = open_database(sqlite_url(data_dir))
    try:
        store = SqlCourses(engine)
        build = store.build(store.live(course).id)
    finally:
        engine.dispose()
    directory = index_directory(data_dir, course, build.generation.id)
    vectors = ExactIndex(read_arrays(directory).windows)
    return OnnxEmbedder(), CourseIndex.read(directory, build, vectors, Bm25sIndex.load(directory / WORDS))
