"""Markdown as nodes. `COURSE_TUTOR_REGENERATE=1 pytest tests/rendering` writes the golden tree anew."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.lessons import lesson_from
from ingest.loaders.markdown import load as load_markdown
from tests.support.lessons import MARKDOWN, real_lessons
from tutor.models import Lesson
from tutor.rendering.incremental import IncrementalNodes, answer_nodes, lesson_nodes
from tutor.rendering.links import Links
from tutor.rendering.nodes import Block, is_node

GOLDEN = Path(__file__).parents[1] / "golden"
ROOT = Path(__file__).parents[2]
LINKS = Links.of(
    [Lesson("03-attention/02-masks.md", "Masks", ""), Lesson("02-x/01.md", "X", "")], ("arxiv.org",), "02-x/01.md"
)
NUMBERS = frozenset((1, 2))
_PIECES = st.sampled_from(
    [
        "# ", "a", "word ", "*", "**", "_", "~~", "`", "```", "```py\n", "~~~", "\n", "\n\n", "  \n", "- ", "1. ",
        "  ", "    ", "> ", "|", "|--|", "--", "---", "===", "$", "$$", "$$\n", "\\", "\\[", "\\]", "\\(", "\\)",
        "[", "](", ")", "[1]", "[2]", "[9]", "![", "<", ">", "<script>", "https://arxiv.org", "&amp;", "\t", "\r",
        "\r\n", "\0", "\u200b", "é", "👩‍👧", "ا", "x^2", "5", ".", "-", "+ ", "[a]: b", "<b>",
        "[a](../03-attention/02-masks.md#m)", "| a | b |\n|---|---|\n",
    ]
)  # fmt: skip
_TEXT = st.one_of(MARKDOWN, st.lists(_PIECES, max_size=40).map("".join), st.text(max_size=60))


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every node below, and `value` itself."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)


def assert_sound(nodes: Any, source: str) -> None:
    """Nothing but the vocabulary, and offsets that hold."""
    json.dumps(nodes, ensure_ascii=False).encode()
    assert all(is_node(node) for node in nodes)
    last = 0
    for node in nodes:
        assert last <= node["start"] <= node["end"] <= len(source)
        last = node["end"]
    for node in walk(nodes):
        if node.get("type") in ("text", "inline_code") and "start" in node:
            assert source[node["start"] : node["start"] + len(node["text"])] == node["text"]


def words_of(nodes: Any) -> str:
    """All text of nodes."""
    return "".join(str(node.get("text", "")) for node in walk(nodes))


def test_a_sample_of_everything_is_drawn_as_it_was() -> None:
    markdown = (GOLDEN / "rendering.md").read_text("utf-8")
    nodes = answer_nodes(markdown, NUMBERS, LINKS)
    assert_sound(nodes, markdown)
    path = GOLDEN / "rendering.json"
    if os.environ.get("COURSE_TUTOR_REGENERATE"):
        path.write_text(json.dumps(nodes, indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert nodes == json.loads(path.read_text("utf-8"))


@given(_TEXT)
@settings(deadline=None)
def test_nothing_but_the_vocabulary_comes_out_and_offsets_hold(text: str) -> None:
    assert_sound(answer_nodes(text, NUMBERS, LINKS), text)


@given(_TEXT, st.data())
@settings(deadline=None, max_examples=100)
@example("foo\n#", None)
@example("$$\na\n- b\n\n- c\n$$\n", None)
@example("a\nb | c\n---|---\nd\n\n- e\n\n\n  f\ng", None)
@example("- a\nb | c\n---|---\n", None)
def test_however_a_text_is_cut_its_nodes_are_those_of_the_whole(text: str, data: st.DataObject | None) -> None:
    cuts = set(range(1, len(text)))
    if data is not None:
        cuts = data.draw(st.sets(st.integers(0, len(text)), max_size=12))
    growing = IncrementalNodes(NUMBERS, LINKS)
    nodes: list[Block] = []
    for begin, end in pairwise([0, *sorted(cuts), len(text)]):
        at, changed = growing.add(text[begin:end])
        assert at <= len(nodes)
        nodes[at:] = changed
    assert nodes == answer_nodes(text, NUMBERS, LINKS)


def test_finished_nodes_are_not_sent_again() -> None:
    growing = IncrementalNodes()
    sent = [growing.add(f"Paragraph {number}.\n\n")[0] for number in range(50)]
    assert sent == sorted(sent)
    assert 50 - sent[-1] <= 3


@pytest.mark.parametrize(
    "line", ["word " * 30 + "\n", "- " + "item " * 30 + "\n", "x", "| " + "a " * 90 + "| b |\n", "\n"]
)
def test_a_block_without_end_is_cut_and_cut_alike_however_it_came(line: str) -> None:
    text = "Start\n\n" + line * (40_000 // len(line))
    growing = IncrementalNodes()
    nodes: list[Block] = []
    for begin in range(0, len(text), 9_999):
        at, changed = growing.add(text[begin : begin + 9_999])
        nodes[at:] = changed
    whole = answer_nodes(text)
    assert nodes == whole
    assert_sound(whole, text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It costs $5 and $10.", []),
        ("From $3.50 to US$ 20, or $5/month to 10$ a year", []),
        ("\\$3 and \\$4", []),
        ("$ a $ and $$", []),
        ("\\[1\\] and \\(see below\\)", []),
        ("`$x$`", []),
        ("$x$, $2n$ and \\(y_1\\)", [("x", False), ("2n", False), ("y_1", False)]),
        ("$$a$$", [("a", True)]),
        ("so $$a$$ holds", [("a", False)]),
        ("so\n\\[\na\n= b\n\\]\nholds", [("a\n= b", True)]),
        ("- $$a$$\n- b", [("a", True)]),
        ("$$\na\n\nb$$", []),
        ("$$a = 1$$.", [("a = 1.", True)]),
    ],
)
def test_formulas_are_told_from_prices(text: str, shown: list[tuple[str, bool]]) -> None:
    found = [(node["tex"], node["display"]) for node in walk(answer_nodes(text)) if node.get("type") == "math"]
    assert found == shown


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1)) [a](data:text/html,x) [a](//evil.example) [a](https://evil.example)",
        "[a](https://arxiv.org@evil.example) [a](https://arxiv.org\\@evil.example) [a](http://arxiv.org)",
        "<https://evil.example> <javascript:alert(1)> <a@evil.example>",
        "![a](https://evil.example/pixel.png)",
        "[a]: https://evil.example\n\n[a] [a][] [x][a]",
        "<div>\n\n*a*\n\n</div>",
    ],
)
def test_what_would_run_or_lead_away_is_words(text: str) -> None:
    kinds = {node["type"] for node in walk(answer_nodes(text, NUMBERS, LINKS)) if "type" in node}
    assert kinds <= {"paragraph", "text", "image", "emphasis"}


def test_marks_become_citations_only_for_numbers_of_the_answer_and_outside_code_and_links() -> None:
    nodes = answer_nodes("A [1], [7], \\[1\\], `[1]`, [see [1]](https://arxiv.org/).\n\n    [1]", NUMBERS, LINKS)
    assert [node["number"] for node in walk(nodes) if node.get("type") == "citation"] == [1]
    assert words_of(nodes).startswith("A , [7], [1], [1], see [1]")


def test_characters_that_nobody_sees_are_not_shown() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    text = f"wo\u200brd{hidden} [a\u202e](x) `c\u2066`\n\n```\nd\u200b\x00\n```\n\n$x\u200b$ ![e\u00ad](f)\r\n"
    nodes = answer_nodes(text)
    assert_sound(nodes, text)
    assert words_of(nodes) == "word a cx "
    assert [node["tokens"] for node in walk(nodes) if node.get("type") == "code"] == [[["", "d"]]]


def test_what_lies_too_deep_is_shown_as_text() -> None:
    for text in ("> " * 60 + "deep", "- " * 60 + "deep", "*a **b " * 200 + "deep" + "** *" * 200, "[" * 90 + "deep"):
        nodes = answer_nodes(text)
        assert_sound(nodes, text)
        assert "deep" in words_of(nodes)


def test_a_fence_that_is_still_open_is_code() -> None:
    growing = IncrementalNodes()
    growing.add("Look:\n\n```python\nx = 1")
    _, nodes = growing.add("\ny")
    assert [node["type"] for node in nodes] == ["paragraph", "code"]
    assert nodes[-1]["language"] == "python"  # type: ignore[typeddict-item]


def test_a_list_stays_as_it_is_when_its_items_come_apart() -> None:
    tight, loose = answer_nodes("- a\n- b"), answer_nodes("- a\n\n- b")
    assert [node["type"] for node in walk(tight)] == [node["type"] for node in walk(loose)]


def test_a_lessons_headings_have_its_anchors_and_may_be_underlined() -> None:
    text = "# One\n\nTwo\n---\n\nText\n\n### One\n\n- # inner\n"
    lesson = lesson_from(load_markdown(text.encode(), "a.md"), "a.md", "")
    nodes = lesson_nodes(lesson)
    headings = [node for node in nodes if node["type"] == "heading"]
    assert [node["anchor"] for node in headings] == [heading.anchor for heading in lesson.headings]
    assert [node["level"] for node in headings] == [1, 2, 3]


@pytest.mark.parametrize("path", sorted((ROOT / "corpus").rglob("*.md")), ids=lambda path: path.stem)
def test_the_sample_courses_lessons_are_drawn_whole(path: Path) -> None:
    lesson = lesson_from(load_markdown(path.read_bytes(), path.name), path.name, "")
    nodes = lesson_nodes(lesson)
    assert_sound(nodes, lesson.text)
    assert all(node["mathml"] for node in walk(nodes) if node.get("type") == "math")
    assert [node["anchor"] for node in nodes if node["type"] == "heading"] == [item.anchor for item in lesson.headings]


@pytest.mark.slow
def test_real_lessons_are_drawn_whole() -> None:
    for lesson in real_lessons(every=12):
        assert_sound(lesson_nodes(lesson), lesson.text)
