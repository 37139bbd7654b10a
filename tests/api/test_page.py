"""The plain page, and the Markdown on it."""

from __future__ import annotations

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.served import COURSE, Served

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
]
ALLOWED = {"html", "head", "body", "p", "strong", "em", "code", "pre", "ul", "ol", "li", "table", "thead", "tbody"}
ALLOWED |= {"tr", "th", "td", "blockquote", "hr", "br", "sup", "a"}


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
