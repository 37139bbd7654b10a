"""What the README and the documents say is true: commands run, links lead somewhere, no route or setting is missing."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.routes import ROUTES
from tutor.api.middleware.access import FOR_STUDENTS, OPEN_PATHS, PAGES, READ_BY_ANYONE, SESSIONS
from tutor.api.paths import matched
from tutor.config import Settings, variable

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


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


def not_beside(line: str) -> list[str]:
    """The files named without their folder that are in none of the folders that the line names."""
    places = [ROOT / name for name in re.findall(r"`([\w.-]+/[\w./-]*)`", line)]
    folders = [place if place.is_dir() else place.parent for place in places]
    alone = re.findall(r"`(\w+\.(?:py|js))`", line)
    return [name for name in alone if not any((folder / name).exists() for folder in folders)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_and_named_file_of_a_document_exists(document: Path) -> None:
    text = document.read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    missing = [link for link in links if not (document.parent / link).exists()]
    named = re.findall(r"`((?:tutor|ingest|training|tests|benchmarks|corpus|web|docs)/[\w./-]+)`", text)
    missing += [name for name in named if not (ROOT / name).exists()]
    missing += [name for line in text.splitlines() for name in not_beside(line)]
    assert missing == []


def test_every_folder_of_code_is_on_the_map() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    packages = [file.parent for top in ("tutor", "ingest") for file in (ROOT / top).glob("**/__init__.py")]
    folders = {f"`{folder.relative_to(ROOT).as_posix()}/`" for folder in packages} - {"`tutor/`"}
    assert [folder for folder in sorted(folders) if folder not in text] == []


def who_may(method: str, path: str) -> str:
    """Who may call a route, in the words of `docs/api.md`."""
    if path in OPEN_PATHS or path.startswith("/assets/"):
        return "all"
    if (method, path) == ("POST", SESSIONS) or (method == "GET" and (path in READ_BY_ANYONE or matched(path, PAGES))):
        return "anyone"
    return "student" if (method, path) in FOR_STUDENTS else "key"


def test_every_route_is_documented_with_who_may_call_it() -> None:
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    told = re.findall(r"^\| `([A-Z]+) (\S+)` \| .+ \| (\w+) \|$", text, re.MULTILINE)
    # The app's own, in no module's router; HEAD is GET without a body.
    routes = [("GET", "/openapi.json"), *(route for route in ROUTES if route[0] != "HEAD")]
    assert sorted(told) == sorted((method, path, who_may(method, path)) for method, path in routes)


def test_every_setting_is_documented_once() -> None:
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    told = re.findall(r"^\| `(\w+)` \| .+ \|$", text, re.MULTILINE)
    assert sorted(told) == sorted(map(variable, Settings.model_fields))
