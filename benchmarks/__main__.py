"""`python -m benchmarks`: measure everything that was asked for, print it, and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from benchmarks.aborts import abort_rows
from benchmarks.bench_courses import ROOT, BenchCourse, courses, default_data
from benchmarks.conversation import conversation_rows
from benchmarks.first_token import first_token_rows
from benchmarks.footprint import footprint_rows
from benchmarks.growing import growing_rows
from benchmarks.ingest_speed import ingest_rows
from benchmarks.linear_time import linear_time_rows
from benchmarks.machine import machine
from benchmarks.opening import opening_rows
from benchmarks.overload import overload_rows
from benchmarks.page import write_page
from benchmarks.printing import print_rows, say
from benchmarks.rows import Row, quality_rows
from benchmarks.server import server_rows
from benchmarks.streams import STREAMS, load_rows
from tutor.config import read_settings
from tutor.quality.evaluate import evaluate
from tutor.quality.figures import Figures
from tutor.quality.questions import read_questions
from tutor.wiring.compose import open_tutor


def main() -> None:
    """Measure, print, write."""
    wanted = _arguments()
    found = list(courses(wanted.data, wanted.cache))
    if len(found) == 1:
        say("no public courses found (--data DIR): only the sample course is measured")
    rows: list[Row] = []
    runs: dict[str, Figures] = {}
    for course in found:
        rows.extend(ingest_rows(course, say))
        for name, figures in _evaluated(course):
            rows.extend(quality_rows(course.slug, name, figures))
            runs[f"{course.slug}, {name}"] = figures
    say(f"{found[0].slug}: starting the server")
    rows.extend(server_rows(found[0]))
    rows.extend(_turns(found[-1], wanted.streams))
    say("reading text that was made to take long")
    rows.extend(linear_time_rows(found[-1].data_dir))
    say("opening the pages")
    rows.extend(opening_rows(found[-1].data_dir))
    rows.extend(growing_rows())
    rows.extend(conversation_rows(wanted.data, wanted.cache, found, say))
    rows.extend(footprint_rows(wanted.environment))
    print_rows(rows)
    write_page(wanted.output, rows, runs, machine())
    say(f"written to {wanted.output}")


def _evaluated(course: BenchCourse) -> Iterator[tuple[str, Figures]]:
    """The figures of each of the course's question files."""
    tutor = open_tutor(read_settings(data_dir=course.data_dir))
    try:
        tutor.start()  # a request would not wait for a large course as long as this does
        with tutor.course(course.slug) as live:
            for name, path in course.questions.items():
                say(f"{course.slug}: asking the {name}")
                yield name, evaluate(read_questions(path), live)
    finally:
        tutor.close()


def _turns(sample: BenchCourse, streams: int) -> Iterator[Row]:
    """What turns cost and withstand, over the sample course."""
    say(f"{sample.slug}: what the tutor adds to a model's answer")
    yield from first_token_rows(sample.data_dir)
    say(f"{sample.slug}: turns that are stopped")
    yield from abort_rows(sample.data_dir)
    say(f"{streams:,} streams at once")
    yield from load_rows(sample.data_dir, streams)
    say(f"{sample.slug}: ten times as many questions as can be answered")
    yield from overload_rows(sample.data_dir)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=default_data(), help="folder with odin/, psychology/, safety/ and mtrag-…/"
    )
    parser.add_argument("--cache", type=Path, default=ROOT / ".data" / "bench", help="where indexes are kept")
    parser.add_argument("--streams", type=int, default=STREAMS, help="how many streams run at once")
    parser.add_argument("--environment", type=Path, help="a fresh environment to weigh instead of this one")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks.md", help="the page to write")
    return parser.parse_args()


if __name__ == "__main__":
    main()
