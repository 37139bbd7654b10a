"""Text files: what they say, with what little form they have."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.loaders import plain
from ingest.outline import plain_inline
from tutor.errors import LessonUnreadable


def text(content: str) -> str:
    return plain.load(content.encode(), "x.txt").text


def test_paragraphs_end_at_blank_lines_and_lines_stay() -> None:
    assert text("One line\nand another.\n \t\n\n\nNext.\n") == "One line\nand another.\n\nNext."


def test_underlined_titles_are_headings() -> None:
    assert text("Neural nets\n===========\nWords.\n\nTraining\n--------\n\nMore.") == (
        "# Neural nets\n\nWords.\n\n## Training\n\nMore."
    )
    assert text("=====\nTitle\n=====\n\nWords.") == "# Title\n\nWords."


def test_a_rule_is_neither_a_title_nor_text() -> None:
    assert (
        text("A long paragraph that a short rule follows.\n---\nMore.")
        == "A long paragraph that a short rule follows.\nMore."
    )
    assert text("One.\n\n----------\n\nTwo.") == "One.\n\nTwo."


def test_markup_and_indents_stay_words() -> None:
    assert text("# no title\n<b> and *stars*") == "\\# no title\n\\<b> and \\*stars\\*"
    assert text("    Indented like code.") == "   Indented like code."


def test_other_encodings_are_read() -> None:
    assert plain.load("Größe und Maß für Übungen, schön erklärt".encode("latin-1"), "x.txt").text.startswith("Größe")
    assert plain.load("Größe".encode("utf-16"), "x.txt").text == "Größe"


@pytest.mark.parametrize("data", [b"", b" \n\t\n", b"\x00\x01\x02", b"-----"])
def test_files_without_text_are_refused(data: bytes) -> None:
    with pytest.raises(LessonUnreadable):
        plain.load(data, "x.txt")


@given(st.binary(max_size=200))
def test_any_bytes_load_or_are_refused(data: bytes) -> None:
    with suppress(LessonUnreadable):
        assert plain.load(data, "x.txt").text


@given(st.lists(st.from_regex(r"[A-Za-z0-9*_`<>#.+&;\\-]{1,8}", fullmatch=True), min_size=1))
def test_every_word_reads_as_it_was_written(words: list[str]) -> None:
    written = "Words " + " ".join(words)
    assert plain_inline(text(written)) == written
