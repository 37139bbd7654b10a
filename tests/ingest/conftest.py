"""A course to ingest, and everything an ingest needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from ingest.pipeline import ingest
from ingest.report import Progress, Report
from tests.support.hash_embedder import HashEmbedder
from tutor.adapters.bm25s_part import Bm25sPart
from tutor.adapters.sql.courses import SqlCourses
from tutor.adapters.sql.database import open_database, sqlite_url
from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.index.files import IndexContent, UnitArrays, index_directory, read_arrays
from tutor.index.protocols import IndexPart


@dataclass
class Workplace:
    """A folder of lessons, a store and an embedder, for the course `networks`."""

    folder: Path
    data_dir: Path
    engine: Engine
    embedder: HashEmbedder = field(default_factory=HashEmbedder)
    # Chroma takes two seconds per ingest; what is tested here with bm25s alone does not depend on it.
    parts: list[IndexPart] = field(default_factory=lambda: [Bm25sPart()])
    steps: list[Progress] = field(default_factory=list)

    @property
    def store(self) -> SqlCourses:
        """The store."""
        return SqlCourses(self.engine)

    def write(self, name: str, text: str | bytes) -> None:
        """Put a file into the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    def ingest(self, **options: Any) -> Report:
        """Ingest the folder, with a budget of 60 tokens unless told."""
        self.embedder.embedded.clear()
        options = {"budget_tokens": 60, "progress": self.steps.append, **options}
        path = self.folder
        return ingest(
            path, "networks", self.store, self.embedder, TiktokenCounter(), self.data_dir, self.parts, **options
        )

    def directory(self, generation: int) -> Path:
        """Where a generation's index lies."""
        return index_directory(self.data_dir, "networks", generation)

    def arrays(self, generation: int) -> UnitArrays:
        """What an index holds."""
        return read_arrays(self.directory(generation))

    def indexes(self) -> list[str]:
        """The names beside the lock, in order."""
        course = self.data_dir / "indexes" / "networks"
        return sorted(path.name for path in course.iterdir() if path.name != "lock") if course.exists() else []


class BrokenPart:
    """A part that is built and then does not find what it should."""

    def build(self, directory: Path, content: IndexContent) -> None:
        """Nothing."""

    def verify(self, directory: Path, content: IndexContent) -> str:
        """What is wrong."""
        return "it finds nothing"

    def delete(self, course: str, generation: int) -> None:
        """Nothing."""


LESSONS = {
    "01-basics/01-bits.md": "# Bits\n\nA bit is zero or one. Eight of them are a byte, written as two hex digits.",
    "01-basics/02-frames.md": "# Frames\n\nA frame carries a packet over one link. Its checksum tells of lost bits.\n\n"
    "## Addresses\n\nA network card has an address of six bytes. Switches learn behind which port each address lives.",
    "02-transport/01-tcp.md": "# TCP\n\nTCP numbers every byte. A connection ends with FIN.\n\n## Windows\n\n"
    "The window says how many bytes may be in flight.\n\n```\nSYN, SYN-ACK, ACK\n```",
}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    """A course of three lessons that has not been ingested."""
    engine = open_database(sqlite_url(tmp_path / "data"))
    place = Workplace(tmp_path / "lessons", tmp_path / "data", engine)
    for name, text in LESSONS.items():
        place.write(name, text)
    yield place
    engine.dispose()
