"""Where links may lead."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.models import Lesson
from tutor.rendering.links import Links, ToLesson

LINKS = Links.of(
    [
        Lesson("01-a/01-one.md", "One", "", url="https://course.example/one"),
        Lesson("01-a/02 two.ipynb", "Two", ""),
        Lesson("02-b/index.md", "Three", ""),
    ],
    ("arxiv.org", "*.wikipedia.org"),
    "01-a/01-one.md",
)


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("../02-b/index.md#part-2", ToLesson("02-b/index.md", "part-2")),
        ("/02-b/index.md", ToLesson("02-b/index.md")),
        ("../02-b/index.html", ToLesson("02-b/index.md")),
        ("02%20two.ipynb", ToLesson("01-a/02 two.ipynb")),
        ("./01-one", ToLesson("01-a/01-one.md")),
        ("#here", ToLesson("01-a/01-one.md", "here")),
        ("https://course.example/one/#x", ToLesson("01-a/01-one.md", "x")),
        ("https://arxiv.org/abs/1?a=b#c", "https://arxiv.org/abs/1?a=b#c"),
        ("HTTPS://ARXIV.ORG:443", "https://arxiv.org/"),
        ("https://en.wikipedia.org/wiki/Caf\u00e9", "https://en.wikipedia.org/wiki/Caf%C3%A9"),
    ],
)
def test_lessons_and_allowed_hosts_can_be_led_to(address: str, target: ToLesson | str) -> None:
    assert LINKS.target(address) == target


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "mailto:a@arxiv.org",
        "http://arxiv.org/",
        "//arxiv.org/",
        "https:arxiv.org",
        "https:///arxiv.org",
        "https://arxiv.org:8443/",
        "https://arxiv.org@evil.example/",
        "https://arxiv.org\\@evil.example/",
        "https://arxiv.org.evil.example/",
        "https://evilarxiv.org/",
        "https://wikipedia.org/",
        "https://ar\u200bxiv.org/",
        "https://arxiv.org/\u202e",
        "https://[::1]/",
        "https://[/",
        "../../etc/passwd",
        "none.md",
        "../01-a/02 two.ipynb",
        "https://arxiv.org/" + "a" * 3000,
    ],
)
def test_nothing_else_can(address: str) -> None:
    assert LINKS.target(address) is None


@given(st.one_of(st.text(), st.text("htps:/.arxivog@#?%\\[]&<\"' é").map("https://arxiv.org".__add__)))
def test_what_leads_out_is_https_to_an_allowed_host(address: str) -> None:
    target = LINKS.target(address)
    if isinstance(target, str):
        assert target.isascii()
        assert urlsplit(target)[:2] == ("https", "arxiv.org")
        assert LINKS.target(target) == target
