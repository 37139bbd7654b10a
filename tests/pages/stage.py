"""A whole server in a process of its own that plays scenes: `python -m tests.pages.stage DATA_DIR PORT`.

It prints its URL as JSON, as `course-tutor serve --json` does.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import uvicorn

from tests.pages.scenes import Scenes
from tests.support.hash_embedder import HashEmbedder
from tests.support.served import settings_for, tutor_that_produces
from tutor.api.app import make_app
from tutor.app import DrainingServer, _listening

PAUSE_SECONDS = 0.05


def main() -> None:
    """Serve until told to stop."""
    settings = settings_for(Path(sys.argv[1]), unread_seconds=30.0, questions_per_minute=10_000)
    tutor = tutor_that_produces(settings, HashEmbedder(), Scenes(PAUSE_SECONDS))
    with _listening("127.0.0.1", int(sys.argv[2])) as listener:
        config = uvicorn.Config(make_app(tutor, settings), log_config=None, timeout_graceful_shutdown=5)
        print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
        DrainingServer(config, lambda: tutor.producers.drain(settings.drain_seconds)).run(sockets=[listener])


if __name__ == "__main__":
    main()
