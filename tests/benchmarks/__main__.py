"""`python -m tests.benchmarks`: measure everything that was asked for, print it, and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks.bench_courses import ROOT, BenchCourse, courses, default_data
from tests.benchmarks.footprint import footprint_rows
from tests.benchmarks.ingest_speed import ingest_rows
from tests.benchmarks.machine import machine
from tests.benchmarks.page import write_page
from tests.benchmarks.rows import Row, quality_rows
from tests.benchmarks.server import server_rows
from tutor.config import read_settings
from tutor.quality.evaluate import evaluate
from tutor.quality.figures import Figures
from tutor.quality.questions import read_questions
from tutor.wiring import open_tutor

console = Console(stderr=True)


def main() -> None:
    """Measure, print, write."""
    wanted = _arguments()
    found = list(courses(wanted.data, wanted.cache))
    if len(found) == 1:
        _say("no public courses found (--data DIR): only the sample course is measured")
    rows: list[Row] = []
    runs: dict[str, Figures] = {}
    for course in found:
        rows.extend(ingest_rows(course, _say))
        for name, figures in _evaluated(course):
            rows.extend(quality_rows(course.slug, name, figures))
            runs[f"{course.slug}, {name}"] = figures
    _say(f"{found[0].slug}: starting the server")
    rows.extend(server_rows(found[0]))
    rows.extend(footprint_rows(wanted.environment))
    _print(rows)
    write_page(wanted.output, rows, runs, machine())
    _say(f"written to {wanted.output}")


def _evaluated(course: BenchCourse) -> Iterator[tuple[str, Figures]]:
    """The figures of each of the course's question files."""
    tutor = open_tutor(read_settings(data_dir=course.data_dir))
    try:
        tutor.start()  # a request would not wait for a large course as long as this does
        with tutor.course(course.slug) as live:
            for name, path in course.questions.items():
                _say(f"{course.slug}: asking the {name}")
                yield name, evaluate(read_questions(path), live)
    finally:
        tutor.close()


def _print(rows: list[Row]) -> None:
    table = Table("course", "figure", "measured", "asked", "measured ÷ asked", "reached")
    for row in rows:
        table.add_row(*(cell.replace("**", "") for cell in row.cells()), style="red" if row.reached is False else "")
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _say(words: str) -> None:
    console.print(f"→ {words}", highlight=False)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data(), help="folder with odin/ and psychology/")
    parser.add_argument("--cache", type=Path, default=ROOT / ".data" / "bench", help="where indexes are kept")
    parser.add_argument("--environment", type=Path, help="a fresh environment to weigh instead of this one")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks.md", help="the page to write")
    return parser.parse_args()


if __name__ == "__main__":
    main()
