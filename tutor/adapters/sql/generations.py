"""The generations of a course: begun, published, rolled back and deleted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, text, update

from tutor.adapters.sql.database import reading, writing
from tutor.adapters.sql.tables import chunks, courses, generations, lessons, units, vectors
from tutor.errors import InvalidRequest, NotFound
from tutor.index.generations import Generation, GenerationState, Origin, Recipe
from tutor.models import Chunk, Contact, CourseInfo, FollowUpRules, Lesson, LessonQuestions

_LESSON_FIELDS = ("lesson", "title", "text", "chapter", "order", "minutes", "preview", "url", "source_digest")
_LISTS = ("graded_lessons", "allowed_hosts", "origins")


class SqlGenerations:
    """Writes whole generations and decides which is live; implements `GenerationStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin_generation(
        self,
        info: CourseInfo,
        recipe: Recipe,
        lessons_in_order: Sequence[Lesson],
        chunks_in_order: Sequence[Chunk],
        origins: Sequence[Origin],
        digests: Collection[bytes],
    ) -> int:
        """Store a new generation in state `building`, all or nothing, and return its id.

        `origins` has one item per lesson; `digests` are those of every text that is embedded. The course is created
        when it is new.
        """
        positions = {lesson.lesson: position for position, lesson in enumerate(lessons_in_order)}
        fields = _fields(info)
        with writing(self._engine) as connection:
            _one_at_a_time(connection)
            if not connection.execute(select(courses.c.slug).where(courses.c.slug == info.slug)).first():
                connection.execute(insert(courses).values(fields))
            row = {
                "course": info.slug,
                "state": GenerationState.BUILDING,
                "created_at": datetime.now(UTC),
                **asdict(recipe),
                "lessons": len(lessons_in_order),
                "chunks": len(chunks_in_order),
                "tokens": sum(chunk.tokens for chunk in chunks_in_order),
                "info": fields,
            }
            generation: int = connection.execute(
                insert(generations).values(row).returning(generations.c.id)
            ).scalar_one()
            described = enumerate(zip(lessons_in_order, origins, strict=True))
            _insert_all(connection, lessons, [_lesson_row(generation, place, *both) for place, both in described])
            rows = []
            for ordinal, chunk in enumerate(chunks_in_order):
                key = {"generation": generation, "ordinal": ordinal, "position": positions[chunk.lesson]}
                span = {"start": chunk.start, "end": chunk.end, "section": chunk.section, "tokens": chunk.tokens}
                rows.append(key | span)
            _insert_all(connection, chunks, rows)
            _insert_all(
                connection, units, [{"generation": generation, "digest": digest} for digest in sorted(set(digests))]
            )
        return generation

    def publish(self, generation: int) -> None:
        """Make a generation that was `building` the live one, with its course's fields; the live one retires.

        Raises NotFound, or InvalidRequest when it is not `building`.
        """
        with writing(self._engine) as connection:
            self._flip(connection, generation, GenerationState.BUILDING)

    def rollback(self, course: str, generation: int) -> None:
        """Make a retired generation of `course` live again; the live one retires.

        Raises NotFound, or InvalidRequest when it is not `retired`.
        """
        with writing(self._engine) as connection:
            if _get(connection, generation).course != course:
                raise NotFound(f"The course {course!r} has no generation {generation}.")
            self._flip(connection, generation, GenerationState.RETIRED)

    def describe(self, info: CourseInfo) -> None:
        """Change the fields of a course, for readers at once and for its live generation; raises NotFound."""
        with writing(self._engine) as connection:
            _set_info(connection, info.slug, _fields(info))
            live = select(courses.c.live_generation).where(courses.c.slug == info.slug).scalar_subquery()
            connection.execute(update(generations).where(generations.c.id == live).values(info=_fields(info)))

    def generations(self, course: str) -> tuple[Generation, ...]:
        """All generations of `course`, oldest first, in any state; none when there is no such course."""
        with reading(self._engine) as connection:
            found = connection.execute(
                select(generations).where(generations.c.course == course).order_by(generations.c.id)
            )
            return tuple(generation_from(row) for row in found)

    def delete_generation(self, generation: int) -> None:
        """Delete a generation that is not live, and the vectors that no other generation of any course uses.

        One that does not exist is deleted already. Raises InvalidRequest when it is live.
        """
        with writing(self._engine) as connection:
            _one_at_a_time(connection)
            row = connection.execute(select(generations).where(generations.c.id == generation)).first()
            if row is None:
                return
            if row.state == GenerationState.LIVE:
                raise InvalidRequest(f"Generation {generation} is live and cannot be deleted.")
            other = (
                select(units.c.digest)
                .join(generations, generations.c.id == units.c.generation)
                .where(units.c.digest == vectors.c.digest, units.c.generation != generation)
                .where(generations.c.model == row.model)
            )
            own = select(units.c.digest).where(units.c.generation == generation)
            connection.execute(
                delete(vectors).where(vectors.c.model == row.model, vectors.c.digest.in_(own), ~other.exists())
            )
            for table in (units, chunks, lessons):
                connection.execute(delete(table).where(table.c.generation == generation))
            connection.execute(delete(generations).where(generations.c.id == generation))

    def _flip(self, connection: Connection, generation: int, expected: GenerationState) -> None:
        chosen = _get(connection, generation)
        if chosen.state != expected:
            raise InvalidRequest(f"Generation {generation} is {chosen.state}, not {expected}.")
        is_live = (generations.c.course == chosen.course) & (generations.c.state == GenerationState.LIVE)
        connection.execute(update(generations).where(is_live).values(state=GenerationState.RETIRED))
        fields = {"state": GenerationState.LIVE, "live_at": datetime.now(UTC)}
        connection.execute(update(generations).where(generations.c.id == generation).values(fields))
        # Through its value, so that what an older version did not write is set too, and not left as it was.
        _set_info(connection, chosen.course, {**_fields(info_from(chosen.info)), "live_generation": generation})


def generation_from(row: Row[Any]) -> Generation:
    """The generation in a row of its table."""
    return Generation(
        id=row.id,
        course=row.course,
        state=GenerationState(row.state),
        created_at=row.created_at,
        live_at=row.live_at,
        recipe=Recipe(row.method, row.budget_tokens, row.model, row.dimensions),
        lessons=row.lessons,
        chunks=row.chunks,
        tokens=row.tokens,
    )


def info_from(fields: dict[str, Any]) -> CourseInfo:
    """The course's fields from their JSON object; one of an older version lacks some keys."""
    contacts = tuple(Contact(**contact) for contact in fields["contacts"])
    lists = {name: tuple(fields[name]) for name in _LISTS if name in fields}
    follow_ups = FollowUpRules(**fields.get("follow_ups", {}))
    questions = [each for each in fields["popular_questions"] if isinstance(each, str)]
    of_lessons = [each for each in fields["popular_questions"] if not isinstance(each, str)]
    made = {
        "contacts": contacts,
        "follow_ups": follow_ups,
        "popular_questions": tuple(questions),
        "lesson_questions": tuple(LessonQuestions(each["lesson"], tuple(each["questions"])) for each in of_lessons),
    }
    return CourseInfo(**{**fields, **lists, **made})


def _fields(info: CourseInfo) -> dict[str, Any]:
    """The course's fields as they are stored: questions of lessons stand among the others, as in `course.yaml`."""
    fields = asdict(info)
    fields["popular_questions"] = [*fields["popular_questions"], *fields.pop("lesson_questions")]
    return fields


def _one_at_a_time(connection: Connection) -> None:
    """Between begin and delete: a vector that one finds to be unused must not just be about to be used by the other."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyhow
        connection.execute(text("LOCK TABLE units IN SHARE ROW EXCLUSIVE MODE"))


def _get(connection: Connection, generation: int) -> Row[Any]:
    # Locked on Postgres, so that of two publishers the second sees what the first has done.
    row = connection.execute(select(generations).where(generations.c.id == generation).with_for_update()).first()
    if row is None:
        raise NotFound(f"There is no generation {generation}.")
    connection.execute(select(courses.c.slug).where(courses.c.slug == row.course).with_for_update())
    return row


def _set_info(connection: Connection, slug: str, fields: dict[str, Any]) -> None:
    changed = connection.execute(update(courses).where(courses.c.slug == slug).values(fields))
    if changed.rowcount == 0:
        raise NotFound(f"There is no course {slug!r}.")


def _lesson_row(generation: int, position: int, lesson: Lesson, origin: Origin) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(lesson, name) for name in _LESSON_FIELDS}
    row["headings"] = [[item.level, item.title, item.anchor, item.start, item.end] for item in lesson.headings]
    row["marks"] = [[mark.kind, mark.label, mark.start] for mark in lesson.marks]
    row |= {"own_order": origin.order, "own_url": origin.url, "notes": list(origin.notes)}
    return {"generation": generation, "position": position, **row}


def _insert_all(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
