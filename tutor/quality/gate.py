"""Whether a run is worse than an earlier one, beyond chance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor.errors import InvalidRequest
from tutor.quality.figures import QUALITY, Figures


@dataclass(frozen=True, slots=True)
class Regression:
    """A figure that is worse than it was: below `bound`, the low end of the earlier one's interval."""

    name: str
    was: float
    bound: float
    now: float | None


def falls(now: Figures, earlier: Mapping[str, Any]) -> tuple[Regression, ...]:
    """The figures of `earlier` (what `Figures.as_json` gave) that are beyond their intervals worse now.

    A figure that can no longer be measured is worse. Where `earlier` has no interval, the one of now counts.
    Latencies depend on the machine and are not looked at.
    """
    found = []
    for name in QUALITY:
        was = earlier.get(name)
        if was is None:
            continue
        value = now[name]
        bound = _bound(now, earlier, name, was)
        if value is None or round(value, 4) < bound:
            found.append(Regression(name, was, bound, value))
    return tuple(found)


def read_figures(path: Path) -> dict[str, Any]:
    """The figures that `evaluate --json` wrote into a file; raises InvalidRequest when it holds none."""
    try:
        values: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InvalidRequest(f"{path} is no JSON: {error}") from error
    known = [values[name] for name in QUALITY if isinstance(values, dict) and values.get(name) is not None]
    if not known or not all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
        raise InvalidRequest(f"{path} holds no figures: keep what `course-tutor evaluate --json` prints")
    return dict(values)


def _bound(now: Figures, earlier: Mapping[str, Any], name: str, was: float) -> float:
    """The least that a figure may be now."""
    intervals = earlier.get("intervals")
    match intervals.get(name) if isinstance(intervals, dict) else None:
        case [int() | float() as low, int() | float()]:
            return float(low)
    value, interval = now[name], now.intervals.get(name)
    return was if value is None or interval is None else was - (value - interval[0])
