"""What a search shows of the passages that it found: the sentences that fit, with the words that were looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tutor.models import Passage
from tutor.text.plain import plain
from tutor.text.sentences import Sentence, sentences
from tutor.text.words import Words

_MAX_CHARACTERS = 320
_LONGEST = 600
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
# A sign of a script without spaces, or a word with what joins its parts.
_WORD = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])\w)+(?:['’](?:(?![{_UNSPACED}])\w)+)*")


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A passage as it is shown: `parts` are words and whether they were looked for, from `lesson.text[start:end]`."""

    passage: Passage
    parts: tuple[tuple[str, bool], ...]
    start: int
    end: int

    @property
    def has_words(self) -> bool:
        """Whether any word that was looked for stands in what is shown."""
        return any(is_marked for _, is_marked in self.parts)


def found(passages: Sequence[Passage], query: str, language: str) -> list[SearchResult]:
    """What is shown of passages for a query in a course's language."""
    words = _words(language)
    wanted = frozenset(words.tokens(query))
    return [_found(passage, wanted, words) for passage in passages]


def _found(passage: Passage, wanted: frozenset[str], words: Words) -> SearchResult:
    all_ = sentences(passage.text)
    # Code on one line is no pleasure to read.
    pieces = [piece for piece in all_ if piece.kind not in ("heading", "code")] or all_
    if not pieces:
        return SearchResult(passage, ((passage.text, False),), passage.start, passage.end)
    texts = [plain(passage.text[piece.start : piece.end]) for piece in pieces]
    fits = [len(wanted & set(words.tokens(text))) for text in texts]
    first = last = fits.index(max(fits))
    while last + 1 < len(pieces) and len(" ".join(texts[first : last + 2])) <= _MAX_CHARACTERS:
        last += 1
    return _shown(passage, pieces[first], pieces[last], " ".join(texts[first : last + 1]), wanted, words)


def _shown(
    passage: Passage, first: Sentence, last: Sentence, text: str, wanted: frozenset[str], words: Words
) -> SearchResult:
    if len(text) > _LONGEST:
        text = text[:_LONGEST].rsplit(" ", 1)[0] + " …"
    parts = tuple(_marked(text, wanted, words))
    return SearchResult(passage, parts, passage.start + first.start, passage.start + last.end)


def _marked(text: str, wanted: frozenset[str], words: Words) -> Iterator[tuple[str, bool]]:
    spans: list[list[int]] = []
    for match in _WORD.finditer(text):
        pair = text[match.start() : match.start() + 2]
        unspaced = re.match(f"[{_UNSPACED}]", match[0])
        end = match.start() + len(pair) if unspaced else match.end()
        if not wanted.isdisjoint(words.tokens(pair) if unspaced else words.tokens(match[0])):
            if spans and match.start() <= spans[-1][1]:
                spans[-1][1] = end
            else:
                spans.append([match.start(), end])
    reached = 0
    for start, end in spans:
        if start > reached:
            yield text[reached:start], False
        yield text[start:end], True
        reached = end
    if reached < len(text):
        yield text[reached:], False


@lru_cache(maxsize=16)
def _words(language: str) -> Words:
    return Words(language)
