"""The command as a program, and a course that it has ingested."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.served import COURSE, write_lessons

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


def course_tutor(*arguments: str, cwd: Path, **environment: str) -> Ran:
    """Run `course-tutor` in a folder, with nothing of the tests' own settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TUTOR_", "OPENAI_"))}
    clean |= {"PYTHONPATH": str(ROOT), "COLUMNS": "100", **environment}
    command = [sys.executable, "-m", "tutor", *arguments]
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, timeout=120, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


RunCommand = Callable[..., Ran]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with lessons and the data of their course, ingested by the command."""
    folder = tmp_path_factory.mktemp("cli")
    write_lessons(folder / "lessons")
    done = course_tutor("ingest", "lessons", "--course", COURSE, "--json", cwd=folder)
    assert done.status == 0, done.err
    assert done.json["lessons"] == 3
    return folder


@pytest.fixture
def run(folder: Path) -> RunCommand:
    """Run a command in that folder."""

    def running(*arguments: str, **environment: str) -> Ran:
        return course_tutor(*arguments, cwd=folder, **environment)

    return running
