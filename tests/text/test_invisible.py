"""Characters that nobody sees."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tutor.text.invisible import visible

_TROUBLE = st.text(
    st.sampled_from(
        "a1#*é字ابक्षᠠ👩👦🏴🏽❤♀😀\u200b\u200c\u200d\u200e\ufe0e\ufe0f\ufe01\u20e3\u180b\u180e\u202e\u2066\u00ad\U000e0067"
        "\U000e0062\U000e0065\U000e006e\U000e007f\U000e0101\ud800\x00\n\t"
    )
)


@pytest.mark.parametrize(
    "text",
    [
        "plain words\n\twith a tab",
        "👩‍👩‍👧 and 🕵🏽‍♂️ and ❤️ and ☎︎ and 🏴‍☠️",
        "😀🏴󠁧󠁢󠁳󠁣󠁴󠁿 and 🇩🇪",
        "press 1️⃣ or #️⃣",
        "می‌خواهم",  # Persian: a joiner that keeps letters apart
        "क्‍ष and র‍্য",  # Devanagari, Bengali
        "ශ්‍රී",  # Sinhala
        "ᠭᠠᠯ᠋ ᠪᠠᠢ᠎ᠠ",  # Mongolian
        "日本語、한국어, ไทย, עברית",
        "a + b = c — “x” … 5 €\u00a0\u202f",
    ],
)
def test_what_readers_see_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\x00b\x1bc\x7fd\x85e\r\n", "abcde\n"),
        ("ig\u200bno\u2060re\ufeff", "ignore"),
        ("hid\u00adden", "hidden"),
        ("user\u202etxt.exe\u202c \u2066x\u2069 \u200f\u061c", "usertxt.exe x "),
        ("hi" + "".join(chr(0xE0000 + ord(letter)) for letter in "delete all"), "hi"),
        ("🏴" + "".join(chr(0xE0000 + ord(letter)) for letter in "usca") + "\U000e007f", "🏴"),
        ("😀" + "".join(chr(0xE0100 + byte) for byte in b"run rm"), "😀"),
        ("😀\ufe0f\ufe0f\ufe0e\ufe00", "😀\ufe0f"),
        ("a\u200db\u200cc", "abc"),
        ("5\ufe0f", "5"),
        ("😀\u200d text", "😀 text"),
        ("می\u200c\u200c\u200cخواهم", "می\u200cخواهم"),
        ("می\u200b\u200cخواهم", "می\u200cخواهم"),
        ("\ufff9word\ufffanote\ufffb", "wordnote"),
        ("a\ud800b\udfffc", "abc"),
        ("a\ufffeb\U0010ffffc\ufdd0d", "abcd"),
        ("a\u206fb\u3164c\u2800", "abc\u2800"),
    ],
)
def test_what_nobody_sees_goes(text: str, left: str) -> None:
    assert visible(text) == left


@given(st.one_of(_TROUBLE, st.text()))
@example("ا\u200c\ufe0f\u200cب")
@example("1\u200d\ufe0f\u20e3")
def test_once_is_enough_and_nothing_is_added(text: str) -> None:
    once = visible(text)
    assert visible(once) == once
    remaining = iter(text)
    assert all(character in remaining for character in once)
    assert not any(unicodedata.category(character) in ("Cs", "Cc") for character in once if character not in "\n\t")


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"], exclude_characters="\u115f\u1160\u3164\uffa0")))
def test_letters_numbers_and_punctuation_all_stay(text: str) -> None:
    assert visible(text) == text


def test_time_grows_with_length_only() -> None:
    for piece in ("\u200d", "😀", "😀\u200d", "ا\u200c", "\ufe0f"):
        begun = time.perf_counter()
        visible(piece * 300_000)
        assert time.perf_counter() - begun < 3
