"""Ten times as many questions as can be answered: `python -m benchmarks.overload DATA_DIR [--seconds 120]`.

First the capacity: so many askers as give the most answers a second, each asking again when it has its answer. Then
questions come ten times as often, whoever waits, and nobody heeds a Retry-After. Answers quote the sample course; an
answer counts when it came whole. The client shares the machine with the server in both.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from time import perf_counter

from benchmarks.bench_courses import ROOT, SAMPLE
from benchmarks.percentiles import percentile
from benchmarks.raw_http import RawClient
from benchmarks.rows import Row
from benchmarks.serving import tutor_process
from tutor.quality.questions import read_questions

SECONDS = 30.0
_TIMES = 10
_ASKERS = (4, 16, 48)
_LEAST_SECONDS = 8.0
_HEALTH_SECONDS = 0.25
_MAX_OPEN = 5_000
_PATIENCE_SECONDS = 60.0
_FILLING_SECONDS = 10.0
_PATH = f"/api/v1/courses/{SAMPLE}/turns"


@dataclass
class Overload:
    """What came of one time of too many questions; `ends` counts what became of them."""

    seconds: float
    ends: Counter[str] = field(default_factory=Counter)
    answer_seconds: list[float] = field(default_factory=list)
    refusal_seconds: list[float] = field(default_factory=list)
    health_seconds: list[float] = field(default_factory=list)
    health_failures: int = 0

    @property
    def answers_per_second(self) -> float:
        """Useful work: whole answers within the time, after the queue has filled."""
        return self.ends["answered"] / (self.seconds - self.filling_seconds)

    @property
    def filling_seconds(self) -> float:
        """How long the queue is given to fill; answers before do not count."""
        return min(_FILLING_SECONDS, self.seconds / 4)


class Asker:
    """Asks the sample course its golden questions, one after another."""

    def __init__(self, port: int) -> None:
        self.client = RawClient(port)
        found = read_questions(ROOT / "corpus" / "questions.jsonl")
        self._questions = cycle([question.question for question in found if not question.history])

    async def ask(self) -> tuple[str, float]:
        """What became of the next question, and how many seconds it took."""
        began = perf_counter()
        try:
            answer = await self.client.request("POST", _PATH, {"question": next(self._questions)})
        except (OSError, EOFError):
            return "broken off", perf_counter() - began
        took = perf_counter() - began
        if answer.status == 200:
            return "answered" if b'"state":"failed"' not in answer.body else "failed", took
        if answer.status not in (429, 503):
            return f"status {answer.status}", took
        return "refused" if answer.headers.get("retry-after", "").isdecimal() else "refused without Retry-After", took


def overload_rows(data_dir: Path, seconds: float = SECONDS) -> Iterator[Row]:
    """The figures of `seconds` of ten times too many questions."""
    with tutor_process(data_dir, TUTOR_ANSWERER="quoting", TUTOR_REPEAT_ANSWERS="off") as server:
        peak, found = asyncio.run(_measure(server.port, seconds))
        memory = server.memory()
    refused = found.ends["refused"]
    bad = found.ends.total() - refused - found.ends["answered"] - found.ends["answered before or after"]
    what = f"{_TIMES} times capacity for {seconds:.0f} s"
    note = f"{found.answers_per_second:.1f} of {peak:.1f} answers/s, {refused:,} refused"
    yield Row(SAMPLE, f"{what}: useful work, of its peak", found.answers_per_second / peak, ("≥", 0.9), note=note)
    note = ", ".join(f"{count:,} {end}" for end, count in sorted(found.ends.items()))
    yield Row(SAMPLE, f"{what}: neither answered nor refused with Retry-After", float(bad), ("≤", 0), note=note)
    asked = len(found.health_seconds)
    yield Row(SAMPLE, f"{what}: /healthz failed", float(found.health_failures), ("≤", 0), note=f"of {asked:,}")
    for name, values in (
        ("/healthz", found.health_seconds),
        ("an answer", found.answer_seconds),
        ("a refusal", found.refusal_seconds),
    ):
        late = percentile(values, 0.99)
        note = f"at most {max(values, default=0):.2f} s"
        yield Row(SAMPLE, f"{what}: time to {name}, p99", late, unit="s", note=note)
    yield Row(SAMPLE, f"{what}: memory of the server at most", memory, unit="MB")


async def _measure(port: int, seconds: float) -> tuple[float, Overload]:
    """The peak in answers a second, and what came of ten times as many questions."""
    asker = Asker(port)
    try:
        await capacity(asker, 4, 2.0)
        each = max(_LEAST_SECONDS, seconds / 6)
        peak = max([await capacity(asker, askers, each) for askers in _ASKERS])
        return peak, await overload(asker, _TIMES * peak, seconds)
    finally:
        asker.client.close()


async def capacity(asker: Asker, askers: int, seconds: float) -> float:
    """Answers a second when so many ask, each one question at a time."""
    until = perf_counter() + seconds
    answered = 0

    async def keep_asking() -> None:
        nonlocal answered
        while perf_counter() < until:
            end, _ = await asker.ask()
            answered += end == "answered" and perf_counter() < until

    await asyncio.gather(*(keep_asking() for _ in range(askers)))
    return answered / seconds


async def overload(asker: Asker, per_second: float, seconds: float) -> Overload:
    """Ask `per_second` questions a second, whatever becomes of them; health is asked beside."""
    found = Overload(seconds)
    began = perf_counter()
    running: set[asyncio.Task[None]] = set()

    async def ask() -> None:
        end, took = await asker.ask()
        at = perf_counter() - began
        if end == "answered" and not found.filling_seconds <= at <= seconds:
            end = "answered before or after"
        found.ends[end] += 1
        (found.answer_seconds if end.startswith("answered") else found.refusal_seconds).append(took)

    watching = asyncio.create_task(_watch(asker.client, found))
    sent = 0
    while (now := perf_counter() - began) < seconds:
        for _ in range(int(now * per_second) - sent):
            sent += 1
            if len(running) >= _MAX_OPEN:
                found.ends["not sent"] += 1
                continue
            task = asyncio.create_task(ask())
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.sleep(0.005)
    if running:
        await asyncio.wait(running, timeout=_PATIENCE_SECONDS)
    watching.cancel()
    return found


async def _watch(client: RawClient, found: Overload) -> None:
    while True:
        began = perf_counter()
        try:
            good = (await client.request("GET", "/healthz")).status == 200
        except (OSError, EOFError):
            good = False
        found.health_seconds.append(perf_counter() - began)
        found.health_failures += not good
        await asyncio.sleep(_HEALTH_SECONDS)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path, help="where the sample course was ingested")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given = parser.parse_args()
    for row in overload_rows(given.data_dir, given.seconds):
        print("  ".join(cell for cell in row.cells() if cell))


if __name__ == "__main__":
    main()
