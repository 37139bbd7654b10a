"""A small course, indexed with the bundled embedder, to be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.pipeline import ingest
from tutor.adapters.bm25s_part import Bm25sPart
from tutor.adapters.onnx_embedder import OnnxEmbedder
from tutor.adapters.sql.courses import SqlCourses
from tutor.adapters.sql.database import open_database, sqlite_url
from tutor.adapters.tiktoken_counter import TiktokenCounter

COURSE = "networks"
LESSONS = {
    "01-frames.md": "# Frames\n\nA frame carries a packet over one link. Its checksum tells of lost bits.\n\n"
    "## Addresses\n\nA network card has an address of six bytes. A switch learns the port behind each address.",
    "02-tcp.md": "# TCP\n\nTCP numbers every byte it sends. A connection ends with a FIN segment.\n\n## Windows\n\n"
    "The *window* says how many bytes may be in flight before an acknowledgement arrives.",
    "03-names.md": "# Names\n\nA resolver turns a host name into an address. It keeps answers for their time to live.",
}


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a course of three lessons."""
    place = tmp_path_factory.mktemp("course")
    for name, text in LESSONS.items():
        path = place / "lessons" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    data = place / "data"
    engine = open_database(sqlite_url(data))
    # The commands search vectors by an exact scan: Chroma's part is not needed.
    parts = [Bm25sPart()]
    ingest(
        place / "lessons", COURSE, SqlCourses(engine), OnnxEmbedder(), TiktokenCounter(), data, parts, budget_tokens=60
    )
    engine.dispose()
    return data
