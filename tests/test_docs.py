"""What the README and the documents say is true: their commands run, their links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def test_the_make_commands_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = [command.split()[1] for command in commands() if command.startswith("make ")]
    assert targets == ["run", "test"]
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_the_readme_s_own_course_can_be_made_and_asked_as_it_says(tmp_path: Path) -> None:
    lessons = tmp_path / "path" / "to" / "lessons"
    lessons.mkdir(parents=True)
    source = ROOT / "corpus" / "02-retrieval" / "02-chunking-and-embeddings.md"
    (lessons / source.name).write_bytes(source.read_bytes())
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TUTOR_")}
    ran = []
    for command in commands():
        words = shlex.split(command)
        if not words[0].endswith("course-tutor") or words[1] == "serve":
            continue
        done = subprocess.run(
            [sys.executable, "-m", "tutor", *words[1:]],
            cwd=tmp_path,
            env=environment | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, done.stderr
        ran.append(words[1])
        said = done.stdout
    assert ran == ["ingest", "ask"]
    assert "[1]" in said


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_and_named_file_of_a_document_exists(document: Path) -> None:
    text = document.read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    missing = [link for link in links if not (document.parent / link).exists()]
    named = re.findall(r"`((?:tutor|ingest|tests|corpus|web|docs)/[\w./-]+)`", text)
    missing += [name for name in named if not (ROOT / name).exists()]
    assert missing == []
