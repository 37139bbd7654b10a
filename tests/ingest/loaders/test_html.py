"""ingest/loaders/html.py: what a page's reader reads comes through, and nothing of the site around it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.loaders.html import load
from ingest.outline import headings, plain_inline
from tutor.errors import LessonUnreadable


def text_of(html: str) -> str:
    return load(html.encode(), "lesson.html").text


PAGE = """<!doctype html><html><head><title>Loops | Site</title><style>p { color: red }</style></head><body>
<header><a href="/">Site</a></header>
<nav><ul><li><a href="/1">One</a></li><li><a href="/2">Two</a></li></ul></nav>
<div class="sidebar"><ul><li><a href="/a">A</a></li><li><a href="/b">B</a></li></ul></div>
<main>
  <h1 id="loops">Loops <a class="headerlink" href="#loops">¶</a></h1>
  <div class="toc"><ul><li><a href="#for">For</a></li></ul></div>
  <p>A loop repeats <em>statements</em> <strong>many</strong> times, as <code>while True</code> does.</p>
  <h2 id="for">For &amp; while</h2>
  <p>See <a href="other.html#x">the next lesson</a>.<span hidden>secret</span></p>
  <p style="display: none">invisible</p><p aria-hidden="true">unread</p>
  <form><input name="q"><button>Search</button></form>
  <script>alert("code")</script>
</main>
<aside><a href="/c">C</a></aside>
<div id="cookie-banner"><p>We use cookies.</p><button>OK</button></div>
<div class="chat-widget"><h3>Hello!</h3><p>How can we help you?</p></div>
<footer>Copyright</footer></body></html>"""


def test_a_page_becomes_its_lesson_alone() -> None:
    assert text_of(PAGE) == (
        "# Loops\n\nA loop repeats *statements* **many** times, as `while True` does.\n\n"
        "## For & while\n\nSee [the next lesson](other.html#x)."
    )


def test_headings_keep_their_ids_as_anchors() -> None:
    draft = load(PAGE.encode(), "lesson.html")
    found = headings(draft.text, draft.marks)
    assert [(heading.level, heading.title, heading.anchor) for heading in found] == [
        (1, "Loops", "loops"),
        (2, "For & while", "for"),
    ]


def test_an_id_inside_a_paragraph_marks_its_place() -> None:
    draft = load(b"<p>First <span id='here'>second</span> <a name='there'></a>third</p>", "a.html")
    places = {mark.label: draft.text[mark.start :] for mark in draft.marks}
    assert places == {"here": "second third", "there": "third"}


def test_an_id_that_comes_twice_is_marked_once() -> None:
    draft = load(b"<h2 id=a>One</h2><p>x</p><h2 id=a>Two</h2>", "a.html")
    assert [heading.anchor for heading in headings(draft.text, draft.marks)] == ["a", "two"]


def test_the_id_of_an_empty_element_marks_what_follows() -> None:
    draft = load(b"<p>Before</p><a id='next'></a><div id='box'><p>After</p></div>", "a.html")
    assert {mark.label: draft.text[mark.start :] for mark in draft.marks} == {"next": "After", "box": "After"}
    draft = load(b"<p>Before</p><a id='rule'></a><hr><p>After</p>", "a.html")
    assert draft.text[draft.marks[0].start :] == "After"


def test_lists_keep_their_nesting_and_numbers() -> None:
    html = "<ol start=3><li>Three<ul><li>a</li><li><p>b</p><p>more</p></li></ul></li><li>Four</li></ol>"
    assert text_of(html) == "3. Three\n   - a\n   - b\n\n     more\n4. Four"


def test_a_table_escapes_its_pipes_and_keeps_its_columns() -> None:
    html = (
        "<table><caption>Signs</caption><thead><tr><th>Sign<th>Use</thead>"
        "<tr><td><code>a|b</code><td>either | or<tr><td colspan=2>both</table>"
    )
    assert text_of(html) == "Signs\n\n| Sign | Use |\n| --- | --- |\n| `a\\|b` | either \\| or |\n| both |  |"


def test_a_table_without_a_head_takes_its_first_row() -> None:
    assert text_of("<table><tr><td>1<td>2<tr><td>3<td>4</table>") == "| 1 | 2 |\n| --- | --- |\n| 3 | 4 |"


def test_a_table_for_layout_becomes_its_cells() -> None:
    html = "<table><tr><td><pre>1\n2</pre></td><td><pre>x = 1\ny = 2</pre></td></tr></table>"
    assert text_of(html) == "```\n1\n2\n```\n\n```\nx = 1\ny = 2\n```"


@pytest.mark.parametrize(
    "html",
    [
        '<pre><code class="language-python">x = "&lt;b&gt;"\n  y</code></pre>',
        '<pre class="lang-python">x = "&lt;b&gt;"\n  y</pre>',
        '<pre data-code-language="python">x = "&lt;b&gt;"\n  y</pre>',
        '<div class="highlight-python notranslate"><div class="highlight"><pre><span></span>'
        '<span class="n">x</span> = "&lt;b&gt;"\n  y\n</pre></div></div>',
        '<div class="highlight highlight-source-python"><pre>x = "&lt;b&gt;"<br>  y</pre></div>',
    ],
)
def test_code_keeps_its_lines_and_its_language(html: str) -> None:
    assert text_of(html) == '```python\nx = "<b>"\n  y\n```'


def test_code_that_holds_a_fence_gets_a_longer_one() -> None:
    assert text_of("<pre>```\nx\n```</pre>") == "````\n```\nx\n```\n````"


def test_notes_for_the_layout_leave_the_code_they_stand_in() -> None:
    html = '<pre class="codesplit" data-code-language="javascript">//{!1 .bold} Start\nlet a = {b: 1};</pre>'
    assert text_of(html) == "```javascript\n// Start\nlet a = {b: 1};\n```"


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ('<p>So <span data-type="equation">\\vec{v}</span>.</p>', "So $\\vec{v}$."),
        ('<div data-type="equation">a_1 * b</div>', "$$a_1 * b$$"),
        ('<p>So <span class="math">\\(x_1\\)</span></p>', "So $x_1$"),
        ('<div class="math">\\[ x \\]</div>', "$$x$$"),
        ('<p>So <script type="math/tex">x^2</script></p>', "So $x^2$"),
        ('<div><script type="math/tex; mode=display">x^2</script></div>', "$$x^2$$"),
        (
            '<p><math><semantics><mi>y</mi><annotation encoding="application/x-tex">x^2</annotation></semantics>'
            "</math>",
            "$x^2$",
        ),
        ('<p><math alttext="x^2"><mi>x</mi></math>', "$x^2$"),
        ("<p><math><mi>x</mi><mo>+</mo><mn>1</mn></math>", "$x+1$"),
        (
            '<p><span class="katex"><span class="katex-mathml"><math><mi>x</mi><annotation '
            'encoding="application/x-tex">x</annotation></math></span><span class="katex-html" aria-hidden="true">x'
            "</span></span></p>",
            "$x$",
        ),
    ],
)
def test_maths_comes_as_latex(html: str, markdown: str) -> None:
    assert text_of(html) == markdown


def test_figures_keep_their_captions_and_quotations_their_lines() -> None:
    html = (
        '<figure><img src="a b.png" alt="A [tree]"><figcaption>Figure 1: A tree</figcaption></figure>'
        "<blockquote><p>One</p><p>Two</p></blockquote><img src='data:image/png;base64,AAAA' alt='Inline'>"
    )
    assert text_of(html) == "![A (tree)](a%20b.png)\n\nFigure 1: A tree\n\n> One\n>\n> Two\n\nInline"


def test_definitions_stay_with_their_terms() -> None:
    html = "<dl><dt>Loop</dt><dd>Repeats.</dd><div><dt>Branch</dt><dd><p>Chooses.</p><p>Once.</p></dd></div></dl>"
    assert text_of(html) == "- **Loop**\n  Repeats.\n- **Branch**\n  Chooses.\n\n  Once."


@pytest.mark.parametrize(
    "words", ["2 * 3 * 4", "a_b and _c_", "<div>", "# no heading", "- no item", "`tick", "a\\b", "&lt;", "~~~"]
)
def test_plain_words_render_as_those_words(words: str) -> None:
    html = "<p>" + words.replace("&", "&amp;").replace("<", "&lt;") + "</p>"
    assert plain_inline(text_of(html)) == words
    assert not headings(text_of(html))


def test_emphasis_that_markdown_cannot_show_is_left_out() -> None:
    assert text_of("<p>a<b>(b)</b>c <i> d </i>e<b></b></p>") == "a(b)c *d* e"


def test_links_that_open_nothing_are_words() -> None:
    assert (
        text_of('<p><a href="javascript:go()">Go</a> <a href="x"></a><a href="a b">there</a></p>')
        == "Go [there](a%20b)"
    )


def test_a_box_inside_a_lesson_stays_and_a_box_of_links_goes() -> None:
    html = (
        "<main><h1>T</h1><p>Prose of the lesson, long enough.</p><aside class=sidebar><p>A note on it.</p></aside>"
        "<aside><a href=1>one</a> <a href=2>two</a></aside></main>"
    )
    assert text_of(html) == "# T\n\nProse of the lesson, long enough.\n\nA note on it."


def test_a_lesson_on_cookies_and_chat_stays() -> None:
    html = (
        '<div class="section" id="cookies"><h2>Cookies</h2><p>A cookie is text.</p></div>'
        '<div class="section" id="chat-app"><h3>A chat</h3><p>Chat.</p></div>'
    )
    assert text_of(html) == "## Cookies\n\nA cookie is text.\n\n### A chat\n\nChat."


def test_a_page_without_main_loses_its_menus_and_keeps_its_reading_list() -> None:
    links = "".join(f"<li><a href='{n}'>Page {n}</a></li>" for n in range(5))
    html = f"<div><ul>{links}</ul></div><h1>T</h1><p>Prose.</p><h2>Further reading</h2><ul>{links}</ul>"
    text = text_of(html)
    assert text.startswith("# T\n\nProse.")
    assert text.count("[Page 1](1)") == 1


def test_a_chat_widget_and_a_sign_beside_a_heading_are_left_out() -> None:
    html = (
        '<h2 id="t">T <a href="#t">#</a></h2><p>The prose of the lesson.</p>'
        '<div class="chat-widget"><h3>Hello!</h3></div>'
    )
    assert text_of(html) == "## T\n\nThe prose of the lesson."


def test_a_page_whose_whole_text_has_a_misleading_name_is_kept() -> None:
    assert text_of('<div class="menu" style="display:none"><p>The lesson.</p></div>') == "The lesson."


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>Loops | Site</title><main><p>x</p></main>", "Loops"),
        ("<meta property='og:title' content='Loops'><title>X</title><p>x</p>", "Loops"),
        ("<meta property='og:site_name' content='Site'><title>Loops - Site</title><p>x</p>", "Loops"),
        ("<header><h1>Loops</h1></header><title>X</title><main><h2>a</h2><p>Prose of it.</p></main>", "Loops"),
        ("<title>X</title><h1>Loops</h1><p>x</p>", ""),
        ("<h2>First</h2><h1>Loops</h1><p>x</p>", "Loops"),
        ("<header><h1>Site</h1></header><main><h2>First</h2><p>Some prose.</p><h1>Loops</h1></main>", "Loops"),
    ],
)
def test_the_title_is_the_pages_when_the_lesson_begins_without_one(html: str, title: str) -> None:
    assert load(html.encode(), "a.html").title == title


def test_a_page_of_menus_and_scripts_is_unreadable() -> None:
    with pytest.raises(LessonUnreadable, match="no text"):
        load(b"<nav>Menu</nav><script>app()</script>", "a.html")


def test_tags_left_open_by_the_thousand_are_refused_at_once() -> None:
    with pytest.raises(LessonUnreadable, match="<div>"):
        load(b"<div>" * 100_000 + b"x", "a.html")


def test_deep_nesting_keeps_its_words() -> None:
    assert text_of("<div><b>" * 1500 + "deep" + "</b></div>" * 1500) == "deep"


def test_characters_of_the_anchors_own_are_dropped() -> None:
    assert text_of("<p>a&#xE000;0&#xE001;b</p>") == "a0b"


TAGS = st.sampled_from(
    "p h1 h2 ul ol li table tr td pre code b i a div span main nav dl dt dd blockquote br img math script sub".split()
)
PIECES = st.one_of(
    TAGS.map(lambda tag: f"<{tag}>"),
    TAGS.map(lambda tag: f"</{tag}>"),
    st.sampled_from(["<a href='x' id='a'>", "<h2 id='b'>", "<p id='c'>", "<img src=x alt='|*'>", "<td colspan=3>"]),
    st.text(alphabet="ab *_`#-|$<>[]()\\\n1.&~", max_size=12),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_markup_loads_with_marks_and_headings_in_place(html: str) -> None:
    check(html.encode())


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_load_or_are_unreadable(data: bytes) -> None:
    check(data)


def check(data: bytes) -> None:
    try:
        draft = load(data, "lesson.html")
    except LessonUnreadable:
        return
    text = draft.text
    text.encode()
    assert text.strip()
    assert all(0 <= mark.start <= len(text) for mark in draft.marks)
    assert [mark.start for mark in draft.marks] == sorted(mark.start for mark in draft.marks)
    for heading in headings(text, draft.marks):
        assert plain_inline(text[heading.start : heading.end]) == heading.title
