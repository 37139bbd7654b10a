"""What is configured, what is reachable, what is live, and what to do about what is not."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tutor.config import Settings
from tutor.errors import ConfigurationError, TutorError
from tutor.wiring.parts import chroma_server, has_data, make_embedder, make_model, open_engine

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tutor.index.generations import Course
    from tutor.index.protocols import CourseStore
    from tutor.llm.model import LanguageModel

_PATIENCE_SECONDS = 10.0
_LEAST_FREE_BYTES = 500_000_000
_INGEST = "course-tutor ingest PATH --course"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing that was looked at; `remedy` says what to do when its `state` is not `ok`."""

    subject: str
    state: Literal["ok", "warn", "fail"]
    found: str
    remedy: str = ""


def examine(settings: Settings) -> Iterator[CheckResult]:
    """Look at one thing after another; nothing is created, but an older database is migrated."""
    yield _access(settings)
    yield from _folder(settings)
    yield _embedding(settings)
    yield _model(settings)
    yield _follow_ups(settings)
    if settings.chroma_url is not None:
        yield _chroma(settings)
    if not has_data(settings):
        remedy = f"Ingest a folder of lessons: {_INGEST} SLUG"
        yield CheckResult("database", "warn", f"none in {settings.data_dir} yet", remedy)
        return
    try:
        engine = open_engine(settings)
    except TutorError as error:
        yield CheckResult("database", "fail", error.message, "Start it, or set TUTOR_DATABASE_URL to where it is.")
        return
    try:
        yield from _stored(settings, engine)
    finally:
        engine.dispose()


def _access(settings: Settings) -> CheckResult:
    where = f"{settings.host}:{settings.port}"
    if settings.api_key is not None:
        return CheckResult("access", "ok", f"listens on {where}, callers need TUTOR_API_KEY")
    if settings.is_local:
        return CheckResult("access", "ok", f"listens on {where}, this machine only, no key needed")
    remedy = "Make a key with `course-tutor keys new` and set it, or set TUTOR_HOST=127.0.0.1."
    return CheckResult("access", "fail", f"TUTOR_HOST is {settings.host}, and TUTOR_API_KEY is not set", remedy)


def _folder(settings: Settings) -> Iterator[CheckResult]:
    folder = settings.data_dir.absolute()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        yield CheckResult(
            "data folder", "fail", f"{existing} cannot be written", "Set TUTOR_DATA_DIR to a folder that can."
        )
        return
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"\0" * 4096)
    except OSError as error:
        yield CheckResult(
            "data folder", "fail", f"{existing}: {error.strerror}", "Set TUTOR_DATA_DIR to another folder."
        )
        return
    made = "" if existing == folder else ", made by the first ingest"
    yield CheckResult("data folder", "ok", f"{folder}{made}")
    free = shutil.disk_usage(existing).free
    found = f"{free / 1e9:.1f} GB free"
    if free < _LEAST_FREE_BYTES:
        yield CheckResult("disk", "warn", found, "Make room: an ingest writes a new index beside the old one.")
    else:
        yield CheckResult("disk", "ok", found)


def _embedding(settings: Settings) -> CheckResult:
    try:
        embedder = make_embedder(settings, _PATIENCE_SECONDS)
        length = embedder.embed(["Is anyone there?"]).shape[1]
    except TutorError as error:
        if settings.embedder == "bundled":
            return CheckResult("embedding", "fail", error.message, "Install course-tutor again.")
        where = settings.openai_base_url or "OpenAI"
        remedy = "Check OPENAI_BASE_URL, OPENAI_API_KEY and TUTOR_EMBEDDING_MODEL, or set TUTOR_EMBEDDER=bundled."
        return CheckResult("embedding", "fail", f"{where}: {error.message}", remedy)
    where = "bundled, files as measured" if settings.embedder == "bundled" else settings.openai_base_url or "OpenAI"
    return CheckResult("embedding", "ok", f"{embedder.model}, {length} dimensions ({where})")


def _model(settings: Settings) -> CheckResult:
    quick = {"connect_seconds": _PATIENCE_SECONDS, "first_token_seconds": _PATIENCE_SECONDS}
    try:
        model = make_model(settings.model_copy(update=quick))
        if model is None:
            return CheckResult("answers", "ok", "quote the lessons: no model is configured")
        asyncio.run(_probed(model))
    except TutorError as error:
        return CheckResult("answers", "fail", error.message, "Meanwhile the lessons are quoted.")
    return CheckResult("answers", "ok", f"written by {model.name} at {settings.openai_base_url or 'OpenAI'}")


async def _probed(model: LanguageModel) -> None:
    try:
        await model.probe()
    finally:
        await model.close()


def _follow_ups(settings: Settings) -> CheckResult:
    from tutor.wiring.follow_ups import channels, make_transports

    quick = settings.model_copy(update={"delivery_seconds": _PATIENCE_SECONDS})
    try:
        for transport in make_transports(quick):
            transport.probe()
    except ConfigurationError as error:
        return CheckResult("follow-ups", "fail", error.message, "Set it as .env.example says, or unset TUTOR_SMTP_URL.")
    except TutorError as error:
        return CheckResult("follow-ups", "fail", error.message, "Meanwhile they wait, and nothing is lost.")
    found = " and ".join(channels(settings))
    if not found:
        return CheckResult("follow-ups", "ok", "are listed only: no mail server and no webhook is configured")
    return CheckResult("follow-ups", "ok", f"are sent by {found}")


def _chroma(settings: Settings) -> CheckResult:
    try:
        server = chroma_server(settings)
        count = len(server.collections()) if server else 0
    except ConfigurationError as error:
        return CheckResult("Chroma server", "fail", error.message, "Write TUTOR_CHROMA_URL like http://chroma:8000.")
    except TutorError as error:
        remedy = "Start it, or unset TUTOR_CHROMA_URL to use Chroma in this process; searches go on without meanwhile."
        return CheckResult("Chroma server", "fail", f"{settings.chroma_url}: {error.message}", remedy)
    return CheckResult("Chroma server", "ok", f"{settings.chroma_url}, {count} collections")


def _stored(settings: Settings, engine: Engine) -> Iterator[CheckResult]:
    from tutor.adapters.sql.courses import SqlCourses
    from tutor.adapters.sql.database import newest_version

    store = SqlCourses(engine)
    try:
        courses = store.courses()
        yield CheckResult("database", "ok", f"{engine.dialect.name}, version {newest_version()}")
        if not courses:
            yield CheckResult("courses", "warn", "none yet", f"Ingest a folder of lessons: {_INGEST} SLUG")
        for course in courses:
            yield _course(settings, store, course)
    except TutorError as error:
        yield CheckResult(
            "database", "fail", error.message, "Restore the database, or ingest the courses anew elsewhere."
        )


def _course(settings: Settings, store: CourseStore, course: Course) -> CheckResult:
    from tutor.index.files import damage, index_directory

    slug, live = course.info.slug, course.live
    subject = f"course {slug}"
    if live is None:
        remedy = f"Wait for its ingest to end, or run it again: {_INGEST} {slug}"
        return CheckResult(subject, "warn", "being prepared, nothing is live", remedy)
    found = f"generation {live.id} is live: {live.lessons} lessons, {live.chunks} chunks, {live.recipe.model}"
    model = settings.embedding_model if settings.embedder == "openai" else make_embedder(settings).model
    if settings.embedder == "openai" and settings.embedding_dimensions:
        model = f"{model}@{settings.embedding_dimensions}"
    if model != live.recipe.model:
        remedy = f"Configure {live.recipe.model} again, or embed anew: {_INGEST} {slug} --reembed"
        return CheckResult(subject, "fail", f"{found}; {model} is configured", remedy)
    wrong = damage(index_directory(settings.data_dir, slug, live.id))
    if wrong:
        remedy = "Nothing: a running server rebuilds it from the database, and so does the next ingest."
        return CheckResult(subject, "warn", f"{found}; its index is broken: {wrong}", remedy)
    return CheckResult(subject, "ok", f"{found}; its index is whole")
