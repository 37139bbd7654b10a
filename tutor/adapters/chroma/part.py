"""The vectors of a generation's windows in Chroma: a directory inside its index, or a collection on a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tutor.index.files import IndexContent

if TYPE_CHECKING:
    from tutor.adapters.chroma.server import ChromaServer

NAME = "chroma"


class ChromaPart:
    """The `IndexPart` under `chroma/`, verified by another process against an exact scan of `windows.npy`."""

    def build(self, directory: Path, content: IndexContent) -> None:
        """Write the vectors of the windows; ids are the windows' ordinals."""
        # Imported here: an ingest that finds nothing new should not wait for it.
        from tutor.adapters.chroma.index import build

        build(directory / NAME, content.arrays.windows)

    def verify(self, directory: Path, content: IndexContent) -> str:
        """Why the collection does not find what an exact scan finds, or nothing."""
        from tutor.adapters.chroma.index import verify_elsewhere

        return verify_elsewhere(directory / NAME, directory / "windows.npy").reason

    def delete(self, course: str, generation: int) -> None:
        """Nothing: all of it lies in the index's directory."""


class ChromaServerPart:
    """The `IndexPart` on a Chroma server: one collection per generation."""

    def __init__(self, server: ChromaServer) -> None:
        self._server = server

    def build(self, directory: Path, content: IndexContent) -> None:
        """Fill a fresh collection; a good one stays as it is, for other machines may be reading it."""
        if self.verify(directory, content):
            self._server.build(content.course, str(content.generation), content.arrays.windows)

    def verify(self, directory: Path, content: IndexContent) -> str:
        """Why the collection does not find what an exact scan finds, or nothing."""
        return self._server.verify(content.course, str(content.generation), content.arrays.windows).reason

    def delete(self, course: str, generation: int) -> None:
        """Delete the collection, if it is there."""
        self._server.delete(course, str(generation))
