"""What the pages of a course show: its lessons by chapter, one lesson with its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from tutor.api.pages.lesson_markup import begins_with_title, lesson_html
from tutor.api.pages.lesson_nodes import LESSON_NODES, LruCache, state_of
from tutor.api.pages.markup import Levels
from tutor.courses.tutor import Tutor
from tutor.errors import BeingPrepared, NotFound, TutorError
from tutor.index.generations import Build, Course
from tutor.models import Heading, Lesson
from tutor.text.messages import Messages

_DEEPEST = 3
_pages: LruCache[Markup] = LruCache(64)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A course with its lessons in order; `trouble` is why it cannot be read now, if so."""

    course: Course
    lessons: tuple[Lesson, ...] = ()
    trouble: str = ""
    being_prepared: bool = False

    @property
    def chapters(self) -> list[tuple[str, list[tuple[int, Lesson]]]]:
        """The lessons with their numbers from 1, by chapter."""
        numbered = enumerate(self.lessons, 1)
        return [(chapter, list(group)) for chapter, group in groupby(numbered, key=lambda each: each[1].chapter)]


@dataclass(frozen=True, slots=True)
class LessonPage:
    """A lesson as it is read: `number` of `count` from 1, in chapter number `chapter` from 1.

    `outline` are its headings with their depth from 1.
    """

    lesson: Lesson
    number: int
    count: int
    chapter: int
    before: Lesson | None
    after: Lesson | None
    html: Markup
    has_title: bool
    outline: tuple[tuple[int, Heading], ...]


def shelf(tutor: Tutor, slug: str) -> Shelf:
    """A course; raises NotFound."""
    return _shelf(tutor, tutor.described(slug))


def shelves(tutor: Tutor) -> list[Shelf]:
    """All courses by slug."""
    return [_shelf(tutor, course) for course in tutor.courses()]


def lesson_page(tutor: Tutor, slug: str, name: str, words: Messages) -> LessonPage:
    """A lesson of a course; raises NotFound and BeingPrepared."""
    with tutor.course(slug) as opened:
        build = opened.index.build
        number = opened.index.position.get(name)
        if number is None:
            raise NotFound(f"The course {slug!r} has no lesson {name!r}.")
        return _lesson_page(build, number, words)


def _shelf(tutor: Tutor, course: Course) -> Shelf:
    try:
        return Shelf(course, tutor.lessons(course.info.slug)[1])
    except BeingPrepared:
        return Shelf(course, being_prepared=True)
    except TutorError as error:
        return Shelf(course, trouble=error.message)


def _lesson_page(build: Build, place: int, words: Messages) -> LessonPage:
    lesson, lessons = build.lessons[place], build.lessons
    nodes = LESSON_NODES.nodes(build, lesson)
    key = (state_of(build, lesson), words.language)
    html = _pages.get(key, lambda: lesson_html(lesson, nodes, build.info.slug, words))
    has_title = begins_with_title(nodes)
    return LessonPage(
        lesson,
        place + 1,
        len(lessons),
        _chapters_to(lessons[: place + 1]),
        lessons[place - 1] if place else None,
        lessons[place + 1] if place + 1 < len(lessons) else None,
        html,
        has_title,
        _outline(lesson.headings[1:] if has_title else lesson.headings),
    )


def _chapters_to(lessons: Sequence[Lesson]) -> int:
    return sum(1 for _ in groupby(lessons, key=lambda lesson: lesson.chapter))


def _outline(headings: Sequence[Heading]) -> tuple[tuple[int, Heading], ...]:
    levels = Levels()
    numbered = ((levels.next(heading.level) - 1, heading) for heading in headings)
    return tuple((depth, heading) for depth, heading in numbered if depth < _DEEPEST)
