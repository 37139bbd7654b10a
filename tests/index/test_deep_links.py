"""tutor/index/deep_links.py: where a citation opens."""

from __future__ import annotations

import pytest

from tutor.index.deep_links import url_at
from tutor.models import Heading, Lesson, Mark

TEXT = "Hi.\n\n# One\n\ntext\n\n   ###### Due à\n\nmore"
HEADED = Lesson(
    "a.md",
    "One",
    TEXT,
    headings=(Heading(1, "One", "one", 7, 10), Heading(6, "Due à", "due-à", 28, 33)),
    url="https://x.y/a",
)


@pytest.mark.parametrize(
    ("words", "url"),
    [
        ("Hi.", "https://x.y/a"),
        ("# One", "https://x.y/a#one"),
        ("One", "https://x.y/a#one"),
        ("text", "https://x.y/a#one"),
        ("   ######", "https://x.y/a#due-%C3%A0"),
        ("more", "https://x.y/a#due-%C3%A0"),
    ],
)
def test_a_span_opens_at_the_heading_above_it(words: str, url: str) -> None:
    assert url_at(HEADED, TEXT.index(words)) == url


@pytest.mark.parametrize(("kind", "fragment"), [("page", "page=2"), ("slide", "slide=2"), ("time", "t=2")])
def test_pages_slides_and_times_come_before_headings(kind: str, fragment: str) -> None:
    marks = (Mark(kind, "1", 0), Mark("anchor", "x", 3), Mark(kind, "2", 20))  # type: ignore[arg-type]
    lesson = Lesson("a", "A", TEXT, HEADED.headings, marks, url="/a")
    assert url_at(lesson, 19) == "/a#" + fragment.replace("2", "1")
    assert url_at(lesson, 20) == url_at(lesson, len(TEXT)) == "/a#" + fragment


def test_a_lesson_without_places_opens_at_its_beginning() -> None:
    assert url_at(Lesson("a.md", "A", "text", url="/a"), 2) == "/a"
