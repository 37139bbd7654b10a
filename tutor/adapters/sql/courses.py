"""Courses and their published generations, as the tutor reads them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from tutor.adapters.sql.database import reading
from tutor.adapters.sql.generations import SqlGenerations, generation_from, info_from
from tutor.adapters.sql.tables import chunks, courses, generations, lessons
from tutor.adapters.sql.vectors import SqlVectors
from tutor.errors import BeingPrepared, NotFound
from tutor.index.generations import Build, Course, Generation, Origin
from tutor.models import Chunk, CourseInfo, Heading, Lesson, Mark


class SqlCourses(SqlGenerations, SqlVectors):
    """The whole store of courses in one SQL database; implements `CourseStore`."""

    def courses(self) -> tuple[Course, ...]:
        """All courses by slug, also those that are still being prepared."""
        with reading(self._engine) as connection:
            return tuple(_courses(connection))

    def course(self, slug: str) -> Course:
        """The course under `slug`; raises NotFound."""
        with reading(self._engine) as connection:
            for course in _courses(connection, slug):
                return course
        raise NotFound(f"There is no course {slug!r}.")

    def live(self, slug: str) -> Generation:
        """The generation of a course that readers see; raises NotFound, or BeingPrepared when there is none yet."""
        generation = self.course(slug).live
        if generation is None:
            raise BeingPrepared(f"The course {slug!r} is being prepared; its first index is not ready yet.", 30.0)
        return generation

    def build(self, generation: int) -> Build:
        """A generation read whole, in one state of the database; raises NotFound when it is gone."""
        with reading(self._engine) as connection:
            row = connection.execute(select(generations).where(generations.c.id == generation)).first()
            if row is None:
                raise NotFound(f"There is no generation {generation}.")
            found = connection.execute(
                select(lessons).where(lessons.c.generation == generation).order_by(lessons.c.position)
            )
            rows = found.all()
            in_order = [_lesson_from(item) for item in rows]
            origins = tuple(Origin(item.own_order, item.own_url, tuple(item.notes)) for item in rows)
            columns = (chunks.c.position, chunks.c.start, chunks.c.end, chunks.c.section, chunks.c.tokens)
            spans = connection.execute(
                select(*columns).where(chunks.c.generation == generation).order_by(chunks.c.ordinal)
            )
            pieces = tuple(_chunk_from(in_order[position], *rest) for position, *rest in spans)
        return Build(generation_from(row), info_from(row.info), tuple(in_order), pieces, origins)


def _courses(connection: Connection, slug: str | None = None) -> list[Course]:
    wanted = select(courses).order_by(courses.c.slug)
    if slug is not None:
        wanted = wanted.where(courses.c.slug == slug)
    rows = connection.execute(wanted).all()
    ids = [row.live_generation for row in rows if row.live_generation is not None]
    found = connection.execute(select(generations).where(generations.c.id.in_(ids))) if ids else ()
    live = {row.id: generation_from(row) for row in found}
    return [Course(_info(row), live.get(row.live_generation)) for row in rows]


def _info(row: Row[Any]) -> CourseInfo:
    fields = dict(row._mapping)
    del fields["live_generation"]
    return info_from(fields)


def _lesson_from(row: Row[Any]) -> Lesson:
    return Lesson(
        lesson=row.lesson,
        title=row.title,
        text=row.text,
        headings=tuple(Heading(*fields) for fields in row.headings),
        marks=tuple(Mark(*fields) for fields in row.marks),
        chapter=row.chapter,
        order=row.order,
        minutes=row.minutes,
        preview=row.preview,
        url=row.url,
        source_digest=row.source_digest,
    )


def _chunk_from(lesson: Lesson, start: int, end: int, section: str, tokens: int) -> Chunk:
    return Chunk(lesson.lesson, start, end, lesson.text[start:end], section, tokens)
