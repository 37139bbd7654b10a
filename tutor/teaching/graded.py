"""Graded work: which lessons hold it, whether a question is about it, and what must then not be said.

A key is a sentence that answers the question. Whatever tells most of its words beyond the question's own, or says the
same in others, gives it away: wherever that text comes from, another lesson, a suggestion or a model.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tutor.index.course_index import CourseIndex
from tutor.index.lesson_patterns import matches_lesson
from tutor.index.protocols import Embedder
from tutor.retrieval.retriever import Retrieved
from tutor.teaching.finding import RankedSentences
from tutor.text.plain import plain
from tutor.text.words import Words

# How far behind the best passage another is about as good, and so may be where the answer is.
_ABOUT_EQUAL = 0.5
# How far behind the best sentence another may answer as well.
_MAY_ANSWER = 2.0
_MAX_KEYS = 20
_SHARE = 0.5
_FEW_WORDS = 2
_SAME_MEANING = 0.75
# A text that only repeats the question is near its answer too: only what comes nearer than the question tells more.
_BEYOND_QUESTION = 0.05
# A word in more than this share of chunks, and in more than so many, tells nothing.
_COMMON_SHARE = 0.2
_COMMON_CHUNKS = 6


@dataclass(frozen=True, slots=True, eq=False)
class AnswerKey:
    """A sentence that answers: the tokens that it has beyond the question's, with their weights.

    `vector` is its own, and `near_question` its cosine with the question.
    """

    text: str
    tokens: dict[str, float]
    vector: NDArray[np.float32]
    near_question: float


class KeyGuard:
    """Says whether a text gives a key away; without keys nothing does."""

    def __init__(self, keys: Sequence[AnswerKey], words: Words, embedder: Embedder | None = None) -> None:
        self._keys = tuple(keys)
        self._words = words
        self._embedder = embedder

    def __bool__(self) -> bool:
        return bool(self._keys)

    @property
    def tokens(self) -> frozenset[str]:
        """Every token that a key has beyond the question's."""
        return frozenset(token for key in self._keys for token in key.tokens)

    @property
    def best(self) -> frozenset[str]:
        """The tokens of the best key beyond the question's."""
        return frozenset(self._keys[0].tokens) if self._keys else frozenset()

    def joined(self, other: KeyGuard) -> KeyGuard:
        """A guard of both ones' keys."""
        return KeyGuard((*self._keys, *other._keys), self._words, self._embedder) if other else self

    def shows(self, text: str) -> bool:
        """Whether the words of a text give a key away; no vector is needed."""
        if not self._keys:
            return False
        line = plain(text).casefold()
        held = set(self._words.tokens(line))
        return any(_held(key, held) or (len(key.text) > 3 and key.text in line) for key in self._keys)

    def leaks(self, text: str) -> bool:
        """Whether a text gives a key away, by its words or by what it means."""
        if not self._keys or not any(character.isalnum() for character in text):
            return False
        if self.shows(text):
            return True
        if self._embedder is None:
            return False
        vector = self._embedder.embed([plain(text)])[0]
        return any(
            float(key.vector @ vector) >= max(_SAME_MEANING, key.near_question + _BEYOND_QUESTION) for key in self._keys
        )


class Grading:
    """What is graded in one course."""

    def __init__(self, index: CourseIndex, words: Words, embedder: Embedder | None = None) -> None:
        self._index = index
        self._words = words
        self._embedder = embedder
        patterns = index.build.info.graded_lessons
        paths = [lesson.lesson for lesson in index.lessons]
        self.lessons = frozenset(path for path in paths if matches_lesson(patterns, path))
        """The paths of the lessons whose content is graded work."""

    def concerns(self, finding: RankedSentences) -> bool:
        """Whether a question is about graded work: where its answer begins, or a passage about as good as the best."""
        passages = finding.retrieved.passages
        if not self.lessons or not passages:
            return False
        if finding.spans and finding.spans[0].lesson.lesson in self.lessons:
            return True
        least = passages[0].score - _ABOUT_EQUAL
        return any(passage.lesson in self.lessons for passage in passages if passage.score >= least)

    def guard(self, finding: RankedSentences, lessons: Collection[str] | None = None) -> KeyGuard:
        """Guards what answers a question, as far as it stands in `lessons`; wherever it stands when that is None."""
        return KeyGuard(list(self._keys(finding, lessons)), self._words, self._embedder)

    def without(self, retrieved: Retrieved) -> Retrieved:
        """What was found outside of graded work."""
        kept = [place for place, passage in enumerate(retrieved.passages) if passage.lesson not in self.lessons]
        if len(kept) == len(retrieved.passages):
            return retrieved
        passages = tuple(retrieved.passages[place] for place in kept)
        return replace(retrieved, passages=passages, spans=tuple(retrieved.spans[place] for place in kept))

    def _keys(self, finding: RankedSentences, lessons: Collection[str] | None) -> Iterable[AnswerKey]:
        places = [
            place
            for place in range(len(finding))
            if (lessons is None or finding.lesson(place).lesson in lessons)
            # A question gives nothing away.
            and not finding.text(place).rstrip().endswith("?")
        ]
        if not places:
            return
        best = max(float(finding.scores[place]) for place in places)
        near = [place for place in places if finding.scores[place] >= best - _MAY_ANSWER]
        near = sorted(near, key=lambda place: -float(finding.scores[place]))[:_MAX_KEYS]
        quoted = [place for place in places if place not in near and _is_quoted(finding, place)]
        asked = set(finding.retrieved.query.tokens)
        lexicon, count = self._index.lexicon, len(self._index.chunks)
        holders = max(_COMMON_SHARE * count, _COMMON_CHUNKS)
        common = float(np.log1p(max(0.0, count - holders + 0.5) / (holders + 0.5)))
        for place in (*near, *quoted):
            line = plain(finding.text(place)).casefold()
            # Everyone sees the lessons' titles.
            known = asked | set(self._words.tokens(finding.lesson(place).title))
            tokens = {
                token: weight
                for token in dict.fromkeys(self._words.tokens(line))
                if token not in known and len(token) > 1
                # A token that no chunk has is as rare as can be.
                for number in [lexicon.vocabulary.get(token)]
                for weight in [lexicon.unknown_idf if number is None else float(lexicon.idf[number])]
                if weight >= common
            }
            vector = self._vector(finding, place)
            yield AnswerKey(line, tokens, vector, float(vector @ finding.retrieved.query.vector))

    def _vector(self, finding: RankedSentences, place: int) -> NDArray[np.float32]:
        first, last = finding.retrieved.spans[int(finding.weighed.passages[place])]
        begin, end = self._index.first_sentence[first], self._index.first_sentence[last + 1]
        starts = self._index.arrays.sentence_start[begin:end]
        number = begin + int(np.flatnonzero(starts == finding.weighed.sentences[place].start)[0])
        return np.asarray(self._index.arrays.sentences[number], np.float32)


def _is_quoted(finding: RankedSentences, place: int) -> bool:
    sentence, lesson = finding.weighed.sentences[place], finding.lesson(place)
    return any(
        span.lesson is lesson and span.start < sentence.end and sentence.start < span.end for span in finding.spans
    )


def _held(key: AnswerKey, held: set[str]) -> bool:
    """Whether most of what a key says beyond the question is there; of one or two words, all."""
    if not key.tokens:
        return False
    shared = [weight for token, weight in key.tokens.items() if token in held]
    if len(key.tokens) <= _FEW_WORDS:
        return len(shared) == len(key.tokens)
    return len(shared) / len(key.tokens) >= _SHARE or sum(shared) / sum(key.tokens.values()) >= _SHARE
