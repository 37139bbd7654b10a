"""tutor/text/plain.py: the words a reader sees."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lessons import MARKDOWN
from tutor.text.plain import plain


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("**b** _i_ ***x*** `c` [l](u) ![a](u)", "b i x c l a"),
        ("*a **b** c* and **a *b***", "a b c and a b"),
        ("**bold**text 世界**重点**是", "boldtext 世界重点是"),
        (
            "snake_case_name имя_файла_тут 2 * 3 * 4 a*b*c 2**3**4",
            "snake_case_name имя_файла_тут 2 * 3 * 4 a*b*c 2**3**4",
        ),
        ("f(*args, **kwargs)", "f(*args, **kwargs)"),
        ("# H\n\n> q\n> r\n\n- [x] t\n1. o", "H q r t o"),
        ("| a | b |\n|---|:-:|\n| c | d |", "a b c d"),
        ("```py\ncode_x * y\n```", "code_x * y"),
        ("$a_1 * b_2$", "$a_1 * b_2$"),
        ('see [x](https://a.b/c_d(e)_f "T") or https://x.y <https://z>', "see x or"),
        ("[![a](b)](c) [a [b] c](d)", "a a [b] c"),
        ("\\*not\\* \\_x\\_", "*not* _x_"),
        ("", ""),
    ],
)
def test_marks_go_and_words_stay(markdown: str, words: str) -> None:
    assert plain(markdown) == words


_SAFE = st.text(st.characters(blacklist_characters="\\*_`[]()!<>#|~-+:$", blacklist_categories=["Cs"]))


@given(_SAFE)
def test_what_has_no_marks_is_plain_already(text: str) -> None:
    once = plain(text)
    assert plain(once) == once


@settings(deadline=None, max_examples=100)
@given(st.one_of(st.text(), MARKDOWN))
def test_any_text_has_its_words_on_one_line(text: str) -> None:
    found = plain(text)
    assert "\n" not in found
    assert "`" not in found.replace("\\`", "") or "\\`" in text or "\\" in text
    assert found == " ".join(found.split())
    assert len(found) <= len(text) + 2 * text.count("![")
