"""The tutor of all courses: what the API and the command line ask."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tutor.builds import Course, Generation
from tutor.errors import InvalidRequest, NotFound
from tutor.live_course import FIRST_LOAD_SECONDS, LiveCourse, Loaded
from tutor.models import CourseInfo, Lesson, Passage, Turn
from tutor.protocols import CourseStore, TurnStore
from tutor.records import Feedback, RequestKey
from tutor.tally import Tally
from tutor.turns import CourseTutor, Question

log = logging.getLogger(__name__)

# What names a course or a turn; anything else is not even looked up.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Tutor:
    """Every course of a store, loaded when needed; turns are stored. Safe to use from several threads.

    `load` and `mend` are given by the composition, see `LiveCourse`; `close` is called once at the end.
    """

    def __init__(
        self,
        store: CourseStore,
        turns: TurnStore,
        load: Callable[[Generation], Loaded],
        mend: Callable[[Generation], None] | None,
        close: Callable[[], None],
        tally: Tally,
        max_question_characters: int = 4000,
        first_load_seconds: float = FIRST_LOAD_SECONDS,
    ) -> None:
        self.tally = tally
        self._max_question_characters = max_question_characters
        self._first_load_seconds = first_load_seconds
        self._store = store
        self._turns = turns
        self._load = load
        self._mend = mend
        self._close = close
        self._courses: dict[str, LiveCourse] = {}
        self._lock = threading.Lock()

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
        self._close()

    def courses(self) -> tuple[Course, ...]:
        """All courses by slug, also those that are still being prepared."""
        return self._store.courses()

    def waiting(self) -> dict[str, str]:
        """Why each published course that cannot be asked yet cannot, by slug; begins to load what nobody has used."""
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

    def ask(
        self,
        slug: str,
        question: str,
        *,
        conversation: str | None = None,
        lesson: str | None = None,
        request: RequestKey | None = None,
    ) -> Turn:
        """Answer a question and store the turn; a request that was answered already gets the same turn.

        Raises NotFound for a lesson or conversation that the course does not have, InvalidRequest for an empty or
        endless question and for a key that was used for another one.
        """
        question = self._asked(question)
        with self.course(slug) as tutor:
            if lesson is not None:
                self._must_have(tutor, lesson)
            if request is not None:
                earlier = self._turns.of_request(slug, request)
                if earlier is not None:
                    return earlier
            history = self._history(slug, conversation) if conversation else ()
            turn = tutor.ask(Question(question, conversation, lesson, history=history))
        stored = self._turns.add(turn, request)
        if stored.id == turn.id:
            self.tally.add("turns", turn.state.value, turn.answerer)
        return stored

    def turn(self, id_: str) -> Turn:
        """A turn by its id; raises NotFound."""
        if not _NAME.fullmatch(id_):
            raise NotFound("There is no such turn.")
        return self._turns.turn(id_)

    def rate(self, feedback: Feedback) -> Feedback:
        """Store what a reader thought of a turn; raises NotFound."""
        if not _NAME.fullmatch(feedback.turn):
            raise NotFound("There is no such turn.")
        stored = self._turns.add_feedback(feedback)
        self.tally.add("feedback", feedback.rating)
        return stored

    def _asked(self, text: str) -> str:
        """What was asked, without what no database takes; raises InvalidRequest when it is nothing or too much."""
        text = text.replace("\0", " ").strip()
        if not text:
            raise InvalidRequest("Ask a question: there is no word in it.")
        if len(text) > self._max_question_characters:
            most = self._max_question_characters
            raise InvalidRequest(f"The question has {len(text):,} characters; at most {most:,} are read.")
        return text

    def _history(self, slug: str, conversation: str) -> tuple[tuple[str, str], ...]:
        turns = self._turns.conversation(slug, conversation)
        return tuple(entry for turn in turns for entry in (("user", turn.question), ("assistant", turn.answer)))

    def _must_have(self, tutor: CourseTutor, name: str) -> None:
        if all(lesson.lesson != name for lesson in tutor.index.build.lessons):
            raise NotFound(f"The course has no lesson {name!r}.")

    def _live(self, slug: str) -> LiveCourse:
        if not _NAME.fullmatch(slug):
            raise NotFound(f"There is no course {slug!r}.")
        with self._lock:
            known = self._courses.get(slug)
        if known is not None:
            return known
        # Names that nobody has published must not fill the memory.
        self._store.course(slug)
        with self._lock:
            made = LiveCourse(slug, self._store.live, self._load, self._mend, self._first_load_seconds)
            return self._courses.setdefault(slug, made)
