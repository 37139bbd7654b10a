"""ingest/loaders/markdown.py: canonical Markdown without tags, comments and builders' marks; code as it is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from ingest.loaders.markdown import load
from ingest.outline import headings
from tests.support.lessons import MARKDOWN
from tutor.text.blocks import blocks


def text_of(markdown: str, name: str = "a.md") -> str:
    return load(markdown.encode(), name).text


def anchors(markdown: str) -> list[str]:
    draft = load(markdown.encode(), "a.md")
    return [heading.anchor for heading in headings(draft.text, draft.marks)]


def test_front_matter_fills_the_lessons_fields() -> None:
    draft = load(
        b"\xef\xbb\xbf---\r\ntitle: 5\r\nchapter: C\r\n"
        b"order: 3\r\nminutes: 0\r\nurl: /u\r\npreview: true\r\n---\r\nText",
        "a",
    )
    fields = (draft.title, draft.chapter, draft.order, draft.minutes, draft.url, draft.preview)
    assert (draft.text, fields) == ("Text", ("5", "C", 3, 0, "/u", True))


@pytest.mark.parametrize(
    ("matter", "note"),
    [
        ("title: 'a' b", "front matter is not valid YAML at line 2; the lesson is kept without it"),
        ("date: 2024-13-01", "front matter is not valid YAML; the lesson is kept without it"),
        ("order: first", "front matter: order is 'first', not a whole number; it is left out"),
        ("minutes: true", "front matter: minutes is True, not a whole number; it is left out"),
    ],
)
def test_broken_front_matter_is_noted_and_left_out(matter: str, note: str) -> None:
    draft = load(f"---\n{matter}\n---\nText".encode(), "a.md")
    assert (draft.text, draft.notes) == ("Text", [note])


@pytest.mark.parametrize("text", ["---\n\nText\n\n---\nmore", "---\n- a\n---\nText", "Text\n\n---\na: b\n---"])
def test_rules_are_no_front_matter(text: str) -> None:
    assert text_of(text) == text


@pytest.mark.parametrize("text", ["---\n---\nText", "---\n# nothing\n---\nText", "---\ntitle: A\n...\nText"])
def test_front_matter_may_hold_nothing_and_end_in_dots(text: str) -> None:
    assert text_of(text) == "Text"


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("a <b>b</b> <i>c</i> <kbd>d</kbd>", "a **b** *c* `d`"),
        ('<a href="u">v</a> <img src="a.png" alt="t"> <img alt="x"> <a>w', "[v](u) ![t](a.png)  w"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n\n- b"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("a <!-- c\n\nd --> b<script>x < y</script><style>z</style>", "a  b"),
        ("x<y, a < b, List<T> and <Tab>", "x<y, a < b, List<T> and <Tab>"),
        ("&lt;b&gt;", "&lt;b&gt;"),
    ],
)
def test_tags_outside_code_go_and_what_only_looks_like_one_stays(markdown: str, text: str) -> None:
    assert text_of(markdown) == text


@pytest.mark.parametrize(
    "text",
    [
        "```html\n<b>x</b> <!-- c --> {% if %} {#id}\n:::\n[a][b]\n```",
        "~~~\n<b>never closed",
        "    <b>x</b>",
        "- item\n\n  ```\n  <b>x</b>\n  ```",
        "`<b>` and ``<i> ` {% x %} {#y}``",
    ],
)
def test_code_stays_as_it_is(text: str) -> None:
    assert text_of(text) == text


def test_mdx_loses_imports_exports_and_components() -> None:
    text = (
        'import X from "y"\n\nexport const a = 1\n\n# H\n\n'
        '<Tabs a="b"><Tab>in</Tab></Tabs> text\n\n```js\nimport a from "b"\n```'
    )
    assert text_of(text, "A.MDX") == '# H\n\nin text\n\n```js\nimport a from "b"\n```'
    assert "import X" in text_of(text)


@pytest.mark.parametrize(
    "markdown",
    [
        '<h2 id="x">Words</h2>',
        "<H2 ID=x>Words</H2>",
        "## Words {#x}",
        "## Words {: .class #x}",
        "## Words\n{: #x}",
        "Words {#x}\n=====",
        '## <a id="x"></a>Words',
        '## Words <a name="x"></a>',
        '<a id="x"></a>\n\n## Words',
        '<section id="x">\n\n## Words\n\n</section>',
        "## Words\n:label:`x`",
    ],
)
def test_the_id_of_a_heading_is_its_anchor(markdown: str) -> None:
    assert anchors(f"text\n\n{markdown}\n\nmore") == ["x"]


def test_an_id_that_comes_twice_is_one_headings_anchor() -> None:
    assert anchors('<h2 id="x">A</h2>\n<h2 id="x">B</h2>\n<h2>A</h2>') == ["x", "b", "a"]


def test_an_id_in_a_paragraph_marks_its_place() -> None:
    draft = load(b'First\n\n<p id="p">one <span id="q">two</span></p>', "a.md")
    assert {mark.label: draft.text[mark.start :].strip() for mark in draft.marks} == {"p": "one two", "q": "two"}


def test_reference_links_become_inline_links() -> None:
    text = "[The docs][D], [d][], [d], ![img][d], [x][none], [y], `[d]` and [z](d)."
    text += "\n\n[d]: <http://x.y> 'T'\n[D]: http://later"
    assert text_of(text) == (
        "[The docs](http://x.y), [d](http://x.y), [d](http://x.y), ![img](http://x.y), [x][none], [y],"
        " `[d]` and [z](d)."
    )


def test_a_definition_in_code_defines_nothing() -> None:
    assert text_of("```\n[a]: http://code\n```\n\n[a] b") == "```\n[a]: http://code\n```\n\n[a] b"


def test_kramdown_attributes_go_and_other_braces_stay() -> None:
    assert text_of('a {:.x} b {: .y z="1"}\n\n{: .no_toc}\n\n{not one} {:> no} \\frac{a}{b}') == (
        "a b\n\n{not one} {:> no} \\frac{a}{b}"
    )


def test_roles_of_d2l_are_read() -> None:
    text = (
        "See :numref:`fig_my-net`, :eqref:`eq_c` and :cite:`Foo.2019,Bar.20`.\n\n![x](y.png)\n:width:`40px`\n"
        ":label:`fig_my-net`\n\n$$x$$\n:eqlabel:`eq_c`\n\n:begin_tab:`pytorch`\nabc\n:end_tab:"
    )
    draft = load(text.encode(), "a.md")
    assert draft.text == "See my net, c and (Foo 2019, Bar 20).\n\n![x](y.png)\n\n$$x$$\n\nabc"
    assert [mark.label for mark in draft.marks] == ["fig_my-net", "eq_c"]


def test_liquid_and_directives_go() -> None:
    assert text_of("{% raw %}a{% endraw %} {{ b }}\n\n::: note\nc\n:::\n\n`{% d %}`") == "a {{ b }}\n\nc\n\n`{% d %}`"


@settings(deadline=None, max_examples=100)
@given(MARKDOWN)
def test_code_comes_through_any_markdown(text: str) -> None:
    draft = load(("```\n<b>{#id} [a][b]</b>\n```\n\n" + text).encode(), "a.md")
    assert draft.text.startswith("```\n<b>{#id} [a][b]</b>\n```")
    assert "\ue000" not in draft.text
    assert all(0 <= mark.start <= len(draft.text) for mark in draft.marks)
    assert blocks(draft.text)
