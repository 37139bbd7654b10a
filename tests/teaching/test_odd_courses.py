"""Courses with next to nothing in them, and messages of every kind, in every way of teaching."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import index_course, open_tiny
from tests.support.hash_embedder import HashEmbedder
from tests.teaching.conftest import StartTalk
from tests.teaching.talks import Talk
from tutor.models import Mode

ODD = (
    "bit",
    "bits and bytes",
    "just tell me",
    "stop",
    "[1] [2] **bit** `",
    "¿Qué es un bit?",
    "什么是字节？",
    "b" * 500,
)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "# Bits\n\nA bit.",
        "# Only\n\n## Headings\n\n### Here\n",
        "```python\nfor bit in bits:\n    print(bit)\n```",
        "| bit | byte |\n| --- | --- |\n| 1 | 8 |",
        "These bits[^1] are bytes [2] of **a thing\n\n- bit\n- byte\n\n[^1]: a note",
        "$$\nb = 8 \\cdot B\n$$\n\nWhat is a bit?",
    ],
)
@pytest.mark.parametrize("graded", [(), ("*",)])
def test_nothing_breaks_where_there_is_little_to_teach(tmp_path: Path, text: str, graded: tuple[str, ...]) -> None:
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "a.md").write_text(text, encoding="utf-8")
    embedder = HashEmbedder()
    index_course(tmp_path / "lessons", "tiny", tmp_path / "data", embedder, 60)
    said = Talk(open_tiny(tmp_path / "data", embedder), embedder, *graded)
    for mode in Mode:
        for message in ODD[:4]:
            said.say(message, mode)


@pytest.mark.parametrize("message", ODD)
def test_no_message_breaks_a_way_of_teaching(talk: StartTalk, message: str) -> None:
    for graded in ((), ("pipes.md",)):
        said = talk(*graded)
        for mode in (*Mode, *Mode):
            said.say(message, mode)
