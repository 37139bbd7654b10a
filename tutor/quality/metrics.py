"""Single figures of quality, and how sure they are: pure functions of hits, ranks and scores."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Interval = tuple[float, float]
"""The ends between which a figure lies with 95 % confidence."""

_Z = 1.959963984540054
_RESAMPLES = 1_000
_SEED = 20_240


def share(hits: Sequence[bool]) -> float | None:
    """The share of hits, None of nothing."""
    return sum(hits) / len(hits) if hits else None


def share_interval(hits: Sequence[bool]) -> Interval | None:
    """Wilson's score interval of a share, None of nothing (E. B. Wilson, JASA 22, 1927)."""
    return _wilson(sum(hits) / len(hits), len(hits)) if hits else None


def reciprocal_ranks(ranks: Sequence[int | None], limit: int) -> list[float]:
    """1 / rank for each, 0 where nothing was found or only after the first `limit`."""
    return [1 / rank if rank is not None and rank <= limit else 0.0 for rank in ranks]


def mean(values: Sequence[float]) -> float | None:
    """The mean, None of nothing."""
    return sum(values) / len(values) if values else None


def mean_interval(values: Sequence[float]) -> Interval | None:
    """The bootstrap interval of a mean of values from 0 to 1, None of nothing; the same at every call.

    From values that are all equal a bootstrap learns nothing: then it is Wilson's, which is wider than need be.
    """
    if not values:
        return None
    column = np.asarray(values, np.float64)
    low, high = _bootstrapped(lambda dice: float(_resampled(column, dice).mean()))
    return (low, high) if low < high else _wilson(float(column.mean()), len(column))


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """How likely a positive one has the higher score than a negative one, ties counting half; None without both.

    The area under the ROC curve, by ranks (Mann and Whitney, Annals of Mathematical Statistics 18, 1947).
    """
    if not positive or not negative:
        return None
    return _auroc(np.asarray(positive, np.float64), np.asarray(negative, np.float64))


def auroc_interval(positive: Sequence[float], negative: Sequence[float]) -> Interval | None:
    """The bootstrap interval of `auroc`, both sides resampled on their own; None without both.

    Where every resample gives the same, it is Wilson's with the number of the smaller side.
    """
    if not positive or not negative:
        return None
    above, below = np.asarray(positive, np.float64), np.asarray(negative, np.float64)
    low, high = _bootstrapped(lambda dice: _auroc(_resampled(above, dice), _resampled(below, dice)))
    return (low, high) if low < high else _wilson(_auroc(above, below), min(len(above), len(below)))


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The value below which `percent` of the values lie, interpolated between neighbours; None of nothing."""
    return float(np.percentile(np.asarray(values, np.float64), percent)) if values else None


def _wilson(found: float, n: int) -> Interval:
    square = _Z * _Z
    centre = (found + square / (2 * n)) / (1 + square / n)
    half = _Z / (1 + square / n) * math.sqrt(max(0.0, found * (1 - found)) / n + square / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def _auroc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    ranks = _ranks(np.concatenate([positive, negative]))[: len(positive)]
    n, m = len(positive), len(negative)
    return float((ranks.sum() - n * (n + 1) / 2) / (n * m))


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rank of each value from 1; equal values share the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    middle: NDArray[np.float64] = last - (counts - 1) / 2
    return middle[which]


def _resampled(values: NDArray[np.float64], dice: np.random.Generator) -> NDArray[np.float64]:
    return values[dice.integers(0, len(values), len(values))]


def _bootstrapped(figure: Callable[[np.random.Generator], float]) -> Interval:
    """The middle 95 % of a figure over resamples (Efron's percentile interval)."""
    dice = np.random.default_rng(_SEED)
    low, high = np.percentile([figure(dice) for _ in range(_RESAMPLES)], [2.5, 97.5])
    return float(low), float(high)
