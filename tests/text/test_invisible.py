"""Characters that nobody sees."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.unseen import UNSEEN
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


_FLAGGED = ("gbeng", "gbsct", "gbwls")
# What needs the invisible characters within it, each apart from the next.
_EMOJI = st.builds(str.__add__, st.sampled_from("👩👦🏽❤☎☠😀©"), st.sampled_from(["", "\ufe0e", "\ufe0f"]))
_JOINERS = st.sampled_from("\u200c\u200d")
_ARABIC, _INDIC = st.sampled_from("ابیمکخ"), st.sampled_from("कषরযශර")
_NEEDED = st.one_of(
    st.lists(_EMOJI, min_size=1, max_size=4).map("\u200d".join),
    st.sampled_from("0123456789#*").map("{}\ufe0f\u20e3".format),
    st.tuples(_ARABIC, _JOINERS, _ARABIC).map("".join),
    st.tuples(_INDIC, _JOINERS, _INDIC).map("".join),
    st.sampled_from("\u180b\u180c\u180d\u180e\u180f").map("ᠠ{}ᠡ".format),
    st.sampled_from(_FLAGGED).map(lambda region: f"🏴{_tags(region)}\U000e007f"),
)


def _tags(words: str) -> str:
    return "".join(chr(0xE0000 + ord(letter)) for letter in words)


@given(st.lists(st.one_of(_NEEDED, st.sampled_from(["a", "7", "字", "ע"])), max_size=5).map(" ".join))
def test_what_emoji_and_letters_need_stays(text: str) -> None:
    assert visible(text) == text


_PLAIN = st.text("abcXYZ 0189#*.,\n\t")


@given(_PLAIN, st.lists(UNSEEN).map("".join), _PLAIN)
def test_what_nobody_sees_goes_from_wherever_it_hides(before: str, hidden: str, after: str) -> None:
    assert visible(before + hidden + after) == before + after


@given(_EMOJI, st.lists(UNSEEN.filter(lambda sign: sign not in "\ufe0e\ufe0f")).map("".join))
def test_nothing_hides_behind_an_emoji(emoji: str, hidden: str) -> None:
    assert visible(f"{emoji}{hidden} a") == f"{emoji} a"


@given(
    st.text("abcdefghijklmnopqrstuvwxyz", max_size=8).filter(lambda region: region not in ("gbeng", "gbsct", "gbwls"))
)
def test_a_flag_of_no_known_place_is_only_black(region: str) -> None:
    assert visible(f"🏴{_tags(region)}\U000e007f") == "🏴"


@given(st.sampled_from("❤😀"), st.text("\ufe0e\ufe0f", min_size=1))
def test_of_the_selectors_after_an_emoji_the_first_stays(emoji: str, selectors: str) -> None:
    assert visible(emoji + selectors) == emoji + selectors[0]


@given(_ARABIC, st.text("\u200c\u200d", min_size=1), st.text("\u200b\u2060\ufeff"), _ARABIC)
def test_of_the_joiners_between_two_letters_the_first_stays(one: str, joiners: str, never: str, other: str) -> None:
    assert visible(one + never + joiners + never + other) == one + joiners[0] + other


def test_a_blank_that_is_written_stays() -> None:
    assert visible("⠃\u2800⠇") == "⠃\u2800⠇"


def test_the_characters_that_go_are_as_many_as_they_were() -> None:
    # Another version of the library's properties would change the text of lessons, and with it what citations point at.
    assert sum(not visible(chr(code)) for code in range(sys.maxunicode + 1)) == 6354


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
