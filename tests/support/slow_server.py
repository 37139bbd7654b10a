"""A whole server in its own process, whose answers take their time: `python -m tests.support.slow_server DATA_DIR`.

Every begin of an answer is noted in DATA_DIR/begun. It prints its URL as JSON, as `course-tutor serve --json` does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import uvicorn

from tests.support.hash_embedder import HashEmbedder
from tests.support.logged_turns import produced, texts
from tests.support.served import settings_for, tutor_that_produces
from tutor.api.app import make_app
from tutor.app import DrainingServer, _listening
from tutor.models import Turn
from tutor.turns.events import Event

PIECES = 150
PAUSE_SECONDS = 0.02


async def produce(turn: Turn) -> AsyncGenerator[Event]:
    """An answer of as many sentences as the question says, or of `PIECES`."""
    with (Path(sys.argv[1]) / "begun").open("a") as begun:
        begun.write(f"{turn.id}\n")
    count = int(turn.question) if turn.question.isdecimal() else PIECES
    async for event in produced(texts(count), PAUSE_SECONDS)(turn):
        yield event


def main() -> None:
    """Serve until told to stop."""
    # A lease that no test waits out.
    settings = settings_for(Path(sys.argv[1]), lease_seconds=3_600)
    tutor = tutor_that_produces(settings, HashEmbedder(), produce)
    with _listening("127.0.0.1", 0) as listener:
        config = uvicorn.Config(make_app(tutor, settings), log_config=None, timeout_graceful_shutdown=5)
        print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
        DrainingServer(config, lambda: tutor.producers.drain(settings.drain_seconds)).run(sockets=[listener])


if __name__ == "__main__":
    main()
