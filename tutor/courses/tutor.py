"""The tutor of all courses: what the API and the command line ask."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property

from tutor.auth.sessions import Sessions
from tutor.concurrency import Workers
from tutor.courses.history import History
from tutor.courses.live_course import FIRST_LOAD_SECONDS, LiveCourse, Loaded
from tutor.courses.popular import PopularQuestion, PopularQuestions
from tutor.courses.presence import Presence, presence_of
from tutor.errors import InvalidRequest, NotFound, Overloaded, TutorError
from tutor.follow_ups.desk import FollowUpDesk
from tutor.index.generations import Course, Generation
from tutor.index.protocols import CourseStore
from tutor.llm.model import LanguageModel
from tutor.models import CourseInfo, Lesson, Passage, Turn, TurnState
from tutor.monitoring.alarms import Alarms
from tutor.monitoring.counters import Counters
from tutor.pipeline.course_tutor import CourseTutor, Question
from tutor.spending.store import SpendingStore
from tutor.text.names import is_name
from tutor.turns.events import Event
from tutor.turns.producers import Producers
from tutor.turns.production import Produce
from tutor.turns.records import Feedback, RequestKey
from tutor.turns.store import TurnStore
from tutor.turns.turn_json import turn_from_json

log = logging.getLogger(__name__)

_THREADS = 4
_MAX_WAITING = 100_000
"""Accepted turns wait for a thread as long as it takes; new ones are refused before."""
_MAX_QUEUED = 64
"""How many accepted turns may wait for a thread before new ones are refused: a second or two of work."""
RETRY_AFTER_SECONDS = 2.0
BUSY = "The tutor is busy; try again in a moment."


@dataclass(frozen=True, slots=True)
class Services:
    """What a tutor is made of, given by the composition.

    `load` and `repair` are as in `LiveCourse`; `producers` makes what produces turns, when the first is asked for;
    `close` is called once at the end.
    """

    courses: CourseStore
    turns: TurnStore
    costs: SpendingStore
    sessions: Sessions
    desk: FollowUpDesk
    counters: Counters
    alarms: Alarms
    model: LanguageModel | None
    producers: Callable[[Produce], Producers]
    load: Callable[[Generation], Loaded]
    repair: Callable[[Generation], None] | None
    close: Callable[[], None]
    max_question_characters: int = 4000
    first_load_seconds: float = FIRST_LOAD_SECONDS


class Tutor:
    """Every course of a store, loaded when needed; turns are stored. Safe to use from several threads.

    Its producers are started and closed by the runner of the event loop.
    """

    def __init__(self, services: Services) -> None:
        self.sessions = services.sessions
        self.desk = services.desk
        self.counters = services.counters
        self.alarms = services.alarms
        self.history = History(services.courses, services.turns, services.costs)
        self._services = services
        self._workers = Workers(_THREADS, _MAX_WAITING, "turn")
        self._popular = PopularQuestions(services.turns)
        self._courses: dict[str, LiveCourse] = {}
        self._lock = threading.Lock()

    @cached_property
    def producers(self) -> Producers:
        """What answers accepted turns and lets readers follow them."""
        return self._services.producers(self.produce)

    @asynccontextmanager
    async def running(self, drain_seconds: float = 0.0) -> AsyncIterator[None]:
        """Within it questions are taken; at its end those that run are given `drain_seconds`."""
        try:
            async with self.producers.started(drain_seconds):
                yield
        finally:
            if self._services.model is not None:
                await self._services.model.close()

    def start(self) -> None:
        """Load every published course, one after another; one that fails is logged and tried again when it is used."""
        for course in self.courses():
            if course.live is not None:
                self._live(course.info.slug).load()

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            courses = list(self._courses.values())
        for course in courses:
            course.close()
        self._workers.close()
        self._services.close()

    def courses(self) -> tuple[Course, ...]:
        """All courses by slug, also those that are still being prepared."""
        return self._services.courses.courses()

    def described(self, slug: str) -> Course:
        """A course as it is listed; raises NotFound."""
        if not is_name(slug):
            raise NotFound(f"There is no course {slug!r}.")
        return self._services.courses.course(slug)

    def presence(self, slug: str) -> Presence:
        """Who answers questions about a course now; raises NotFound."""
        self.described(slug)
        return presence_of(self._services.model)

    def waiting(self) -> dict[str, str]:
        """Why each published course that cannot be asked yet cannot, by slug; begins to load what was not used yet."""
        reasons = {}
        for course in self.courses():
            if course.live is not None:
                live = self._live(course.info.slug)
                live.check()
                if not live.is_loaded:
                    reasons[course.info.slug] = live.wrong
        return reasons

    def degraded(self) -> dict[str, str]:
        """Why each course that is served by a fallback is, by slug."""
        with self._lock:
            courses = list(self._courses.values())
        return {course.slug: course.wrong for course in courses if course.is_loaded and course.wrong}

    @contextmanager
    def course(self, slug: str) -> Iterator[CourseTutor]:
        """The live generation of a course, which stays open within; raises NotFound or BeingPrepared."""
        with self._live(slug).using() as tutor:
            yield tutor

    def lessons(self, slug: str) -> tuple[CourseInfo, tuple[Lesson, ...]]:
        """A course and its lessons in order."""
        with self.course(slug) as tutor:
            return tutor.index.build.info, tutor.index.build.lessons

    def lesson(self, slug: str, name: str) -> Lesson:
        """A lesson by its path; raises NotFound."""
        for lesson in self.lessons(slug)[1]:
            if lesson.lesson == name:
                return lesson
        raise NotFound(f"The course {slug!r} has no lesson {name!r}.")

    def popular_questions(self, slug: str, lesson: str | None = None) -> tuple[PopularQuestion, ...]:
        """What is asked often in a course, or on a lesson of it; raises NotFound."""
        info = self.described(slug).info
        if lesson is not None:
            self.lesson(slug, lesson)
        return self._popular.questions(info, lesson or "")

    def search(
        self, slug: str, query: str, k: int = 10, *, lesson: str | None = None, not_beyond: str | None = None
    ) -> tuple[Passage, ...]:
        """The passages of a course that fit the query best, in `lesson` only or in no lesson after `not_beyond`.

        Raises NotFound for a lesson that the course does not have, InvalidRequest for an empty or endless query.
        """
        query = self._asked(query)
        with self.course(slug) as tutor:
            for name in filter(None, (lesson, not_beyond)):
                self._must_have(tutor, name)
            return tutor.search(query, k, lesson=lesson, not_beyond=not_beyond)

    def is_full(self, more: int = 0) -> bool:
        """Whether so many turns wait for a thread, with `more` that are about to, that new ones have to be refused.

        Who is refused at once can come again; who is accepted must not wait behind more than can soon be done.
        """
        return self._workers.waiting + self.producers.accepting + more >= _MAX_QUEUED

    def check_question(self, slug: str, question: Question, *, own_only: bool = False) -> Turn:
        """The turn for a question that can be asked, not stored yet.

        With `own_only` a conversation that another than the question's student began is as good as none.
        Raises NotFound for a lesson or conversation that the course does not have, InvalidRequest for an empty or
        endless question or an unknown mode, Overloaded when too many turns wait for a thread, and as `course`.
        """
        if self.is_full():
            raise Overloaded(BUSY, RETRY_AFTER_SECONDS)
        question = replace(question, text=self._asked(question.text))
        with self.course(slug) as tutor:
            turn = tutor.accepted(question)
            # Beside the database, which stores the turn meanwhile.
            self._workers.begin(tutor.prepare, turn)
        if question.conversation is not None and not question.history:
            self.history.check_beginner(slug, question.conversation, question.student if own_only else None)
        return turn

    async def produce(self, turn: Turn) -> AsyncGenerator[Event]:
        """Everything that happens in an accepted turn; the last event is its end."""
        try:
            async with AsyncExitStack() as opened:
                # Entering may wait for the course to load; leaving closes an index that was replaced meanwhile.
                using = self._live(turn.course).using()
                tutor = await self._workers.run(using.__enter__)
                opened.push_async_callback(self._workers.run, using.__exit__, None, None, None)
                earlier = await self._workers.run(self.history.before, turn)
                events = await opened.enter_async_context(aclosing(tutor.events(turn, earlier, self._workers.run)))
                async for event in events:
                    if event.is_end:
                        self._count(turn_from_json(event.data["turn"]))
                    yield event
        except Exception:
            # The caller ends the turn, and it counts all the same.
            self._count(replace(turn, state=TurnState.FAILED))
            raise

    async def ask(self, slug: str, question: Question, request: RequestKey | None = None) -> Turn:
        """Answer a question; the turn is stored. A request that was accepted already gets the same turn.

        Raises as `check_question`, and InvalidRequest for a key that was used for another question.
        """
        turn = await self._workers.run(self.check_question, slug, question)
        return await self.producers.ended(await self.producers.accept(turn, request))

    def rate(self, feedback: Feedback) -> Feedback:
        """Store what a reader thought of a turn; raises NotFound."""
        stored = self.history.rate(feedback)
        if feedback.rating == "down":
            turn = self.history.turn(feedback.turn)
            self._popular.forget(turn.course)
            with suppress(TutorError), self.course(turn.course) as tutor:
                tutor.forget(turn)
        self.counters.add("feedback", feedback.rating)
        return stored

    def _asked(self, text: str) -> str:
        """What was asked, without what no database takes; raises InvalidRequest when it is nothing or too much."""
        text = text.replace("\0", " ").strip()
        if not text:
            raise InvalidRequest("Ask a question: there is no word in it.")
        if len(text) > self._services.max_question_characters:
            limit = self._services.max_question_characters
            raise InvalidRequest(f"The question has {len(text):,} characters; at most {limit:,} are read.")
        return text

    def _count(self, turn: Turn) -> None:
        self.counters.add("turns", turn.state.value, turn.answerer)
        if turn.fallback:
            self.counters.add("fallbacks", turn.course, turn.fallback)
        self.alarms.ended(turn)

    def _must_have(self, tutor: CourseTutor, name: str) -> None:
        if all(lesson.lesson != name for lesson in tutor.index.build.lessons):
            raise NotFound(f"The course has no lesson {name!r}.")

    def _live(self, slug: str) -> LiveCourse:
        if not is_name(slug):
            raise NotFound(f"There is no course {slug!r}.")
        with self._lock:
            known = self._courses.get(slug)
        if known is not None:
            return known
        # Unpublished names must not fill the memory.
        self._services.courses.course(slug)
        with self._lock:
            given = self._services
            made = LiveCourse(slug, given.courses.live, given.load, given.repair, given.first_load_seconds)
            return self._courses.setdefault(slug, made)
