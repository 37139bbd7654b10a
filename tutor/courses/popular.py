"""What is asked often: what the instructor proposes, then what students have really asked.

A question of students is shown to others only when several of them have asked it in the same words, so that none is
known by it.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from tutor.errors import TutorError
from tutor.index.lesson_patterns import matches_lesson
from tutor.models import CourseInfo
from tutor.privacy.masking import is_personal
from tutor.text.question_words import plain_words
from tutor.turns.records import AskedQuestion
from tutor.turns.store import TurnStore

MAX_QUESTIONS = 6
STUDENTS = 3
"""How many must have asked a question before others are shown it."""
DAYS = 90
_LOOKED_AT = 5000
_KEPT_SECONDS = 600.0
_LONGEST = 160
_ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PopularQuestion:
    """A question, and who has it from: the instructor's proposal or the students' own."""

    question: str
    source: Literal["instructor", "students"]


@dataclass(frozen=True, slots=True)
class FrequentQuestion:
    """A question of several students, as most of them wrote it; how many asked it, in all and by lesson."""

    question: str
    askers: int
    on: Mapping[str, int]


class PopularQuestions:
    """The popular questions of courses; those of students are counted every ten minutes. Safe in threads."""

    def __init__(self, turns: TurnStore) -> None:
        self._turns = turns
        self._counted: dict[tuple[str, tuple[str, ...]], tuple[float, tuple[FrequentQuestion, ...]]] = {}
        self._lock = threading.Lock()

    def questions(self, info: CourseInfo, lesson: str = "") -> tuple[PopularQuestion, ...]:
        """At most six for a course, or for one of its lessons."""
        return chosen(info, lesson, self._often(info))

    def forget(self, course: str) -> None:
        """Count those of a course anew, as when a reader found an answer wrong."""
        with self._lock:
            self._counted = {key: kept for key, kept in self._counted.items() if key[0] != course}

    def _often(self, info: CourseInfo) -> tuple[FrequentQuestion, ...]:
        key = (info.slug, info.graded_lessons)
        with self._lock:
            until, kept = self._counted.get(key, (0.0, ()))
            if time.monotonic() < until:
                return kept
            # Callers meanwhile get what was counted last: it takes a second or two in a large course.
            self._counted[key] = (time.monotonic() + _KEPT_SECONDS, kept)
        try:
            since = datetime.now(UTC) - timedelta(days=DAYS)
            counted = often(self._turns.askings(info.slug, since, _LOOKED_AT), info.graded_lessons)
        except TutorError:
            self.forget(info.slug)
            raise
        with self._lock:
            # Unless it is to be counted anew by now.
            if key in self._counted:
                self._counted[key] = (time.monotonic() + _KEPT_SECONDS, counted)
        return counted


def chosen(info: CourseInfo, lesson: str, of_students: Sequence[FrequentQuestion]) -> tuple[PopularQuestion, ...]:
    """The instructor's for the lesson and for the course, then the students' on the lesson and in the course."""
    found: dict[tuple[str, ...], PopularQuestion] = {}
    for question in _in_order(info, lesson, of_students):
        found.setdefault(plain_words(question.question), question)
        if len(found) == MAX_QUESTIONS:
            break
    return tuple(found.values())


def often(askings: Sequence[AskedQuestion], graded_lessons: Sequence[str]) -> tuple[FrequentQuestion, ...]:
    """The questions of at least three students that are fit to be shown to all, most asked first.

    `askings` are newest first. A question is left out when any of its answers was found wrong or came from graded work.
    """
    same: dict[tuple[str, ...], list[AskedQuestion]] = defaultdict(list)
    for asking in askings:
        words = plain_words(asking.question)
        # What follows on something means something else alone.
        if words == plain_words(asking.standalone_question):
            same[words].append(asking)
    found = [
        _counted(group)
        for group in same.values()
        if len({asking.asker for asking in group}) >= STUDENTS
        and all(map(_can_be_shown, {asking.question for asking in group}))
        and not any(asking.is_rated_down or _is_graded(asking, graded_lessons) for asking in group)
    ]
    return tuple(sorted(found, key=lambda each: -each.askers))


def _in_order(info: CourseInfo, lesson: str, of_students: Sequence[FrequentQuestion]) -> Iterator[PopularQuestion]:
    for proposed in info.lesson_questions:
        if proposed.lesson == lesson:
            yield from (PopularQuestion(question, "instructor") for question in proposed.questions)
    yield from (PopularQuestion(question, "instructor") for question in info.popular_questions)
    here = [each for each in of_students if lesson and each.on.get(lesson, 0) >= STUDENTS]
    for each in (*sorted(here, key=lambda each: -each.on[lesson]), *of_students):
        yield PopularQuestion(each.question, "students")


def _counted(group: Sequence[AskedQuestion]) -> FrequentQuestion:
    (question, _), *_ = Counter(" ".join(asking.question.split()) for asking in group).most_common(1)
    on = Counter(lesson for lesson, _ in {(asking.lesson, asking.asker) for asking in group})
    return FrequentQuestion(question, len({asking.asker for asking in group}), on)


def _can_be_shown(question: str) -> bool:
    return len(question) <= _LONGEST and not _ADDRESS.search(question) and not is_personal(question)


def _is_graded(asking: AskedQuestion, graded_lessons: Sequence[str]) -> bool:
    return any(matches_lesson(graded_lessons, lesson) for lesson in (asking.lesson, *asking.cited))
