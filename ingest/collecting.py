"""A folder of lessons → the course: its lessons in order, their chunks, and what was skipped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from time import monotonic
from urllib.parse import quote

from ingest.entries import Skipped
from ingest.lessons import lesson_from
from ingest.manifest import course_info
from ingest.reading import SourceFile, course_file, natural, sources
from ingest.report import Note, OnProgress, Progress, Warned
from tutor.errors import InvalidRequest, LessonUnreadable
from tutor.index.generations import Build, Origin
from tutor.llm.model import TokenCounter
from tutor.models import Chunk, CourseInfo, Lesson
from tutor.text.plain import plain

_FEW_LETTERS = 40
_NAMED_REASONS = 5


@dataclass(frozen=True, slots=True)
class Cutting:
    """How lessons become chunks: see `ingest.chunking.chunk`."""

    counter: TokenCounter
    budget_tokens: int
    small_tokens: int


@dataclass(frozen=True, slots=True)
class Member:
    """A lesson of the course with its chunks, and what its file said itself."""

    lesson: Lesson
    chunks: tuple[Chunk, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Collected:
    """A course as its folder has it now: members in the course's order, and the files that are not among them."""

    info: CourseInfo
    members: tuple[Member, ...]
    skipped: tuple[Skipped, ...]

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """The lessons in order."""
        return tuple(member.lesson for member in self.members)

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks of all lessons, in order."""
        return tuple(chunk for member in self.members for chunk in member.chunks)

    @property
    def origins(self) -> tuple[Origin, ...]:
        """What the lessons' files said themselves, in order."""
        return tuple(member.origin for member in self.members)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the instructor should know about files that did become lessons."""
        return tuple(note for note in self._notes() if Warned.of(note) is None)

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What the instructor should look at in lessons: orders to machines, and what no reader sees."""
        return tuple(warned for note in self._notes() if (warned := Warned.of(note)) is not None)

    def _notes(self) -> Iterator[Note]:
        for member in self.members:
            for note in member.origin.notes:
                yield Note(member.lesson.lesson, note)


def collect(path: Path, slug: str, known: Build | None, cutting: Cutting, on_progress: OnProgress) -> Collected:
    """Read the course at `path`; a file whose bytes are as in `known` is taken from there with its chunks.

    Raises InvalidRequest when there is nothing at `path`, no file of it holds a lesson, or `course.yaml` is wrong.
    """
    began = monotonic()
    settings = course_file(path)
    course_info(settings, slug)  # before minutes are spent on the lessons
    reusable = _by_source(known) if known else {}
    members: list[Member] = []
    skipped: list[Skipped] = []
    for done, source in enumerate(sources(path), 1):
        member = source if isinstance(source, Skipped) else _member(source, reusable, cutting)
        if isinstance(member, Skipped):
            skipped.append(member)
        else:
            members.append(member)
        on_progress(Progress("load", done, 0, monotonic() - began))
    if not members:
        raise InvalidRequest(f"No lesson could be read from {path}: {_reasons(skipped)}")
    names = [member.lesson.lesson for member in members] + [item.file for item in skipped]
    info, order, base_url = course_info(settings, slug, names)
    return Collected(info, tuple(_placed(_ordered(members, order), base_url)), tuple(skipped))


def _by_source(build: Build) -> dict[tuple[str, str], Member]:
    grouped = groupby(build.chunks, key=lambda chunk: chunk.lesson)
    chunks = {lesson: tuple(found) for lesson, found in grouped}
    return {
        (lesson.lesson, lesson.source_digest): Member(lesson, chunks.get(lesson.lesson, ()), origin)
        for lesson, origin in zip(build.lessons, build.origins, strict=True)
    }


def _member(source: SourceFile, reusable: dict[tuple[str, str], Member], cutting: Cutting) -> Member | Skipped:
    digest = hashlib.sha256(source.data).hexdigest()
    if (same := reusable.get((source.lesson, digest))) is not None:
        return same
    # Imported here: an ingest that finds nothing new needs neither parser nor tokenizer.
    from ingest.chunking import chunk
    from ingest.loaders import load
    from ingest.prompt_injection import orders

    try:
        draft = load(source.data, source.lesson)
        lesson = lesson_from(draft, source.lesson, digest)
        letters = sum(map(str.isalpha, plain(lesson.text)))
        if letters == 0:
            return Skipped(source.lesson, "holds no text")
        notes = list(draft.notes)
        if letters < _FEW_LETTERS:
            notes.append(f"holds hardly any text: {letters} letters")
        warned = [Warned(source.lesson, order.reason, order.quote) for order in orders(lesson.text)]
        if draft.hidden:
            # Signs of the file's text, not of this one: there they are gone.
            reason = f"held {draft.hidden:,} invisible characters, which can hide or turn around words; taken out"
            warned.append(Warned(source.lesson, reason, ""))
        notes.extend(item.as_note() for item in warned)
        chunks = chunk(lesson, cutting.counter, cutting.budget_tokens, cutting.small_tokens)
    except LessonUnreadable as error:
        return Skipped(source.lesson, error.message)
    except Exception as error:  # a file that no loader foresaw must not keep the others from being taught
        return Skipped(source.lesson, f"cannot be read: its loader failed with {type(error).__name__}: {error}"[:300])
    return Member(lesson, chunks, Origin(lesson.order, lesson.url, tuple(notes)))


def _ordered(members: Iterable[Member], order: Sequence[str]) -> list[Member]:
    """First what `course.yaml` lists, then the rest by path; of a folder, those that give their order come first."""
    listed = {lesson: place for place, lesson in enumerate(order)}

    def key(member: Member) -> tuple[object, ...]:
        name = member.lesson.lesson
        *folders, last = map(natural, name.split("/"))
        own = member.origin.order
        return (listed.get(name, len(listed)), [(1, 0, part) for part in folders] + [(not own, own, last)])

    return sorted(members, key=key)


def _placed(members: Iterable[Member], base_url: str) -> Iterable[Member]:
    """The members numbered from 1, with the address that the course's site gives to those that have none."""
    for order, member in enumerate(members, 1):
        url = member.origin.url
        if not url and base_url:
            url = f"{base_url.rstrip('/')}/{quote(member.lesson.lesson)}"
        yield Member(replace(member.lesson, order=order, url=url), member.chunks, member.origin)


def _reasons(skipped: Sequence[Skipped]) -> str:
    if not skipped:
        return "there is no file that could be one."
    named = "; ".join(f"{item.file} {item.reason}" for item in skipped[:_NAMED_REASONS])
    rest = len(skipped) - _NAMED_REASONS
    return f"{named}; and {rest} more." if rest > 0 else f"{named}."
