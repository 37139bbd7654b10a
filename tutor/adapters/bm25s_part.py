"""The words of a generation's chunks, as a bm25s index inside its index."""

from __future__ import annotations

from pathlib import Path

from tutor.errors import IndexMismatch
from tutor.index.files import IndexContent

NAME = "bm25s"


class Bm25sPart:
    """The `IndexPart` under `bm25s/`."""

    def build(self, directory: Path, content: IndexContent) -> None:
        """Count the words of the chunks' texts, in the course's language."""
        from tutor.adapters.bm25s_index import Bm25sIndex

        Bm25sIndex(content.texts, content.language).save(directory / NAME)

    def verify(self, directory: Path, content: IndexContent) -> str:
        """Why the saved index does not hold all texts, or nothing."""
        from tutor.adapters.bm25s_index import Bm25sIndex

        try:
            held = len(Bm25sIndex.load(directory / NAME))
        except IndexMismatch as error:
            return error.message
        return "" if held == len(content.texts) else f"it holds {held} texts, {len(content.texts)} are expected"

    def delete(self, course: str, generation: int) -> None:
        """Nothing: all of it lies in the index's directory."""
