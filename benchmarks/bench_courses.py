"""The courses that `make bench` measures, and where their lessons, questions and indexes lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLE = "ai-system-design"
REAL = ("odin", "psychology")
_SETS = {"questions": "questions-dev.jsonl", "fragments": "questions-fragments-dev.jsonl"}


@dataclass(frozen=True, slots=True)
class BenchCourse:
    """A course: its folder of lessons, its question files by what they are called, and a data folder of its own."""

    slug: str
    lessons: Path
    questions: dict[str, Path]
    data_dir: Path


def courses(data: Path | None, cache: Path) -> Iterator[BenchCourse]:
    """The courses in `data` that are there, and the sample course; indexes are kept below `cache`."""
    for slug in REAL if data else ():
        folder = (data or Path()) / slug
        questions = {name: folder / file for name, file in _SETS.items() if (folder / file).is_file()}
        if (folder / "lessons").is_dir() and questions:
            yield BenchCourse(slug, folder / "lessons", questions, cache / slug)
    corpus = ROOT / "corpus"
    yield BenchCourse(SAMPLE, corpus, {"questions": corpus / "questions.jsonl"}, cache / SAMPLE)


def default_data() -> Path | None:
    """The folder of public courses beside the checkout, where there is one."""
    folder = ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None
