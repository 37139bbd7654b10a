"""The command `course-tutor` as a process of its own, as an instructor runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

COMMAND = (sys.executable, "-c", "from tutor.cli import main; main()")
_SKIPPED_SOME = 3


def environment() -> dict[str, str]:
    """This process's environment without settings of the tutor: what is measured is how it comes."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("TUTOR_", "OPENAI_"))}


def ingest(path: Path, slug: str, data_dir: Path) -> tuple[dict[str, Any], float]:
    """The report of `course-tutor ingest`, and how many seconds the process took from start to end.

    Its progress is shown. Raises CalledProcessError when it fails.
    """
    command = [*COMMAND, "ingest", str(path), "--course", slug, "--data-dir", str(data_dir), "--json"]
    began = perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environment(), check=False)
    seconds = perf_counter() - began
    if done.returncode not in (0, _SKIPPED_SOME):
        raise subprocess.CalledProcessError(done.returncode, command)
    return dict(json.loads(done.stdout)), seconds
