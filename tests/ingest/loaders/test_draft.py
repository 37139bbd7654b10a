"""ingest/loaders/draft.py: blocks and marks become canonical text whose offsets are right."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.loaders.draft import LessonDraft, clean, escape
from ingest.outline import plain_inline
from tutor.text.blocks import blocks


def places(draft: LessonDraft) -> list[tuple[str, str, str]]:
    return [(mark.kind, mark.label, draft.text[mark.start :]) for mark in draft.marks]


def test_blocks_are_separated_by_one_blank_line() -> None:
    draft = LessonDraft()
    for block in ("\n\nfirst  \nline\t\n", " \n", "    code", ""):
        draft.add(block)
    assert draft.text == "first\nline\n\n    code"


def test_marks_stand_where_the_next_block_begins() -> None:
    draft = LessonDraft()
    draft.mark("page", 1)
    draft.add("one")
    draft.mark("page", 2)
    draft.add("  ")
    draft.mark("page", 3)
    draft.add("two")
    draft.mark("page", 4)
    assert places(draft) == [("page", "1", "one\n\ntwo"), ("page", "2", "two"), ("page", "3", "two")]


def test_an_anchor_in_a_block_marks_its_place_and_leaves_no_trace() -> None:
    draft = LessonDraft()
    draft.add("one")
    draft.add(f"{draft.anchor('a')}\n\n## T{draft.anchor('b')}wo{draft.anchor('c')}")
    draft.add(draft.anchor("d"))
    draft.add("three")
    assert draft.text == "one\n\n## Two\n\nthree"
    assert places(draft) == [
        ("anchor", "a", "## Two\n\nthree"),
        ("anchor", "b", "wo\n\nthree"),
        ("anchor", "c", "\n\nthree"),
        ("anchor", "d", "three"),
    ]


def test_an_anchor_that_nobody_made_is_dropped() -> None:
    draft = LessonDraft()
    draft.add("a\ue0007\ue001b")
    assert (draft.text, draft.marks) == ("ab", ())


def test_headings_are_one_line_of_level_one_to_six() -> None:
    draft = LessonDraft()
    draft.heading(0, "One\n two ")
    draft.heading(9, "Deep")
    draft.heading(2, " \n")
    assert draft.text == "# One two\n\n###### Deep"


@given(st.text(st.sampled_from("`~a \n#")))
def test_a_code_block_is_one_block_whatever_it_holds(source: str) -> None:
    draft = LessonDraft()
    draft.code(source, "python")
    draft.add("after")
    kinds = [block.kind for block in blocks(draft.text)]
    assert kinds == (["code", "paragraph"] if source.strip() else ["paragraph"])


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("a\r\nb\rc\u2028d\x0ce\x85f", "a\nb\nc\nd\ne\nf"),
        ("a\u00a0b\u2003c\u202fd", "a b c d"),
        ("a\x00\u200b\u202e\u2066\ufeff\xad\U000e0041\ud800b", "ab"),
        ("e\u0301", "é"),
        ("می\u200cخواهم 👩\u200d👧", "می\u200cخواهم 👩\u200d👧"),
    ],
)
def test_clean_drops_what_no_reader_sees(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@given(st.text())
def test_clean_text_is_clean(text: str) -> None:
    once = clean(text)
    assert clean(once) == once == unicodedata.normalize("NFC", once)


@given(st.text(st.sampled_from("ab1 *_`<>&;#[]()!-+=~.\\:/")))
def test_escaped_words_are_read_as_they_were(text: str) -> None:
    words = " ".join(text.split())
    assert plain_inline(escape(words)) == words
