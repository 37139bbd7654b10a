"""Which sentences cannot be read alone."""

from __future__ import annotations

import pytest

from tutor.text.dangling import leads_in, leans


@pytest.mark.parametrize(
    "sentence",
    [
        "This is why caches are small.",
        "It covers the ground in winter.",
        "*Additionally*, it melts.",
        "However, snow is light.",
        "The second one is heavier.",
        "For example, a flake has six arms.",
        "In this case the roof holds.",
        "Both of these are cold.",
        "They fall slowly.",
        "The following kinds are known.",
        "Each is a crystal.",
        "By contrast, firn is old.",
    ],
)
def test_a_sentence_that_opens_with_a_word_for_what_stands_before_it_leans(sentence: str) -> None:
    assert leans(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Snow is frozen water.",
        "It is important to clear the roof.",
        "It takes ten flakes to make a gram.",
        "Itself a crystal, a flake has six arms.",
        "Thistles grow under snow.",
        "Both snow and ice are water.",
        "Each flake of snow has six arms.",
        "There are three kinds of snow.",
        "If this happens, clear the roof.",
        "Firn is snow that is a year old.",
    ],
)
def test_a_sentence_that_says_what_it_is_about_does_not(sentence: str) -> None:
    assert not leans(sentence)


def test_a_sentence_that_ends_in_a_colon_announces_what_follows() -> None:
    assert leads_in("There are three kinds:")
    assert leads_in("**There are three kinds:** ")
    assert not leads_in("At 10:30 it snows.")
