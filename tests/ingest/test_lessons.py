"""ingest/lessons.py: what is known of a lesson beside its text."""

from __future__ import annotations

import pytest

from ingest.lessons import lesson_from, readable
from ingest.loaders.draft import LessonDraft


def draft(text: str = "", **fields: object) -> LessonDraft:
    written = LessonDraft(**fields)  # type: ignore[arg-type]
    written.add(text)
    return written


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Given", "# Heading", "Given"),
        (" \n", "# Heading", "Heading"),
        ("", "text\n\n# Heading *one*", "Heading one"),
        ("", "## Second\n\n# First", "Attention masks"),
        ("", "text", "Attention masks"),
    ],
)
def test_the_title_is_given_or_the_first_heading_or_the_files_name(title: str, text: str, expected: str) -> None:
    assert lesson_from(draft(text, title=title), "03-attention_masks.md", "").title == expected


def test_the_chapter_is_given_or_the_folders() -> None:
    assert lesson_from(draft("a"), "02-deep learning/1.2_masks/a.md", "").chapter == "Deep learning › Masks"
    assert lesson_from(draft("a", chapter="One"), "x/a.md", "").chapter == "One"
    assert lesson_from(draft("a"), "a.md", "").chapter == ""


def test_reading_takes_a_minute_for_two_hundred_words_and_never_none() -> None:
    assert lesson_from(draft("word " * 700), "a.md", "").minutes == 4
    assert lesson_from(draft("word"), "a.md", "").minutes == 1
    assert lesson_from(draft("word", minutes=9), "a.md", "").minutes == 9


def test_the_rest_is_the_drafts() -> None:
    found = lesson_from(draft("text", order=3, preview=True, url="/a"), "a.md", "abc")
    assert (found.text, found.order, found.preview, found.url, found.source_digest) == ("text", 3, True, "/a", "abc")
    assert lesson_from(draft("text"), "a.md", "").order == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("03-attention_masks", "Attention masks"),
        ("1.2.3 One", "One"),
        ("2024", "2024"),
        ("10) déjà vu", "Déjà vu"),
        ("3d-graphics", "3d graphics"),
        ("--", "--"),
    ],
)
def test_names_are_read_without_numbers_and_marks(name: str, words: str) -> None:
    assert readable(name) == words
