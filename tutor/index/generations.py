"""What the store keeps of a course: its generations, and a generation read whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tutor.models import Chunk, CourseInfo, Lesson


class GenerationState(StrEnum):
    """How a generation stands; at most one of a course is `live`."""

    BUILDING = "building"
    LIVE = "live"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides how lessons become chunks and vectors; another recipe means that nothing can be reused.

    `method` names the versions of loading and chunking, `model` and `dimensions` the vectors.
    """

    method: str
    budget_tokens: int
    model: str
    dimensions: int


@dataclass(frozen=True, slots=True)
class Origin:
    """What a lesson's file said itself, before the course's order and address were applied to it.

    `order` is 0 and `url` empty where it said nothing; `notes` are what the instructor should know about the file.
    """

    order: int = 0
    url: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Generation:
    """One build of a course's index; `live_at` is when readers last began to see it.

    `lessons`, `chunks` and `tokens` are counts, `tokens` those of the chunks.
    """

    id: int
    course: str
    state: GenerationState
    created_at: datetime
    live_at: datetime | None
    recipe: Recipe
    lessons: int
    chunks: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Course:
    """A course as the store lists it; `live` is None while its first index is being built."""

    info: CourseInfo
    live: Generation | None


@dataclass(frozen=True, slots=True)
class Build:
    """A generation read whole: lessons in the course's order, chunks by ordinal (lesson by lesson, by `start`).

    `origins` has one item per lesson, in order.
    """

    generation: Generation
    info: CourseInfo
    lessons: tuple[Lesson, ...]
    chunks: tuple[Chunk, ...]
    origins: tuple[Origin, ...]
