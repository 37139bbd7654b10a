"""Linear models fitted elsewhere and kept as data: named features, one weight each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class LinearModel:
    """`features @ weights + bias`; `settings` are the numbers that were chosen together with the weights."""

    weights: NDArray[np.float32]
    bias: float
    settings: dict[str, float]

    @classmethod
    def read(cls, name: str, features: Sequence[str]) -> LinearModel:
        """The model in `tutor/fitted/NAME.json`; every one of `features` must have a weight, and no other."""
        stored = json.loads(files("tutor.fitted").joinpath(f"{name}.json").read_text("utf-8"))
        if set(stored["weights"]) != set(features):
            raise ValueError(f"tutor/fitted/{name}.json has other features than the code: fit it again (make fit)")
        weights = np.array([stored["weights"][feature] for feature in features], np.float32)
        return cls(weights, float(stored.get("bias", 0.0)), dict(stored.get("settings", {})))

    def score(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """One score per row of `features`, shape (rows, weights) → (rows,)."""
        return np.asarray(features @ self.weights + self.bias, np.float32)


def feature_rows(columns: Mapping[str, ArrayLike], features: Sequence[str]) -> NDArray[np.float32]:
    """The columns, each of one value a row, in the order of `features`: shape (rows, features).

    Raises ValueError when the columns have other names than `features`.
    """
    if columns.keys() != set(features):
        raise ValueError(f"not the features that a model weighs: {sorted(columns.keys() ^ set(features))}")
    return np.stack([np.asarray(columns[name], np.float32) for name in features], axis=1)
