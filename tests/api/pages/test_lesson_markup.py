"""Lessons as pages: every character shown knows its place in the text, every address leads somewhere once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.support.lessons import LESSONS, real_lessons
from tutor.api.pages.languages import reader_messages
from tutor.api.pages.lesson_markup import clock, lesson_html, source_url
from tutor.api.pages.lesson_nodes import LruCache
from tutor.models import Heading, Lesson, Mark
from tutor.rendering.incremental import lesson_nodes
from tutor.rendering.links import Links

_KINDS = {"page": "page={}", "slide": "slide={}", "cell": "cell={}", "time": "t={}", "anchor": "{}"}


def drawn(lesson: Lesson, links: Links | None = None) -> LexborHTMLParser:
    return LexborHTMLParser(str(lesson_html(lesson, lesson_nodes(lesson, links), "c", reader_messages("en"))))


def places(holder: LexborNode) -> Iterator[tuple[str, int]]:
    """Each character that an element shows and knows the place of, and that place."""
    first, *rest = map(int, str(holder.attributes["data-s"]).split())
    shown = "".join(_texts(holder))
    at, run_ends = first, []
    reached = 0
    for length, gap in zip(rest[::2], rest[1::2], strict=True):
        run_ends.append((reached, reached + length, at))
        reached, at = reached + length, at + length + gap
    run_ends.append((reached, len(shown), at))
    for begin, end, start in run_ends:
        yield from ((shown[index], start + index - begin) for index in range(begin, end))


def _texts(node: LexborNode) -> Iterator[str]:
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            yield child.text_content or ""
        elif "data-a" not in child.attributes:
            yield from _texts(child)


def assert_exact(lesson: Lesson) -> LexborHTMLParser:
    tree = drawn(lesson)
    for holder in tree.css("[data-s]"):
        found = list(places(holder))
        for character, place in found:
            there = lesson.text[place]
            assert character == there or (character.isspace() and there.isspace())
        assert all(before <= after for (_, before), (_, after) in pairwise(found))
    for whole in tree.css("[data-a]"):
        start, end = map(int, str(whole.attributes["data-a"]).split())
        assert 0 <= start <= end <= len(lesson.text)
    return tree


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LESSONS)
def test_every_character_that_is_shown_is_the_one_at_its_place(lesson: Lesson) -> None:
    assert_exact(lesson)


def test_in_real_lessons_every_place_is_exact_and_every_address_is_there_once() -> None:
    for lesson in real_lessons(every=9):
        tree = assert_exact(lesson)
        ids = [str(node.attributes["id"]) for node in tree.css("[id]")]
        assert len(ids) == len(set(ids))
        wanted = [heading.anchor for heading in lesson.headings]
        wanted += [_KINDS[mark.kind].format(mark.label) for mark in lesson.marks]
        assert set(wanted) <= set(ids)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"one \* two", ["one * two"]),
        ("`a\nb` c", ["a b c"]),
        ("| a\\|b | `c` |\n|---|---|\n| d | e\\|f |", ["a|b", "c", "d", "e|f"]),
        ("> - ```\n>   x\n>\n>   y\n>   ```", ["x\n\ny"]),
        ("- a\n\n  ```go\n\tif x {\n\t\ty()\n  ```", ["a", "  if x {\n  \ty()"]),
        ("    indented\n      more", ["indented\n  more"]),
        ("Ein **fetter *Satz*** und 👋 [Wort](b.md).", ["Ein fetter Satz und 👋 Wort."]),
    ],
)
def test_words_are_found_behind_the_marks_around_them(text: str, shown: list[str]) -> None:
    tree = assert_exact(Lesson("a.md", "A", text))
    assert ["".join(character for character, _ in places(node)) for node in tree.css("[data-s]")] == shown


def test_what_has_no_places_within_has_its_own() -> None:
    text = "See $x^2$, ![a net](n.png) and &lt; so.\n\n$$\ny = 1\n$$"
    tree = drawn(Lesson("a.md", "A", text))
    spans = [tuple(map(int, str(node.attributes["data-a"]).split())) for node in tree.css("[data-a]")]
    assert [text[start:end] for start, end in spans] == ["$x^2$", "![a net](n.png)", "&lt;", "$$\ny = 1\n$$"]


def test_no_level_of_headings_is_left_out_and_the_title_is_the_first() -> None:
    text = "# A\n\n### B\n\n# C\n\n## D\n\n###### E\n\n## F"
    tags = [node.tag for node in drawn(Lesson("a.md", "A", text)).css("h1, h2, h3, h4, h5, h6")]
    assert tags == ["h1", "h2", "h2", "h3", "h4", "h3"]
    assert [node.tag for node in drawn(Lesson("a.md", "A", "## B\n\n#### C")).css("h2, h3, h4")] == ["h2", "h3"]


def test_pages_slides_and_times_are_shown_where_they_begin_and_lead_to_the_file() -> None:
    text = "One.\n\nTwo.\n\nThree."
    marks = (Mark("time", "0", 0), Mark("time", "95", 6), Mark("page", "3", 12))
    tree = drawn(Lesson("a.vtt", "A", text, marks=marks))
    assert [node.text() for node in tree.css(".place, p:not(.place)")] == [
        "0:00", "One.", "1:35", "Two.", "Page 3", "Three."
    ]  # fmt: skip
    assert [node.attributes["href"] for node in tree.css(".place a")] == ["#t=0", "#t=95", "#page=3"]
    tree = drawn(Lesson("a.vtt", "A", text, marks=marks, url="https://v.example/talk?id=1#top"))
    assert tree.css(".place a")[1].attributes["href"] == "https://v.example/talk?id=1#t=95"
    assert clock(3725) == "1:02:05"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "https://a@b.example/", "/here", "https://[", ""]
)
def test_only_an_address_on_the_web_is_led_to(url: str) -> None:
    assert source_url(Lesson("a.pdf", "A", "x", url=url)) == ""


def test_places_have_an_address_once_and_never_one_of_the_pages_own() -> None:
    heading = Heading(1, "A", "a", 2, 3)
    marks = (Mark("anchor", "a", 0), Mark("anchor", "x", 5), Mark("anchor", "x", 5), Mark("anchor", "tutor:main", 5))
    tree = drawn(Lesson("a.html", "A", "# A\n\nText.", headings=(heading,), marks=marks))
    assert [node.attributes["id"] for node in tree.css("[id]")] == ["a", "x"]


def test_links_lead_to_lessons_and_their_headings() -> None:
    other, text = Lesson("b c.md", "B", "# B"), "[b](<b c.md#top part>) [here](#page=2) [no](http://evil.example)"
    lesson = Lesson("a.md", "A", text.replace("<b c.md#top part>", "b%20c.md#top%20part"))
    tree = drawn(lesson, Links.of([lesson, other], here="a.md"))
    links = [node.attributes["href"] for node in tree.css("a")]
    assert links == ["/courses/c/lessons/b%20c.md#top%20part", "#page=2"]


def test_what_was_drawn_is_kept_and_what_was_not_looked_at_longest_goes_first() -> None:
    made: list[str] = []
    kept: LruCache[str] = LruCache(2)
    for key in "abacab":
        assert kept.get(key, lambda key=key: made.append(key) or key) == key  # type: ignore[misc, func-returns-value]
    assert made == ["a", "b", "c", "b"]
