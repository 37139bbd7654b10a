"""Figures as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table

from tutor.quality.figures import SHOWN, Figures
from tutor.quality.gate import Regression

_UNKNOWN = "–"


def tables(figures: Figures) -> Iterator[Table]:
    """The figures with their intervals, then those of each kind of question where there are several."""
    whole = Table("figure", "value", "95 % interval", title=f"{figures.n} questions", title_justify="left")
    for name in SHOWN:
        interval = figures.intervals.get(name)
        between = f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else ""
        whole.add_row(name, _share(figures[name]), between)
    for name in ("latency_ms_p50", "latency_ms_p95"):
        value = figures[name]
        whole.add_row(name, f"{value:.1f}" if value is not None else _UNKNOWN, "")
    yield whole
    if len(figures.by_kind) > 1:
        yield _kinds(figures)


def gate_table(falls: Sequence[Regression]) -> Table:
    """The figures that are worse than they were."""
    table = Table("figure", "was", "at least", "now", title="worse than before", title_justify="left")
    for fall in falls:
        table.add_row(fall.name, _share(fall.was), _share(fall.bound), _share(fall.now))
    return table


def _kinds(figures: Figures) -> Table:
    kinds = figures.by_kind
    table = Table("figure", *kinds, title="by kind", title_justify="left")
    table.add_row("n", *(str(own.n) for own in kinds.values()))
    for name in SHOWN:
        values = [own[name] for own in kinds.values()]
        if any(value is not None for value in values):
            table.add_row(name, *map(_share, values))
    return table


def _share(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.3f}"
