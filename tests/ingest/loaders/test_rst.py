"""reStructuredText of docutils and of Sphinx, down to what neither of them likes."""

from __future__ import annotations

from contextlib import suppress
from textwrap import dedent

import pytest
from docutils.parsers.rst import directives, roles
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.lessons import lesson_from
from ingest.loaders import rst
from ingest.loaders.draft import LessonDraft
from tutor.errors import LessonUnreadable


def load(content: str) -> LessonDraft:
    return rst.load(dedent(content).encode(), "x.rst")


def text(content: str) -> str:
    return load(content).text


def test_titles_and_paragraphs() -> None:
    assert (
        text("""
        Arrays
        ======

        They hold *numbers* of **one**
        type, see ``np.array``.

        Shapes
        ------
        A tuple.
        """)
        == "# Arrays\n\nThey hold *numbers* of **one** type, see `np.array`.\n\n## Shapes\n\nA tuple."
    )


def test_labels_are_the_anchors_that_sphinx_gives() -> None:
    draft = load("""
        .. _my_array:

        Arrays
        ======

        See :ref:`my_array`, :ref:`here <my_array>` and :ref:`other-page_1`.

        .. _last-words:

        The end.
        """)
    assert draft.text.split("\n\n")[1] == "See [Arrays](#my-array), [here](#my-array) and other page 1."
    places = {mark.label: draft.text[mark.start :][:8] for mark in draft.marks}
    assert places == {"arrays": "# Arrays", "my-array": "# Arrays", "last-words": "The end."}
    assert lesson_from(draft, "x.rst", "").headings[0].anchor in ("arrays", "my-array")


@pytest.mark.parametrize(
    ("source", "fence"),
    [
        (".. code-block:: python\n   :linenos:\n   :emphasize-lines: 2\n\n   x = 1", "```python\nx = 1\n```"),
        (".. sourcecode:: pycon\n\n   >>> 1\n   1", "```pycon\n>>> 1\n1\n```"),
        ("Look::\n\n   x\n     y", "Look:\n\n```\nx\n  y\n```"),
        (">>> 1 + 1\n2", "```pycon\n>>> 1 + 1\n2\n```"),
        (".. ipython::\n\n    In [1]: 2", "```python\nIn [1]: 2\n```"),
        (".. code::\n\n   a ``` b", "````\na ``` b\n````"),
    ],
)
def test_code_keeps_its_language_and_its_spaces(source: str, fence: str) -> None:
    assert text(source) == fence


def test_maths() -> None:
    assert text(r"Let :math:`a_i \in A`.") == r"Let $a_i \in A$."
    assert text(".. math:: a = b\n   :label: eq1\n") == "$$\na = b\n$$"
    assert text(".. math::\n\n   a &= b \\\\\n   c &= d\n\n   e = f\n") == (
        "$$\n\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}\n$$\n\n$$\ne = f\n$$"
    )


def test_boxes_say_what_they_are() -> None:
    assert text(".. note:: Mind the *gap*.\n\n   >>> 1") == "**Note.** Mind the *gap*.\n\n```pycon\n>>> 1\n```"
    assert text(".. seealso::\n\n   The book.") == "**See also.** The book."
    assert text(".. admonition:: Why?\n\n   Because.") == "**Why?** Because."
    assert text(".. topic:: **Exercise**\n   :class: green\n\n   - Do it.") == "**Exercise**\n\n- Do it."
    assert text(".. versionadded:: 2.1 Arrays\n\n") == "**New in version 2.1.** Arrays"


def test_lists_nest() -> None:
    assert text("- one\n\n  - inner\n- two") == "- one\n  - inner\n- two"
    assert text("3. three\n#. four\n\n   ::\n\n     code") == "3. three\n\n4. four\n\n   ```\n   code\n   ```"
    assert text("term\n  Its meaning.\n\n  More.") == "**term**: Its meaning.\n\nMore."


def test_tables_become_pipe_tables() -> None:
    grid = """
        +-----+-------+
        | a   | b|c   |
        +=====+=======+
        | x   | - y   |
        |     | - z   |
        +-----+-------+
        | wide        |
        +-------------+
        """
    assert text(grid) == "| a | b\\|c |\n| --- | --- |\n| x | - y - z |\n| wide |  |"
    tall = "+---+---+\n| a | b |\n|   +---+\n|   | c |\n+---+---+\n"
    assert text(tall) == "|  |  |\n| --- | --- |\n| a | b |\n|  | c |"
    listed = """
        .. list-table:: Sizes
           :header-rows: 1
           :unknown: yes

           * - name
             - size
           * - small
             - 3
        """
    assert text(listed) == "**Sizes**\n\n| name | size |\n| --- | --- |\n| small | 3 |"


def test_a_crooked_table_is_kept_as_it_is_written() -> None:
    assert "| a | b" in text("+---+---+\n| a | b |\n+---+--+\n\nAfter.")


def test_links_images_and_notes() -> None:
    assert text("`Python <https://python.org>`_ and docs_.\n\n.. _docs: https://docs.python.org") == (
        "[Python](https://python.org) and [docs](https://docs.python.org)."
    )
    assert text(".. image:: a(b).png\n   :alt: A plot\n   :scale: huge\n\n.. image:: no.png\n\nEnd.") == (
        "![A plot](a%28b%29.png)\n\nEnd."
    )
    assert text(".. figure:: a.png\n\n   The caption.\n\n   The legend.") == "The caption.\n\nThe legend."
    assert text("Text [1]_.\n\n.. [1] A note.") == "Text \\[1\\].\n\n\\[1\\] A note."


def test_roles_of_sphinx_become_their_words() -> None:
    assert text(":func:`~numpy.dot`, :class:`Foo <a.Foo>`, :meth:`!run`, :pep:`8`") == (
        "`dot`, `Foo`, `run`, [PEP 8](https://peps.python.org/pep-0008)"
    )
    assert text(":nobody-knows:`this role`, :doc:`/intro/first_steps`, :menuselection:`File --> Open`") == (
        "`this role`, first steps, **File → Open**"
    )
    assert text("H\\ :sub:`2`\\ O, m\\ :sup:`2`, x\\ :sup:`th`") == "H₂O, m², x^th"


def test_unknown_directives_keep_their_content() -> None:
    assert text(".. tab-item:: Windows\n   :sync: w\n\n   Click *it*.") == "Windows\n\nClick *it*."
    assert text(".. only:: html\n\n   Seen.\n\n.. only:: latex\n\n   Printed.") == "Seen."
    assert text("- item\n\n  .. unknown-one::\n\n     .. unknown-two:: deep\n") == "- item\n\n  deep"


def test_what_is_for_machines_is_dropped() -> None:
    source = (
        ".. comment\n\n.. raw:: html\n\n   <b>x</b>\n\n.. toctree::\n\n   intro\n\n.. |x| replace:: the name\n\nOf |x|."
    )
    assert text(source) == "Of the name."


def test_files_are_not_included_but_named() -> None:
    draft = load("Text.\n\n.. include:: /etc/passwd\n\n.. literalinclude:: demo.py\n   :lines: 1-3\n")
    assert draft.text == "Text."
    assert draft.notes == ["leaves out what it includes from other files: /etc/passwd, demo.py"]
    assert "root" not in text(".. csv-table::\n   :file: /etc/passwd\n\n.. raw:: html\n   :file: /etc/passwd\n\nA.")


def test_one_file_leaves_nothing_to_the_next() -> None:
    text(":math:`c`")  # docutils notes the roles of its own that it has looked up
    named = dict(vars(roles)["_roles"])
    text(".. role:: mine\n.. default-role:: math\n\n:mine:`a` `b` :math:`c`\n\n.. unknown::")
    assert vars(roles)["_roles"] == named
    assert "unknown" not in vars(directives)["_directives"]
    assert text("`plain words`") == "*plain words*"


def test_markup_of_markdown_stays_words() -> None:
    assert text(r"a \* b \`c\` <b> \_d\_ # e") == r"a \* b \`c\` \<b> \_d\_ # e"


def test_binary_files_are_refused() -> None:
    with pytest.raises(LessonUnreadable):
        rst.load(b"\x00\x01\x02", "x.rst")


def test_deep_nesting_loads_or_is_refused() -> None:
    check("\n\n".join("  " * depth + "- x" for depth in range(400)))
    check("*" * 5000 + "\n\n" + "[" * 5000)


def test_what_would_take_docutils_forever_is_refused() -> None:
    doubled = [f".. |{name}| replace:: " + f"|{chr(ord(name) - 1)}| " * 10 for name in "bcdefgh"]
    with pytest.raises(LessonUnreadable, match="substitutions"):
        load("\n".join([".. |a| replace:: x", *doubled, "", "|h|"]))
    with pytest.raises(LessonUnreadable, match=r"line \(3\) of 20,001 characters; wrap it"):
        load("A\n\n" + "*" * 20_001)


def check(content: str) -> None:
    try:
        draft = rst.load(content.encode("utf-8", "replace"), "x.rst")
    except LessonUnreadable:
        return
    starts = [mark.start for mark in draft.marks]
    assert starts == sorted(starts)
    assert all(start <= len(draft.text) for start in starts)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_load_or_are_refused(data: bytes) -> None:
    with suppress(LessonUnreadable):
        rst.load(data, "x.rst")


PART = st.sampled_from(
    [
        *(
            "\n",
            "\n\n",
            "\n   ",
            ".. ",
            ":: ",
            "x",
            "`",
            "``",
            "*",
            "**",
            "|",
            "||",
            "|x|",
            ":ref:`",
            "<a>`",
            "_",
            "__",
        ),
        *("[1]_", ".. [1] ", ".. _a: ", "=====\n", "-----\n", "- ", "1. ", "+---+", "  ===  ===\n", ">>> ", ":name: x"),
        *("note", "code-block", "math", "image", "list-table", "table", "role", "class", "include", "raw", "figure"),
        *("csv-table", "replace::", "unicode::", "date::", "contents::", "sectnum::", "footer::", "title::"),
        *("parsed-literal::", "compound::", "target-notes::"),
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(PART, max_size=30).map("".join))
def test_any_mixture_of_its_parts_loads_or_is_refused(content: str) -> None:
    check(content)


@settings(deadline=None)
@given(
    st.sampled_from(sorted(vars(directives)["_directive_registry"])), st.sampled_from(["", "x", "1 2"]), st.booleans()
)
def test_every_directive_of_docutils_is_survived(name: str, argument: str, content: bool) -> None:
    check(f".. {name}:: {argument}\n   :class: a\n   :nonsense: b\n\n" + "   Some words.\n" * content)
