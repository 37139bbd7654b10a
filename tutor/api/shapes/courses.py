"""Courses and lessons as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from tutor.api.shapes import Shape
from tutor.courses.popular import MAX_QUESTIONS, PopularQuestion
from tutor.follow_ups.follow_up import consent_of
from tutor.index.generations import Course
from tutor.models import Lesson


class ContactShape(Shape):
    """A way to reach a person."""

    kind: Literal["email", "whatsapp", "link"]
    label: str
    value: str


class CourseShape(Shape):
    """A course; without a `generation` its first index is still being prepared."""

    slug: str
    title: str
    description: str
    language: str
    lessons: int
    chunks: int
    generation: int | None = Field(description="The index that is live; null while the first one is prepared.")
    greeting: str
    popular_questions: list[str]
    contacts: list[ContactShape]
    licence: str

    @classmethod
    def of(cls, course: Course) -> CourseShape:
        """The shape of a course."""
        return cls(**_fields(course))


class FollowUpRulesShape(Shape):
    """Whether a student can leave an e-mail address for a person's answer, and what is agreed to by that."""

    enabled: bool
    consent_text: str
    consent_version: str = Field(description="Send it back with the student's consent.")


class CourseDetailShape(CourseShape):
    """A course with what its panel needs."""

    origins: list[str] = Field(description="The web sites whose pages may hold the tutor.")
    follow_ups: FollowUpRulesShape

    @classmethod
    def of(cls, course: Course) -> CourseDetailShape:
        """The shape of a course."""
        info, consent = course.info, consent_of(course.info)
        follow_ups = FollowUpRulesShape(
            enabled=info.follow_ups.enabled, consent_text=consent.text, consent_version=consent.version
        )
        return cls(**_fields(course), origins=list(info.origins), follow_ups=follow_ups)


class PresenceShape(Shape):
    """Who answers: a model, or, in its place, the lessons' own sentences."""

    state: Literal["online", "quoting"]
    answerer: Literal["generative", "quoting"]
    model: str = Field(description="The model's name; empty when none answers, or it is not known yet.")


class PopularQuestionShape(Shape):
    """A question and where it comes from: proposed by the instructor, or asked by several students."""

    question: str
    source: Literal["instructor", "students"]


class PopularQuestionsShape(Shape):
    """What is asked often, no question twice."""

    questions: list[PopularQuestionShape] = Field(max_length=MAX_QUESTIONS)

    @classmethod
    def of(cls, found: tuple[PopularQuestion, ...]) -> PopularQuestionsShape:
        """The shape of popular questions."""
        return cls(questions=[PopularQuestionShape.model_validate(each) for each in found])


def _fields(course: Course) -> dict[str, Any]:
    info, live = course.info, course.live
    return {
        "slug": info.slug,
        "title": info.title,
        "description": info.description,
        "language": info.language,
        "lessons": live.lessons if live else 0,
        "chunks": live.chunks if live else 0,
        "generation": live.id if live else None,
        "greeting": info.greeting,
        "popular_questions": list(info.popular_questions),
        "contacts": [ContactShape.model_validate(contact) for contact in info.contacts],
        "licence": info.licence,
    }


class CoursesShape(Shape):
    """All courses by slug."""

    courses: list[CourseShape]

    @classmethod
    def of(cls, courses: tuple[Course, ...]) -> CoursesShape:
        """The shape of courses."""
        return cls(courses=[CourseShape.of(course) for course in courses])


class LessonLine(Shape):
    """A lesson in a list."""

    lesson: str = Field(description="Its path below the course's folder.", examples=["03-attention/02-masks.md"])
    title: str
    chapter: str
    order: int
    minutes: int = Field(description="Reading time.")
    preview: bool
    url: str


class LessonsShape(Shape):
    """The lessons of a course in order."""

    lessons: list[LessonLine]

    @classmethod
    def of(cls, lessons: tuple[Lesson, ...]) -> LessonsShape:
        """The shape of lessons."""
        return cls(lessons=[LessonLine.model_validate(lesson) for lesson in lessons])


class HeadingShape(Shape):
    """A heading; `text[start:end]` of its lesson are its words."""

    level: int
    title: str
    anchor: str
    start: int
    end: int


class LessonShape(Shape):
    """A lesson with its canonical text, in which all offsets count code points, end exclusive."""

    lesson: str
    title: str
    chapter: str
    order: int
    minutes: int
    preview: bool
    url: str
    text: str
    headings: list[HeadingShape]
    nodes: list[dict[str, Any]] = Field(
        description="The text as data to draw: blocks of a closed vocabulary, each with a `type` and its place in the "
        "text (`start`, `end`); paragraph, heading, list, code, table, quote, rule, math."
    )

    @classmethod
    def of(cls, lesson: Lesson, nodes: Sequence[Mapping[str, Any]]) -> LessonShape:
        """The shape of a lesson and its nodes."""
        headings = [HeadingShape.model_validate(heading) for heading in lesson.headings]
        return cls(
            lesson=lesson.lesson,
            title=lesson.title,
            chapter=lesson.chapter,
            order=lesson.order,
            minutes=lesson.minutes,
            preview=lesson.preview,
            url=lesson.url,
            text=lesson.text,
            headings=headings,
            nodes=[dict(node) for node in nodes],
        )
