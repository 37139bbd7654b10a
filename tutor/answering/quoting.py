"""The quoting answerer: an answer made of the lessons' own sentences, each cited; it cannot invent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby

from tutor.answering.answerer import AnswerOutcome, AnswerSentence, AnswerTask, answer_sentences
from tutor.answering.answers import Answer, AnswerWriter
from tutor.answering.question_type import QuestionType
from tutor.answering.quotable import FEATURES, weigh
from tutor.answering.spans import Chooser, Limits, Span
from tutor.answering.verbatim import Taken, cap
from tutor.concurrency import RunInThread
from tutor.fitted.linear import LinearModel
from tutor.index.course_index import CourseIndex
from tutor.retrieval.retriever import Retrieved

NAME = "quoting"


class QuotingAnswerer:
    """Picks the sentences that answer, lets them be read alone, and names the lessons they come from."""

    name = NAME

    def __init__(self, index: CourseIndex) -> None:
        self._index = index
        self._model = LinearModel.read("quoting", FEATURES)

    async def write(
        self, task: AnswerTask, run_in_thread: RunInThread
    ) -> AsyncGenerator[AnswerSentence | AnswerOutcome]:
        """The answer quote by quote, and its outcome; only the outcome when nothing answers."""
        for sentence in answer_sentences(await run_in_thread(task.quoted or partial(self.answer, task.retrieved))):
            yield sentence
        yield AnswerOutcome()

    def answer(self, retrieved: Retrieved) -> Answer:
        """Up to three quotes, those of one lesson together, the best first; no citations when nothing answers."""
        writer = AnswerWriter()
        for number, spans in enumerate(_by_lesson(self.spans(retrieved))):
            writer.words("\n\n" if number else "")
            sections = list(dict.fromkeys(span.section for span in spans))
            writer.name(_place(spans[0].lesson.title, sections[0] if len(sections) == 1 else ""))
            for span in spans:
                writer.words("\n\n")
                writer.quote(span.lesson, span.section, span.start, span.end)
        return writer.answer()

    def spans(self, retrieved: Retrieved) -> tuple[Span, ...]:
        """What answers, the best first; nothing when no sentence is good enough."""
        weighed = weigh(self._index, retrieved)
        if not weighed.sentences:
            return ()
        settings = self._model.settings
        limits = Limits(settings["span"], settings["sentence"], int(settings["words"]))
        asked = QuestionType.of(retrieved.query.text)
        scores = asked.adjusted(weighed, self._model.score(weighed.features))
        return _capped(Chooser(weighed, scores, limits, asked).spans(), self._index.build.info.most_verbatim_words)


def _capped(spans: tuple[Span, ...], max_words: int) -> tuple[Span, ...]:
    """The spans, cut so that no lesson gives more than `max_words` words; 0 is no limit."""
    kept = cap([Taken(span.lesson.lesson, span.start, span.end, span.text) for span in spans], max_words)
    return tuple(replace(span, end=taken.end) for span, taken in zip(spans, kept, strict=True) if taken is not None)


def _by_lesson(spans: Sequence[Span]) -> list[list[Span]]:
    """Lessons by their best span, and the spans of each so too, after a definition that was asked for."""
    best = {span.lesson.lesson: place for place, span in reversed(list(enumerate(spans)))}
    ordered = sorted(spans, key=lambda span: (best[span.lesson.lesson], not span.leads, -span.score))
    return [list(group) for _, group in groupby(ordered, key=lambda span: span.lesson.lesson)]


def _place(title: str, section: str) -> str:
    below = section.removeprefix(title).removeprefix(" › ")
    return f"{title} › {below}" if below else title
