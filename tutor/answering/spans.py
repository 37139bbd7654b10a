"""Weighed sentences → the few spans of the lessons that make an answer: grown until they can be read alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tutor.answering.question_type import QuestionType, is_caption
from tutor.answering.quotable import FEATURES, SentenceFeatures
from tutor.models import Lesson
from tutor.text.dangling import leads_in, leans
from tutor.text.plain import plain
from tutor.text.sentences import Sentence, sentences

SPANS = 3
_SHARE = FEATURES.index("share")
_COSINE = FEATURES.index("cosine")
_NEAR = 0.3
_FEW_WORDS = 3
_WORDS_PER_SPAN = 60
_LIST_WORDS = 140
_CODE_LINES = 30
_FENCE = re.compile(r"^ *(?:```|~~~)", re.MULTILINE)
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)|\\.", re.DOTALL)
_FOOTNOTES = re.compile(r"(?<=[.!?\"'”’)\w])(?:\s?\[\^?\d{1,3}\])+$")
_LIST_MARKER = re.compile(r" *(?:[-*+]|\d{1,9}[.)]) ")
_MAX_BACK = 3
"""How many sentences before one that leans on them are quoted with it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a lesson chosen as (part of) an answer: `lesson.text[start:end]`, the higher `score` the better."""

    lesson: Lesson
    section: str
    start: int
    end: int
    score: float
    passage: int
    """The place of the passage that it stands in, from 0."""
    leads: bool = False
    """Whether it says what the question asks the meaning of, and so is read first."""

    @property
    def text(self) -> str:
        """The lesson's exact words."""
        return self.lesson.text[self.start : self.end]

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the second and third span, and the sentences of a span, may fall behind the best sentence."""

    span: float
    sentence: float
    words: int


class Chooser:
    """Chooses spans from the weighed sentences of one question; `scores` has one item per sentence."""

    def __init__(
        self, weighed: SentenceFeatures, scores: NDArray[np.float32], limits: Limits, asked: QuestionType
    ) -> None:
        self._weighed = weighed
        self._scores = scores
        self._limits = limits
        self._asked = asked
        self._used: set[int] = set()

    def spans(self) -> tuple[Span, ...]:
        """Up to three spans, best first; neighbours are one, and none says again what another of its lesson says.

        What cannot be read alone is left out, but for the best of it where there is nothing else.
        """
        chosen: list[Span] = []
        words = 0
        dangling: list[Span] = []
        for place in self._best(chosen):
            if chosen and self._scores[place] < chosen[0].score - self._limits.span:
                break
            span, stands_alone = self._grown(place)
            if span.text.endswith("?"):
                continue
            if not stands_alone:
                dangling.append(span)
                continue
            if chosen and (words + span.words > self._limits.words or any(_repeats(span, other) for other in chosen)):
                continue
            words += span.words
            chosen[:] = _joined(chosen, span)
            if len(chosen) == SPANS:
                break
        return tuple(chosen or dangling[:1])

    def _best(self, chosen: list[Span]) -> Iterator[int]:
        """Sentences to begin with, the best first; before the second best, one that shows a side still missing."""
        quotable = [place for place in np.argsort(-self._scores, kind="stable").tolist() if self._is_quotable(place)]
        order = quotable[:1] + [place for place in quotable[1:] if self._is_about(place)]
        for place in order:
            if place not in self._used:
                yield place
            if chosen:
                break
        said = "\n".join(span.text for span in chosen)
        missing = [side for side in self._asked.sides if not side.search(said)]
        showing = (place for place in order if any(side.search(self._text(place)) for side in missing))
        for place in (*showing, *order):
            if place not in self._used:
                yield place

    def _is_about(self, place: int) -> bool:
        """Whether a sentence has a word of the question or means nearly the same.

        Others may go with one that does; of themselves they are what lessons open with: an image, a scene, an aside.
        """
        row = self._weighed.features[place]
        return bool(row[_SHARE] > 0 or row[_COSINE] >= _NEAR)

    def _is_quotable(self, place: int) -> bool:
        return self._sentence(place).kind not in ("image", "heading") and not is_caption(self._text(place))

    def _grown(self, seed: int) -> tuple[Span, bool]:
        """The span that a sentence becomes part of, and whether it can be read alone."""
        first = last = seed
        leads = bool(self._asked.definition and self._asked.definition.search(self._text(seed)))
        if self._sentence(seed).kind in ("code", "table", "math") and self._introduces(seed - 1, seed):
            first = seed - 1
        last = self._with_introduced(last)
        while last == seed or self._sentence(last).kind == "sentence":
            following = last + 1
            if not self._continues(last, following) or self._words(first, following) > _WORDS_PER_SPAN:
                break
            last = self._with_introduced(following)
        while not leads and self._continues(first - 1, first) and self._words(first - 1, last) <= _WORDS_PER_SPAN:
            if self._scores[first - 1] < self._scores[seed] - self._limits.sentence / 2:
                break
            first -= 1
        while self._text(last).endswith("?") and self._inside(last + 1) and self._same_place(last, last + 1):
            last = self._with_introduced(last + 1)  # a question is nothing without what answers it
        first = first if leads else self._with_referred(first)
        while last > first and self._only_leads(last):
            last -= 1
        first, last = self._closed(first, last)
        self._used.update(range(first, last + 1))
        stands_alone = leads or not (leans(self._text(first)) or self._only_leads(last))
        return self._span(first, last, float(self._scores[seed]), leads), stands_alone

    def _with_referred(self, place: int) -> int:
        """The first of the sentences that one leans on, or itself where they are not to be quoted."""
        first = place
        while leans(self._text(first)) and place - first < _MAX_BACK:
            before = first - 1
            if not (self._inside(before) and self._same_place(before, first) and self._is_quotable(before)):
                return place
            first = before
        return place if leans(self._text(first)) else first

    def _only_leads(self, place: int) -> bool:
        """Whether a sentence announces what the span that it ends does not show."""
        return self._sentence(place).kind in ("sentence", "item") and leads_in(self._text(place))

    def _closed(self, first: int, last: int) -> tuple[int, int]:
        """With as many more sentences of its blocks as emphasis, links and formulas need to be whole."""
        while not _is_closed(self._between(first, last)) and self._shares_block(last, last + 1):
            last += 1
        while not _is_closed(self._between(first, last)) and self._shares_block(first - 1, first):
            first -= 1
        return first, last

    def _shares_block(self, place: int, following: int) -> bool:
        return self._follows(place, following) and self._sentence(place).block == self._sentence(following).block

    def _between(self, first: int, last: int) -> str:
        return self._weighed.lessons[first].text[self._sentence(first).start : self._sentence(last).end]

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
        text = self._text(place).rstrip("*_ ")
        if self._sentence(following).kind == "math":
            # A formula is set within its sentence: "it is", then the formula.
            return text[-1:] not in ".!?"
        return text.endswith(":") and self._sentence(following).block != self._sentence(place).block

    def _continues(self, place: int, following: int) -> bool:
        """Whether both are sentences or items worth having that stand together."""
        if not self._follows(place, following) or {place, following} & self._used:
            return False
        if not (self._is_quotable(place) and self._is_quotable(following)):
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
        return len(self._between(first, last).split())

    def _span(self, first: int, last: int, score: float, leads: bool) -> Span:
        lesson, section = self._weighed.lessons[first], self._weighed.sections[first]
        start, end = self._sentence(first).start, self._sentence(last).end
        several = last > first and self._sentence(first).block != self._sentence(last).block
        if self._sentence(first).depth > 0 and (several or _FENCE.search(lesson.text, start, end)):
            # Several items are a list, and a fence is closed where it was opened, only below the first item's marker.
            start = _item_start(lesson.text, start)
        footnotes = _FOOTNOTES.search(lesson.text[start:end])
        if footnotes and self._sentence(last).kind in ("sentence", "item"):
            end = start + footnotes.start()
        return Span(lesson, section, start, end, score, int(self._weighed.passages[first]), leads)


def _item_start(text: str, start: int) -> int:
    """Where the list item begins that holds `text[start]`, at its marker."""
    line = text.rfind("\n", 0, start) + 1
    indent = len(text[line:]) - len(text[line:].lstrip(" "))
    while line and not _LIST_MARKER.match(text, line):
        line = text.rfind("\n", 0, line - 1) + 1
    marker = _LIST_MARKER.match(text, line)
    if not marker:
        return start
    return line + len(marker[0]) - len(marker[0].lstrip(" ")) if line + indent <= start else start


def _is_closed(text: str) -> bool:
    """Whether running text ends outside of emphasis, links and formulas; code may hold anything."""
    bare = _CODE.sub("", text)
    return bare.count("**") % 2 == 0 and bare.count("[") == bare.count("]") and bare.count("$") % 2 == 0


def _repeats(span: Span, other: Span) -> bool:
    """Whether one says a sentence of the other again, in the same lesson or in another."""
    return not _said(span).isdisjoint(_said(other))


def _said(span: Span) -> set[str]:
    """The sentences of a span as plain words; a few words alone may well stand in two lists."""
    parts = (plain(span.text[part.start : part.end]) for part in sentences(span.text))
    said = (" ".join(re.findall(r"\w+", part.lower())) for part in parts)
    return {words for words in said if words.count(" ") >= _FEW_WORDS}


def _joined(chosen: list[Span], span: Span) -> list[Span]:
    """The spans with one more, which becomes part of a span of its passage that it touches."""
    for place, other in enumerate(chosen):
        if other.passage != span.passage or max(other, span, key=lambda each: each.start).leads:
            continue  # what is asked for stays first
        start, end = min(span.start, other.start), max(span.end, other.end)
        between = other.lesson.text[min(span.end, other.end) : max(span.start, other.start)]
        if not between.strip() and end - start <= 2_000:
            return [
                *chosen[:place],
                replace(other, start=start, end=end, leads=other.leads or span.leads),
                *chosen[place + 1 :],
            ]
    return [*chosen, span]
