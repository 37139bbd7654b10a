"""What the lessons hold for a question: their sentences with scores, and the spans that would answer it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutor.answering.question_type import QuestionType
from tutor.answering.quotable import FEATURES, SentenceFeatures, weigh
from tutor.answering.spans import Chooser, Limits, Span
from tutor.fitted.linear import LinearModel
from tutor.index.course_index import CourseIndex
from tutor.models import Lesson
from tutor.retrieval.retriever import Retrieved

_NEVER = np.float32(-1e6)


@dataclass(frozen=True, slots=True, eq=False)
class RankedSentences:
    """The sentences of the best passages with one score each, and the spans that answer, best first."""

    retrieved: Retrieved
    weighed: SentenceFeatures
    scores: NDArray[np.float32]
    spans: tuple[Span, ...]
    asked: QuestionType

    def __len__(self) -> int:
        return len(self.weighed.sentences)

    def lesson(self, place: int) -> Lesson:
        """The lesson of a sentence."""
        return self.weighed.lessons[place]

    def section(self, place: int) -> str:
        """The path of headings above a sentence."""
        return self.weighed.sections[place]

    def text(self, place: int) -> str:
        """The exact words of a sentence."""
        sentence = self.weighed.sentences[place]
        return self.weighed.lessons[place].text[sentence.start : sentence.end]

    def grown(self, place: int, words: int) -> Span | None:
        """The sentence with what it needs to be read alone; None for what is no quote, or is over so many words."""
        alone = np.full(len(self), _NEVER)
        alone[place] = 0
        spans = Chooser(self.weighed, alone, Limits(0.0, 0.0, words), QuestionType()).spans()
        span = spans[0] if spans else None
        return span if span is not None and span.score == 0 and span.words <= words else None


class Finder:
    """Finds what would be quoted for a question."""

    def __init__(self, index: CourseIndex) -> None:
        self._index = index
        self._model = LinearModel.read("quoting", FEATURES)

    def find(self, retrieved: Retrieved) -> RankedSentences:
        """What the best passages hold for the question."""
        weighed = weigh(self._index, retrieved)
        asked = QuestionType.of(retrieved.query.text)
        if not weighed.sentences:
            return RankedSentences(retrieved, weighed, np.empty(0, np.float32), (), asked)
        scores = asked.adjusted(weighed, self._model.score(weighed.features))
        settings = self._model.settings
        limits = Limits(settings["span"], settings["sentence"], int(settings["words"]))
        return RankedSentences(retrieved, weighed, scores, Chooser(weighed, scores, limits, asked).spans(), asked)
