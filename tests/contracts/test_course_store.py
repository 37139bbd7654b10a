"""What every store of courses promises, on SQLite and on Postgres."""

from __future__ import annotations

import hashlib
import stat
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine, text, update

from tests.contracts.databases import postgres_database
from tutor.adapters.sql.courses import SqlCourses
from tutor.adapters.sql.database import newest_version, open_database, reading, sqlite_url, writing
from tutor.adapters.sql.tables import generations
from tutor.errors import (
    BeingPrepared,
    ConfigurationError,
    InvalidRequest,
    NotFound,
    PermanentError,
    TransientError,
    UpstreamUnavailable,
)
from tutor.index.generations import GenerationState, Origin, Recipe
from tutor.index.protocols import CourseStore
from tutor.models import Chunk, Contact, CourseInfo, FollowUpRules, Heading, Lesson, LessonQuestions, Mark

RECIPE = Recipe("loading 1, chunking 1", 256, "hash-8", 8)
INFO = CourseInfo(
    "networks",
    "Computer networks",
    language="de",
    description="Von Bits zu Bytes",
    greeting="Hallo! 👋",
    licence="CC BY 4.0",
    popular_questions=("What is TCP?", "Was ist ein Router?"),
    contacts=(Contact("email", "Ada", "ada@example.org"), Contact("link", "Forum", "https://example.org")),
    graded_lessons=("*/exam.md",),
    allowed_hosts=("example.org", "*.example.net"),
    mask_personal_data=False,
    most_verbatim_words=80,
    origins=("https://school.example", "http://localhost:3000"),
    follow_ups=FollowUpRules(True, "team@school.example", "Ich bin einverstanden."),
    lesson_questions=(LessonQuestions("02-tcp.md", ("What is FIN?", "Was ist SYN?")), LessonQuestions("03.md", ())),
)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, gone after the test."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "data")
        return
    with postgres_database() as made:
        yield made


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """The database with its tables."""
    engine = open_database(url)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> CourseStore:
    """A store on the empty database."""
    return SqlCourses(engine)


def lesson(name: str, words: str = "TCP ends a connection with FIN.") -> Lesson:
    body = f"# {name.title()} 👋\n\n{words}"
    return Lesson(
        lesson=f"01-basics/{name}.md",
        title=f"{name.title()} 👋",
        text=body,
        headings=(Heading(1, f"{name.title()} 👋", name, 2, 4 + len(name)),),
        marks=(Mark("anchor", name, 0), Mark("page", "2", 5)),
        chapter="Basics",
        order=1,
        minutes=3,
        preview=True,
        url=f"https://example.org/{name}",
        source_digest=hashlib.sha256(body.encode()).hexdigest(),
    )


def chunks_of(*lessons: Lesson) -> list[Chunk]:
    return [
        Chunk(item.lesson, start, end, item.text[start:end], item.title, end - start)
        for item in lessons
        for start, end in ((0, item.headings[0].end), (item.headings[0].end + 2, len(item.text)))
    ]


def digest(words: str) -> bytes:
    return hashlib.sha256(words.encode()).digest()


def rows(count: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((count, 8)).astype(np.float32)


def begin(store: CourseStore, *lessons: Lesson, info: CourseInfo = INFO, words: Sequence[str] = ()) -> int:
    return store.begin_generation(
        info, RECIPE, lessons, chunks_of(*lessons), [Origin()] * len(lessons), [digest(item) for item in words]
    )


def test_a_generation_is_read_back_as_it_was_written(store: CourseStore) -> None:
    lessons = [lesson("zebra"), lesson("apple", "Zwei Wörter \u2013 und 日本語.")]
    chunks = chunks_of(*lessons)
    origins = [Origin(7, "https://example.org/z", ("page 3 holds no text",)), Origin()]
    generation = store.begin_generation(INFO, RECIPE, lessons, chunks, origins, [digest("a")])
    build = store.build(generation)
    assert build.lessons == tuple(lessons)
    assert build.chunks == tuple(chunks)
    assert build.info == INFO
    assert build.origins == tuple(origins)
    assert build.generation.recipe == RECIPE
    assert build.generation.state is GenerationState.BUILDING
    assert (build.generation.lessons, build.generation.chunks) == (2, 4)
    assert build.generation.tokens == sum(chunk.tokens for chunk in chunks)
    assert abs(build.generation.created_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_course_without_a_published_generation_is_being_prepared(store: CourseStore) -> None:
    with pytest.raises(NotFound):
        store.live("networks")
    begin(store, lesson("a"))
    assert store.course("networks").live is None
    assert store.course("networks").info == INFO
    with pytest.raises(BeingPrepared):
        store.live("networks")


def test_unknown_names_are_not_found(store: CourseStore) -> None:
    for call in (
        lambda: store.course("nothing"),
        lambda: store.build(77),
        lambda: store.publish(77),
        lambda: store.rollback("networks", 77),
        lambda: store.describe(INFO),
    ):
        with pytest.raises(NotFound):
            call()
    assert store.courses() == ()
    assert store.generations("nothing") == ()
    store.delete_generation(77)


def test_publishing_retires_the_live_generation_and_changes_the_course_with_it(store: CourseStore) -> None:
    first = begin(store, lesson("a"))
    store.publish(first)
    second = begin(store, lesson("a"), lesson("b"), info=replace(INFO, title="Networks, revised"))
    assert store.generations("networks")[1].live_at is None
    assert store.live("networks").id == first
    assert store.course("networks").info == INFO
    store.publish(second)
    assert store.live("networks").id == second
    assert store.course("networks").info.title == "Networks, revised"
    old, new = store.generations("networks")
    assert old.live_at is not None
    assert new.live_at is not None
    assert new.created_at < new.live_at
    assert old.live_at < new.live_at
    states = {item.id: item.state for item in store.generations("networks")}
    assert states == {first: GenerationState.RETIRED, second: GenerationState.LIVE}


def test_only_a_building_generation_can_be_published(store: CourseStore) -> None:
    first = begin(store, lesson("a"))
    store.publish(first)
    with pytest.raises(InvalidRequest):
        store.publish(first)
    second = begin(store, lesson("b"))
    store.publish(second)
    with pytest.raises(InvalidRequest):
        store.publish(first)
    assert store.live("networks").id == second


def test_rolling_back_brings_the_old_generation_and_its_fields_back(store: CourseStore) -> None:
    first = begin(store, lesson("a"))
    store.publish(first)
    second = begin(store, lesson("b"), info=replace(INFO, greeting="Servus"))
    with pytest.raises(InvalidRequest):
        store.rollback("networks", second)
    store.publish(second)
    with pytest.raises(NotFound):
        store.rollback("another", first)
    store.rollback("networks", first)
    assert store.live("networks").id == first
    assert store.course("networks").info.greeting == "Hallo! 👋"
    assert [item.state for item in store.generations("networks")] == ["live", "retired"]


def test_describing_changes_the_course_without_a_new_generation(store: CourseStore) -> None:
    generation = begin(store, lesson("a"))
    store.publish(generation)
    changed = replace(INFO, greeting="Moin", contacts=())
    store.describe(changed)
    assert store.course("networks").info == changed
    assert store.build(generation).info == changed
    assert len(store.generations("networks")) == 1


def test_a_generation_of_an_older_version_has_the_rules_of_a_course_that_names_none(
    store: CourseStore, engine: Engine
) -> None:
    first = begin(store, lesson("a"))
    older = asdict(INFO)
    ruled = "graded_lessons allowed_hosts mask_personal_data most_verbatim_words origins follow_ups".split()
    ruled.append("lesson_questions")
    for name in ruled:
        del older[name]
    with writing(engine) as connection:
        connection.execute(update(generations).where(generations.c.id == first).values(info=older))
    plain = replace(INFO, **{name: getattr(CourseInfo("", ""), name) for name in ruled})
    assert store.build(first).info == plain
    store.publish(first)
    assert store.course("networks").info == plain
    store.publish(begin(store, lesson("b")))
    assert store.course("networks").info == INFO
    store.rollback("networks", first)
    assert store.course("networks").info == plain


def test_courses_are_listed_by_slug_with_their_live_generation(store: CourseStore) -> None:
    begin(store, lesson("a"), info=replace(INFO, slug="z"))
    generation = begin(store, lesson("a"), info=replace(INFO, slug="b"))
    store.publish(generation)
    listed = store.courses()
    assert [course.info.slug for course in listed] == ["b", "z"]
    assert [course.live.id if course.live else None for course in listed] == [generation, None]


def test_vectors_come_back_to_the_bit_and_by_model(store: CourseStore) -> None:
    values = rows(3)
    keys = [digest(word) for word in "abc"]
    store.add_vectors(keys, "one", values)
    store.add_vectors(keys[:1], "two", rows(1, seed=5))
    found = store.vectors_of([*keys, keys[0], digest("unknown")], "one")
    assert set(found) == set(keys)
    assert np.array_equal(np.stack([found[key] for key in keys]), values)
    assert np.array_equal(store.vectors_of(keys, "two")[keys[0]], rows(1, seed=5)[0])
    assert store.vectors_of(keys, "three") == {}
    assert store.vectors_of([], "one") == {}


def test_adding_a_vector_again_keeps_the_first(store: CourseStore) -> None:
    store.add_vectors([digest("a")], "one", rows(1))
    store.add_vectors([digest("a"), digest("b")], "one", rows(2, seed=9))
    found = store.vectors_of([digest("a"), digest("b")], "one")
    assert np.array_equal(found[digest("a")], rows(1)[0])
    assert np.array_equal(found[digest("b")], rows(2, seed=9)[1])


def test_more_vectors_than_a_statement_takes_values(store: CourseStore) -> None:
    keys = [digest(str(number)) for number in range(6_000)]
    values = rows(6_000)
    store.add_vectors(keys, "one", values)
    found = store.vectors_of([*keys, *(digest(f"unknown {number}") for number in range(70_000))], "one")
    assert np.array_equal(np.stack([found[key] for key in keys]), values)


def test_deleting_a_generation_drops_only_vectors_that_nothing_else_uses(store: CourseStore) -> None:
    first = begin(store, lesson("a"), words=["both", "old", "elsewhere", "other model"])
    store.publish(first)
    second = begin(store, lesson("a"), words=["both", "new"])
    begin(store, lesson("a"), info=replace(INFO, slug="another"), words=["elsewhere"])
    recipe = replace(RECIPE, model="hash-9")
    store.begin_generation(
        replace(INFO, slug="third"), recipe, [lesson("a")], chunks_of(lesson("a")), [Origin()], [digest("other model")]
    )
    words = ["both", "old", "new", "elsewhere", "other model", "of nobody"]
    keys = [digest(word) for word in words]
    store.add_vectors(keys, RECIPE.model, rows(6))
    store.add_vectors(keys, "hash-9", rows(6))
    store.publish(second)
    store.delete_generation(first)
    left = store.vectors_of(keys, RECIPE.model)
    assert {word for word in words if digest(word) in left} == {"both", "new", "elsewhere", "of nobody"}
    assert len(store.vectors_of(keys, "hash-9")) == 6
    with pytest.raises(NotFound):
        store.build(first)
    assert [item.id for item in store.generations("networks")] == [second]


def test_the_live_generation_cannot_be_deleted(store: CourseStore) -> None:
    generation = begin(store, lesson("a"))
    store.publish(generation)
    with pytest.raises(InvalidRequest):
        store.delete_generation(generation)
    assert store.build(generation).lessons == (lesson("a"),)


def test_ids_of_deleted_generations_are_not_used_again(store: CourseStore) -> None:
    first = begin(store, lesson("a"))
    store.delete_generation(first)
    assert begin(store, lesson("a")) > first


def test_a_generation_that_fails_half_way_leaves_nothing(store: CourseStore) -> None:
    twice = [lesson("a"), lesson("a")]
    with pytest.raises(PermanentError):
        store.begin_generation(INFO, RECIPE, twice, chunks_of(twice[0]), [Origin(), Origin()], [digest("a")])
    assert store.courses() == ()
    assert store.generations("networks") == ()


def test_of_two_publishers_of_one_generation_one_is_refused(store: CourseStore) -> None:
    generation = begin(store, lesson("a"))
    outcomes: list[str] = []
    barrier = threading.Barrier(4)

    def publish() -> None:
        barrier.wait()
        try:
            store.publish(generation)
            outcomes.append("published")
        except InvalidRequest:
            outcomes.append("refused")

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["published", "refused", "refused", "refused"]


def test_several_processes_may_open_a_new_database_at_once(url: str) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            engine = open_database(url)
            with reading(engine) as connection:
                assert connection.execute(text("SELECT count(*) FROM courses")).scalar() == 0
            engine.dispose()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_opening_again_keeps_what_is_there(store: CourseStore, url: str) -> None:
    begin(store, lesson("a"))
    again = open_database(url)
    assert len(SqlCourses(again).courses()) == 1
    again.dispose()


def test_a_database_of_a_newer_version_is_refused(engine: Engine, url: str) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="newer"):
        open_database(url)


def test_the_tables_are_what_the_migrations_make(engine: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from tutor.adapters.sql.tables import metadata

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == newest_version()


def test_a_locked_sqlite_database_is_a_transient_error(tmp_path: Path) -> None:
    engine = open_database(sqlite_url(tmp_path), busy_timeout_seconds=0.01)
    with writing(engine), pytest.raises(TransientError), writing(engine):
        pass
    engine.dispose()


def test_a_file_that_is_no_database_is_a_permanent_error(tmp_path: Path) -> None:
    (tmp_path / "tutor.db").write_bytes(b"lessons" * 1000)
    with pytest.raises(PermanentError, match="not a database"):
        open_database(sqlite_url(tmp_path))


def test_a_server_that_does_not_answer_is_unavailable_and_its_password_is_not_told() -> None:
    with pytest.raises(UpstreamUnavailable) as caught:
        open_database("postgresql://tutor:hunter2@127.0.0.1:1/tutor")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("address", ["not a url", "mysql://root@127.0.0.1/x", "sqlite://"])
def test_addresses_of_other_kinds_are_a_configuration_error(address: str) -> None:
    with pytest.raises(ConfigurationError):
        open_database(address)


def test_the_sqlite_file_and_its_folder_are_their_owner_s_only(tmp_path: Path) -> None:
    engine = open_database(sqlite_url(tmp_path / "new"))
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM courses"))
        files = sorted((tmp_path / "new").iterdir())
        assert [path.name for path in files] == ["tutor.db", "tutor.db-shm", "tutor.db-wal"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    engine.dispose()
