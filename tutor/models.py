"""The values of the tutor, and its glossary.

Course      a folder of lessons under one slug, with its title, language and contacts.
Lesson      one source file as canonical text (Markdown), with headings and marks; it has an order.
Section     a heading and its text, up to the next heading.
Chunk       the span of a lesson that is embedded and indexed.
Passage     a chunk retrieved for a question, with a score (higher is better) and a rank (from 1).
Turn        one question and its answer.
Conversation  turns in order.
Citation    a numbered tie between a span of the answer and a span of a lesson.
Coverage    how likely the course answers the question.
Refusal     a turn that says "not covered" and offers what comes next.
Support     whether the lessons support a sentence of an answer.
Mode        the way of teaching that a turn asks for.
Generation  one complete, verified, immutable build of a course's index.

All offsets count Unicode code points of a lesson's canonical text (or of an answer), end exclusive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a lesson; `text[start:end]` are its words, `anchor` is unique in the lesson."""

    level: int
    title: str
    anchor: str
    start: int
    end: int


MarkKind = Literal["anchor", "page", "slide", "cell", "time"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the source file that can be opened; it holds from `start` to the next mark of its kind.

    `label` is an element id, a page, slide or cell number from 1, or whole seconds from the start.
    """

    kind: MarkKind
    label: str
    start: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """One source file as canonical text: Markdown without front matter, raw tags and comments.

    `lesson` is the path below the ingested folder, with forward slashes. `minutes` is the reading time.
    """

    lesson: str
    title: str
    text: str
    headings: tuple[Heading, ...] = ()
    marks: tuple[Mark, ...] = ()
    chapter: str = ""
    order: int = 0
    minutes: int = 1
    preview: bool = False
    url: str = ""
    source_digest: str = ""
    """SHA-256 of the file's bytes, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of a lesson; `text` is `lesson.text[start:end]`, `section` the path of headings above it."""

    lesson: str
    start: int
    end: int
    text: str
    section: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach a person: `kind` is `email`, `whatsapp` or `link`."""

    kind: Literal["email", "whatsapp", "link"]
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class FollowUpRules:
    """Whether students may leave their e-mail address for a person's answer, and what they agree to by that.

    `email` is where their questions go, and empty where they are only listed. `consent` is empty where the course says
    nothing of its own.
    """

    enabled: bool = False
    email: str = ""
    consent: str = ""


@dataclass(frozen=True, slots=True)
class LessonQuestions:
    """What an instructor proposes to ask on a lesson."""

    lesson: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CourseInfo:
    """What an instructor says about a course in `course.yaml`."""

    slug: str
    title: str
    language: str = "en"
    description: str = ""
    greeting: str = ""
    licence: str = ""
    popular_questions: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    graded_lessons: tuple[str, ...] = ()
    """Paths, or shell patterns of paths, of lessons whose content is graded work: no direct answers from them."""
    allowed_hosts: tuple[str, ...] = ()
    """Hosts that links of lessons and answers may lead to."""
    mask_personal_data: bool | None = None
    """Whether personal data is masked before a model or a log sees a question; None: as the server is set."""
    most_verbatim_words: int = 0
    """The longest run of words that one answer may take from one lesson; 0 is no limit."""
    origins: tuple[str, ...] = ()
    """Web sites, as `https://school.example`, whose pages may hold the tutor of this course."""
    follow_ups: FollowUpRules = FollowUpRules()
    lesson_questions: tuple[LessonQuestions, ...] = ()
    """Popular questions of single lessons; those of the whole course are `popular_questions`."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk retrieved for a question."""

    rank: int
    score: float
    lesson: str
    title: str
    section: str
    start: int
    end: int
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Citation:
    """`quote` is `lesson.text[source_start:source_end]`; it supports `answer[answer_start:answer_end]`."""

    number: int
    answer_start: int
    answer_end: int
    lesson: str
    title: str
    section: str
    source_start: int
    source_end: int
    quote: str
    url: str


class Decision(StrEnum):
    """What the coverage means for the turn."""

    COVERED = "covered"
    PARTIAL = "partial"
    NOT_COVERED = "not_covered"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How likely the course answers the question, from 0 to 1, and what follows from it."""

    probability: float
    decision: Decision


class Support(StrEnum):
    """Whether the lessons support a sentence of an answer."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    UNSUPPORTED = "unsupported"
    NOT_CHECKABLE = "not_checkable"


@dataclass(frozen=True, slots=True)
class SentenceSupport:
    """How `answer[start:end]` is supported."""

    start: int
    end: int
    support: Support


class Mode(StrEnum):
    """The way of teaching that a turn asks for."""

    ANSWER = "answer"
    HINT = "hint"
    SIMPLE = "simple"
    SUMMARY = "summary"
    QUIZ = "quiz"


class TurnState(StrEnum):
    """How a turn stands; all but `running` are ends."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    FILTERED = "filtered"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a turn cost at the model; nothing when it only quoted."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        """What both cost."""
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cost_usd + other.cost_usd,
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer, with everything that led to it."""

    id: str
    conversation: str
    course: str
    question: str
    standalone_question: str
    answer: str
    state: TurnState
    coverage: Coverage
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    suggestions: tuple[str, ...] = ()
    answerer: str = "quoting"
    """`quoting`, or the name of the model that wrote."""
    usage: Usage = field(default_factory=Usage)
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    mode: Mode = Mode.ANSWER
    sentences: tuple[SentenceSupport, ...] = ()
    fallback: str = ""
    """Why the lessons were quoted though a model is there: the code of an error, or `ungrounded`."""
    repeats: str = ""
    """The id of the earlier turn whose checked answer this is."""
    generation: int = 0
    """The index that it was answered from."""
    lesson: str = ""
    """The lesson that the student was on, if known."""
    not_beyond: str = ""
    """The last lesson that was drawn from, where the student wanted no later one."""
    step: int = 0
    """In a hint or a quiz: how far it has come, from 1."""
    student: str = ""
    """A pseudonym of the student, if the caller gave one."""
    history: tuple[tuple[str, str], ...] = ()
    """Earlier messages that the caller sent along, as (role, text), oldest first; those of `conversation` otherwise."""
