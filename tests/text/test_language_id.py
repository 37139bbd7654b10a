"""The language of a question: told by its small words, and the default unless they are clear."""

from __future__ import annotations

import pytest

from tutor.text.language_id import language_of

KNOWN = ("en", "es", "fr", "de", "pt")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("¿Qué es un commit?", "es"),
        ("como hago un commit", "es"),
        ("qu'est-ce que git", "fr"),
        ("je ne comprends pas", "fr"),
        ("wie mache ich das rückgängig", "de"),
        ("mehr Beispiele", "de"),
        ("o que é um commit?", "pt"),
        ("não entendi", "pt"),
    ],
)
def test_a_question_in_another_language_than_the_course_is_noticed(text: str, language: str) -> None:
    assert language_of(text, KNOWN, "en") == language


def test_english_is_noticed_in_a_course_of_another_language() -> None:
    assert language_of("what is a commit and how do I undo it?", KNOWN, "es") == "en"
    assert language_of("what is a commit?", KNOWN, "ja") == "en"


@pytest.mark.parametrize("text", ["", "CSS grid", "git rebase", "def main(): pass", "`la la la los las`"])
@pytest.mark.parametrize("default", [*KNOWN, "pt-BR", "ja", "xx"])
def test_what_has_no_clear_small_words_is_in_the_language_of_the_course(text: str, default: str) -> None:
    assert language_of(text, KNOWN, default) == default


def test_words_of_another_language_that_are_english_too_change_nothing() -> None:
    assert language_of("comment out code", KNOWN, "en") == "en"
    assert language_of("pour the man a comment", KNOWN, "en") == "en"


def test_only_candidates_are_found() -> None:
    assert language_of("qu'est-ce que git", ("en", "de"), "en") == "en"


def test_another_script_stays_with_a_course_in_it() -> None:
    assert language_of("コミットとは what is", KNOWN, "ja") == "ja"
