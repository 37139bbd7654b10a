"""The figures against values worked out by hand, and against slower definitions of the same."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.quality.metrics import (
    auroc,
    auroc_interval,
    mean,
    mean_interval,
    percentile,
    reciprocal_ranks,
    share,
    share_interval,
)

few_scores = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]) | st.floats(0, 1), min_size=1, max_size=30)
ranks = st.lists(st.none() | st.integers(1, 20), min_size=1, max_size=30)


def test_nothing_has_no_figures() -> None:
    of_nothing = [share([]), share_interval([]), mean([]), mean_interval([]), percentile([], 50)]
    assert of_nothing == [None] * 5
    of_one_side = [auroc([], [0.5]), auroc([0.5], []), auroc_interval([], [0.5])]
    assert of_one_side == [None] * 3


def test_a_share_and_wilsons_interval_by_hand() -> None:
    assert share([True, True, False, True]) == 0.75
    # p = 0.75, n = 4, z = 1.96: centre (0.75 + 3.8415 / 8) / (1 + 3.8415 / 4), half as in the paper.
    assert share_interval([True, True, False, True]) == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert share_interval([True] * 10) == pytest.approx((0.7225, 1.0), abs=1e-4)


@given(st.lists(st.booleans(), min_size=1, max_size=200))
def test_a_share_lies_in_its_interval(hits: list[bool]) -> None:
    found, interval = share(hits), share_interval(hits)
    assert found is not None
    assert interval is not None
    assert 0 <= interval[0] <= found + 1e-12
    assert found - 1e-12 <= interval[1] <= 1


def test_reciprocal_ranks_by_hand() -> None:
    assert reciprocal_ranks([1, 2, None, 10, 11, 4], 10) == [1, 0.5, 0, 0.1, 0, 0.25]
    assert mean(reciprocal_ranks([1, 2, None, 4], 10)) == 0.4375


@given(ranks)
def test_mean_reciprocal_rank_lies_between_the_shares_of_first_and_of_found(found: list[int | None]) -> None:
    value = mean(reciprocal_ranks(found, 10))
    first = share([rank == 1 for rank in found])
    within = share([rank is not None and rank <= 10 for rank in found])
    assert value is not None
    assert first is not None
    assert within is not None
    assert first - 1e-12 <= value <= within + 1e-12
    assert value >= within / 10 - 1e-12


def test_auroc_by_hand() -> None:
    assert auroc([0.9, 0.8], [0.1, 0.2]) == 1
    assert auroc([0.1], [0.2]) == 0
    assert auroc([0.5, 0.5], [0.5]) == 0.5
    # Of six pairs: 0.8 beats all three; 0.4 beats 0.1, ties with 0.4, loses against 0.6.
    assert auroc([0.8, 0.4], [0.1, 0.4, 0.6]) == pytest.approx(4.5 / 6)


@given(few_scores, few_scores)
def test_auroc_is_the_share_of_pairs_in_the_right_order(positive: list[float], negative: list[float]) -> None:
    pairs = [(above > below) + (above == below) / 2 for above in positive for below in negative]
    assert auroc(positive, negative) == pytest.approx(sum(pairs) / len(pairs))


@given(few_scores, few_scores)
def test_auroc_of_the_sides_exchanged_is_what_is_left_of_one(positive: list[float], negative: list[float]) -> None:
    assert (auroc(positive, negative) or 0) + (auroc(negative, positive) or 0) == pytest.approx(1)


@settings(max_examples=10, deadline=None)
@given(few_scores, few_scores)
def test_a_bootstrap_interval_is_the_same_at_every_call_and_within_what_is_possible(
    positive: list[float], negative: list[float]
) -> None:
    low, high = auroc_interval(positive, negative) or (inf, -inf)
    assert 0 <= low <= high <= 1
    assert auroc_interval(positive, negative) == (low, high)
    least, limit = mean_interval(positive) or (inf, -inf)
    assert 0 <= least < limit <= 1


def test_a_bootstrap_interval_holds_the_mean_of_many() -> None:
    values = [0.0] * 300 + [1.0] * 700
    low, high = mean_interval(values) or (inf, -inf)
    assert low == pytest.approx(0.672, abs=0.006), "0.7 − 1.96 · √(0.7 · 0.3 / 1000)"
    assert high == pytest.approx(0.728, abs=0.006)


def test_where_a_bootstrap_learns_nothing_the_interval_still_has_a_width() -> None:
    assert mean_interval([1.0] * 10) == share_interval([True] * 10)
    assert auroc_interval([0.9] * 50, [0.1] * 10) == share_interval([True] * 10)


def test_percentiles_are_interpolated() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == 2.5
    assert percentile([10.0, 20.0], 95) == pytest.approx(19.5)
    assert percentile([7.0], 95) == 7
