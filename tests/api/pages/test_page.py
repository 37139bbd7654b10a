"""The pages as they are sent: what stands in them, what they may do, what wrong requests are told."""

from __future__ import annotations

import json
import re
import shutil
import string
from pathlib import Path
from urllib.parse import quote

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.api.conftest import EMBEDDER
from tests.support.served import COURSE, Served, served, settings_for
from tutor.api.pages.languages import accepted, reader_messages
from tutor.api.pages.markup import answer_html
from tutor.rendering.highlighting import CLASSES
from tutor.resources import web_directory
from tutor.text.plain import plain

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "![a](https://evil.example/pixel.png)",
    "<https://evil.example>",
    "[a]: javascript:alert(1)\n\n[a]",
    '[a](https://evil.example "onclick=alert(1)")',
    "`<b>`\n\n```html onload=x\n</code></pre><script>1</script>\n```",
    "| <i> |\n|---|\n| <svg onload=1> |",
    "[1<b>](x) [1](javascript:1)",
    '"><iframe src=//evil.example>',
    "$<b>$ $\\href{javascript:alert(1)}{x}$ $$\\text{</math><script>}$$",
    '![" onerror="alert(1)](x)',
]
ALLOWED = {"html", "head", "body", "p", "strong", "em", "code", "pre", "ul", "ol", "li", "table", "thead", "tbody"}
ALLOWED |= {"tr", "th", "td", "blockquote", "hr", "br", "sup", "a", "span", "s", "math", "mrow", "mi", "mo", "mtext"}
ALLOWED |= {"div"}
ATTRIBUTES = {("a", "href"), ("a", "id"), ("a", "aria-label"), ("span", "class"), ("p", "class"), ("math", "display")}
ATTRIBUTES |= {("div", "class"), ("pre", "dir")}
PAGES = [
    "/",
    f"/courses/{COURSE}",
    f"/courses/{COURSE}/lessons/02-transport/01-tcp.md",
    f"/courses/{COURSE}/search?q=window",
    f"/courses/{COURSE}/embed",
    f"/courses/{COURSE}/about",
    f"/ask?course={COURSE}&question=TCP",
    "/courses/none",
]
WORDS = web_directory() / "reader" / "words"


def page(server: Served, path: str, status: int = 200) -> LexborHTMLParser:
    answer = server.client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return LexborHTMLParser(answer.text)


def texts(tree: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in tree.css(selector)]


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_cannot_run_or_fetch_or_lead_away(text: str) -> None:
    tree = LexborHTMLParser(str(answer_html(text + "\n\nEnd. [1]", frozenset({1}))))
    for node in tree.css("*"):
        assert node.tag in ALLOWED
        for name, value in node.attributes.items():
            assert (node.tag, name) in ATTRIBUTES
            if name == "href":
                assert value == "#citation-1"


def test_markers_of_citations_become_links_but_not_in_code() -> None:
    html = str(answer_html("A [1] and [2].\n\n`a[1]`\n\n    a[1]", frozenset({1})))
    assert html.count('href="#citation-1"') == 1
    assert "[2]" in html
    assert html.count("a[1]") == 2


def test_formulas_are_mathml_and_code_has_classes() -> None:
    tree = LexborHTMLParser(str(answer_html("$x^2$ and\n\n$$y$$\n\n```python\nreturn 'a'\n```", frozenset())))
    assert [node.attributes["display"] for node in tree.css("math")] == ["inline", "block"]
    assert [node.text() for node in tree.css("msup > *")] == ["x", "2"]
    assert [(node.attributes["class"], node.text()) for node in tree.css("pre span")] == [
        ("k", "return "),
        ("s", "'a'"),
    ]


def test_a_citation_is_led_back_to_from_one_place_only() -> None:
    html = str(answer_html("A [1]. B [1].", frozenset({1})))
    assert html.count('href="#citation-1"') == 2
    assert html.count('id="mark-1"') == 1


def test_headings_of_an_answer_leave_no_level_out() -> None:
    tree = LexborHTMLParser(str(answer_html("### A\n\nOne.\n\n##### B\n\nTwo.\n\n### C\n\nThree.", frozenset())))
    assert [node.tag for node in tree.css("h1, h2, h3, h4, h5, h6")] == ["h2", "h3", "h2"]


def test_every_class_of_code_has_a_colour() -> None:
    style = (web_directory() / "shared" / "tokens.css").read_text()
    assert not [name for name in CLASSES if name and not re.search(rf"\.{name}\b", style)]


@pytest.mark.parametrize("path", ["/", f"/courses/{COURSE}"])
def test_a_course_shows_its_lessons_by_chapter_and_a_field_to_ask_in(server: Served, path: str) -> None:
    tree = page(server, path)
    assert texts(tree, "h1") == ["Computer networks"]
    assert texts(tree, ".chapter h2") == ["Basics", "Transport"]
    assert texts(tree, ".lessons a") == ["Bits", "Frames", "TCP"]
    assert texts(tree, ".lessons .facts")[1] == "Lesson 2 / 3 1 min"
    assert tree.css("form[action='/ask'] input[name=question]")
    links = [node.attributes["href"] for node in tree.css(".chips a")]
    assert links == [f"/ask?course={COURSE}&question=What%20is%20TCP%3F"]


def test_a_lesson_knows_its_place_and_its_neighbours(server: Served) -> None:
    tree = page(server, f"/courses/{COURSE}/lessons/01-basics/02-frames.md")
    assert texts(tree, "title") == ["Frames · Computer networks"]
    assert texts(tree, ".crumbs li") == ["Computer networks", "Basics", "Frames"]
    assert texts(tree, "main > .facts") == ["Lesson 2 / 3 1 min"]
    assert texts(tree, "h1") == ["Frames"]
    assert texts(tree, ".lesson h2") == ["Addresses"]
    assert [node.attributes["href"] for node in tree.css(".turn a")] == [
        f"/courses/{COURSE}/lessons/01-basics/01-bits.md",
        f"/courses/{COURSE}/lessons/02-transport/01-tcp.md",
    ]
    for lesson, neighbours in (("01-basics/01-bits.md", ["after"]), ("02-transport/01-tcp.md", ["before"])):
        ends = page(server, f"/courses/{COURSE}/lessons/{lesson}").css(".turn a")
        assert [node.attributes["class"] for node in ends] == neighbours
    (loader,) = tree.css("script[src='/loader.js']")
    assert loader.attributes["data-lesson"] == "01-basics/02-frames.md"
    assert (loader.attributes["data-course"], loader.attributes["data-mode"]) == (COURSE, "side")


def test_every_heading_can_be_linked_to(server: Served) -> None:
    tree = page(server, f"/courses/{COURSE}/lessons/02-transport/01-tcp.md")
    ids = [node.attributes["id"] for node in tree.css(".lesson :is(h1, h2)")]
    assert ids == ["tcp", "windows"]
    assert [node.attributes["href"] for node in tree.css(".anchor")] == [f"#{id_}" for id_ in ids]
    assert tree.css(".anchor")[1].attributes["aria-label"] == "Address of “Windows”"


def test_a_search_marks_the_words_and_leads_to_the_sentences(server: Served) -> None:
    tree = page(server, f"/courses/{COURSE}/search?q=How+many+byte")
    assert "bytes" in texts(tree, "mark")
    lessons = set()
    for link, shown in zip(tree.css(".results a"), texts(tree, ".results .words"), strict=True):
        place = re.fullmatch(r"/courses/networks/lessons/(.+)#s=(\d+)-(\d+)", str(link.attributes["href"]))
        assert place
        lesson, start, end = place.groups()
        text = server.client.get(f"/api/v1/courses/{COURSE}/lessons/{lesson}").json()["text"]
        assert plain(text[int(start) : int(end)]) == shown
        lessons.add(lesson)
    assert "02-transport/01-tcp.md" in lessons


@pytest.mark.parametrize(
    ("query", "status", "selector"),
    [("", 200, ".lead"), ("+%00+", 200, ".lead"), ("a" * 4001, 422, "[role=alert]"), ("qqqq+zzzz", 200, ".lead")],
)
def test_a_search_for_nothing_is_told_in_words(server: Served, query: str, status: int, selector: str) -> None:
    assert texts(page(server, f"/courses/{COURSE}/search?q={query}", status), f"main {selector}")[0]


def test_an_answer_shows_its_citations_which_lead_to_their_sentences(server: Served) -> None:
    tree = page(server, f"/ask?course={COURSE}&question=How+does+a+connection+end%3F")
    marks = [node.attributes["href"] for node in tree.css(".answer sup a")]
    assert marks
    assert marks == [f"#{node.attributes['id']}" for node in tree.css(".citations > li")]
    assert "FIN" in tree.css(".citations blockquote")[0].text()
    assert "/lessons/02-transport/01-tcp.md#s=" in str(tree.css(".source a")[0].attributes["href"])


def test_a_refusal_offers_the_courses_contacts(server: Served) -> None:
    tree = page(server, f"/ask?course={COURSE}&question=Who+won+the+world+cup+of+1998%3F")
    assert [node.attributes["href"] for node in tree.css(".contacts a")] == ["mailto:ada%40example.org"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 404), ("?course=none&question=a", 404), (f"?course={COURSE}&question=", 422), (f"?course={COURSE}", 422)],
)
def test_a_question_that_cannot_be_asked_is_told_beside_its_field(server: Served, query: str, status: int) -> None:
    tree = page(server, "/ask" + query, status)
    assert tree.css_first("[role=alert]") is not None
    assert tree.css("form[action='/ask']")


@pytest.mark.parametrize(
    "path",
    [
        "/courses/none",
        "/courses/none/lessons/a.md",
        "/courses/none/search?q=a",
        "/courses/none/embed",
        "/courses/none/about",
        f"/courses/{COURSE}/lessons/none.md",
        f"/courses/{COURSE}/lessons/",
        f"/courses/{COURSE}/lessons/%2e%2e/%2e%2e/etc/passwd%00",
        "/courses/%3Cscript%3E",
        "/courses/" + "x" * 5000,
    ],
)
def test_what_is_not_there_is_told_on_a_page(server: Served, path: str) -> None:
    answer = server.client.get(path)
    assert answer.status_code == 404
    tree = LexborHTMLParser(answer.text)
    assert texts(tree, "[role=alert]")[0]
    assert not tree.css("main script")


def test_what_was_asked_is_shown_as_text(server: Served) -> None:
    asked = "<script>alert(1)</script> \"'><b>byte"
    for path, selector in ((f"/ask?course={COURSE}&question=", "h1"), (f"/courses/{COURSE}/search?q=", "h1")):
        tree = page(server, path + quote(asked))
        assert not tree.css("main script, main h1 b")
        assert asked in texts(tree, selector)[0]


def test_a_field_for_a_question_takes_as_much_as_the_server_reads(published: Path, tmp_path: Path) -> None:
    data = shutil.copytree(published, tmp_path / "data")
    with served(settings_for(data, max_question_characters=40), EMBEDDER) as short:
        for path in [*PAGES[:-1], f"/ask?course={COURSE}&question=" + "x" * 41]:
            fields = LexborHTMLParser(short.client.get(path).text).css("[name=q], [name=question]")
            assert {field.attributes["maxlength"] for field in fields} == {"40"}, path


@pytest.mark.parametrize("path", PAGES)
def test_pages_may_run_and_load_only_what_is_the_servers_own(server: Served, path: str) -> None:
    answer = server.client.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "require-trusted-types-for 'script'; trusted-types 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"(?:https?:)?//", answer.text)
    assert not re.search(r"<script(?![^>]* src=)|\sstyle=|\son\w+=|javascript:", answer.text)
    assert server.client.head(path).status_code in (answer.status_code, 405)


def test_the_line_for_a_site_holds_what_was_chosen(server: Served) -> None:
    query = "mode=inline&side=start&colour=%232450b0&language=es&greeting=%22%3E%3Cb%3EHi"
    tree = page(server, f"/courses/{COURSE}/embed?{query}")
    line = LexborHTMLParser(tree.css(".snippet")[0].text()).css("script")[0].attributes
    assert line.pop("integrity", "").startswith("sha384-")  # type: ignore[union-attr]
    assert line == {
        "type": "module",
        "src": f"{server.url.rstrip('/')}/loader.js",
        "crossorigin": "anonymous",
        "data-course": COURSE,
        "data-mode": "inline",
        "data-side": "start",
        "data-colour": "#2450b0",
        "data-language": "es",
        "data-greeting": '"><b>Hi',
    }
    alone = server.client.get(f"/courses/{COURSE}/embed?{query}&plain=1")
    assert alone.headers["content-type"].startswith("text/plain")
    assert alone.text == tree.css(".snippet")[0].text()
    assert [node.attributes["value"] for node in tree.css("option[selected]")] == ["inline", "start", "es"]


@pytest.mark.parametrize("query", ["colour=red", "colour=%23fff%22", "greeting=" + "x" * 501])
def test_a_choice_that_cannot_be_is_told(server: Served, query: str) -> None:
    assert texts(page(server, f"/courses/{COURSE}/embed?{query}", 422), "[role=alert]")[0]
    assert server.client.get(f"/courses/{COURSE}/embed?{query}&plain=1").status_code == 422


def test_a_greeting_may_be_as_long_as_its_field(server: Served) -> None:
    field = page(server, f"/courses/{COURSE}/embed").css("[name=greeting]")[0]
    longest = int(field.attributes["maxlength"] or 0)
    page(server, f"/courses/{COURSE}/embed?greeting=" + "x" * longest)
    told = texts(page(server, f"/courses/{COURSE}/embed?greeting=" + "x" * (longest + 1), 422), "[role=alert]")[0]
    assert f" {longest} characters" in told


def test_how_answers_are_made_is_told_as_it_is(server: Served) -> None:
    tree = page(server, f"/courses/{COURSE}/about")
    words = reader_messages("en")
    shown = texts(tree, ".prose p")
    assert words["about_answers_quoting"] in shown
    assert words["about_stored_masked"] in shown
    assert words["about_stored_model"] not in shown
    assert texts(tree, ".contacts a") == ["Ada"]


def test_all_languages_have_all_words_with_the_same_gaps() -> None:
    files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in WORDS.glob("*.json")}
    assert sorted(files) == ["ar", "de", "en", "es", "fr", "hi", "pt", "zh"]
    gaps = {name: _gaps(text) for name, text in files["en"].items()}
    for language, words in files.items():
        assert {name: _gaps(text) for name, text in words.items()} == gaps, language


def _gaps(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_word_of_the_pages_is_used() -> None:
    names = json.loads((WORDS / "en.json").read_text(encoding="utf-8"))
    folder = web_directory()
    used = "".join(path.read_text() for path in (folder / "reader" / "templates").glob("*.html"))
    code = folder.parent / "tutor" / "api"
    used += "".join(path.read_text() for path in code.rglob("*.py"))
    assert not [name for name in names if f'"{name}"' not in used]


@pytest.mark.parametrize(
    ("header", "languages"),
    [("de-AT,fr;q=0.5,*;q=0.1", ["de-AT", "fr", "*"]), ("fr;q=0.1, es", ["es", "fr"]), ("x;q=y,,;q=1", []), ("", [])],
)
def test_the_readers_languages_are_read(header: str, languages: list[str]) -> None:
    assert accepted(header) == languages


def test_a_page_about_a_course_speaks_its_language_and_others_the_readers(server: Served) -> None:
    german = {"Accept-Language": "de"}
    assert '<html lang="en" dir="ltr">' in server.client.get("/", headers=german).text
    missing = server.client.get("/courses/none", headers={"Accept-Language": "ar"})
    assert '<html lang="ar" dir="rtl">' in missing.text
    assert missing.headers["content-language"] == "ar"
