"""ingest/loaders/runs.py and escape(): words in any look render as themselves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ingest.loaders.runs import Run, inline, plain

_PARSER = MarkdownIt("commonmark").enable("table")
WORDS = st.text(alphabet="ab *_`#-+=[]()<>&;~|\\!:\n", min_size=1, max_size=14)
RUNS = st.lists(st.builds(Run, WORDS, st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=4)


def shown(markdown: str) -> str:
    inner = [child for token in _PARSER.parse(markdown) for child in token.children or ()]
    return "".join("".join(child.content for child in inner if child.type in ("text", "code_inline")).split())


@settings(max_examples=300, deadline=None)
@given(RUNS)
def test_runs_render_as_their_words(runs: list[Run]) -> None:
    assert shown(inline(runs)) == "".join("".join(run.words for run in runs).split())


@pytest.mark.parametrize(
    ("runs", "markdown"),
    [
        ([Run("a "), Run("b", bold=True), Run(" c")], "a **b** c"),
        ([Run("The ", italic=True), Run("end", bold=True, italic=True)], "*The* ***end***"),
        ([Run("a"), Run("(b)", bold=True), Run("c")], "a(b)c"),
        ([Run("a"), Run("(b", bold=True), Run(" c")], "a(b c"),
        ([Run("x", code=True, bold=True), Run(" y", bold=True)], "**`x` y**"),
        ([Run("a", code=True), Run("b", code=True)], "`ab`"),
        ([Run("a", code=True), Run("b", code=True, href="u")], "`a`[`b`](u)"),
        ([Run(" ", code=True), Run("`x", code=True)], "`` `x ``"),
        ([Run("see "), Run("this ", href="u v"), Run("now")], "see [this](u%20v) now"),
        ([Run("Go!"), Run("there", href="u")], "Go\\![there](u)"),
        ([Run("a]b", href="u")], "a]b"),
        ([Run("a", href="javascript:x")], "a"),
        ([Run("one"), Run("\n"), Run("- two")], "one\n\\- two"),
        ([Run("one"), Run(" - two")], "one - two"),
        ([Run("\ue0000\ue001", raw=True), Run("- a")], "\ue0000\ue001\\- a"),
        ([Run("a"), Run("$x$", raw=True)], "a$x$"),
    ],
)
def test_looks_become_markdown(runs: list[Run], markdown: str) -> None:
    assert inline(runs) == markdown


def test_plain_runs_keep_code_and_links() -> None:
    assert inline(plain([Run("a", bold=True), Run("b", code=True, italic=True)])) == "a`b`"
