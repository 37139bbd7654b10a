"""Courses and their lessons."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from tutor.api.context import AppContext, CourseSlug, Given
from tutor.api.pages.lesson_nodes import LESSON_NODES
from tutor.api.problems import responses
from tutor.api.shapes.courses import (
    CourseDetailShape,
    CoursesShape,
    LessonShape,
    LessonsShape,
    PopularQuestionsShape,
    PresenceShape,
)
from tutor.errors import NotFound

router = APIRouter(prefix="/api/v1", tags=["courses"])


OnLesson = Annotated[
    str | None, Query(min_length=1, max_length=1000, description="The lesson that the student is on, by its path.")
]


@router.get("/courses", summary="All courses", operation_id="courses", responses=responses(401, 403, 503))
async def courses(given: Given) -> CoursesShape:
    """All courses by slug, also those whose first index is being prepared."""
    return CoursesShape.of(await given.workers.run(given.tutor.courses))


@router.get(
    "/courses/{course}",
    summary="A course",
    operation_id="course",
    responses=responses(401, 403, 404, 422, 503),
)
async def course(given: Given, course: CourseSlug) -> CourseDetailShape:
    """A course as in the list, with the sites that may hold its tutor and what follow-ups ask of a student."""
    return CourseDetailShape.of(await given.workers.run(given.tutor.described, course))


@router.get(
    "/courses/{course}/presence",
    summary="Who answers now",
    operation_id="presence",
    responses=responses(401, 403, 404, 422, 503),
)
async def presence(given: Given, course: CourseSlug) -> PresenceShape:
    """Whether a model writes the answers now, and which, or the lessons are quoted."""
    return PresenceShape.model_validate(await given.workers.run(given.tutor.presence, course))


@router.get(
    "/courses/{course}/popular-questions",
    summary="What is asked often",
    operation_id="popular_questions",
    responses=responses(401, 403, 404, 422, 503),
)
async def popular_questions(given: Given, course: CourseSlug, lesson: OnLesson = None) -> PopularQuestionsShape:
    """At most six: the instructor's of the lesson and of the course, then what several students have asked there."""
    return PopularQuestionsShape.of(await given.workers.run(given.tutor.popular_questions, course, lesson))


@router.get(
    "/courses/{course}/lessons",
    summary="The lessons of a course",
    operation_id="lessons",
    responses=responses(401, 403, 404, 422, 503),
)
async def lessons(given: Given, course: CourseSlug) -> LessonsShape:
    """The lessons in the course's order, without their text."""
    _, found = await given.workers.run(given.tutor.lessons, course)
    return LessonsShape.of(found)


@router.get(
    "/courses/{course}/lessons/{lesson:path}",
    summary="A lesson",
    operation_id="lesson",
    responses=responses(401, 403, 404, 422, 503),
)
async def lesson(
    given: Given, course: CourseSlug, lesson: Annotated[str, Path(description="Its path.")]
) -> LessonShape:
    """A lesson with the canonical text that all offsets count in, its headings, and the nodes to draw it from."""
    return await given.workers.run(_lesson, given, course, lesson)


def _lesson(given: AppContext, course: str, name: str) -> LessonShape:
    with given.tutor.course(course) as tutor:
        build = tutor.index.build
        found = next((lesson for lesson in build.lessons if lesson.lesson == name), None)
        if found is None:
            raise NotFound(f"The course {course!r} has no lesson {name!r}.")
        return LessonShape.of(found, LESSON_NODES.nodes(build, found))
