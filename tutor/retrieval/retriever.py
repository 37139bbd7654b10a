"""Question → ranked passages: find candidates, score them, and grow the best into passages within a budget."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutor.conversation.context import DialogueContext
from tutor.conversation.standalone import standalone_question, topic_changed
from tutor.errors import InvalidRequest, NotFound
from tutor.fitted.linear import LinearModel
from tutor.index.course_index import CourseIndex
from tutor.index.deep_links import url_at
from tutor.index.protocols import Embedder
from tutor.index.vector_cache import VectorCache
from tutor.models import Lesson, Passage
from tutor.retrieval.ranking import FEATURES, Candidates, Query, candidates, nearest
from tutor.text.words import Words

PASSAGE_TOKENS = 400
_SEPARATOR_TOKENS = 2
VOICES = ("message", "standalone", "before")
"""The texts by which a follow-up is ranked: the message, the question that it comes to, and what was said last before.
What each counts is in `tutor/fitted/conversation.json`."""
_CONSIDERED = 30
_REMEMBERED = 512


@dataclass(frozen=True, slots=True, eq=False)
class Retrieved:
    """What was found for a query: passages by rank, and the candidates with their scores, shape (candidates,).

    `spans` are the first and last chunk of each passage; nothing was looked for after the `last_lesson`, if there is
    one. `own_scores` are by the query alone, as if nothing had been said before it: what earlier messages bring in says
    where to look, not that the question is answered there.
    """

    query: Query
    passages: tuple[Passage, ...]
    spans: tuple[tuple[int, int], ...]
    candidates: Candidates
    scores: NDArray[np.float32]
    own_scores: NDArray[np.float32]
    last_lesson: Lesson | None = None


class Retriever:
    """Finds passages of one generation of a course. Safe to use from several threads."""

    def __init__(self, index: CourseIndex, embedder: Embedder) -> None:
        self.index = index
        self._words = Words(index.build.info.language)
        self._model = LinearModel.read("ranking", FEATURES)
        self._mixture = LinearModel.read("conversation", VOICES)
        self.embedder = embedder
        self._vectors = VectorCache(embedder, _REMEMBERED)

    def retrieve(
        self,
        text: str,
        k: int,
        *,
        lesson: str | None = None,
        not_beyond: str | None = None,
        current: str | None = None,
        context: DialogueContext | None = None,
        standalone: str | None = None,
    ) -> Retrieved:
        """The `k` best passages for `text`, each of at most 400 tokens, none overlapping another.

        `lesson` limits them to one lesson, `not_beyond` to the lessons up to and including one; `current` is the
        lesson the student is on, preferred when it is about as good. With a `context` that `text` follows on, the
        query that is returned is `standalone`, or what the rules make of it. Raises NotFound for an unknown lesson,
        InvalidRequest for a blank text.
        """
        allowed = self._allowed(lesson, not_beyond)
        if context is not None and context.asked:
            query, found, scores, own = self._in_context(text, standalone, context, allowed)
        else:
            query = self.query(standalone or text)
            found = candidates(self.index, query, allowed)
            scores = own = self._model.score(found.features)
        if current is not None:
            here = self.index.lesson_of[found.chunks] == self._place(current)
            bonus = np.float32(self._model.settings["current_lesson"]) * here
            scores, own = scores + bonus, own + bonus
        spans = self._passages(found.chunks, scores, k)
        passages = tuple(self._passage(rank, score, first, last) for rank, (score, first, last) in enumerate(spans, 1))
        places = tuple((first, last) for _, first, last in spans)
        last_lesson = None if not_beyond is None else self.index.lessons[self._place(not_beyond)]
        return Retrieved(query, passages, places, found, scores, own, last_lesson)

    def _in_context(
        self, text: str, standalone: str | None, context: DialogueContext, allowed: NDArray[np.bool_] | None
    ) -> tuple[Query, Candidates, NDArray[np.float32], NDArray[np.float32]]:
        """The standalone question, its candidates, and their scores: mixed of all that was said, and its own.

        What was said before only ranks: the candidates are those of the message and of the standalone question.
        """
        language = self.index.build.info.language
        message = self.query(text)
        asked = " ".join((standalone or standalone_question(text, context.history, language)).split())
        query = message if asked == message.text else self.query(asked)
        if topic_changed(text, context.history, language):
            found = candidates(self.index, query, allowed)
            own = self._model.score(found.features)
            return query, found, own, own
        voices = (message, query, self.query(context.before))
        near = [nearest(self.index, voice, allowed) for voice in dict.fromkeys(voices[:2])]
        among = np.unique(np.concatenate(near))
        found_by = {voice: candidates(self.index, voice, allowed, among) for voice in dict.fromkeys(voices)}
        by = {voice: self._model.score(found.features) for voice, found in found_by.items()}
        return query, found_by[query], self._mixture.score(np.stack([by[voice] for voice in voices], axis=1)), by[query]

    def query(self, text: str) -> Query:
        """`text` with its vector and tokens; raises InvalidRequest when it holds no letter or digit."""
        text = " ".join(text.split())
        if not any(character.isalnum() for character in text):
            raise InvalidRequest("The question holds no words. Type what you would like to know.")
        return Query(text, self._vectors.of(text), tuple(self._words.tokens(text)))

    def prepare(self, text: str) -> None:
        """Embed a text that is about to be searched; who searches it meanwhile waits for the same vector."""
        self._vectors.of(" ".join(text.split()))

    def _place(self, lesson: str) -> int:
        if lesson not in self.index.position:
            raise NotFound(f"The course {self.index.build.info.slug!r} has no lesson {lesson!r}.")
        return self.index.position[lesson]

    def _allowed(self, lesson: str | None, not_beyond: str | None) -> NDArray[np.bool_] | None:
        if lesson is None and not_beyond is None:
            return None
        allowed = np.ones(len(self.index.chunks), np.bool_)
        if lesson is not None:
            allowed &= self.index.lesson_of == self._place(lesson)
        if not_beyond is not None:
            allowed &= self.index.lesson_of <= self._place(not_beyond)
        return allowed

    def _passages(self, chunks: NDArray[np.int64], scores: NDArray[np.float32], k: int) -> list[tuple[float, int, int]]:
        """Score, first and last chunk of the `k` best passages.

        Each begins at the best chunk that is left and takes in neighbours while they fit: a reader needs what stands
        around an answer, and sections are shorter than the budget. The next passage of a lesson counts a little
        less, so that a course that treats a subject twice shows both places.
        """
        score_of = dict(zip(chunks.tolist(), scores.tolist(), strict=True))
        used: set[int] = set()
        grown: list[tuple[float, int, int]] = []
        for seed in chunks[np.argsort(-scores, kind="stable")].tolist():
            if seed not in used:
                grown.append((score_of[seed], *self._grown(seed, score_of, used)))
                if len(grown) >= max(k, _CONSIDERED):
                    break
        penalty = self._model.settings["same_lesson"]
        seen: Counter[int] = Counter()
        chosen: list[tuple[float, int, int]] = []
        while grown and len(chosen) < k:
            worth = [score - penalty * seen[int(self.index.lesson_of[first])] for score, first, _ in grown]
            place = int(np.argmax(worth))
            _, first, last = grown.pop(place)
            chosen.append((worth[place], first, last))
            seen[int(self.index.lesson_of[first])] += 1
        return chosen

    def _grown(self, seed: int, score_of: dict[int, float], used: set[int]) -> tuple[int, int]:
        lesson_of, tokens_of = self.index.lesson_of, self.index.tokens_of
        used.add(seed)
        first = last = seed
        tokens = int(tokens_of[seed])
        while True:
            near = [
                (score_of.get(chunk, -np.inf), chunk)
                for chunk in (last + 1, first - 1)
                if 0 <= chunk < len(lesson_of)
                and chunk not in used
                and lesson_of[chunk] == lesson_of[seed]
                and tokens + _SEPARATOR_TOKENS + tokens_of[chunk] <= PASSAGE_TOKENS
            ]
            if not near:
                return first, last
            _, chunk = max(near, key=lambda item: item[0])
            used.add(chunk)
            tokens += _SEPARATOR_TOKENS + int(tokens_of[chunk])
            first, last = min(first, chunk), max(last, chunk)

    def _passage(self, rank: int, score: float, first: int, last: int) -> Passage:
        opening, closing = self.index.chunks[first], self.index.chunks[last]
        lesson = self.index.lessons[int(self.index.lesson_of[first])]
        return Passage(
            rank=rank,
            score=round(float(score), 4),
            lesson=lesson.lesson,
            title=lesson.title,
            section=opening.section,
            start=opening.start,
            end=closing.end,
            text=lesson.text[opening.start : closing.end],
            url=url_at(lesson, opening.start),
        )
