"""The plainest words of the lessons: what the thing is first, short sentences of common words, and an example."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from tutor.answering.answers import Answer, AnswerWriter
from tutor.answering.spans import Chooser, Limits, Span
from tutor.index.course_index import CourseIndex
from tutor.retrieval.definitions import defined_term, definition_pattern
from tutor.teaching.finding import RankedSentences
from tutor.text.headings import is_aside_or_aim
from tutor.text.messages import messages
from tutor.text.plain import plain
from tutor.text.words import Words

_EXAMPLE = re.compile(
    r"\b(?:for example|for instance|e\.g\.|imagine|suppose|think of|consider|picture|is like|are like|just like|as if|"
    r"por ejemplo|imagina|par exemple|imaginez|zum beispiel|z\. ?b\.|stell dir|por exemplo|imagine)",
    re.IGNORECASE,
)
_DEFINES = re.compile(
    r"^(?:an?|the)?\s*(?:\*\*[^*\n]+\*\*|`[^`\n]+`)[^.]{0,40}?\b(?:is|are|means|refers to)\b", re.IGNORECASE
)
# Weights beside those of the quoting model: a sentence about the question still goes before a plain one about nothing.
_IS_DEFINITION = 1.2
_DEFINES_SOMETHING = 0.4
_WORD_TOO_MANY = 0.04
_PLAIN_WORDS = 14
_RARE = 0.8
_CODE_IS_HARD = 1.0
_LIMITS = Limits(span=1.2, sentence=0.2, words=75)
_EXAMPLE_NEAR = 1_500
_EXAMPLE_WORDS = 50


class Simplifier:
    """Answers in the plainest sentences of one course."""

    def __init__(self, index: CourseIndex, words: Words) -> None:
        self._index = index
        self._words = words
        self._messages = messages(index.build.info.language)

    def answer(self, finding: RankedSentences) -> Answer:
        """A few short quotes, a definition first, an example last; no citations when nothing answers."""
        writer = AnswerWriter()
        if not len(finding):
            return writer.answer()
        scores = finding.scores + self._plainness(finding)
        spans = Chooser(finding.weighed, scores, _LIMITS, finding.asked).spans()[:2]
        defining = self._defining(finding)
        spans = tuple(sorted(spans, key=lambda span: not (defining is not None and defining.search(span.text))))
        place = None
        for span in spans:
            name = _place(span)
            if name != place:
                writer.words("\n\n" if place else "")
                writer.name(name)
                place = name
            writer.words("\n\n")
            writer.quote(span.lesson, span.section, span.start, span.end)
        example = self._example(finding, spans)
        if example is not None:
            writer.words(f"\n\n{self._messages['simple_example']}\n\n")
            writer.quote(example.lesson, example.section, example.start, example.end)
        return writer.answer()

    def _defining(self, finding: RankedSentences) -> re.Pattern[str] | None:
        term = defined_term(finding.retrieved.query.text)
        return finding.asked.definition or (definition_pattern(term) if term else None)

    def _plainness(self, finding: RankedSentences) -> NDArray[np.float32]:
        """What is added to the score of each sentence: for definitions, against length, rare words and code."""
        lexicon, asked = self._index.lexicon, set(finding.retrieved.query.tokens)
        median = float(np.median(lexicon.idf)) if len(lexicon.idf) else 0.0
        defining = self._defining(finding)
        added = np.zeros(len(finding), np.float32)
        for place in range(len(finding)):
            text = finding.text(place)
            words = plain(text)
            tokens = [token for token in set(self._words.tokens(words)) if token not in asked]
            rare = [
                token
                for token in tokens
                if token not in lexicon.vocabulary or float(lexicon.idf[lexicon.vocabulary[token]]) >= median
            ]
            added[place] -= _RARE * len(rare) / max(4, len(tokens))
            added[place] -= _WORD_TOO_MANY * max(0, len(words.split()) - _PLAIN_WORDS)
            if finding.weighed.sentences[place].kind in ("code", "table", "math"):
                added[place] -= _CODE_IS_HARD
            elif defining is not None and defining.search(text):
                added[place] += _IS_DEFINITION
            elif _DEFINES.match(text):
                added[place] += _DEFINES_SOMETHING
        return added

    def _example(self, finding: RankedSentences, spans: tuple[Span, ...]) -> Span | None:
        """The nearest sentence after one of the spans that gives an example, with what it needs to be read alone."""
        for span in spans:
            if _EXAMPLE.search(span.text):
                return None
        for span in spans:
            for place in range(len(finding)):
                sentence = finding.weighed.sentences[place]
                if (
                    finding.lesson(place) is span.lesson
                    and span.end <= sentence.start <= span.end + _EXAMPLE_NEAR
                    and sentence.kind in ("sentence", "item")
                    and not is_aside_or_aim(finding.section(place).rsplit(" › ", 1)[-1])
                    and _EXAMPLE.search(finding.text(place))
                ):
                    example = finding.grown(place, _EXAMPLE_WORDS)
                    if example is not None and not any(_overlap(example, other) for other in spans):
                        return example
        return None


def _overlap(one: Span, other: Span) -> bool:
    return one.lesson is other.lesson and one.start < other.end and other.start < one.end


def _place(span: Span) -> str:
    below = span.section.removeprefix(span.lesson.title).removeprefix(" › ")
    return f"{span.lesson.title} › {below}" if below else span.lesson.title
