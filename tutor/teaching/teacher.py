"""Ways of teaching, each made of the lessons' own words: plain answers, hints, simple words, summaries, quizzes.

Whatever the way, a question about graded work gets hints that never reach the answer; the program keeps that, so it
binds a model too: `Teacher.guard` says of any text whether it gives the answer away.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock

from tutor.answering.answers import Answer, AnswerWriter, escaped
from tutor.answering.quoting import QuotingAnswerer
from tutor.conversation.hint_steps import step_of
from tutor.index.course_index import CourseIndex
from tutor.index.protocols import Embedder
from tutor.models import Lesson, Mode, Passage, Turn
from tutor.retrieval.retriever import Retrieved
from tutor.teaching.choosing import lesson_for
from tutor.teaching.finding import Finder, RankedSentences
from tutor.teaching.graded import Grading, KeyGuard
from tutor.teaching.hints import LAST_STEP, Ladder
from tutor.teaching.places import with_places
from tutor.teaching.quizzes import QuizItem, QuizReply, Quizzer
from tutor.teaching.simple import Simplifier
from tutor.teaching.summaries import Summariser
from tutor.text.messages import messages
from tutor.text.words import Words

__all__ = ["LAST_STEP", "KeyGuard", "Taught", "Teacher", "not_covered"]

_REMEMBERED_TURNS = 12
_REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class Taught:
    """What a turn gives in its way of teaching; an answer without text means that nothing was found to teach with.

    `passages` are those that were found and those of the places that are cited or asked about beside them. `step` is
    the turn's: how far a ladder or a quiz has come, 0 in neither. `is_graded` says that the question is about graded
    work, whose answer was withheld.
    """

    answer: Answer
    passages: tuple[Passage, ...]
    suggestions: tuple[str, ...] = ()
    step: int = 0
    is_graded: bool = False


class Teacher:
    """Teaches one generation of a course without a model. Safe to use from several threads.

    `retrieve` finds passages for a question anew: what an earlier question was about decides what is still withheld.
    """

    def __init__(self, index: CourseIndex, embedder: Embedder, retrieve: Callable[[str], Retrieved]) -> None:
        self._index = index
        self._retrieve = retrieve
        self._words = Words(index.build.info.language)
        self._messages = messages(index.build.info.language)
        self._finder = Finder(index)
        self._answerer = QuotingAnswerer(index)
        self._grading = Grading(index, self._words, embedder)
        self._ladder = Ladder(index, self._words)
        self._simplifier = Simplifier(index, self._words)
        self._summariser = Summariser(index)
        self._quizzer = Quizzer(index, self._words, embedder)
        self._guards: OrderedDict[str, KeyGuard] = OrderedDict()
        self._lock = Lock()

    def is_graded(self, retrieved: Retrieved) -> bool:
        """Whether a question is about graded work."""
        return bool(self._grading.lessons) and self._grading.concerns(self._finder.find(retrieved))

    def guard(self, retrieved: Retrieved, earlier: Sequence[Turn] = ()) -> KeyGuard:
        """Guards the graded answers to a question and to the earlier ones of its conversation; it may be empty."""
        # What is withheld does not depend on how far the student wants to look.
        guard = self._guard_of(retrieved.query.text, lambda: self._whole(retrieved))
        if self._grading.lessons:
            for turn in reversed(earlier[-_REMEMBERED_TURNS:]):
                question = turn.standalone_question
                if any(character.isalnum() for character in question):
                    guard = guard.joined(self._guard_of(question, partial(self._retrieve, question)))
        return guard

    def teach(
        self,
        mode: Mode,
        text: str,
        retrieved: Retrieved,
        earlier: Sequence[Turn] = (),
        lesson: str | None = None,
        suggestions: Sequence[str] = (),
    ) -> Taught:
        """What a turn says. `text` is the student's message, `retrieved` what was found for its standalone question.

        `earlier` are the conversation's turns, oldest first, `lesson` is the one the student is on, `suggestions` what
        might be asked next: those that would give a graded answer away are left out.
        """
        guard = self.guard(retrieved, earlier)
        if mode is Mode.QUIZ:
            return self._quiz(text, retrieved, earlier, lesson, guard)
        if mode is Mode.SUMMARY:
            return self._summary(text, retrieved, earlier, lesson, guard, suggestions)
        finding = self._finder.find(retrieved)
        section = (retrieved.passages[0].lesson, retrieved.passages[0].section) if retrieved.passages else ("", "")
        step = step_of(retrieved.query.text, section, earlier, self._words)
        if self._grading.concerns(finding):
            return self._hint(finding, step, guard, suggestions)
        if mode is Mode.HINT and step <= LAST_STEP:
            return self._hint(finding, step, guard, suggestions)
        allowed = self._grading.without(retrieved)
        if mode is Mode.SIMPLE:
            answer = self._simplifier.answer(self._finder.find(allowed))
        else:
            answer = self._answerer.answer(allowed)
        if answer.text and guard.shows(answer.text):
            # Another lesson says what graded work asks.
            return self._hint(finding, step, guard, suggestions)
        kept = tuple(suggestion for suggestion in suggestions if not guard.shows(suggestion))
        return self._taught(answer, retrieved, kept, step if mode is Mode.HINT and answer.text else 0)

    def _hint(self, finding: RankedSentences, step: int, guard: KeyGuard, suggestions: Sequence[str]) -> Taught:
        graded = self._grading.lessons if self._grading.concerns(finding) else frozenset()
        keys = guard.joined(self._grading.guard(finding, graded or None))
        answer = self._ladder.hint(finding, step, keys, graded)
        if not answer.text:
            return self._taught(answer, finding.retrieved)
        kept = tuple(suggestion for suggestion in suggestions if not keys.shows(suggestion))
        following = (self._messages["hint_next"], *kept)
        return self._taught(answer, finding.retrieved, following, step, is_graded=bool(graded or guard))

    def _summary(
        self,
        text: str,
        retrieved: Retrieved,
        earlier: Sequence[Turn],
        lesson: str | None,
        guard: KeyGuard,
        suggestions: Sequence[str],
    ) -> Taught:
        chosen = self._lesson(text, retrieved, earlier, lesson)
        if chosen is None:
            return self._taught(Answer("", ()), retrieved)
        kept = tuple(suggestion for suggestion in suggestions if not guard.shows(suggestion))
        if chosen.lesson in self._grading.lessons:
            outline = self._summariser.outline(chosen, guard.shows)
            return self._taught(outline, retrieved, kept, is_graded=True)
        return self._taught(self._summariser.summary(chosen, guard.shows), retrieved, kept)

    def _quiz(
        self, text: str, retrieved: Retrieved, earlier: Sequence[Turn], lesson: str | None, guard: KeyGuard
    ) -> Taught:
        writer = AnswerWriter()
        item = self._quizzer.pending(earlier)
        if item is not None and self._is_beyond(item.lesson, retrieved):
            item = None
        step = earlier[-1].step if item is not None else 0
        if item is None:
            chosen = self._lesson(text, retrieved, earlier, lesson)
            if chosen is None and retrieved.last_lesson is not None:
                return self._taught(Answer("", ()), retrieved)
            if chosen is None or chosen.lesson in self._grading.lessons:
                key = "quiz_none" if chosen is None else "graded"
                return self._taught(Answer(self._messages[key], ()), retrieved, is_graded=chosen is not None)
            return self._asked(writer, chosen, retrieved, earlier, guard, 1)
        match self._quizzer.reply(text, item):
            case QuizReply.STOP:
                return self._taught(Answer(self._messages["quiz_over"], ()), retrieved)
            case QuizReply.QUESTION:
                return self._interrupted(item, retrieved, guard, step)
            case QuizReply.SKIP:
                self._quizzer.tell(writer, item, None)
            case QuizReply.ANSWER:
                self._quizzer.tell(writer, item, self._quizzer.verdict(text, item))
        writer.words("\n\n")
        return self._asked(writer, item.lesson, retrieved, earlier, guard, step + 1)

    def _lesson(self, text: str, retrieved: Retrieved, earlier: Sequence[Turn], current: str | None) -> Lesson | None:
        """The lesson to sum up or to ask about; none in the place of one after the last that is wanted."""
        chosen = lesson_for(self._index, self._words, text, self._whole(retrieved), earlier, current)
        return None if chosen is None or self._is_beyond(chosen, retrieved) else chosen

    def _is_beyond(self, lesson: Lesson, retrieved: Retrieved) -> bool:
        last, position = retrieved.last_lesson, self._index.position
        return last is not None and position[lesson.lesson] > position[last.lesson]

    def _whole(self, retrieved: Retrieved) -> Retrieved:
        """What is found for a question in the whole course."""
        return retrieved if retrieved.last_lesson is None else self._retrieve(retrieved.query.text)

    def _asked(
        self,
        writer: AnswerWriter,
        lesson: Lesson,
        retrieved: Retrieved,
        earlier: Sequence[Turn],
        guard: KeyGuard,
        step: int,
    ) -> Taught:
        """What was written, and the next question of the lesson, or that there is none."""
        item = self._quizzer.next(lesson, earlier, guard.shows)
        if item is None:
            writer.words(self._messages["quiz_over" if step > 1 else "quiz_none"])
            return self._taught(writer.answer(), retrieved)
        self._quizzer.ask(writer, item)
        return self._taught(writer.answer(), retrieved, (self._messages["quiz_next"],), step, about=item)

    def _interrupted(self, item: QuizItem, retrieved: Retrieved, guard: KeyGuard, step: int) -> Taught:
        """The answer to a question that came up in a quiz, and the quiz's own question again."""
        allowed = self._grading.without(retrieved)
        answer = Answer("", ()) if self.is_graded(retrieved) else self._answerer.answer(allowed)
        if guard.shows(answer.text):
            answer = Answer("", ())
        told = answer.text or (
            self._messages["graded"] if guard else not_covered(retrieved, self._index.build.info.language)
        )
        writer = AnswerWriter()
        writer.words(f"\n\n{self._messages['quiz_back']}\n\n")
        self._quizzer.ask(writer, item)
        whole = Answer(told + writer.answer().text, answer.citations)
        return self._taught(whole, retrieved, (self._messages["quiz_next"],), step, about=item)

    def _taught(
        self,
        answer: Answer,
        retrieved: Retrieved,
        suggestions: tuple[str, ...] = (),
        step: int = 0,
        *,
        is_graded: bool = False,
        about: QuizItem | None = None,
    ) -> Taught:
        places = [(citation.lesson, citation.source_start) for citation in answer.citations]
        if about is not None:
            places.append((about.lesson.lesson, about.start))
        return Taught(answer, with_places(self._index, retrieved.passages, places), suggestions, step, is_graded)

    def _guard_of(self, question: str, retrieve: Callable[[], Retrieved]) -> KeyGuard:
        """The guard of one question: without keys when it is not about graded work."""
        empty = KeyGuard((), self._words)
        if not self._grading.lessons:
            return empty
        with self._lock:
            if question in self._guards:
                self._guards.move_to_end(question)
                return self._guards[question]
        finding = self._finder.find(retrieve())
        guard = self._grading.guard(finding, self._grading.lessons) if self._grading.concerns(finding) else empty
        with self._lock:
            self._guards[question] = guard
            if len(self._guards) > _REMEMBERED:
                self._guards.popitem(last=False)
        return guard


def not_covered(retrieved: Retrieved, language: str) -> str:
    """That the lessons do not answer, or, where no later ones were wanted, that those up to there do not."""
    words, last = messages(language), retrieved.last_lesson
    return words["not_covered"] if last is None else words["not_covered_up_to"].format(lesson=escaped(last.title))
