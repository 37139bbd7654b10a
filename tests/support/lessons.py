"""Lessons as hypothesis writes them, and the real ones that may lie beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import strategies as st

from ingest.lessons import lesson_from
from ingest.loaders import SUFFIXES, load
from ingest.loaders.markdown import load as load_markdown
from tutor.models import Lesson

FORMATS = Path(__file__).parents[2].parent / "shared" / "data" / "formats"

_WORDS = st.sampled_from(
    [
        "attention", "the mask", "**bold. Still**", "`a.b. C`", "[docs. Here](http://x.y/z.html)", "e.g. this", "3.11",
        "$x. Y$", "$$a = 1.$$", "J. K. Rowling", "Well...", "第一句。第二句！", "שלום עולם.", "هل هذا؟", "¿Qué? ¡Sí!",
        "x" * 300, "字" * 150, "end.", "Why?! Yes.", "<b>tag</b>", "<x", "|", "\\*", "![a](b.png)", "👩‍👩‍👧",
        "[^1]", "]", "`", "$", "1.", "#", "_a_", "&amp;", "{#id}", "\t", "    ", "<!-- c -->",
    ]
)  # fmt: skip
_LINE = st.lists(_WORDS, min_size=1, max_size=6).map(" ".join)
_PARAGRAPH = st.lists(_LINE, min_size=1, max_size=4).map("\n".join)
_CODE = st.tuples(
    st.sampled_from(["```", "~~~~", "```python"]), st.lists(_LINE, max_size=8), st.sampled_from(["```", "~~~~", ""])
).map(lambda parts: "\n".join([parts[0], *parts[1], parts[2]]))
_INDENTED = st.lists(_LINE, min_size=1, max_size=3).map(lambda lines: "\n".join("    " + line for line in lines))
_TABLE = st.lists(_LINE, max_size=6).map(
    lambda rows: "\n".join(["| a | b |", "|---|---|", *(f"| {r} |" for r in rows)])
)
_HEADING = st.tuples(st.integers(1, 6), _LINE).map(lambda parts: "#" * parts[0] + " " + parts[1])
_SETEXT = _PARAGRAPH.map(lambda words: words + "\n---")
_OTHER = st.sampled_from(
    [
        "[a]: http://x.y",
        "---",
        "<div>\nraw\n</div>",
        "<pre>\na\n\nb</pre>",
        "\n\n\n\n",
        "$$\nx = 1. Y\n$$",
        "-",
        ">",
        "#",
    ]
)


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def under(mark: str, rest: str) -> st.SearchStrategy[str]:
        return inner.map(lambda text: mark + text.replace("\n", "\n" + rest))

    listed = st.one_of(under("- ", "  "), under("12. ", "    "), under("-\n  ", "  "), under("- [ ] ", "  "))
    return st.one_of(
        st.lists(listed, min_size=1, max_size=4).map("\n".join),
        st.lists(inner, min_size=1, max_size=3).map("\n\n".join).map(lambda text: "> " + text.replace("\n", "\n> ")),
    )


_BLOCK = st.recursive(st.one_of(_PARAGRAPH, _CODE, _INDENTED, _TABLE, _HEADING, _SETEXT, _OTHER), _nested, max_leaves=6)
MARKDOWN = st.lists(_BLOCK, min_size=1, max_size=6).map("\n\n".join)
LESSONS = MARKDOWN.map(lambda text: lesson_from(load_markdown(text.encode(), "a.md"), "a.md", ""))


def real_lessons(every: int) -> list[Lesson]:
    """One of `every` lessons of the formats that lie beside the checkout; skips the test where they do not."""
    if not FORMATS.is_dir():
        pytest.skip("needs shared/data/formats beside the checkout")
    paths = sorted(path for path in FORMATS.rglob("*") if path.suffix.lower() in SUFFIXES)
    # PDFs take a second each, and the loaders' own tests read them.
    paths = [path for path in paths if path.suffix.lower() != ".pdf"]
    return [lesson_from(load(path.read_bytes(), path.name), path.name, "") for path in paths[::every]]
