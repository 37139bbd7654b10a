"""tutor/text/blocks.py: where each block of a lesson begins and ends."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings

from tests.support.lessons import LESSONS, real_lessons
from tutor.models import Lesson
from tutor.text.blocks import Block, blocks, line_starts


def shape(text: str) -> list[tuple[str, str]]:
    return [(block.kind, text[block.start : block.end]) for block in blocks(text)]


def within(block: Block) -> Iterator[Block]:
    yield block
    for child in block.children:
        yield from within(child)


def test_blocks_are_whole_lines_without_the_last_end() -> None:
    text = "# One\ntext\nmore\n\n- a\n- b\n\n> q\n\n| a |\n|---|\n| b |\n\n---\n\n    code\n\n<div>\nx\n</div>\n"
    assert shape(text) == [
        ("heading", "# One"),
        ("paragraph", "text\nmore"),
        ("list", "- a\n- b"),
        ("quote", "> q"),
        ("table", "| a |\n|---|\n| b |"),
        ("rule", "---"),
        ("code", "    code"),
        ("html", "<div>\nx\n</div>"),
    ]


def test_a_heading_knows_its_level_and_words_and_a_fence_its_language() -> None:
    heading, setext, fence = blocks("### A *b* ###\n\nTwo\n---\n\n```python title\nx\n```")
    assert (heading.level, heading.info) == (3, "A *b*")
    assert (setext.level, setext.info) == (2, "Two")
    assert (fence.level, fence.info) == (0, "python title")


def test_a_fence_without_an_end_reaches_to_the_end() -> None:
    assert shape("a\n\n```\n# no heading\n\n- no item") == [
        ("paragraph", "a"),
        ("code", "```\n# no heading\n\n- no item"),
    ]


def test_items_hold_what_is_indented_below_them() -> None:
    text = "- one\n\n  ```\n  x\n  ```\n  - inner\n- two"
    (found,) = blocks(text)
    assert [item.kind for item in found.children] == ["item", "item"]
    assert [child.kind for child in found.children[0].children] == ["paragraph", "code", "list"]
    assert text[found.children[1].start : found.children[1].end] == "- two"


def test_link_definitions_and_nothing_are_no_blocks() -> None:
    assert blocks("[a]: http://x.y\n\n\n") == blocks("") == ()
    assert line_starts("a\nb") == [0, 2, 3]


def check(lesson: Lesson) -> None:
    text = lesson.text
    position = 0
    for top in blocks(text):
        assert top.start >= position
        position = top.end
        for block in within(top):
            assert block.start < block.end <= len(text)
            assert block.start == 0 or text[block.start - 1] == "\n"
            assert block.end == len(text) or text[block.end :].split("\n", 1)[0].strip() == ""
            for before, after in zip(block.children, block.children[1:], strict=False):
                assert before.end <= after.start
            assert all(block.start <= child.start and child.end <= block.end for child in block.children)


@settings(deadline=None, max_examples=60)
@given(LESSONS)
def test_blocks_follow_one_another_and_hold_their_children(lesson: Lesson) -> None:
    check(lesson)


def test_blocks_of_real_lessons_follow_one_another_and_hold_their_children() -> None:
    for lesson in real_lessons(every=12):
        check(lesson)
