"""ingest/chunking.py: nothing is lost, nothing is over the budget, and nothing is split that fits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunking import chunk
from ingest.lessons import lesson_from
from ingest.loaders.draft import LessonDraft
from tests.support.lessons import LESSONS, real_lessons
from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.models import Lesson
from tutor.text.blocks import Block, blocks

COUNTER = TiktokenCounter()
BUDGETS = (32, 100, 400)


def lesson(text: str) -> Lesson:
    draft = LessonDraft()
    draft.add(text)
    return lesson_from(draft, "a.md", "")


def texts(text: str, budget: int, small: int = 0) -> list[str]:
    return [found.text for found in chunk(lesson(text), COUNTER, budget, small)]


def kept_whole(found: tuple[Block, ...]) -> Iterator[Block]:
    """Code, tables and items, outermost first; what is in an item that fits cannot be split either."""
    for block in found:
        if block.kind in ("code", "table", "item"):
            yield block
        yield from kept_whole(block.children)


def check(lesson: Lesson, budget: int, small: int) -> None:
    text = lesson.text
    found = chunk(lesson, COUNTER, budget, small)
    position = 0
    for piece in found:
        assert text[piece.start : piece.end] == piece.text
        assert not text[position : piece.start].strip()
        assert piece.start < piece.end
        assert piece.tokens == COUNTER.count(piece.text) <= budget
        position = piece.end
    assert not text[position:].strip()
    for block in kept_whole(blocks(text)):
        # Split: a chunk begins behind the block's first character that is no white space.
        words = text[block.start : block.end].strip()
        start = text.index(words, block.start)
        if any(start < piece.start < block.end for piece in found):
            # The indent counts, too, where it is no nested block's.
            assert COUNTER.count(text[block.start : block.end]) > budget, words


@settings(deadline=None, max_examples=150)
@given(LESSONS, st.sampled_from(BUDGETS), st.sampled_from([0, 60]))
def test_promise_one_holds_for_any_lesson(lesson: Lesson, budget: int, small: int) -> None:
    check(lesson, budget, small)


def test_promise_one_holds_for_real_lessons() -> None:
    for number, lesson in enumerate(real_lessons(every=8)):
        check(lesson, BUDGETS[number % 3], 60 * (number % 2))


def test_white_space_counts_too() -> None:
    check(lesson("- a\n" + "\n" * 500 + "- b\n\n```\nx" + "\n \t" * 200 + "\ny\n```"), 32, 0)


def test_a_heading_stays_with_what_follows_it() -> None:
    body = "word " * 25
    assert texts(f"# One\n\n{body}\n\n## Two\n\n{body}", 32) == [
        f"# One\n\n{body.strip()}",
        f"## Two\n\n{body.strip()}",
    ]


def test_small_sections_are_joined() -> None:
    assert texts("# One\n\na\n\n# Two\n\nb", 100, 40) == ["# One\n\na\n\n# Two\n\nb"]
    assert texts("# One\n\na\n\n# Two\n\nb", 100) == ["# One\n\na", "# Two\n\nb"]


def test_a_paragraph_that_is_too_long_is_split_between_sentences() -> None:
    first, second = "One " * 20 + "end.", "Two " * 20 + "end."
    assert texts(f"{first} {second}", 32) == [first, second]


def test_code_that_is_too_long_is_split_between_lines() -> None:
    for piece in texts("```\n" + "\n".join(f"value_{n} = {n}" for n in range(40)) + "\n```", 32):
        assert all(line.startswith(("value_", "```")) for line in piece.split("\n"))


def test_items_below_an_item_that_is_too_long_stay_whole() -> None:
    inner = [f"   - {n} " + "One. Two. " * 7 for n in range(4)]
    found = texts("1. Steps\n" + "\n".join(inner), 32)
    assert found[1:] == [line.strip() for line in inner[1:]] or found == ["1. Steps", *(line.strip() for line in inner)]


def test_a_list_in_a_quotation_is_split_between_its_items() -> None:
    items = [f"> - {n} " + "One. Two. " * 6 for n in range(4)]
    first, *rest = [line.strip() for line in items]
    assert texts("> intro\n>\n" + "\n".join(items), 40) == ["> intro\n>\n" + first, *rest]


def test_link_definitions_are_not_lost() -> None:
    assert texts("a\n\n[x]: http://y.z\n\nb", 100) == ["a\n\n[x]: http://y.z\n\nb"]


def test_a_chunk_names_the_headings_above_it() -> None:
    text = "Hi\n\n# A\n\na\n\n   ###### Deep\n\nb\n\n## B\n\nc"
    found = chunk(lesson(text), COUNTER, 100)
    assert [(piece.text[:2], piece.section) for piece in found] == [
        ("Hi", ""),
        ("# ", "A"),
        ("  ", "A › Deep"),
        ("##", "A › B"),
    ]
    # A chunk that opens with words before the heading does not stand below it.
    assert [piece.section for piece in chunk(lesson(text), COUNTER, 100, 60)] == [""]


def test_a_budget_that_cannot_hold_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 8"):
        chunk(lesson("a"), COUNTER, 7)
