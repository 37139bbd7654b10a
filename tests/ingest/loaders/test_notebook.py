"""ingest/loaders/notebook.py: cells in order, code in its language, outputs short."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.loaders.notebook import load
from ingest.outline import headings, plain_inline
from tutor.errors import LessonUnreadable


def notebook(*cells: dict[str, Any], **metadata: Any) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)}).encode()


def markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "m", "metadata": {}, "source": source}


def code(source: str | list[str], *outputs: dict[str, Any], tags: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": source, "outputs": list(outputs)}


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def result(**data: Any) -> dict[str, Any]:
    return {"output_type": "execute_result", "data": {key.replace("_", "/"): value for key, value in data.items()}}


def text_of(*cells: dict[str, Any], **metadata: Any) -> str:
    return load(notebook(*cells, **metadata), "lesson.ipynb").text


def test_cells_become_markdown_and_code_with_a_mark_each() -> None:
    cells = (
        markdown("# Loops\n\nA *loop*."),
        {"cell_type": "raw", "source": "raw"},
        code(["x = 1\n", "x"], stream("1\n")),
    )
    draft = load(notebook(*cells), "lesson.ipynb")
    assert draft.text == "# Loops\n\nA *loop*.\n\n```python\nx = 1\nx\n```\n\n```text\n1\n```"
    assert {mark.label: draft.text[mark.start :][:7] for mark in draft.marks if mark.kind == "cell"} == {
        "1": "# Loops",
        "3": "```pyth",
    }


def test_a_tag_in_a_markdown_cell_is_no_tag_in_the_lesson() -> None:
    assert text_of(markdown('<h2 id="a">Title</h2>\n\nText <b>bold</b>')).startswith("## Title\n\nText **bold**")


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({"language_info": {"name": "R"}}, "r"),
        ({"kernelspec": {"language": "julia"}}, "julia"),
        ({"kernelspec": "damaged"}, "python"),
        ({"language_info": {"name": "a b\n```"}}, "python"),
    ],
)
def test_the_kernel_names_the_language(metadata: dict[str, Any], language: str) -> None:
    assert text_of(code("x"), **metadata) == f"```{language}\nx\n```"


def test_a_cell_magic_names_the_language_of_its_cell() -> None:
    assert text_of(code("%%bash\nls"), code("%%time\nx")) == "```bash\n%%bash\nls\n```\n\n```python\n%%time\nx\n```"


def test_long_outputs_are_cut() -> None:
    lines = text_of(code("x", stream("\n".join(str(n) for n in range(50))))).split("```text\n")[1].split("\n")
    assert lines[:20] == [str(n) for n in range(20)]
    assert lines[20:] == ["…", "```"]
    assert len(text_of(code("x", stream("y" * 5_000)))) < 1_100


def test_pictures_pages_widgets_and_warnings_are_left_out() -> None:
    outputs = (
        {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo", "text/plain": "<Figure size 1x1>"}},
        result(text_plain="<IPython.core.display.HTML object>", text_html="<b>x</b>"),
        {"output_type": "display_data", "data": {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "W()"}},
        stream("a warning", "stderr"),
    )
    assert text_of(code("x", *outputs)) == "```python\nx\n```"


def test_a_table_keeps_its_text_form() -> None:
    assert text_of(code("df", result(text_plain=["   a\n", "0  1"], text_html="<table></table>"))).endswith(
        "```text\n   a\n0  1\n```"
    )


def test_an_error_is_one_line_without_its_traceback() -> None:
    error = {
        "output_type": "error",
        "ename": "ValueError",
        "evalue": "\x1b[31mbad\x1b[0m value\nmore",
        "traceback": ["Traceback", "deep"],
    }
    assert text_of(code("x", error)).endswith("```text\nValueError: bad value\n```")


def test_a_progress_bar_keeps_only_its_end() -> None:
    assert text_of(code("x", stream("10%\r 50%\r100%\n"))).endswith("```text\n100%\n```")


def test_embedded_pictures_leave_their_description() -> None:
    cell = markdown("See ![a tree](data:image/png;base64,AAAA) and ![b](attachment:b.png) and ![c](c.png)")
    assert text_of(cell) == "See a tree and b and ![c](c.png)"


def test_tags_of_jupyter_book_hide_cells_inputs_and_outputs() -> None:
    cells = (
        code("a", tags=("remove-cell",)),
        code("b", stream("B"), tags=("hide-input",)),
        code("c", stream("C"), tags=("remove-output",)),
    )
    assert text_of(*cells) == "```text\nB\n```\n\n```python\nc\n```"


def test_the_title_may_stand_in_the_metadata() -> None:
    assert load(notebook(markdown("Text"), title=" Loops "), "a.ipynb").title == "Loops"


def test_a_notebook_of_version_3_is_upgraded() -> None:
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": "old"},
        "worksheets": [
            {
                "metadata": {},
                "cells": [
                    {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Old"]},
                    {
                        "cell_type": "code",
                        "language": "python",
                        "metadata": {},
                        "collapsed": False,
                        "prompt_number": 1,
                        "input": ["1 + 1"],
                        "outputs": [{"output_type": "pyout", "prompt_number": 1, "text": ["2"], "metadata": {}}],
                    },
                ],
            }
        ],
    }
    text = load(json.dumps(old).encode(), "old.ipynb").text
    assert text == "## Old\n\n```python\n1 + 1\n```\n\n```text\n2\n```"


def test_lone_surrogates_and_characters_of_the_anchors_are_dropped() -> None:
    text = load(
        b'{"cells": [{"cell_type": "markdown", "source": "a\\ud800\\ue0000\\ue001b"}, '
        b'{"cell_type": "code", "source": "x\\udfff"}]}',
        "a.ipynb",
    ).text
    assert text == "a0b\n\n```python\nx\n```"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "JSON is broken"),
        (b"[" * 100_000, "JSON is broken"),
        (b"[]", "not a notebook"),
        (b'{"a": 1}', "not a notebook"),
        (b'{"cells": []}', "without words"),
        (b'{"nbformat": 3, "worksheets": [1]}', "old version"),
        (b"\x00\x01", "binary"),
    ],
)
def test_other_files_are_unreadable_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(LessonUnreadable, match=reason):
        load(data, "a.ipynb")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["source", "cell_type", "outputs", "metadata", "data", "text/plain", "tags", "output_type"]
            ),
            inner | st.sampled_from(["code", "markdown", "stream", "execute_result", "error", "# a\n```"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(JSON, max_size=4), st.sampled_from(["cells", "worksheets"]), JSON)
def test_any_json_loads_or_is_unreadable(cells: list[Any], key: str, metadata: Any) -> None:
    check(json.dumps({key: cells, "nbformat": 3, "metadata": metadata}).encode())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.text(max_size=30)), min_size=1, max_size=5))
def test_any_cells_load_with_marks_and_headings_in_place(cells: list[tuple[bool, str]]) -> None:
    check(notebook(*(code(source, stream(source)) if is_code else markdown(source) for is_code, source in cells)))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_load_or_are_unreadable(data: bytes) -> None:
    check(data)


def check(data: bytes) -> None:
    try:
        draft = load(data, "lesson.ipynb")
    except LessonUnreadable:
        return
    text = draft.text
    text.encode()
    assert all(0 <= mark.start <= len(text) for mark in draft.marks)
    for heading in headings(text, draft.marks):
        assert plain_inline(text[heading.start : heading.end]) == heading.title
