"""Weighed sentences → the few spans of the lessons that make an answer: grown until they can be read alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tutor.models import Lesson
from tutor.quotes import Weighed
from tutor.sentences import Sentence

SPANS = 3
_WORDS_PER_SPAN = 60
_LIST_WORDS = 140
_CODE_LINES = 30
_LEANING = re.compile(
    r"^(?:this|that|these|those|it|its|they|their|he|she|such|however|but|so|therefore|thus|hence|then|also|and|or|"
    r"instead|otherwise|in (?:this|that) (?:case|way)|for (?:example|instance)|as a result|similarly|finally)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a lesson chosen as (part of) an answer: `lesson.text[start:end]`, the higher `score` the better."""

    lesson: Lesson
    section: str
    start: int
    end: int
    score: float

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.lesson.text[self.start : self.end].split())


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the second and third span, and the sentences of a span, may fall behind the best sentence."""

    span: float
    sentence: float
    words: int


class Chooser:
    """Chooses spans from the weighed sentences of one question; `scores` has one item per sentence."""

    def __init__(self, weighed: Weighed, scores: NDArray[np.float32], limits: Limits) -> None:
        self._weighed = weighed
        self._scores = scores
        self._limits = limits
        self._used: set[int] = set()

    def spans(self) -> tuple[Span, ...]:
        """Up to three spans, best first; neighbouring ones are one."""
        chosen: list[Span] = []
        words = 0
        for place in self._best():
            if chosen and self._scores[place] < chosen[0].score - self._limits.span:
                break
            span = self._grown(place)
            if chosen and words + span.words > self._limits.words:
                continue
            words += span.words
            chosen = _joined(chosen, span)
            if len(chosen) == SPANS:
                break
        return tuple(chosen)

    def _best(self) -> Iterator[int]:
        for place in np.argsort(-self._scores, kind="stable").tolist():
            sentence = self._weighed.sentences[place]
            if place not in self._used and sentence.kind not in ("image", "heading"):
                yield place

    def _grown(self, seed: int) -> Span:
        first = last = seed
        if self._text(first)[:1] and _LEANING.match(self._text(first)) and self._follows(first - 1, first):
            first -= 1
        if self._sentence(seed).kind in ("code", "table", "math") and self._introduces(seed - 1, seed):
            first = seed - 1
        last = self._with_introduced(last)
        while last == seed or self._sentence(last).kind == "sentence":
            following = last + 1
            if not self._continues(last, following) or self._words(first, following) > _WORDS_PER_SPAN:
                break
            last = self._with_introduced(following)
        while self._continues(first - 1, first) and self._words(first - 1, last) <= _WORDS_PER_SPAN:
            if self._scores[first - 1] < self._scores[seed] - self._limits.sentence / 2:
                break
            first -= 1
        self._used.update(range(first, last + 1))
        return self._span(first, last, float(self._scores[seed]))

    def _with_introduced(self, place: int) -> int:
        """The last of what a sentence that ends with a colon introduces: a code block, a table, a whole list."""
        following = place + 1
        if not self._introduces(place, following):
            return place
        sentence = self._sentence(following)
        if sentence.kind in ("code", "table", "math"):
            return following if self._text(following).count("\n") <= _CODE_LINES else place
        last = place
        while self._inside(last + 1) and self._sentence(last + 1).depth > 0 and self._same_place(place, last + 1):
            if self._words(place, last + 1) > _LIST_WORDS:
                break
            last += 1
        return last

    def _introduces(self, place: int, following: int) -> bool:
        if not (self._inside(place) and self._inside(following) and self._same_place(place, following)):
            return False
        return self._text(place).rstrip("*_ ").endswith(":") and self._sentence(following).block != self._sentence(place).block

    def _continues(self, place: int, following: int) -> bool:
        """Whether both are sentences or items worth having that stand together."""
        if not self._follows(place, following) or {place, following} & self._used:
            return False
        low = min(float(self._scores[place]), float(self._scores[following]))
        return low >= float(self._scores.max()) - self._limits.sentence

    def _follows(self, place: int, following: int) -> bool:
        if not (self._inside(place) and self._inside(following) and self._same_place(place, following)):
            return False
        before, after = self._sentence(place), self._sentence(following)
        return before.block == after.block or (before.depth > 0 and after.depth > 0 and after.block - before.block == 1)

    def _same_place(self, place: int, following: int) -> bool:
        return (
            self._weighed.passages[place] == self._weighed.passages[following]
            and self._weighed.sections[place] == self._weighed.sections[following]
        )

    def _inside(self, place: int) -> bool:
        return 0 <= place < len(self._weighed.sentences)

    def _sentence(self, place: int) -> Sentence:
        return self._weighed.sentences[place]

    def _text(self, place: int) -> str:
        sentence = self._sentence(place)
        return self._weighed.lessons[place].text[sentence.start : sentence.end]

    def _words(self, first: int, last: int) -> int:
        text = self._weighed.lessons[first].text
        return len(text[self._sentence(first).start : self._sentence(last).end].split())

    def _span(self, first: int, last: int, score: float) -> Span:
        lesson, start = self._weighed.lessons[first], self._sentence(first).start
        if last > first and self._sentence(first).depth > 0 and self._sentence(first).block != self._sentence(last).block:
            # Several items of a list are a list only with the first one's marker.
            start = lesson.text.rfind("\n", 0, start) + 1
            start += len(lesson.text[start:]) - len(lesson.text[start:].lstrip(" "))
        return Span(lesson, self._weighed.sections[first], start, self._sentence(last).end, score)


def _joined(chosen: list[Span], span: Span) -> list[Span]:
    """The spans with one more, which becomes part of a span that it touches."""
    for place, other in enumerate(chosen):
        if other.lesson.lesson != span.lesson.lesson:
            continue
        start, end = min(span.start, other.start), max(span.end, other.end)
        between = other.lesson.text[min(span.end, other.end) : max(span.start, other.start)]
        if not between.strip() and end - start <= 2_000:
            return [*chosen[:place], replace(other, start=start, end=end), *chosen[place + 1 :]]
    return [*chosen, span]
