"""How fast an ingest is, against nothing but embedding the same texts."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.bench_courses import BenchCourse
from benchmarks.commands import ingest
from benchmarks.rows import Bound, Row
from ingest.collecting import Cutting, collect
from ingest.embedding import Texts
from ingest.report import unwatched
from ingest.units import course_units
from tutor.adapters.onnx_embedder import OnnxEmbedder
from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.config import Settings

_SAMPLE = 1_000
_UNCHANGED_RUNS = 3
_SEED = 1
_RECORD = "first-ingest.json"


@dataclass(frozen=True, slots=True)
class FirstIngest:
    """What the ingest into an empty data folder took, and what a bare loop over the same texts would have."""

    texts: int
    pieces: int
    ingest_seconds: float
    loop_seconds: float


def ingest_rows(course: BenchCourse, say: Callable[[str], None]) -> Iterator[Row]:
    """Ingest a course, from nothing if its data folder is empty, then unchanged; the first one is remembered.

    The record of an earlier run holds as long as nothing was embedded since.
    """
    record = course.data_dir / _RECORD
    if not (course.data_dir / "tutor.db").exists():
        first = _first_ingest(course, say)
        record.write_text(json.dumps([first.texts, first.pieces, first.ingest_seconds, first.loop_seconds]))
    else:
        say(f"{course.slug}: bringing the index up to date")
        report, _ = ingest(course.lessons, course.slug, course.data_dir)
        if report["embedded"]:
            record.unlink(missing_ok=True)
    if record.exists():
        first = FirstIngest(*json.loads(record.read_text()))
        asked: Bound | None = ("≥", 0.9) if course.slug == "odin" else None
        note = f"{first.texts:,} texts, {first.ingest_seconds:.0f} s against {first.loop_seconds:.0f} s"
        yield Row(course.slug, "speed of ingest against a bare loop", _speed(first), asked, note=note)
    say(f"{course.slug}: ingesting again, unchanged")
    runs = [ingest(course.lessons, course.slug, course.data_dir) for _ in range(_UNCHANGED_RUNS)]
    seconds = median(took for _, took in runs)
    note = f"median of {_UNCHANGED_RUNS} processes"
    yield Row(course.slug, "ingest, unchanged", seconds, ("≤", 3), "s", note)
    yield Row(course.slug, "ingest, unchanged: chunks embedded", _embedded(runs), ("≤", 0), "chunks")


def _speed(first: FirstIngest) -> float:
    return first.loop_seconds / first.ingest_seconds


def _embedded(runs: list[tuple[dict[str, Any], float]]) -> float:
    return float(max(report["embedded"] for report, _ in runs))


def _first_ingest(course: BenchCourse, say: Callable[[str], None]) -> FirstIngest:
    """Half of the loop before the ingest and half after it, lest the machine's other work decide."""
    embedder = OnnxEmbedder()
    embedder.warm()
    texts = _texts(course.lessons, course.slug, embedder)
    pieces = sum(map(embedder.pieces, texts))
    sample = random.Random(_SEED).sample(texts, min(_SAMPLE, len(texts)))
    half = len(sample) // 2
    say(f"{course.slug}: embedding {len(sample):,} of its {len(texts):,} texts in a bare loop")
    seconds = _loop(embedder, sample[:half])
    say(f"{course.slug}: ingesting")
    course.data_dir.mkdir(parents=True, exist_ok=True)
    report, _ = ingest(course.lessons, course.slug, course.data_dir)
    seconds += _loop(embedder, sample[half:])
    return FirstIngest(
        texts=len(texts),
        pieces=pieces,
        ingest_seconds=report["seconds"],
        loop_seconds=seconds * pieces / sum(map(embedder.pieces, sample)),
    )


def _loop(embedder: OnnxEmbedder, texts: list[str]) -> float:
    """Seconds for all texts in one call, so that the embedder uses every core as in an ingest."""
    began = perf_counter()
    embedder.embed(texts)
    return perf_counter() - began


def _texts(path: Path, slug: str, embedder: OnnxEmbedder) -> list[str]:
    """Every distinct text that an ingest of the course embeds."""
    budget, small = (Settings.model_fields[name].default for name in ("budget_tokens", "small_tokens"))
    course = collect(path, slug, None, Cutting(TiktokenCounter(), budget, small), unwatched)
    return Texts(course_units(course.lessons, course.chunks, embedder).texts).missing({})
