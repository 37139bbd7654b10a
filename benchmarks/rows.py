"""A measured figure, what was asked of it, and how the two compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from tutor.quality.figures import Figures

Bound = tuple[Literal["≥", "≤"], float]

ASKED: Mapping[tuple[str, str], Mapping[str, Bound]] = {
    ("odin", "questions"): {
        "evidence@5": ("≥", 0.92),
        "hit@1": ("≥", 0.87),
        "hit@5": ("≥", 0.975),
        "mrr@10": ("≥", 0.915),
        "cited_evidence": ("≥", 0.68),
        "cited_lesson": ("≥", 0.80),
        "coverage_auroc": ("≥", 0.97),
        "answered": ("≥", 0.95),
        "refused": ("≥", 0.92),
        "latency_ms_p50": ("≤", 25),
        "latency_ms_p95": ("≤", 60),
    },
    ("odin", "fragments"): {"evidence@5": ("≥", 0.84)},
    ("psychology", "questions"): {
        "mrr@10": ("≥", 0.88),
        "coverage_auroc": ("≥", 0.97),
        "answered": ("≥", 0.95),
        "refused": ("≥", 0.92),
    },
}
"""What is asked of each course and set of questions."""

_UNITS = {"latency_ms_p50": "ms", "latency_ms_p95": "ms"}


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one course; `asked` is None where nothing is asked of it, `measured` where it was not measured."""

    course: str
    what: str
    measured: float | None
    asked: Bound | None = None
    unit: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """What was measured over what was asked."""
        if self.measured is None or self.asked is None or not self.asked[1]:
            return None
        return self.measured / self.asked[1]

    @property
    def reached(self) -> bool | None:
        """Whether it is as good as asked; None where that cannot be said."""
        if self.measured is None or self.asked is None:
            return None
        sign, bound = self.asked
        return self.measured >= bound if sign == "≥" else self.measured <= bound

    def cells(self) -> tuple[str, str, str, str, str, str]:
        """The row in words: course, what, measured, asked, ratio, reached."""
        mark = {True: "yes", False: "**no**", None: ""}[self.reached]
        asked = f"{self.asked[0]} {_number(self.asked[1], self.unit)}" if self.asked else ""
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else ""
        what = f"{self.what} ({self.note})" if self.note else self.what
        return self.course, what, _number(self.measured, self.unit), asked, ratio, mark


def quality_rows(course: str, questions: str, found: Figures) -> Iterator[Row]:
    """The figures of an evaluation that exist, those of which something is asked first."""
    asked = ASKED.get((course, questions), {})
    values = {name: value for name, value in found.as_json().items() if isinstance(value, int | float)}
    names = [*asked, *(name for name in values if name not in asked and name not in ("n", "unmatched"))]
    for name in names:
        note = f"{questions}, n = {found.n}" if name not in found.intervals else _interval(questions, found, name)
        yield Row(course, name, values.get(name), asked.get(name), _UNITS.get(name, ""), note)


def missed(rows: Iterable[Row]) -> list[Row]:
    """The rows that are worse than asked."""
    return [row for row in rows if row.reached is False]


def _interval(questions: str, found: Figures, name: str) -> str:
    low, high = found.intervals[name]
    return f"{questions}, 95 %: {low:.3f} to {high:.3f}"


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "not measured"
    digits = 3 if not unit else 2 if abs(value) < 10 else 1
    text = f"{value:,.{digits}f}"
    if unit and "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text} {unit}".strip()
