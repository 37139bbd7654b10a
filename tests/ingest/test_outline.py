"""ingest/outline.py: the headings of a lesson, and the anchors they open at."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from ingest.outline import headings, plain_inline, slug
from tests.support.lessons import LESSONS, real_lessons
from tutor.models import Lesson, Mark


def anchors(text: str, **marks: int) -> list[str]:
    return [
        heading.anchor for heading in headings(text, [Mark("anchor", name, start) for name, start in marks.items()])
    ]


def test_headings_are_found_as_a_reader_of_markdown_sees_them() -> None:
    text = (
        "# A `b` *c* [d](e) #\n\nTwo\nlines\n  here\n---\n\n```\n# code\n```\n\n- # listed\n\n#\n\n> # quoted\n\n### B"
    )
    found = headings(text)
    assert [(heading.level, heading.title) for heading in found] == [(1, "A b c d"), (2, "Two lines here"), (3, "B")]
    assert [text[heading.start : heading.end] for heading in found] == [
        "A `b` *c* [d](e)",
        "Two\nlines\n  here",
        "B",
    ]


def test_an_underlined_heading_of_several_lines_ends_before_its_underline() -> None:
    text = "a\n  b\n===\n\na\nb"
    assert [(heading.start, heading.end) for heading in headings(text)] == [(0, 5)]


def test_headings_with_the_same_words_have_anchors_of_their_own() -> None:
    assert anchors("# A\n\n# A\n\n# A 2\n\n# ¿?") == ["a", "a-2", "a-2-2", "section"]
    assert anchors("text\n\n# A", a=1) == ["a-2"]


@pytest.mark.parametrize("place", [6, 9, 10, 12])
def test_an_id_anywhere_in_a_headings_line_is_its_anchor(place: int) -> None:
    assert anchors("text\n\n## Words\n\nmore", own=place) == ["own"]


def test_an_id_on_a_line_of_its_own_is_the_anchor_of_the_heading_below() -> None:
    assert anchors("text\n\n\n## Words", own=6) == ["own"]
    assert anchors("\n## Words", own=0) == ["own"]
    assert anchors("text\n\n## Words", paragraph=4) == ["words"]
    assert anchors("## Words\n\ntext", below=10) == ["words"]


def test_an_id_is_the_anchor_of_one_heading_only() -> None:
    marks = [Mark("anchor", "x", 0), Mark("anchor", "x", 5), Mark("page", "2", 10)]
    assert [heading.anchor for heading in headings("# A\n\n# B\n\n# C", marks)] == ["x", "b", "c"]
    assert anchors("# A", first=0, second=2) == ["first"]


def test_a_slug_has_the_letters_of_any_script() -> None:
    assert slug("C++ & Déjà_vu: 第一!") == "c-déjà-vu-第一"


def test_plain_inline_drops_marks_images_and_tags() -> None:
    assert plain_inline("**a** `b<c>`\n![d](e) <i>f</i> \\* &amp;") == "a b<c> f * &"


def check(lesson: Lesson) -> None:
    text = lesson.text
    found = lesson.headings
    assert len({heading.anchor for heading in found}) == len(found)
    position = 0
    for heading in found:
        assert position <= heading.start < heading.end <= len(text)
        assert plain_inline(text[heading.start : heading.end]) == heading.title
        position = heading.end


@settings(deadline=None, max_examples=80)
@given(LESSONS)
def test_headings_are_in_order_and_hold_their_words(lesson: Lesson) -> None:
    check(lesson)


def test_headings_of_real_lessons_are_in_order_and_hold_their_words() -> None:
    for lesson in real_lessons(every=4):
        check(lesson)
