"""Text → the tokens that a lexical index counts: words stemmed, identifiers whole and in parts.

Letters are written out, not properties of `regex`: its `\\w` differs from Python's in 30,468 code points, its scripts
without spaces from ours in 76,521.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

import Stemmer  # type: ignore[import-not-found]

from tutor.text.language_tags import primary_subtag

VERSION = 1
"""Rises with every change of what `tokens` gives; an index counted by another version must be built again."""

_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

# Only words that say nothing in any question. Question words stay (what and how differ), and so do the words that
# programs are made of: for, if, this, while, not.
_STOP_WORDS = {
    "en": "a an the of to in on at by is are was were be been am it its that and or i you your my me we our they their",
    "es": "el la los las un una unos unas de del a al en y o u e es son era que se su sus lo le les mi tu te me nos",
    "fr": "le la les un une des de du à au aux en et ou est sont était que qui se sa son ses ce cet cette ces je tu il "
    "elle nous vous on me te l d j m t s n c qu",
    "de": "der die das den dem des ein eine einen einem einer eines und oder ist sind war zu im in am an auf es sich "
    "ich du er sie wir ihr mein dein",
    "pt": "o a os as um uma uns umas de do da dos das em no na nos nas e ou é são era que se seu sua seus suas me te "
    "eu ao à",
}

# What Python counts as part of a word, and the vowel signs of Indic, Arabic, Hebrew and other scripts, which it
# does not.
_LETTER = (
    r"[\w\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    r"\u06ea-\u06ed\u0900-\u0963\u0966-\u0df3\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3]"
)
# A run of word characters, joined by what identifiers and names are joined by, with what may stand before it in code
# (`.card`, `#main`, `:hover`, `::before`, `@media`, `$scope`, `--save`) and after it (`C++`, `C#`).
_TERM = re.compile(
    rf"(?:(?<![\w.])\.|(?<![\w#])#|(?<![\w@])@|(?<![\w$])\$|(?<!:)::?|(?<!\S)--?)?"
    rf"{_LETTER}+(?:(?:[-.'’+]|::){_LETTER}+)*(?:\+\+|#(?!\w))?"
)
_PART = re.compile(rf"(?:(?!_){_LETTER})+(?:['’](?:(?!_){_LETTER})+)*")
_HUMP = re.compile(r"(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])")
# Scripts without spaces between words: they are counted by pairs of characters.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
# Accents on Latin, Greek and Cyrillic letters, and Arabic vowel signs; other scripts' marks are part of their words.
_ACCENTS = re.compile(r"[\u0300-\u036f\u0640\u064b-\u065f\u0670]")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|dell|nell|sull|all|un)['’](?=\w)", re.IGNORECASE)
_ELIDING = frozenset({"fr", "it", "ca"})
# Digests and encoded data are not searched for.
_LONGEST = 60
_REMEMBERED = 100_000


class Words:
    """The tokens of texts in one language, given by its code (`en`, `pt-BR`); an unknown language is not stemmed.

    Safe to use from several threads.
    """

    def __init__(self, language: str) -> None:
        self.language = primary_subtag(language)
        algorithm = _ALGORITHMS.get(self.language)
        self._stemmer = Stemmer.Stemmer(algorithm) if algorithm else None
        # A stemmer has one buffer, and must not be shared between threads.
        self._lock = threading.Lock()
        self._stop_words = frozenset(_STOP_WORDS.get(self.language, "").split())
        self._remembered: dict[str, tuple[str, ...]] = {}

    def tokens(self, text: str) -> list[str]:
        """The tokens in order of the text: lower case, without accents, stemmed.

        An identifier gives itself and then its parts: `useState` → `usestat use state`, `box-sizing` →
        `box-sizing box size`. Text that holds no word gives nothing.
        """
        found: list[str] = []
        for match in _TERM.finditer(unicodedata.normalize("NFKC", text)):
            term = match.group()
            tokens = self._remembered.get(term)
            if tokens is None:
                tokens = self._of_term(term)
                if len(term) <= _LONGEST and len(self._remembered) < _REMEMBERED:
                    self._remembered[term] = tokens
            found.extend(tokens)
        return found

    def _of_term(self, term: str) -> tuple[str, ...]:
        if _UNSPACED.search(term):
            return tuple(token for piece in _pieces(term) for token in self._of_piece(piece))
        if self.language in _ELIDING:
            term = _ELISION.sub("", term)
        parts = [hump for part in _PART.findall(term) for hump in _HUMP.split(part)]
        whole = term.lower()
        if parts == [term]:
            return () if whole in self._stop_words else self._short(self._stem(whole))
        # A whole without joints, as useState, is stemmed: someone will type it as one plain word.
        whole = self._stem(whole) if whole.isalnum() else _folded(whole.replace("’", "'")).rstrip("'")
        return self._short(*dict.fromkeys([whole, *(self._stem(part.lower()) for part in parts)]))

    def _of_piece(self, piece: str) -> tuple[str, ...]:
        if not _UNSPACED.match(piece):
            return self._of_term(piece)
        return tuple(piece[start : start + 2] for start in range(max(1, len(piece) - 1)))

    def _stem(self, word: str) -> str:
        word = word.replace("’", "'")
        if self.language == "pt":
            # Typed without accents, as students do, its commonest endings are unknown to the stemmer.
            word = re.sub(r"cao$", "ção", re.sub(r"coes$", "ções", word))
        if self._stemmer is not None:
            with self._lock:
                word = self._stemmer.stemWord(word)
        return _folded(word)

    @staticmethod
    def _short(*tokens: str) -> tuple[str, ...]:
        return tuple(token for token in tokens if 0 < len(token) <= _LONGEST)


def _pieces(term: str) -> list[str]:
    """The stretches of a term with and without spaces between words; what joined them is dropped."""
    pieces: list[str] = []
    end = 0
    for match in _UNSPACED.finditer(term):
        pieces += [term[end : match.start()], match.group()]
        end = match.end()
    return [piece for piece in [*pieces, term[end:]] if any(letter.isalnum() for letter in piece)]


@lru_cache(maxsize=10_000)
def _folded(word: str) -> str:
    if word.isascii():
        return word
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", word)))
