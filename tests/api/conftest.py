"""One server over one small course for all tests that only ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.served import Served, ingest_lessons, served, settings_for, write_lessons
from tutor.adapters.onnx_embedder import OnnxEmbedder

# The hash embedder's vectors are too far from what coverage was fitted on for any answer.
EMBEDDER = OnnxEmbedder()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the course, ingested once; copy it before changing it."""
    folder = tmp_path_factory.mktemp("course")
    ingest_lessons(settings_for(folder / "data"), write_lessons(folder / "lessons"), embedder=EMBEDDER)
    return folder / "data"


@pytest.fixture(scope="session")
def server(published: Path) -> Iterator[Served]:
    """The server."""
    with served(settings_for(published), EMBEDDER) as running:
        yield running
