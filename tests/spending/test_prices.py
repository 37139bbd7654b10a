"""What models cost."""

from __future__ import annotations

import pytest

from tutor.spending.prices import cost_usd, is_priced


def test_a_call_costs_its_prompt_and_its_completion_tokens() -> None:
    assert cost_usd("gpt-4.1-mini", 1_000_000, 0) == pytest.approx(0.4)
    assert cost_usd("gpt-4.1-mini", 3000, 500) == pytest.approx(0.0012 + 0.0008)


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("gpt-4.1-mini-2025-04-14", "gpt-4.1-mini"),
        ("openai/gpt-4.1-mini", "gpt-4.1-mini"),
        ("claude-sonnet-4-20250514", "claude-sonnet-4"),
        ("GPT-4o-2024-08-06", "gpt-4o"),
        ("gpt-5-chat-latest", "gpt-5-chat"),
    ],
)
def test_a_version_costs_what_its_model_does(name: str, same: str) -> None:
    assert cost_usd(name, 1000, 1000) == cost_usd(same, 1000, 1000) > 0


def test_a_version_with_a_price_of_its_own_keeps_it() -> None:
    assert cost_usd("gpt-4o-2024-05-13", 1_000_000, 0) == pytest.approx(5.0)


@pytest.mark.parametrize(
    "name", ["", "qwen2.5-0.5b-instruct", "gpt-4o-audio-preview", "gpt-4-32k", "o3-deep-research", "_"]
)
def test_a_model_that_the_table_does_not_know_costs_nothing_and_is_unpriced(name: str) -> None:
    assert cost_usd(name, 1000, 1000) == 0
    assert not is_priced(name)
    assert is_priced("gpt-4.1")
