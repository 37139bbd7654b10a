"""`python -m benchmarks.stress`: every proof of RELIABILITY at its full length, and a summary; takes hours.

First the tests that are marked `stress`, each scaled by COURSE_TUTOR_STRESS_N; then, over the sample course, many
streams at once, ten times too many questions, and turns that are stopped. Exit status 1 when anything is not as asked.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.aborts import abort_rows
from benchmarks.bench_courses import ROOT, SAMPLE, courses
from benchmarks.commands import ingest
from benchmarks.machine import machine
from benchmarks.overload import overload_rows
from benchmarks.printing import print_rows, say
from benchmarks.rows import Row, missed
from benchmarks.streams import load_rows

_OVERLOAD_SECONDS = 120.0


def main() -> None:
    """Run everything, print the summary."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stress", description=__doc__)
    parser.add_argument("--n", type=int, default=1_000, help="what the tests and figures are scaled by")
    parser.add_argument("--overload-seconds", type=float, default=_OVERLOAD_SECONDS)
    parser.add_argument("--without-tests", action="store_true", help="only what is measured over the sample course")
    parser.add_argument("--cache", type=Path, default=ROOT / ".data" / "bench", help="where indexes are kept")
    wanted = parser.parse_args()
    rows = [] if wanted.without_tests else list(proof_rows(wanted.n))
    (sample,) = (course for course in courses(None, wanted.cache) if course.slug == SAMPLE)
    say(f"{SAMPLE}: bringing the index up to date")
    sample.data_dir.mkdir(parents=True, exist_ok=True)
    ingest(sample.lessons, sample.slug, sample.data_dir)
    measured: tuple[tuple[str, Callable[[], Iterator[Row]]], ...] = (
        (f"{wanted.n:,} streams at once", lambda: load_rows(sample.data_dir, wanted.n)),
        (
            f"ten times capacity for {wanted.overload_seconds:.0f} s",
            lambda: overload_rows(sample.data_dir, wanted.overload_seconds),
        ),
        (f"{wanted.n:,} turns that are stopped", lambda: abort_rows(sample.data_dir, wanted.n)),
    )
    for what, measure in measured:
        say(what)
        rows.extend(measure())
    print_rows(rows)
    print(f"Machine: {machine()}. N = {wanted.n:,}.")
    sys.exit(1 if missed(rows) else 0)


def proof_rows(n: int) -> Iterator[Row]:
    """Run the stress tests, their output shown as it comes; one row each: how many of its runs failed."""
    say(f"the tests marked stress, N = {n:,}")
    with tempfile.TemporaryDirectory(prefix="stress-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "stress", "-p", "no:xdist", f"--junitxml={report}"]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"COURSE_TUTOR_STRESS_N": str(n)}, stdout=sys.stderr, check=False
        )
        if not report.is_file():
            raise RuntimeError(f"the tests could not be run: exit status {done.returncode}")
        yield from rows_of(ElementTree.parse(report).getroot())


def rows_of(report: ElementTree.Element) -> Iterator[Row]:
    """A row for each test in a report of pytest."""
    for case in report.iter("testcase"):
        name = f"{case.get('classname', '').removeprefix('tests.')}: {case.get('name', '').replace('_', ' ')}"
        if case.find("skipped") is not None:
            yield Row("", name, None, ("≤", 0), "failures", "skipped")
            continue
        failed = float(case.find("failure") is not None or case.find("error") is not None)
        yield Row("", name, failed, ("≤", 0), "failures", f"{float(case.get('time', 0)):.0f} s")


if __name__ == "__main__":
    main()
