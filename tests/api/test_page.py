"""The plain page, and the Markdown on it."""

from __future__ import annotations

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.served import COURSE, Served
from tutor.api.markup import answer_html
from tutor.highlighting import CLASSES

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
ATTRIBUTES = {("a", "href"), ("a", "id"), ("a", "aria-label"), ("span", "class"), ("p", "class"), ("math", "display")}


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


def test_every_class_of_code_has_a_colour(server: Served) -> None:
    style = server.client.get("/page.css").text
    assert not [name for name in CLASSES if name and not re.search(rf"\.{name}\b", style)]


def test_the_first_page_shows_courses_and_lessons_and_a_field_to_ask_in(server: Served) -> None:
    tree = LexborHTMLParser(server.client.get("/").text)
    assert [node.text() for node in tree.css("h1")] == ["Computer networks"]
    assert [node.text() for node in tree.css(".lessons span")] == ["Bits", "Frames", "TCP"]
    assert [node.text() for node in tree.css("summary")] == ["3 lessons"]
    assert tree.css("form[action='/ask'] input[name=question]")
    links = [node.attributes["href"] for node in tree.css(".chips a")]
    assert links == [f"/ask?course={COURSE}&question=What%20is%20TCP%3F"]


def test_an_answer_shows_its_citations_below(server: Served) -> None:
    answer = server.client.get("/ask", params={"course": COURSE, "question": "How does a connection end?"})
    assert answer.status_code == 200
    tree = LexborHTMLParser(answer.text)
    marks = [node.attributes["href"] for node in tree.css(".answer sup a")]
    assert marks
    assert marks == [f"#{node.attributes['id']}" for node in tree.css(".citations > li")]
    assert "FIN" in tree.css(".citations blockquote")[0].text()


def test_a_refusal_offers_the_courses_contacts(server: Served) -> None:
    answer = server.client.get("/ask", params={"course": COURSE, "question": "Who won the world cup of 1998?"})
    tree = LexborHTMLParser(answer.text)
    assert [node.attributes["href"] for node in tree.css(".contacts a")] == ["mailto:ada%40example.org"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 404), ("?course=none&question=a", 404), (f"?course={COURSE}&question=", 422), (f"?course={COURSE}", 422)],
)
def test_a_question_that_cannot_be_asked_is_told_on_the_first_page(server: Served, query: str, status: int) -> None:
    answer = server.client.get("/ask" + query)
    assert answer.status_code == status
    tree = LexborHTMLParser(answer.text)
    assert tree.css_first("[role=alert]") is not None
    assert tree.css("form")


def test_what_was_asked_is_shown_as_text(server: Served) -> None:
    asked = "<script>alert(1)</script> \"'><b>byte"
    tree = LexborHTMLParser(server.client.get("/ask", params={"course": COURSE, "question": asked}).text)
    assert not tree.css("script, b")
    assert [node.text() for node in tree.css("h1")] == [asked]


@pytest.mark.parametrize("path", ["/", f"/ask?course={COURSE}&question=TCP"])
def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing(server: Served, path: str) -> None:
    answer = server.client.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "unsafe" not in policy
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", answer.text)
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    assert server.client.get("/page.css").headers["content-type"].startswith("text/css")
