"""How soon a model is left when a turn is stopped: `python -m benchmarks.aborts DATA_DIR [--turns 200]`.

The model writes without end and notes when its client hangs up. Each turn is stopped at a random moment of its answer.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import httpx

from benchmarks.bench_courses import SAMPLE
from benchmarks.model_answers import borne_out
from benchmarks.percentiles import percentile
from benchmarks.rows import Row
from benchmarks.serving import tutor_process
from tests.support.event_source import EventSource
from tests.support.loopback_chat import ChatFault, LoopbackChat

TURNS = 200
_QUESTION = "What does Little's law tell me about how many replies are running at once?"
_LONGEST_SECONDS = 0.3
_PATIENCE_SECONDS = 5.0


@dataclass
class Stops:
    """Milliseconds from each request to stop until the model saw that it was left, and the turns' states."""

    aborted_ms: list[float] = field(default_factory=list)
    answered_ms: list[float] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    left_running: int = 0


def abort_rows(data_dir: Path, turns: int = TURNS) -> Iterator[Row]:
    """The figures of so many stops."""
    stops = measure(data_dir, turns)
    states = ", ".join(f"{count} {state}" for state, count in sorted(stops.states.items()))
    note = f"n = {turns}, p50 {percentile(stops.aborted_ms, 0.5) or 0:.0f} ms, {states}"
    late = percentile(stops.aborted_ms, 0.99) if len(stops.aborted_ms) == turns else None
    yield Row(SAMPLE, "stop: until the model is left, p99", late, ("≤", 100), "ms", note)
    yield Row(SAMPLE, "stop: answers that the model was still writing", float(stops.left_running), ("≤", 0))
    answered = percentile(stops.answered_ms, 0.99)
    yield Row(SAMPLE, "stop: until the request to stop is answered, p99", answered, unit="ms")


def measure(data_dir: Path, turns: int, seed: int = 1) -> Stops:
    """Begin and stop so many turns, one after another."""
    stops, chance = Stops(), random.Random(seed)
    with LoopbackChat() as chat:
        chat.always = ChatFault.ENDLESS
        chat.delay_seconds = 0.01
        chat.answers = lambda messages: borne_out(messages, 3)
        variables = {"OPENAI_BASE_URL": chat.base_url, "TUTOR_ANSWERER": "generative", "TUTOR_REPEAT_ANSWERS": "off"}
        with tutor_process(data_dir, **variables) as server, httpx.Client(base_url=server.url, timeout=30) as client:
            for _ in range(turns):
                _stop_one(stops, chat, client, chance.uniform(0, _LONGEST_SECONDS))
            sleep(1)
            stops.left_running = chat.running
    return stops


def _stop_one(stops: Stops, chat: LoopbackChat, client: httpx.Client, after_seconds: float) -> None:
    source = EventSource(str(client.base_url))
    source.ask(f"/api/v1/courses/{SAMPLE}/turns", {"question": _QUESTION, "stream": True})
    while not source.turn:
        source.take(100)
    deadline = monotonic() + _PATIENCE_SECONDS
    while not chat.running and monotonic() < deadline:
        sleep(0.001)
    sleep(after_seconds)
    before, began = len(chat.aborted), monotonic()
    state = client.post(f"/api/v1/turns/{source.turn}/stop").json()["state"]
    stops.answered_ms.append((monotonic() - began) * 1000)
    stops.states[state] = stops.states.get(state, 0) + 1
    while len(chat.aborted) == before and monotonic() < deadline:
        sleep(0.001)
    stops.aborted_ms.extend((at - began) * 1000 for at in chat.aborted[before:])
    source.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path, help="where the sample course was ingested")
    parser.add_argument("--turns", type=int, default=TURNS)
    given = parser.parse_args()
    for row in abort_rows(given.data_dir, given.turns):
        print("  ".join(cell for cell in row.cells() if cell))


if __name__ == "__main__":
    main()
