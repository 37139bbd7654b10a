"""Code in colours."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.rendering.highlighting import _LANGUAGES, CLASSES, MAX_CHARACTERS, _lexer, highlighted, language_of


@given(st.text(max_size=80), st.sampled_from(sorted(_LANGUAGES)))
@settings(deadline=None)
def test_runs_together_are_the_code(code: str, language: str) -> None:
    runs = highlighted(code, language)
    assert "".join(text for _, text in runs) == code
    assert {name for name, _ in runs} <= CLASSES
    assert all(text for _, text in runs)


@pytest.mark.parametrize("language", sorted({*_LANGUAGES, "java"}))
def test_every_language_has_a_lexer(language: str) -> None:
    assert _lexer(language) is not None


def test_words_strings_and_notes_are_told_apart() -> None:
    runs = highlighted("def f(): return 'a'  # why", "py")
    assert [text for name, text in runs if name == "k"] == ["def ", "return "]
    assert ("nf", "f") in runs
    assert runs[-1] == ("c", "# why")


@pytest.mark.parametrize("language", ["", "none-such", "../../etc", "brainfuck"])
def test_an_unknown_language_is_one_plain_run(language: str) -> None:
    assert highlighted("a = 1", language) == (("", "a = 1"),)


def test_what_is_too_long_is_plain() -> None:
    code = "a = 1\n" * (MAX_CHARACTERS // 6 + 1)
    assert highlighted(code, "python") == (("", code),)


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("python", "python"),
        ("Python {1,3}", "python"),
        ("{.python .input}", "python"),
        ("C++", "c++"),
        ("rust,ignore", "rust"),
        ("", ""),
        ("<script>", ""),
        ("'\"><b>", ""),
    ],
)
def test_the_language_is_the_first_word_of_a_fence(info: str, language: str) -> None:
    assert language_of(info) == language
