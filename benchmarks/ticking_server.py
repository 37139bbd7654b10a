"""A whole server whose answers are ten events a second: `python -m benchmarks.ticking_server DATA_DIR`.

The question is how many. Each event is a sentence as the tutor gives it, its text beginning with the time
(of time.monotonic, which all processes of a machine share) at which it was produced. Everything else is the app as it
is served: courses loaded, turns accepted, logged, followed and drained. It prints its URL as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import uvicorn

from tests.support.served import tutor_that_produces
from tutor.api.app import make_app
from tutor.app import DrainingServer, _listening
from tutor.config import read_settings
from tutor.models import Coverage, Decision, Support, Turn, TurnState
from tutor.turns.events import Event, delta, ended, retrieved
from tutor.wiring.parts import make_embedder

EVENTS_PER_SECOND = 10
_WORDS = "a connection ends when both sides have said so and the last of them has been heard [1]. "


async def produce(turn: Turn) -> AsyncGenerator[Event]:
    """As many sentences as the question says; a pause that was too long is made up for."""
    yield retrieved(turn.question, (), Coverage(1.0, Decision.COVERED))
    begun = monotonic()
    said = []
    for number in range(int(turn.question)):
        await asyncio.sleep(begun + number / EVENTS_PER_SECOND - monotonic())
        text = f"{monotonic():.6f} {_WORDS}"
        said.append(text)
        node = {"type": "paragraph", "children": [{"type": "text", "text": text}]}
        yield delta(text, sentence=number + 1, support=Support.SUPPORTED, at=number, nodes=[node])
    yield ended(replace(turn, answer="".join(said), state=TurnState.DONE))


def main() -> None:
    """Serve until told to stop."""
    settings = read_settings(data_dir=Path(sys.argv[1]))
    tutor = tutor_that_produces(settings, make_embedder(settings), produce)
    with _listening("127.0.0.1", 0) as listener:
        config = uvicorn.Config(
            make_app(tutor, settings), log_config=None, access_log=False, timeout_graceful_shutdown=10
        )
        print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
        DrainingServer(config, lambda: tutor.producers.drain(1.0)).run(sockets=[listener])


if __name__ == "__main__":
    main()
